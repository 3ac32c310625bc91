/** A scenario in a link: a decision, what it needs, and its input, in the part that is never sent. */

import { reach } from '../engine/reach';
import { document, isObject, type Document } from '../model/document';

/** A decision with an input. */
export interface Scenario {
  key: string;
  input: string;
  documents: Document[];
}

/** Longest fragment, in characters: what chat programs and browsers still take. */
export const MAX_LINK = 32_000;
/** Most characters of a scenario, so that a small link cannot grow without bound. */
const MAX_SCENARIO = 4 * 1024 * 1024;
const NAME = '#scenario=';

/** The fragment of a scenario; nothing if it is too long for a link. */
export async function fragment(key: string, input: string, texts: ReadonlyMap<string, string>): Promise<string | undefined> {
  const json = JSON.stringify({ key, input, documents: [...reach(key, texts)] });
  const packed = new Blob([json]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  const encoded = btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return encoded.length > MAX_LINK ? undefined : NAME + encoded;
}

/** The scenario of a fragment; nothing if it holds none. @throws Error for one that cannot be read */
export async function scenario(hash: string): Promise<Scenario | undefined> {
  if (!hash.startsWith(NAME)) return undefined;
  if (hash.length > NAME.length + MAX_LINK) throw new Error('the link is too long');
  const text = atob(hash.slice(NAME.length).replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  const value: unknown = JSON.parse(await unpacked(bytes));
  if (!isObject(value)) throw new Error('the link holds no scenario');
  const { key, input, documents } = value;
  if (typeof key !== 'string' || typeof input !== 'string' || !Array.isArray(documents)) throw new Error('the link holds no scenario');
  const read = documents.map((pair: unknown) => {
    const [name, json] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof name !== 'string' || typeof json !== 'string') throw new Error('the link holds no scenario');
    return document(name, json);
  });
  return { key, input, documents: read };
}

async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const reader = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'))
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let text = '';
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    text += next.value;
    if (text.length > MAX_SCENARIO) throw new Error('the scenario in the link is too long');
  }
  return text;
}
