/** Stubs in the form of the package's handlers. */

import type { CompileOptions, CustomNodeRequest, HttpRequest } from 'zen-edge';
import type { Stubs } from '../stubs/stubs';

/** Handlers that answer from stubs, and say so in the trace. */
export function handlers({ customNodes, http }: Stubs): CompileOptions {
  const hosts = [...new Set(http.map(({ url }) => new URL(url).host))];
  return {
    customHandler({ node: { kind } }: CustomNodeRequest) {
      if (!Object.hasOwn(customNodes, kind)) throw new Error(`no stub answers custom nodes of kind \`${kind}\``);
      return { output: customNodes[kind], traceData: { stub: true } };
    },
    ...(hosts.length > 0 && { http: { allowedHosts: hosts, handler: (request) => respond(http, request) } }),
  };
}

function respond(stubs: Stubs['http'], { method, url }: HttpRequest) {
  const plain = (address: string) => address.replace(/[?#].*$/, '');
  const found = stubs.find((stub) => stub.method === method.toUpperCase() && plain(stub.url) === plain(url));
  if (!found) throw new Error(`no stub answers ${method.toUpperCase()} ${plain(url)}`);
  return { status: found.status, headers: { 'x-stub': 'true' }, data: found.data };
}
