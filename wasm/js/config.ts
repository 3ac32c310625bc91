/** Settings of every engine at once. */

import { overrideConfig as override } from './wasm/zen_edge.js';
import { invalid } from './json.js';
import type { ZenConfig } from './engine-types.js';

/**
 * Changes settings of every engine of this module; what is left out stays.
 *
 * `functionTimeoutMillis` bounds functions by work and not by a clock, so that the same call always
 * ends alike: 5000, the default, is `limits.functionSteps`; 1000 is a fifth of that. `httpAuth` is
 * taken and means nothing: signing is the job of the `httpHandler`.
 *
 * ```js
 * overrideConfig({ nodesInContext: false });
 * ```
 * @throws ZenError `invalid`
 */
export function overrideConfig(config: ZenConfig): void {
  const { nodesInContext, functionTimeoutMillis, httpAuth } = config;
  for (const [name, value, type] of [
    ['nodesInContext', nodesInContext, 'boolean'],
    ['functionTimeoutMillis', functionTimeoutMillis, 'number'],
    ['httpAuth', httpAuth, 'boolean'],
  ] as const) {
    if (value !== undefined && typeof value !== type) throw invalid(`\`${name}\` is not a ${type}`);
  }
  override(nodesInContext, functionTimeoutMillis);
}
