/** Release zips, read strictly. */

import { areBytes, viewOf, type Bytes } from '../module.js';
import { openBundle as open } from '../wasm/zen_edge_releases.js';
import type { TestDocument } from '../types.js';
import { readBody } from './body.js';
import { ReleaseError, guarded, fromForm, type ReleaseErrorForm } from './errors.js';
import { initializeReleases } from './module.js';
import { StoreFailure } from './ports.js';

/**
 * Bounds on a bundle; those left out keep their defaults, which hold a release of some ten thousand
 * decisions: `bundleBytes` 16 MiB (the zip itself), `totalBytes` 64 MiB and `entryBytes` 16 MiB once
 * inflated, `ratio` 100, `entries` 20 000, `documents` 10 000, `testCases` 100 000, `pathBytes` 512,
 * `pathDepth` 16, `jsonDepth` 128, `jsonValues` 4 000 000, `identityBytes` 64 KiB, `accessTokens` 100.
 */
export type BundleLimits = Partial<
  Record<
    | 'bundleBytes'
    | 'totalBytes'
    | 'entryBytes'
    | 'ratio'
    | 'entries'
    | 'documents'
    | 'testCases'
    | 'pathBytes'
    | 'pathDepth'
    | 'jsonDepth'
    | 'jsonValues'
    | 'identityBytes'
    | 'accessTokens',
    number
  >
>;

/** How many bytes a bundle may have unless `limits.bundleBytes` says otherwise. */
const BUNDLE_BYTES = 16 * 1024 * 1024;

/** Where a release zip is: its bytes, an answer with it, or its address. */
export type BundleSource = Bytes | Response | Blob | URL | string;

/** How a bundle is opened. */
export interface OpenOptions {
  /** The SHA-256 that the zip must have, 64 hexadecimal digits. Nothing else proves what it is. */
  digest?: string;
  limits?: BundleLimits;
  /** Ends a download. */
  signal?: AbortSignal;
}

/** What a bundle says it is. Nothing proves it but its digest. */
export interface OpenedRelease {
  /** The key of the environment that it was deployed to; `null` for a release that was downloaded. */
  environment: string | null;
  /** The project's key. */
  project: string | null;
  /** The release's id. */
  id: string | null;
  /** The release's version. */
  version: string | null;
  /** The commit of which it was made. */
  commit: string | null;
  /** The zip's SHA-256, 64 lower-case hexadecimal digits. */
  digest: string;
  /** The zip's length in bytes. */
  length: number;
  /** When it was deployed, as BRMS writes it. */
  deployedAt: string | null;
}

/** A release as it was verified by a client. */
export interface Release extends OpenedRelease {
  environment: string;
  project: string;
  /** The environment's newest revision that lists it; `null` for an unsigned source. */
  revision: number | null;
  /** What vouches for it: signatures, or nothing but the way it came. */
  trust: 'tuf' | 'unsigned';
  /** Where the bytes came from. They were verified whatever this says. */
  origin: 'source' | 'edgeCache' | 'lastKnownGood' | 'bakedIn';
  /** The name of the source that gave them; `null` if no source did. */
  source: string | null;
  /** When it was verified, in milliseconds since 1970 by this host's clock. */
  verifiedAt: number;
}

/** One file of a bundle. */
export interface BundleFile {
  /** The path in lower case: the key by which it is looked up. */
  key: string;
  /** The path as its author wrote it. */
  path: string;
  kind: 'graph' | 'policy' | 'test' | 'other';
  /** Its version in BRMS. */
  versionId: string | null;
}

/** What wasm says of a bundle beside its documents' bytes. */
interface BundleHead<R> {
  release: R;
  identity: Record<string, unknown>;
  files: BundleFile[];
  tests: TestDocument[];
  testsError: ReleaseErrorForm | null;
}

/** What wasm hands over. */
export interface HandedBundle {
  head: string;
  documents: Uint8Array[];
  packed: Uint8Array;
}

