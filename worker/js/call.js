// One request: its body, its way through an instance, its answer.

import { serving } from './instance.js';
import { Task } from './task.js';

/** Bodies up to this many bytes are read before the instance is called, which can then answer at once. */
const READ_AHEAD = 65536;

/** Statuses without a body. */
const BODILESS = new Set([101, 204, 205, 304]);

const EMPTY = new Uint8Array(0);

/** The headers of the last answer. Those of the next are often the same: nothing costs more to make anew. */
let last = { text: '', headers: null };

function parsed(text) {
  if (text !== last.text || last.headers === null) {
    const lines = text.split('\n');
    const headers = new Headers();
    for (let index = 0; index + 1 < lines.length; index += 2) headers.append(lines[index], lines[index + 1]);
    last = { text, headers };
  }
  return last.headers;
}

export class Call {
  #request;
  /** The request's headers: asking the request for them each time would cost as much as reading one. */
  #headers;
  #env;
  #ctx;
  #instance = null;
  /** A short body, read ahead as text, and how many bytes it had. Text costs much less than bytes, which
   * live outside of the JavaScript heap. */
  #text;
  #length = 0;
  /** All of a longer body, once it was read. */
  #bytes = null;
  #answer = null;
  #refusal = null;
  #trapped = false;
  /** Called when an attempt has ended, if it has not ended at once. */
  #ended = null;

  constructor(request, env, ctx) {
    this.#request = request;
    this.#headers = request.headers;
    this.#env = env;
    this.#ctx = ctx;
  }

  async run() {
    const { method, url } = this.#request;
    if (method === 'GET' || method === 'HEAD') {
      this.#text = '';
    } else {
      const length = this.#headers.get('content-length');
      if (length !== null && Number(length) <= READ_AHEAD) await this.#readAhead(Number(length));
    }
    // Evaluations may be repeated: whoever shared the instance with what ended it gets an answer.
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      try {
        this.#instance = serving();
      } catch (error) {
        console.error(JSON.stringify({ event: 'start', message: String(error?.message ?? error) }));
        return this.#fault(503, 'evaluator.unavailable', 'the evaluator cannot be started');
      }
      this.#instance.enter(this, (exports) => exports.respond(this, this.#env, method, url, this.#text, this.#length));
      if (this.#answer === null && this.#refusal === null && !this.#instance.dead) await this.#end();
      if (this.#answer !== null) return this.#respond(method);
      if (this.#refusal !== null) return this.#fault(500, 'configuration.invalid', this.#refusal);
      if (this.#trapped) return this.#afterTrap();
      // What was not kept of the body is gone.
      if (this.#text === undefined && this.#bytes === null) break;
    }
    return this.#fault(503, 'evaluator.restarted', 'the evaluator was restarted; try again');
  }

  /** Waits for the end of an attempt. It comes even if the client leaves: others may need its fruits. */
  #end() {
    this.#instance.tasks.add(this);
    const ended = new Promise((resolve) => { this.#ended = resolve; });
    this.#ctx.waitUntil(ended);
    return ended;
  }

  async #readAhead(length) {
    try {
      this.#text = await this.#request.text();
      this.#length = length;
    } catch {
      // The instance meets the same error, and has an answer for it.
    }
  }

  #respond(method) {
    const { status, headers, body } = this.#answer;
    const none = method === 'HEAD' || BODILESS.has(status);
    return new Response(none ? null : body, { status, headers });
  }

  /** The new instance hears what ended the old one before anybody asks it for something. */
  #afterTrap() {
    const env = this.#env;
    this.#ctx.waitUntil(Task.begin((exports, task) => exports.refresh(task, env, false)));
    return this.#fault(500, 'evaluator.trapped', 'the evaluation ended the evaluator');
  }

  #fault(status, code, details) {
    const legacy = new URL(this.#request.url).pathname.startsWith('/api/projects/');
    const headers = { 'cache-control': 'no-store' };
    if (status === 503) headers['retry-after'] = '1';
    return Response.json(legacy ? { message: details } : { code, details }, { status, headers });
  }

  /** From Rust: a header's value, or undefined. */
  header(name) {
    return this.#headers.get(name) ?? undefined;
  }

  /** From Rust: a member of what the platform says of where the request came in. */
  cf(member) {
    const value = this.#request.cf?.[member];
    return typeof value === 'string' ? value : undefined;
  }

  /** From Rust: the configuration is not accepted. That the Worker runs is true all the same. */
  refuse(details) {
    if (new URL(this.#request.url).pathname === '/api/health') {
      this.answer(200, 'content-type\ntext/plain; charset=utf-8\n', 'healthy');
      return;
    }
    this.#refusal = details;
    this.#finish();
  }

  /** From Rust: the body, or undefined if it is longer than that. Rejects if it cannot be read. */
  async read(limit) {
    if (this.#bytes === null) {
      const length = this.#headers.get('content-length');
      if (length !== null && Number(length) > limit) return undefined;
      this.#bytes = await collect(this.#request.body, limit);
    }
    return this.#bytes !== null && this.#bytes.length <= limit ? this.#bytes : undefined;
  }

  /** From Rust: the answer. `headers` has name and value in turn, a line each. */
  answer(status, headers, text) {
    this.#answer = { status, headers: parsed(headers), body: text };
    this.#finish();
  }

  /** From Rust: an answer that is long. The body is a view of the instance's memory. */
  answer_bytes(status, headers, body) {
    this.answer(status, headers, body.slice());
  }

  /** From Rust: something that goes on when the answer was sent. */
  later() {
    const task = new Task(this.#instance);
    this.#ctx.waitUntil(task.finished);
    return task;
  }

  /** The instance has died of something else. */
  orphaned() {
    this.#finish();
  }

  /** The instance has died of this; of what came after the answer, if there is one. */
  trapped() {
    this.#trapped = this.#answer === null;
    this.#finish();
  }

  #finish() {
    this.#instance.tasks.delete(this);
    this.#ended?.();
  }
}

/** All of a stream, or null if it is longer than that. */
async function collect(stream, limit) {
  if (stream === null) return EMPTY;
  const chunks = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  const all = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}
