/** What custom nodes and HTTP requests answer in the simulator: nothing is really asked. */

import { isObject, objects, parsed } from '../model/document';

/** An answer to requests of function nodes. */
export interface HttpStub {
  method: string;
  /** The address that is asked, without its query. */
  url: string;
  status: number;
  data: unknown;
}

/** All stubs. */
export interface Stubs {
  /** Outputs of custom nodes by their kind. */
  customNodes: Record<string, unknown>;
  http: HttpStub[];
}

/** What the editor of stubs begins with. */
export const EXAMPLE = JSON.stringify(
  { customNodes: {}, http: [{ method: 'GET', url: 'https://api.example.com/rate', status: 200, data: { rate: 1.1 } }] },
  null,
  2,
);

/** Reads stubs as the user typed them; a message if they are none. */
export function readStubs(text: string): Stubs | string {
  const value = parsed(text);
  if (value instanceof Error) return `The stubs are not JSON: ${value.message}`;
  const http: HttpStub[] = [];
  for (const [index, stub] of objects(value['http']).entries()) {
    const { method = 'GET', url, status = 200, data = null } = stub;
    if (typeof method !== 'string' || typeof status !== 'number') return `http[${index}]: \`method\` is text, \`status\` a number`;
    if (typeof url !== 'string' || !URL.canParse(url)) return `http[${index}]: \`url\` is not an address`;
    http.push({ method: method.toUpperCase(), url, status, data });
  }
  return { customNodes: isObject(value['customNodes']) ? value['customNodes'] : {}, http };
}
