/** A client: answers from the newest good release, and keeps it so. */

import { ZenError } from '../errors.js';
import type { Release } from '../releases/open.js';
import type { Report, Staleness } from '../releases/status.js';
import { SyncClient } from '../releases/sync.js';
import type { EvaluateOptions, Evaluation, Json } from '../types.js';
import { Active, type Changes } from './active.js';
import { openCache } from './caches/open.js';
import type { WatchedCache } from './caches/watched.js';
import { ClientError, EvaluationError } from './errors.js';
import { ClientEvents, guard, Reasons } from './events.js';
import { Following } from './following.js';
import type { ClientOptions } from './options.js';
import type { CompiledRelease } from './release.js';
import { compileOptions, openSources, readBakedIn, syncOptions } from './settings.js';
import { clientStatus, type ClientStatus } from './status.js';
import { SharedStore } from './tabs/shared-store.js';

/** The answer of a decision, and of which release it is. All of it is of one release. */
export interface ClientAnswer<Result = unknown> extends Evaluation<Result> {
  /** The release that answered: its project, version, digest, revision, and where it came from. */
  release: Release;
  /** Seconds since a source last confirmed that it is the newest. */
  age: number;
  /** What that means. */
  staleness: Staleness;
}

/**
 * Follows one environment and answers from its newest good releases. `createClient` makes one.
 *
 * Whatever a source, a cache or another tab says is verified; whatever fails, an answer is never worse for
 * it. Another release becomes active after it has compiled and passed its smoke cases, all of it in one
 * swap, and what is being evaluated finishes on the release with which it began.
 *
 * Events: `update`, `refused`, `error`, `status` (`ClientEventMap`).
 */
export class Client extends ClientEvents {
  readonly #options: ClientOptions;
  readonly #parts: Parts;
  readonly #active: Active;
  readonly #sync: SyncClient;
  readonly #following: Following;
  readonly #reasons = new Reasons();
  #closed = false;
  /** Rejects what waits for a refresh when the client is closed. */
  #abandon: (reason: ClientError) => void = () => undefined;
  readonly #abandoned: Promise<never>;

