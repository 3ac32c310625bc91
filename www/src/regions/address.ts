/** Addresses of evaluators. */

/**
 * The address of an evaluator as a folder, without a query; nothing for what is no web address, or has
 * a password in it. Relative ones begin at `base`; without it there are none.
 */
export function evaluator(address: string, base?: string): string | undefined {
  if (!URL.canParse(address, base)) return undefined;
  const url = new URL(address, base);
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  url.search = '';
  url.hash = '';
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

/** Most evaluators that are followed at once. */
export const MAX_REGIONS = 50;

/** The addresses in a text, one a line, each of them once. */
export function evaluators(text: string): string[] {
  const found = text.split(/\s+/).map((address) => evaluator(address)).filter((address) => address !== undefined);
  return [...new Set(found)].slice(0, MAX_REGIONS);
}

/** How an evaluator is asked: nothing of the browser's goes along, and the token only where it was meant to go. */
export function request(token: string, patience: number): RequestInit {
  return {
    headers: token === '' ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(patience),
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'error',
  };
}
