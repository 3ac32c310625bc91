/** Steps 7 and 8 of the refresh procedure: compiles releases, and swaps which ones answer. */

import { CompiledBundle } from '../bundle.js';
import { messageOf } from '../errors.js';
import type { Release, VerifiedBundle } from '../releases/open.js';
import { Refusal, type Activator, type Swap } from '../releases/sync.js';
import type { CompileOptions } from '../types.js';
import { CompiledRelease } from './release.js';

/** What changed in one swap. */
export interface Changes {
  /** The releases that became active, by their projects' keys. */
  activated: Record<string, Release>;
  /** The projects that have no active release any more. */
  removed: string[];
}

/** What is active. Only `activate` changes it, all of it at once. */
export class Active implements Activator {
  /** By the projects' keys. Replaced as a whole, never changed. */
  #serving: ReadonlyMap<string, CompiledRelease> = new Map();
  readonly #prepared = new Map<number, CompiledRelease>();
  /** Projects whose release was revoked, and nothing took its place: the digest. */
  readonly #revoked = new Map<string, string>();
  /** Replaced releases that are finishing evaluations. */
  readonly #leaving = new Set<CompiledRelease>();
  readonly #options: CompileOptions;
  #handles = 0;
  #closed = false;
  /** Called after each swap that changed what answers; it must not throw. */
  onChange: (changes: Changes) => void = () => undefined;

  constructor(options: CompileOptions) {
    this.#options = options;
  }

  /** Step 7. @throws Refusal */
  prepare(bundle: VerifiedBundle): number {
    // A refresh outlives the client that began it.
    if (this.#closed) throw new Refusal('notCompiled', 'the client was closed');
    const compiled = compile(bundle, this.#options);
    const release = new CompiledRelease(bundle, compiled);
    void release.gone.then(() => this.#leaving.delete(release));
    this.#handles += 1;
    this.#prepared.set(this.#handles, release);
    return this.#handles;
  }

  /** Step 8. */
  activate(swap: Swap): void {
    if (this.#closed) return;
    const next = new Map(this.#serving);
    const replaced: CompiledRelease[] = [];
    const activated: [string, Release][] = [];
    const removed: string[] = [];
    const leave = (project: string) => {
      const found = next.get(project);
      if (found !== undefined) replaced.push(found);
      next.delete(project);
      return found;
    };
    for (const [project, step] of Object.entries(swap.projects)) {
      if (step.kind === 'confirmed') {
        next.get(project)?.confirm(step.release);
      } else if (step.kind === 'removed') {
        const digest = leave(project)?.release.digest;
        if (digest !== undefined && swap.revoked.includes(digest)) this.#revoked.set(project, digest);
        removed.push(project);
      } else {
        const release = this.#prepared.get(step.handle);
        if (release === undefined) continue;
        this.#prepared.delete(step.handle);
        leave(project);
        next.set(project, release);
        this.#revoked.delete(project);
        activated.push([project, release.release]);
      }
    }
    this.#serving = next;
    for (const release of replaced) this.#retire(release);
    if (removed.length > 0 || activated.length > 0) this.onChange({ activated: Object.fromEntries(activated), removed });
  }

  /** A release that was prepared, and never became active. */
  discard(handle: number): void {
    this.#prepared.get(handle)?.retire();
    this.#prepared.delete(handle);
  }

  /** The active release of a project, by its key or its id. */
  find(project: string): CompiledRelease | undefined {
    const serving = this.#serving;
    const found = serving.get(project);
    if (found !== undefined) return found;
    for (const release of serving.values()) if (release.projectId === project) return release;
    return undefined;
  }

  /** The digest that was revoked, if that is why the project has no release. */
  revoked(project: string): string | undefined {
    return this.#revoked.get(project);
  }

  /** A project's releases in memory, the active one first. */
  resident(project: string): CompiledRelease[] {
    const active = this.#serving.get(project);
    const leaving = [...this.#leaving].filter(({ release }) => release.project === project);
    return active === undefined ? leaving : [active, ...leaving];
  }

  /** Nothing answers any more. Ends when all evaluations have. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#serving.values(), ...this.#prepared.values()];
    this.#serving = new Map();
    this.#prepared.clear();
    for (const release of all) this.#retire(release);
    await Promise.all([...this.#leaving].map((release) => release.gone));
  }

  #retire(release: CompiledRelease): void {
    this.#leaving.add(release);
    release.retire();
  }
}

/** Compiles a bundle and lets it answer its own smoke cases. @throws Refusal */
function compile(bundle: VerifiedBundle, options: CompileOptions): CompiledBundle {
  const compiled = refusing('notCompiled', () => CompiledBundle.compile(bundle.documents(), options));
  try {
    // If they cannot be read, nobody knows that they pass.
    const tests = refusing('smokeFailed', () => bundle.tests());
    for (const document of tests) {
      if (document.disabled) continue;
      for (const test of document.cases) {
        if (!test.smoke || test.disabled) continue;
        const { fault } = refusing('smokeFailed', () => compiled.runCase(document, test));
        if (fault == null) continue;
        const name = test.name ?? test.id;
        const called = name === undefined ? '' : ` \`${name}\``;
        throw new Refusal('smokeFailed', `the smoke case${called} of \`${document.filePath}\` in \`${document.path}\`: ${fault}`);
      }
    }
    return compiled;
  } catch (thrown) {
    compiled.dispose();
    throw thrown;
  }
}

function refusing<T>(kind: 'notCompiled' | 'smokeFailed', step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    throw new Refusal(kind, messageOf(thrown));
  }
}
