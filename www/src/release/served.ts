/** Releases out of running evaluators, in the worker that reads releases. */

import { openBundle, ReleaseError, type OpenedBundle, type ReleaseErrorCode } from 'zen-edge/slim';
import { isObject, parsed } from '../model/document';
import { bounded } from '../net/bounded';
import { request } from '../regions/address';
import type { ServedZip } from './protocol';

/** Longest wait for the whole zip, in milliseconds. */
const PATIENCE = 60_000;
/** Longest answer that says what is wrong, in bytes, and what is told of it, in UTF-16 code units. */
const MAX_FAULT = 16 * 1024;
const MAX_DETAILS = 300;

/**
 * Fetches and opens a release. Its digest is what the evaluator's status said: one that changed its mind
 * is told apart from one that gives other bytes than it says.
 * @throws ReleaseError
 */
export async function openServed(zip: ServedZip, digest: string): Promise<OpenedBundle> {
  const response = await answer(zip);
  if (!response.ok) throw await refusal(response, zip);
  const now = response.headers.get('x-release-digest');
  if (now !== null && now !== digest) {
    await response.body?.cancel();
    throw new ReleaseError('the evaluator has taken another release since it was asked: ask it again', 'digestMismatch');
  }
  try {
    return await openBundle(response, { digest });
  } catch (error) {
    if (!(error instanceof ReleaseError) || error.code !== 'digestMismatch') throw error;
    const message = `the evaluator gives other bytes than its status names, and they are not opened: ${error.message}`;
    throw new ReleaseError(message, error.code, {}, { cause: error });
  }
}

async function answer({ address, token }: ServedZip): Promise<Response> {
  try {
    return await fetch(address, request(token, PATIENCE));
  } catch (cause) {
    const late = cause instanceof DOMException && cause.name === 'TimeoutError';
    throw late
      ? new ReleaseError('the evaluator does not answer', 'timeout', {}, { cause })
      : new ReleaseError('the evaluator cannot be reached, or does not allow this page (CORS)', 'unavailable', {}, { cause });
  }
}

/** Why it gives no release. */
async function refusal(response: Response, { token }: ServedZip): Promise<ReleaseError> {
  const { code, details } = await fault(response);
  const said = details === '' ? '' : `: ${details}`;
  switch (response.status) {
    case 401:
      return denied(token === '' ? 'the evaluator gives its rules to its operators only: it wants their token' : 'the evaluator does not accept this token');
    case 403:
      return denied(`the evaluator does not give this release${said}`);
    case 404:
      return code === 'project.notFound'
        ? new ReleaseError('the evaluator does not serve this project any more: ask it again', 'notFound')
        : new ReleaseError('the evaluator does not offer its rules: it is older, or its operators have not allowed it', 'notFound');
    case 503:
      return new ReleaseError(`the evaluator has no release that may be given${said}`, 'unavailable');
    default: {
      const kind: ReleaseErrorCode = response.status === 429 ? 'throttled' : 'unavailable';
      return new ReleaseError(`the evaluator answers ${response.status}${said}`, kind);
    }
  }
}

const denied = (message: string): ReleaseError => new ReleaseError(message, 'denied');

/** What an answer says is wrong, as far as it says so in the form of evaluators. */
async function fault(response: Response): Promise<{ code: string | undefined; details: string }> {
  const bytes = await bounded(response, MAX_FAULT).catch(() => new Uint8Array());
  const value = parsed(new TextDecoder().decode(bytes));
  const { code, details } = isObject(value) && !(value instanceof Error) ? value : {};
  return {
    code: typeof code === 'string' ? code : undefined,
    details: typeof details === 'string' ? details.slice(0, MAX_DETAILS) : '',
  };
}
