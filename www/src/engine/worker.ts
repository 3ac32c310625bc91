/** The worker that compiles and evaluates: a runaway rule never blocks the page. */

import { expose } from 'comlink';
import {
  CompiledBundle,
  engineVersion,
  initialize,
  initializeWorkspace,
  version,
  Workspace,
  ZenError,
  type CaseOutcome,
} from 'zen-edge/slim';
import wasm from 'zen-edge/zen_edge.wasm?url';
import workspaceWasm from 'zen-edge/zen_edge_workspace.wasm?url';
import type { Derived } from '../model/schema';
import { handlers } from './handlers';
import { compilationFailed, findings } from './findings';
import { notRun, type CaseAnswer, type CaseQuestion, type Engine, type Failure, type Finding, type Outcome, type Question } from './protocol';
import { aligned, reach } from './reach';

// Not by top-level await: what the page says before this script has ended would be lost.
let loading: Promise<void> | undefined;

/** Loads the engine, which a worker that only analyses does without. */
const ready = (): Promise<void> => (loading ??= initialize(new URL(wasm, import.meta.url)));

const documents = new Map<string, string>();
/** What stands for the host. */
let hosted = handlers({ customNodes: {}, http: [] });

/** Most decisions whose compiled form is kept. */
const KEPT = 16;
/** What decisions need, compiled, by their key. */
const compiled = new Map<string, CompiledBundle>();

function bundle(key: string): CompiledBundle {
  const known = compiled.get(key);
  if (known) return known;
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
  await ready();
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

async function runCase(question: CaseQuestion): Promise<CaseAnswer> {
  await ready();
  try {
    const missing = leftOut(question.key);
    return missing ? notRun(missing) : await judged(question);
  } catch (thrown) {
    return notRun(failed(thrown));
  }
}

async function judged({ key, input, expected, now }: CaseQuestion): Promise<CaseAnswer> {
  const document = { filePath: key, ...(now !== undefined && { now }) };
  const { answer, fault } = bundle(key).runCase(document, { input, ...(expected && { expected }) }, { trace: true });
  const outcome = answered(answer, fault);
  if (outcome.failure?.error?.['type'] !== 'WouldAwait') return { outcome, verdict: fault === undefined ? {} : { fault } };
  const millis = now === undefined ? {} : { now: Date.parse(now) };
  return { outcome: await evaluate({ key, context: input, ...millis }) };
}

/** The answer of a case in the form of any other. */
function answered(answer: CaseOutcome['answer'], fault: string | undefined): Outcome {
  if (answer === null) return { failure: { code: 'invalid', message: fault ?? 'it was not run' }, performance: '' };
  if (!('error' in answer)) return answer;
  const { trace, ...error } = answer.error;
  const { nodeId, source, type } = error;
  const message = typeof source === 'string' ? source : JSON.stringify(source ?? type);
  return { failure: { code: type, message, error, ...(nodeId !== undefined && { nodeId }) }, trace, performance: '' };
}

async function check(key: string): Promise<Finding[]> {
  await ready();
  try {
    return findings(bundle(key).report, key);
  } catch (thrown) {
    return [compilationFailed(key, failed(thrown).message)];
  }
}

async function inputs(key: string): Promise<Derived> {
  await initializeWorkspace(new URL(workspaceWasm, import.meta.url));
  const workspace = new Workspace();
  try {
    const needed = reach(key, documents);
    for (const [path, text] of needed) {
      try {
        workspace.setDocument(path, aligned(text, needed.keys()));
      } catch {
        // Compilation says what is wrong with it.
      }
    }
    const scope = { policyPath: key };
    return { inputs: workspace.inputs(scope), dictionaries: workspace.dictionaries(scope) };
  } catch {
    // It is too much to analyse, or not there: nothing is derived.
    return { inputs: [], dictionaries: [] };
  } finally {
    workspace.dispose();
  }
}

const engine: Engine = {
  async versions() {
    await ready();
    return { package: version(), engine: engineVersion() };
  },
  update(changes) {
    for (const [key, text] of changes) {
      if (text === null) documents.delete(key);
      else documents.set(key, text);
    }
    if (changes.length === 0) return;
    for (const key of compiled.keys()) drop(key);
  },
  stub(stubs) {
    hosted = handlers(stubs);
    for (const key of compiled.keys()) drop(key);
  },
  evaluate,
  runCase,
  check,
  inputs,
};

expose(engine);
