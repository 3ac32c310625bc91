// One request: its body, its way through an instance, its answer.

import { serving } from './instance.js';
import { Task } from './task.js';

/** Bodies up to this many bytes are read before the instance is called, which can then answer at once. */
const READ_AHEAD = 65536;

/** Statuses without a body. */
const BODILESS = new Set([101, 204, 205, 304]);

/** Evaluations may be repeated: whoever shared the instance with what ended it gets an answer. */
const ATTEMPTS = 2;

const EMPTY = new Uint8Array(0);

/** For how many different heads of answers their headers are kept. */
const KEPT = 16;

/** Status and headers of the last answers, by both as text. Those of the next are often the same, and
 * nothing costs more to make anew. */
const heads = new Map();

export class Call {
  #request;
  #method;
  #env;
  #ctx;
  /** The request's headers: asking the request for them each time would cost as much as reading one. */
  #headers;
  #instance = null;
  /** A short body, read ahead as text, and how many bytes it had. Text costs much less than bytes, which
   * live outside of the JavaScript heap. */
  #text = undefined;
  #length = 0;
  /** A longer body, once it is wanted: a promise of all of it, or of null if it is too long. It outlives
   * the instance that wants it. */
  #reading = null;
  /** Status, headers and body. */
  #answer = null;
  #body = null;
  #refusal = null;
  #trapped = false;
  #attempts = 0;
  /** Called when an attempt has ended, if it has not ended at once. */
  #ended = null;

  constructor(request, env, ctx) {
    this.#request = request;
    this.#method = request.method;
    this.#env = env;
    this.#ctx = ctx;
    this.#headers = request.headers;
  }

  /** The response; a promise of it only if something has to be waited for, as each costs its share of
   * a small decision. */
  run() {
    const method = this.#method;
    if (method === 'GET' || method === 'HEAD') {
      this.#text = '';
    } else {
      const length = this.#headers.get('content-length');
      if (length !== null && Number(length) <= READ_AHEAD) return this.#readAhead(Number(length));
    }
    return this.#attempt();
  }

  #readAhead(length) {
    return this.#request.text().then(
      (text) => {
        this.#text = text;
        this.#length = length;
        return this.#attempt();
      },
      // The instance meets the same error, and has an answer for it.
      () => this.#attempt(),
    );
  }

  #attempt() {
    this.#attempts += 1;
    try {
      this.#instance = serving();
    } catch (error) {
      console.error(JSON.stringify({ event: 'start', message: String(error?.message ?? error) }));
      return this.#fault(503, 'evaluator.unavailable', 'the evaluator cannot be started');
    }
    this.#instance.enter(this, (exports) => exports.respond(this, this.#env, this.#method, this.#request.url, this.#text, this.#length));
    if (this.#answer === null && this.#refusal === null && !this.#instance.dead) return this.#end().then(() => this.#conclude());
    return this.#conclude();
  }

  #conclude() {
    if (this.#answer !== null) return new Response(this.#body, this.#answer);
    if (this.#refusal !== null) return this.#fault(500, 'configuration.invalid', this.#refusal);
    if (this.#trapped) return this.#afterTrap();
    if (this.#attempts < ATTEMPTS) return this.#attempt();
    return this.#fault(503, 'evaluator.restarted', 'the evaluator was restarted; try again');
  }

  /** Waits for the end of an attempt. It comes even if the client leaves: others may need its fruits. */
  #end() {
    this.#instance.tasks.add(this);
    const ended = new Promise((resolve) => { this.#ended = resolve; });
    this.#ctx.waitUntil(ended);
    return ended;
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
      this.#answer = { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' } };
      this.#body = 'healthy';
    } else {
      this.#refusal = details;
    }
    this.#finish();
  }

  /** From Rust: the body, or undefined if it is longer than that. Rejects if it cannot be read. */
  async read(limit) {
    const length = this.#headers.get('content-length');
    if (length !== null && Number(length) > limit) return undefined;
    this.#reading ??= collect(this.#request.body, limit);
    return (await this.#reading) ?? undefined;
  }

  /** From Rust: the answer. `headers` has name and value in turn, a line each. */
  answer(status, headers, body) {
    this.#answer = headOf(status, headers);
    this.#body = this.#method === 'HEAD' || BODILESS.has(status) ? null : body;
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

/** What a response is made with. */
function headOf(status, text) {
  const key = `${status}\n${text}`;
  const known = heads.get(key);
  if (known !== undefined) return known;
  const lines = text.split('\n');
  const headers = new Headers();
  for (let index = 0; index + 1 < lines.length; index += 2) headers.append(lines[index], lines[index + 1]);
  // The oldest makes room.
  if (heads.size === KEPT) heads.delete(heads.keys().next().value);
  const head = { status, headers };
  heads.set(key, head);
  return head;
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