  private constructor(options: ClientOptions, parts: Parts) {
    super();
    const { sync, active, stores } = parts;
    const { pollInterval = 30_000, tabs = true, trust = 'tuf' } = options;
    this.#options = options;
    this.#parts = parts;
    this.#sync = sync;
    this.#active = active;
    this.#abandoned = new Promise((_, reject) => {
      this.#abandon = reject;
    });
    this.#abandoned.catch(() => undefined);
    this.#following = new Following({
      sync,
      stores,
      interval: pollInterval,
      tabs: tabs && trust === 'tuf' ? JSON.stringify([options.environment, ...(options.projects ?? [])]) : undefined,
      refreshed: (report) => this.#refreshed(report),
      changed: () => this.emit('status', this.status()),
    });
    active.onChange = (changes) => this.#changed(changes);
  }

  /** What `createClient` does. @internal */
  static async open(options: ClientOptions): Promise<Client> {
    const named = openSources(options);
    const stores = named.map(({ name, store }) => new SharedStore(name, store));
    const rules = syncOptions(options);
    const [cache, bakedIn] = await Promise.all([
      openCache(options.cache ?? 'auto', cacheName(options.projects)),
      readBakedIn(options.bakedIn),
    ]);
    const active = new Active(compileOptions(options));
    const sources = stores.map((store) => ({ name: store.name, store }));
    const { bytes } = bakedIn;
    const sync = await SyncClient.create({ ...rules, sources, cache, ...(bytes && { bakedIn: bytes }) }, active);
    const client = new Client(options, { sync, active, stores, cache, bakedInError: bakedIn.error ?? null });
    await client.#begin();
    return client;
  }

  /** Evaluates a decision of a project. @throws ClientError, EvaluationError as a rejection. */
  async evaluate<Result = unknown>(project: string, key: string, context?: Json, options?: EvaluateOptions): Promise<ClientAnswer<Result>> {
    const chosen = this.#choose(project);
    const end = chosen.compiled.hold();
    try {
      return answer(await chosen.compiled.bundle.evaluate<Result>(key, context, options), chosen);
    } catch (thrown) {
      throw this.#failed(thrown, chosen);
    } finally {
      end();
    }
  }

  /** Evaluates a decision that awaits nothing, at once. @throws ClientError, EvaluationError. */
  evaluateSync<Result = unknown>(project: string, key: string, context?: Json, options?: EvaluateOptions): ClientAnswer<Result> {
    const chosen = this.#choose(project);
    const end = chosen.compiled.hold();
    try {
      return answer(chosen.compiled.bundle.evaluateSync<Result>(key, context, options), chosen);
    } catch (thrown) {
      throw this.#failed(thrown, chosen);
    } finally {
      end();
    }
  }

  /** The keys of a project's decisions, as their authors wrote them. @throws ClientError */
  keys(project: string): string[] {
    return this.#choose(project).compiled.bundle.keys();
  }

  /**
   * Asks the sources now. What came of it is in the answer; it rejects only if the client is closed.
   * @throws ClientError `closed` as a rejection.
   */
  async refresh(): Promise<Report> {
    this.#check();
    return Promise.race([this.#following.refresh('now'), this.#abandoned]);
  }

  /** Whether every project has an active verified release, and none has expired unless that is to be passed over. */
  ready(): boolean {
    return !this.#closed && this.#sync.status().ready;
  }

  /** Where everything comes from, as `/api/status` answers it. @throws ClientError `closed` */
  status(): ClientStatus {
    this.#check();
    return clientStatus(this.#sync, { ...this.#parts, role: this.#following.role });
  }

  /** Stops polling and gives all memory back, once the evaluations that run have ended. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.signal?.removeEventListener('abort', this.#close);
    this.#following.close();
    this.#abandon(new ClientError('closed', 'the client was closed'));
    for (const store of this.#parts.stores) store.close();
    this.#sync.dispose();
    await this.#active.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #close = (): void => void this.close();

  async #begin(): Promise<void> {
    const { signal } = this.#options;
    if (signal?.aborted) {
      await this.close();
      throw new ClientError('closed', 'the signal was aborted', { cause: signal.reason });
    }
    signal?.addEventListener('abort', this.#close);
    await Promise.race([this.#start(), this.#abandoned]);
  }

  /** What is kept answers at once; who has nothing waits for the sources. */
  async #start(): Promise<void> {
    await this.#sync.load();
    const first = this.#following.begin();
    if (!this.ready()) await first;
    else first.catch(() => undefined);
  }

  #check(): void {
    if (this.#closed) throw new ClientError('closed', 'the client was closed');
  }

  /** The release that is to answer, and how old it is. */
  #choose(project: string): Chosen {
    this.#check();
    const compiled = this.#active.find(project);
    const age = compiled && this.#sync.age(compiled.release.project);
    if (compiled === undefined || age === undefined) throw this.#absent(project);
    const { release } = compiled;
    const chosen = { compiled, release, age: Math.floor(age.ageMillis / 1000), staleness: age.staleness };
    const { staleness } = this.#options;
    const onExpired = typeof staleness === 'string' ? staleness : staleness?.onExpired;
    if (age.staleness === 'expired' && onExpired === 'refuse') {
      const message = `the release of \`${release.project}\` has expired: nobody has confirmed it for ${chosen.age} seconds`;
      throw new ClientError('expired', message, { release });
    }
    return chosen;
  }

  /** Why there is no active release. */
  #absent(project: string): ClientError {
    const { environment, projects } = this.#options;
    const digest = this.#active.revoked(project);
    if (digest !== undefined) {
      return new ClientError('revoked', `the environment \`${environment}\` has revoked the release \`${digest}\` of \`${project}\``);
    }
    const status = this.#sync.status();
    const found = Object.hasOwn(status.projects, project) ? status.projects[project] : undefined;
    // Before the first release, nobody knows which projects there are.
    const isKnown = projects ? projects.includes(project) : found !== undefined || status.revision === null;
    if (!isKnown) return new ClientError('unknownProject', `the environment \`${environment}\` has no project \`${project}\``);
    const cause = found?.error ?? status.error;
    const why = cause === null ? '' : `: ${cause.source === undefined ? '' : `${cause.source}: `}${cause.message}`;
    return new ClientError('notReady', `no verified release of \`${project}\` is active in \`${environment}\` yet${why}`, cause === null ? {} : { cause });
  }

  #failed(thrown: unknown, { compiled, release, age, staleness }: Chosen): unknown {
    if (!(thrown instanceof ZenError)) return thrown;
    if (thrown.code === 'internal') compiled.trapped(thrown);
    return new EvaluationError(thrown, release, age, staleness);
  }

  #changed(changes: Changes): void {
    const update = { environment: this.#options.environment, ...changes };
    // Not before the swap is over: listeners may ask the client.
    queueMicrotask(() => {
      if (this.#closed) return;
      const { onUpdate } = this.#options;
      if (onUpdate) guard(() => onUpdate(update));
      this.emit('update', update);
    });
  }

  #refreshed(report: Report): void {
    const { error, refused } = this.#reasons.news(report);
    if (error !== undefined) this.emit('error', error);
    for (const fault of refused) this.emit('refused', fault);
    if (report.outcome !== 'notDue') this.emit('status', this.status());
  }
}

/** What a client is put together of. */
interface Parts {
  sync: SyncClient;
  active: Active;
  stores: SharedStore[];
  cache: WatchedCache;
  bakedInError: string | null;
}

/** A release that is to answer, and how old it is. */
interface Chosen {
  compiled: CompiledRelease;
  release: Release;
  age: number;
  staleness: Staleness;
}

function answer<Result>(evaluation: Evaluation<Result>, { release, age, staleness }: Chosen): ClientAnswer<Result> {
  return { ...evaluation, release, age, staleness };
}

/** Pages of one origin that serve other projects keep them elsewhere, so that none deletes what another needs. */
function cacheName(projects: readonly string[] | undefined): string {
  return projects === undefined ? 'zen-edge' : `zen-edge:${JSON.stringify([...projects].sort())}`;
}
