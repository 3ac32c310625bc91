/** Which documents a decision may need, so that an edit compiles those and not a whole project. */

import { isObject, objects, parsed } from '../model/document';

/**
 * The documents that `key` reaches through decision nodes and imports, itself included; all of them
 * if a function among them evaluates decisions, whose keys only its run can tell.
 */
export function reach(key: string, documents: ReadonlyMap<string, string>): Map<string, string> {
  const byFolded = new Map(Array.from(documents.keys(), (name) => [name.toLowerCase(), name]));
  const reached = new Map<string, string>();
  const open = [key];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const name = byFolded.get(next.toLowerCase());
    const text = name === undefined ? undefined : documents.get(name);
    if (name === undefined || text === undefined || reached.has(name)) continue;
    reached.set(name, text);
    const value = parsed(text);
    if (value instanceof Error) continue;
    if (objects(value['nodes']).some(evaluatesOthers)) return new Map(documents);
    open.push(...called(value));
  }
  return reached;
}

/**
 * A document whose imports and calls are spelled as the keys of the documents that they mean: evaluations
 * ignore case, the engine's analysis does not.
 */
export function aligned(text: string, keys: Iterable<string>): string {
  const value = parsed(text);
  if (value instanceof Error) return text;
  const byFolded = new Map(Array.from(keys, (name) => [name.toLowerCase(), name]));
  const own = (name: unknown): unknown => (typeof name === 'string' ? (byFolded.get(name.toLowerCase()) ?? name) : name);
  const entry = (found: unknown) =>
    isObject(found) ? Object.fromEntries(Object.entries(found).map(([name, inner]) => [name, own(inner)])) : own(found);
  const node = (found: unknown) =>
    isObject(found) && found['type'] === 'decisionNode' && isObject(found['content'])
      ? { ...found, content: { ...found['content'], key: own(found['content']['key']) } }
      : found;
  const { imports, nodes } = value;
  return JSON.stringify({
    ...value,
    ...(Array.isArray(imports) && { imports: imports.map(entry) }),
    ...(Array.isArray(nodes) && { nodes: nodes.map(node) }),
  });
}

function called(value: Record<string, unknown>): string[] {
  const keys = objects(value['nodes'])
    .filter((node) => node['type'] === 'decisionNode' && isObject(node['content']))
    .map((node) => (node['content'] as Record<string, unknown>)['key']);
  return [...keys, ...imported(value['imports'])].filter((found) => typeof found === 'string');
}

/** `imports` is a list of paths, or of objects that hold one. */
function imported(imports: unknown): unknown[] {
  if (!Array.isArray(imports)) return [];
  return imports.flatMap((entry: unknown) => (isObject(entry) ? Object.values(entry) : [entry]));
}

function evaluatesOthers(node: Record<string, unknown>): boolean {
  if (node['type'] !== 'functionNode') return false;
  return JSON.stringify(node['content'] ?? '').includes('evaluate');
}
