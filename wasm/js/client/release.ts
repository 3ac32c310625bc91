/** A release that compiled: what evaluations hold on to until they have finished. */

import type { CompiledBundle } from '../bundle.js';
import type { ZenError } from '../errors.js';
import type { Release, VerifiedBundle } from '../releases/open.js';
import type { TrapReport } from './status.js';

/** A verified release, compiled and ready to answer. */
export class CompiledRelease {
  readonly bundle: CompiledBundle;
  /** The project's id, as the bundle says it. */
  readonly projectId: string | undefined;
  /** Ends when its memory has been given back. */
  readonly gone: Promise<void>;
  #release: Release;
  #left: () => void = () => undefined;
  #held = 0;
  #retired = false;
  #trap: { count: number; message: string } | undefined;

  constructor(verified: VerifiedBundle, bundle: CompiledBundle) {
    const { project } = verified.identity as { project?: { id?: string | null } };
    this.bundle = bundle;
    this.projectId = project?.id ?? undefined;
    this.#release = verified.release;
    this.gone = new Promise((resolve) => {
      this.#left = resolve;
    });
  }

  /** What is known of it now. */
  get release(): Release {
    return this.#release;
  }

  /** A newer revision lists it, too. */
  confirm(release: Release): void {
    this.#release = release;
  }

  /** An evaluation of it brought the engine down. */
  trapped(error: ZenError): void {
    this.#trap = { count: (this.#trap?.count ?? 0) + 1, message: error.message };
  }

  /** What of that there is to report. */
  traps(): TrapReport[] {
    if (this.#trap === undefined) return [];
    const { project, digest } = this.#release;
    const { count, message } = this.#trap;
    return [{ digest, project, caught: 0, reported: count, message, takenBack: false }];
  }

  /** An evaluation begins; it calls what this answers when it has ended. */
  hold(): () => void {
    this.#held += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#held -= 1;
      this.#settle();
    };
  }

  /** It answers no new evaluation. Its memory is given back after the last one that runs. */
  retire(): void {
    this.#retired = true;
    this.#settle();
  }

  #settle(): void {
    if (!this.#retired || this.#held > 0) return;
    this.bundle.dispose();
    this.#left();
  }
}
