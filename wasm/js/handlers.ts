/** The handlers of `@gorules/zen-engine`, as the engine calls them. */

import { invalid } from './json.js';
import { isPromise } from './promise.js';
import type { DecisionNode, ZenEngineHandlerResponse, ZenEngineOptions, ZenHttpHandlerRequest } from './engine-types.js';
import type { CompileOptions, CustomNodeRequest, CustomNodeResponse, HttpRequest, HttpResponse } from './types.js';

let asRequest: (request: CustomNodeRequest) => ZenEngineHandlerRequest;

/**
 * A custom node that is to be answered, given to the `customHandler`.
 *
 * ```js
 * const customHandler = async (request) => {
 *   if (request.node.kind !== 'greeter') throw new Error(`no such kind: ${request.node.kind}`);
 *   return { output: { text: `Dear ${request.getField('name')}` } };
 * };
 * ```
 */
export class ZenEngineHandlerRequest {
  readonly #request: CustomNodeRequest;

  private constructor(request: CustomNodeRequest) {
    if (!request) throw invalid('a request is made by the engine: the constructor is private');
    this.#request = request;
  }

  /** The node and its configuration. */
  get node(): DecisionNode {
    return this.#request.node;
  }

  /** What reaches the node, `$nodes` included. */
  get input(): any {
    return this.#request.input;
  }

  /**
   * A field of the configuration by dotted path (`deep.text`, `list.0`), its template rendered with the
   * input.
   * @throws Error if there is none
   */
  getField(path: string): unknown {
    return found(this.#request.getField(path));
  }

  /** A field of the configuration by dotted path, as its author wrote it. @throws Error if there is none */
  getFieldRaw(path: string): unknown {
    return found(this.#request.getFieldRaw(path));
  }

  static {
    asRequest = (request) => new ZenEngineHandlerRequest(request);
  }
}

/** The handlers in the form in which a bundle takes them. @throws ZenError `invalid` */
export function handlers(options: ZenEngineOptions): Pick<CompileOptions, 'customHandler' | 'http'> {
  const { customHandler, httpHandler, allowedHosts = 'any' } = options;
  for (const [name, handler] of Object.entries({ customHandler, httpHandler })) {
    if (handler !== undefined && typeof handler !== 'function') throw invalid(`\`${name}\` is not a function`);
  }
  return {
    customHandler: (request) => {
      if (!customHandler) throw new Error('Custom function is undefined');
      return answered(() => customHandler(asRequest(request)), customResponse);
    },
    ...(httpHandler && {
      http: {
        allowedHosts,
        handler: (request) => answered(() => httpHandler(httpRequest(request)), httpResponse),
      },
    }),
  };
}

/** A function's answer, at once if it came at once; what it throws as the words that native has for it. */
export function answered<Given, Taken>(call: () => Given | Promise<Given>, take: (given: Given) => Taken): Taken | Promise<Taken> {
  try {
    const given = call();
    if (isPromise(given)) return Promise.resolve(given).then(take).catch(rethrow);
    return take(given);
  } catch (thrown) {
    return rethrow(thrown);
  }
}

/** `TypeError: no such kind` rather than `no such kind`: only the message reaches the engine. */
function rethrow(thrown: unknown): never {
  throw new Error(String(thrown), { cause: thrown });
}

function found(value: unknown): unknown {
  if (value === undefined) throw new Error('Failed to find JSON path');
  return value;
}

/** A request without the members that it does not have. */
function httpRequest({ body, auth, ...request }: HttpRequest): ZenHttpHandlerRequest {
  return { ...request, ...(body != null && { body }), ...(auth != null && { auth }) };
}

function customResponse(response: ZenEngineHandlerResponse | null | undefined): CustomNodeResponse {
  if (given(response).output === undefined) throw new Error('Missing field `output`');
  return given(response);
}

function httpResponse(response: HttpResponse | null | undefined): HttpResponse {
  const { status } = given(response);
  if (status === undefined) throw new Error('Missing field `status`');
  if (typeof status !== 'number') throw new TypeError(`the field \`status\` is a ${typeof status}; it must be a number`);
  return given(response);
}

/** What a handler answered, in native's words if that is nothing. */
function given<T>(response: T | null | undefined): T {
  if (response === undefined || response === null) throw new TypeError('Cannot convert undefined or null to object');
  return response;
}
