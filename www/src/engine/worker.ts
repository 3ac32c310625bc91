/** The worker that compiles and evaluates: a runaway rule never blocks the page. */

import { expose } from 'comlink';
import { CompiledBundle, engineVersion, initialize, version, ZenError } from 'zen-edge/slim';
import wasm from 'zen-edge/zen_edge.wasm?url';
import { handlers } from './handlers';
import type { Engine, Failure, Outcome, Question } from './protocol';
import { reach } from './reach';

// Not by top-level await: what the page says before this script has ended would be lost.
const ready = initialize(new URL(wasm, import.meta.url));

const documents = new Map<string, string>();
/** What stands for the host. */
let hosted = handlers({ customNodes: {}, http: [] });

/** Most decisions whose compiled form is kept. */
const KEPT = 16;
/** What decisions need, compiled, by their key. */
const compiled = new Map<string, CompiledBundle>();

function bundle(key: string): CompiledBundle {
  const ready = compiled.get(key);
  if (ready) return ready;
  const oldest = compiled.size < KEPT ? undefined : compiled.keys().next().value;
  if (oldest !== undefined) drop(oldest);
  const made = CompiledBundle.compile(reach(key, documents), { onFailure: 'exclude', ...hosted });
  compiled.set(key, made);
  return made;
}

function drop(key: string): void {
  compiled.get(key)?.dispose();
  compiled.delete(key);
}

function failed(thrown: unknown): Failure {
  if (!(thrown instanceof ZenError)) return { code: 'internal', message: String(thrown) };
  const { trace: _, ...error } = thrown.error;
  const { code, message, nodeId } = thrown;
  return { code, message, error, ...(nodeId === undefined ? {} : { nodeId }) };
}

/** What compilation said about a document that it left out. */
function leftOut(key: string): Failure | undefined {
  const found = bundle(key).report.failures.find((failure) => failure.key.toLowerCase() === key.toLowerCase());
  if (!found) return undefined;
  const error = { type: found.kind, source: found.message, diagnostics: found.diagnostics };
  return { code: 'notCompiled', message: found.message, error };
}

async function evaluate({ key, context, now }: Question): Promise<Outcome> {
  await ready;
  try {
    const missing = leftOut(key);
    if (missing) return { failure: missing, performance: '' };
    const options = now === undefined ? { trace: true } : { trace: true, now };
    return await bundle(key).evaluate(key, context, options);
  } catch (thrown) {
    const trace = thrown instanceof ZenError ? thrown.trace : undefined;
    return { failure: failed(thrown), trace, performance: '' };
  }
}

const engine: Engine = {
  async versions() {
    await ready;
    return { package: version(), engine: engineVersion() };
  },
  update(changes) {
    for (const [key, text] of changes) {
      if (text === null) documents.delete(key);
      else documents.set(key, text);
    }
    if (changes.length === 0) return;
    for (const key of [...compiled.keys()]) drop(key);
  },
  stub(stubs) {
    hosted = handlers(stubs);
    for (const key of [...compiled.keys()]) drop(key);
  },
  evaluate,
};

expose(engine);
