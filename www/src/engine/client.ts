/** The page's side of the worker: one question at a time, and none of them for ever. */

import { wrap, type Remote } from 'comlink';
import type { Derived } from '../model/schema';
import type { Stubs } from '../stubs/stubs';
import { compilationFailed } from './findings';
import { notRun, type CaseAnswer, type CaseQuestion, type Changes, type Engine, type Failure, type Finding, type Outcome, type Question } from './protocol';

/** Longest time for one answer, in milliseconds; the worker is replaced afterwards. */
const PATIENCE = 15_000;

/** Documents by key, as JSON text. */
export type Texts = ReadonlyMap<string, string>;

/** The worker took too long over something and was stopped. */
export class EngineStopped extends Error {
  override readonly name = 'EngineStopped';
  constructor(patience: number) {
    super(`the evaluation took more than ${patience / 1000} s and was stopped`);
  }
}

/** The worker died or could not be started. */
export class EngineFailed extends Error {
  override readonly name = 'EngineFailed';
}

/** Evaluates in a worker of its own, which is started by the first question. */
export class EngineClient {
  readonly #patience: number;
  #worker: Worker | undefined;
  #engine: Remote<Engine> | undefined;
  #broken: Promise<never> | undefined;
  /** What the worker has been told. */
  #known = new Map<string, string>();
  /** What custom nodes and HTTP requests answer. */
  stubs: Stubs = { customNodes: {}, http: [] };
  #knownStubs: Stubs | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param patience longest time for one answer, in milliseconds */
  constructor(patience = PATIENCE) {
    this.#patience = patience;
  }

  /** Evaluates a decision among the documents. Failures of the rules are part of the outcome. */
  async evaluate(documents: Texts, question: Question): Promise<Outcome> {
    const answer = this.#ask(documents, async (engine) => this.#unharmed(await engine.evaluate(question)));
    return await answer.catch((error: unknown) => ({ failure: stopped(error), performance: '' }));
  }

  /** Runs a test case of a decision among the documents. */
  async runCase(documents: Texts, question: CaseQuestion): Promise<CaseAnswer> {
    const answer = this.#ask(documents, async (engine) => {
      const said = await engine.runCase(question);
      this.#unharmed(said.outcome);
      return said;
    });
    return await answer.catch((error: unknown) => notRun(stopped(error)));
  }

  /** What compilation says about a decision among the documents, and about what it needs. */
  async check(documents: Texts, key: string): Promise<Finding[]> {
    const answer = this.#ask(documents, (engine) => engine.check(key));
    return await answer.catch((error: unknown) => [compilationFailed(key, stopped(error).message)]);
  }

  /** What a decision among the documents reads of its input; nothing if that cannot be derived in time. */
  async inputs(documents: Texts, key: string): Promise<Derived> {
    const answer = this.#ask(documents, (engine) => engine.inputs(key));
    return await answer.catch(() => ({ inputs: [], dictionaries: [] }));
  }

  /** The versions of the package and of the engine inside. @throws EngineStopped, EngineFailed */
  versions(): Promise<{ package: string; engine: string }> {
    return this.#ask(undefined, (engine) => engine.versions());
  }

  /** Stops the worker; the next question starts another. */
  stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#engine = undefined;
    this.#known.clear();
    this.#knownStubs = undefined;
  }

  /** If the wasm instance failed, only a new one can answer again. */
  #unharmed(outcome: Outcome): Outcome {
    if (outcome.failure?.code === 'internal') this.stop();
    return outcome;
  }

  #ask<T>(documents: Texts | undefined, call: (engine: Remote<Engine>) => Promise<T>): Promise<T> {
    const turn = this.#queue.then(() => this.#answer(documents, call));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #answer<T>(documents: Texts | undefined, call: (engine: Remote<Engine>) => Promise<T>): Promise<T> {
    const engine = this.#started();
    const work = async (): Promise<T> => {
      if (this.#knownStubs !== this.stubs) await engine.stub((this.#knownStubs = this.stubs));
      if (documents) await engine.update(this.#changes(documents));
      return await call(engine);
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new EngineStopped(this.#patience)), this.#patience);
    });
    try {
      return await Promise.race([work(), late, this.#broken as Promise<never>]);
    } catch (error) {
      this.stop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #started(): Remote<Engine> {
    if (this.#engine) return this.#engine;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'engine' });
    this.#broken = new Promise((_, reject) => {
      worker.onerror = (event) => reject(new EngineFailed(event.message || 'the engine could not be loaded'));
    });
    this.#broken.catch(() => undefined);
    this.#worker = worker;
    this.#engine = wrap<Engine>(worker);
    return this.#engine;
  }

  #changes(documents: Texts): Changes {
    const changes: [string, string | null][] = [];
    for (const [key, text] of documents) {
      if (this.#known.get(key) === text) continue;
      changes.push([key, text]);
      this.#known.set(key, text);
    }
    for (const key of this.#known.keys()) {
      if (documents.has(key)) continue;
      changes.push([key, null]);
      this.#known.delete(key);
    }
    return changes;
  }
}

/** Why the worker did not answer: it took too long, died, or could not load the engine. */
function stopped(error: unknown): Failure {
  return { code: 'stopped', message: error instanceof Error ? error.message : String(error) };
}
