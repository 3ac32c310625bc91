/** What tabs tell each other, and what is believed of it. */

import type { Readings, Told } from './shared-store.js';

/** A message between tabs. */
export type Message =
  /** A follower has begun, or was asleep, and wants to know. */
  | { kind: 'ask' }
  /** The leader polled `at` this time (milliseconds since 1970): what the sources that answered said of metadata. */
  | { kind: 'told'; at: number; readings: Readings };

/** A message, if it is one of ours. Pages of other versions of this program may share the channel. */
export function message(data: unknown): Message | undefined {
  if (!isObject(data)) return undefined;
  if (data.kind === 'ask') return { kind: 'ask' };
  if (data.kind !== 'told' || typeof data.at !== 'number' || !(data.readings instanceof Map)) return undefined;
  const readings: Readings = new Map();
  for (const [source, notes] of data.readings as Map<unknown, unknown>) {
    if (typeof source !== 'string' || !(notes instanceof Map)) return undefined;
    const sound = [...(notes as Map<unknown, unknown>)].filter((entry): entry is [string, Told] => typeof entry[0] === 'string' && isTold(entry[1]));
    readings.set(source, new Map(sound));
  }
  return { kind: 'told', at: data.at, readings };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function isTold(value: unknown): value is Told {
  if (value === null) return true;
  if (!isObject(value) || !(value.bytes instanceof Uint8Array)) return false;
  return value.etag === undefined || typeof value.etag === 'string';
}