/** One release of a project, read and checked as a whole. It is plain memory: nothing to dispose. */
export class OpenedBundle<R extends OpenedRelease = OpenedRelease> {
  /** Which release it is. */
  readonly release: R;
  /** All that `.config/project.json` says but for access tokens, in GoRules' form. */
  readonly identity: Record<string, unknown>;
  /** All files but those of `.config/`, in the order of their keys. */
  readonly files: readonly BundleFile[];
  readonly #tests: TestDocument[];
  readonly #testsError: BundleHead<R>['testsError'];
  readonly #documents: Uint8Array[];
  readonly #packed: Uint8Array;

  /** @internal */
  constructor(handed: HandedBundle) {
    const head: BundleHead<R> = JSON.parse(handed.head);
    this.release = head.release;
    this.identity = head.identity;
    this.files = head.files;
    this.#tests = head.tests;
    this.#testsError = head.testsError;
    this.#documents = handed.documents;
    this.#packed = handed.packed;
  }

  /** The paths of the decisions (graphs and policies), as their authors wrote them. */
  keys(): string[] {
    return this.documents().map(([path]) => path);
  }

  /** The decisions (graphs and policies) by their paths: what `CompiledBundle.compile` takes. */
  documents(): [path: string, json: Uint8Array][] {
    const found: [string, Uint8Array][] = [];
    for (const [index, { path, kind }] of this.files.entries()) {
      const json = this.#documents[index];
      if (json && (kind === 'graph' || kind === 'policy')) found.push([path, json]);
    }
    return found;
  }

  /** A file's JSON text in UTF-8, whatever its kind and the case of the path; `undefined` if there is none. */
  document(path: string): Uint8Array | undefined {
    const key = path.toLowerCase();
    const index = this.files.findIndex((file) => file.path === path || file.key === key);
    return this.#documents[index];
  }

  /**
   * The test cases of all documents, in the order of keys: documents of type `test`, and the cases that
   * decisions carry themselves. Inputs and expectations are JSON text.
   * @throws ReleaseError `invalidDocument` for tests that are not in a form we know
   */
  tests(): TestDocument[] {
    if (this.#testsError) throw fromForm(this.#testsError);
    return this.#tests;
  }

  /** The zip that it was read of. */
  packed(): Uint8Array {
    return this.#packed;
  }
}

/** A bundle that is what an environment announces. Nothing makes one but a client's refresh. */
export type VerifiedBundle = OpenedBundle<Release>;

/**
 * Opens a release zip. The whole of it is read and checked, within limits; whether its decisions compile
 * is not looked at. A body is read no further than `limits.bundleBytes`, and a digest is checked before
 * anything else is.
 *
 * Loads the module for releases at the first call.
 *
 * @throws ReleaseError `digestMismatch` if the zip is not the one that the digest names; `tooLarge`,
 * `limitExceeded`, `malformed`, `unsafePath`, `duplicateName`, `unsupported`, `invalidDocument`,
 * `invalidIdentity` for a zip that is refused; `unavailable`, `interrupted` and other kinds of a source
 * for one that could not be fetched
 */
export async function openBundle(source: BundleSource, options: OpenOptions = {}): Promise<OpenedBundle> {
  const maxBytes = options.limits?.bundleBytes ?? BUNDLE_BYTES;
  const [bytes] = await Promise.all([bundleBytes(source, maxBytes, options.signal), initializeReleases()]);
  const limits = options.limits ? JSON.stringify(options.limits) : '';
  return guarded(() => new OpenedBundle({ ...open(bytes, limits, options.digest), packed: bytes }));
}

async function bundleBytes(source: BundleSource, maxBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  if (areBytes(source)) return viewOf(source);
  const what = 'reading the bundle';
  try {
    const response = typeof source === 'string' || source instanceof URL ? await fetch(source, { signal: signal ?? null }) : source;
    if (response instanceof Response) {
      if (!response.ok) throw StoreFailure.fromStatus(response.status, what, response.headers.get('retry-after'));
      return await readBody(response, maxBytes, what);
    }
    return await readBody(new Response(response), maxBytes, what);
  } catch (failure) {
    if (signal?.aborted) throw signal.reason;
    if (failure instanceof StoreFailure) throw new ReleaseError(failure.message, failure.kind, {}, { cause: failure });
    throw new ReleaseError(`${what} failed: no answer came`, 'unavailable', {}, { cause: failure });
  }
}
