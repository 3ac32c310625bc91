/** The schema of a graph's input, for completion while typing it. */

import { isObject, objects, parsed } from './document';

/** The JSON Schema of the input node, if it has one that can be read. */
export function inputSchema(text: string): Record<string, unknown> | undefined {
  const value = parsed(text);
  if (value instanceof Error) return undefined;
  const input = objects(value['nodes']).find((node) => node['type'] === 'inputNode');
  const schema = isObject(input?.['content']) ? input['content']['schema'] : undefined;
  if (typeof schema !== 'string') return isObject(schema) ? schema : undefined;
  const read = parsed(schema);
  return read instanceof Error || Object.keys(read).length === 0 ? undefined : read;
}
