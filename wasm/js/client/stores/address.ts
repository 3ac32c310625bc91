/** The address of a web server, checked. Errors do not repeat it: it may hold a signature. */

import { ClientError } from '../errors.js';

/** @throws ClientError `configuration` */
export function checkedAddress(address: string | URL, insecure: boolean): URL {
  const wrong = (words: string) => new ClientError('configuration', `a source's address ${words}`);
  const url = parsed(address);
  if (url === undefined) throw wrong('is not an absolute URL: write https://host/path');
  if (url.username !== '' || url.password !== '') throw wrong('has a user in it: send credentials in `headers`');
  if (url.hash !== '') throw wrong('has a fragment');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrong(`begins with ${url.protocol}: use https://`);
  if (url.protocol === 'http:' && !insecure && !isThisMachine(url.hostname)) {
    throw wrong('begins with http://: use https://, or say `insecure: true`');
  }
  return url;
}

/** In a page, sources may be named relative to it. */
function parsed(address: string | URL): URL | undefined {
  try {
    return new URL(address, (globalThis as { location?: Location }).location?.href);
  } catch {
    return undefined;
  }
}

const isThisMachine = (host: string) =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
