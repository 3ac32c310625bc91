/** What whoever hosts the page wants it to begin with: `settings.json` beside it. */

import * as z from 'zod/v4-mini';
import { bounded, TooLong } from '../net/bounded';
import { evaluator, MAX_REGIONS } from '../regions/address';

/** What is opened at the first visit, and offered later: of a running evaluator, or a release zip. */
export type Preset = { region: string; project: string } | { release: string };

/** The settings, with absolute addresses. */
export interface Settings {
  /** Evaluators that the Regions view begins with. */
  regions: string[];
  open?: Preset;
}

/** The settings cannot be used; the message says why, for whoever wrote them. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Longest file, in bytes. */
const MAX_BYTES = 64 * 1024;
/** Longest wait for it, in milliseconds. */
const PATIENCE = 10_000;

/** Reads the settings beside a page; there are none if there is no such file. @throws SettingsError */
export async function readSettings(page: string): Promise<Settings> {
  let response: Response;
  let body: Uint8Array;
  try {
    response = await fetch(new URL('settings.json', page), { cache: 'no-cache', signal: AbortSignal.timeout(PATIENCE) });
    if (response.status === 404) return { regions: [] };
    if (!response.ok) throw new SettingsError(`the server answers ${response.status}`);
    body = await bounded(response, MAX_BYTES);
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(error instanceof TooLong ? `it is longer than ${MAX_BYTES / 1024} KiB` : 'it cannot be fetched');
  }
  return settings(new TextDecoder().decode(body), page);
}

/** Settings as they are written; relative addresses begin at the page's. @throws SettingsError */
export function settings(text: string, page: string): Settings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SettingsError(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { success, data, error } = schema(page).safeParse(value);
  if (!success) throw new SettingsError(error.issues.map(told).join('; '));
  const regions = [...new Set(data.regions ?? [])];
  return data.open === undefined ? { regions } : { regions, open: data.open };
}

function schema(page: string) {
  const text = (max: number) => z.string('must be text').check(z.minLength(1, 'is empty'), z.maxLength(max, 'is too long'));
  const address = (whole: (given: string) => string | undefined) =>
    z.pipe(
      text(2_048),
      z.transform((given: string, context) => {
        const found = whole(given);
        if (found !== undefined) return found;
        context.issues.push({ code: 'custom', message: 'is no web address', input: given });
        return z.NEVER;
      }),
    );
  const region = address((given) => evaluator(given, page));
  const release = address((given) => zip(given, page));
  const list = z.array(region, 'must be a list of addresses').check(z.maxLength(MAX_REGIONS, `has more than ${MAX_REGIONS} addresses`));
  const open = z.union(
    [z.strictObject({ region, project: text(200) }), z.strictObject({ release })],
    'must be {"region": address, "project": name} or {"release": address}',
  );
  return z.strictObject(
    { regions: z.optional(list), open: z.optional(open) },
    { error: (issue) => (issue.code === 'unrecognized_keys' ? `there is no setting \`${issue.keys.join('`, `')}\`` : 'it is no object') },
  );
}

function told({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `\`${path.join('.')}\` ${message}`;
}

function zip(address: string, page: string): string | undefined {
  if (!URL.canParse(address, page)) return undefined;
  const { protocol, href, username, password } = new URL(address, page);
  return /^https?:$/.test(protocol) && username === '' && password === '' ? href : undefined;
}
