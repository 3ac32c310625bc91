/** The schema of a decision's input, for completion while typing it. */

import type { PolicyDictionaryInfo, PolicyInputProperty, PolicyVariableType } from 'zen-edge';
import { isObject, objects, parsed } from './document';

/** A JSON Schema, as Monaco understands it. */
export type Schema = Record<string, unknown>;

/** The JSON Schema that the author of a graph gave its input node, if there is one that can be read. */
export function declaredSchema(text: string): Schema | undefined {
  const value = parsed(text);
  if (value instanceof Error) return undefined;
  const input = objects(value['nodes']).find((node) => node['type'] === 'inputNode');
  const schema = isObject(input?.['content']) ? input['content']['schema'] : undefined;
  if (typeof schema !== 'string') return isObject(schema) ? schema : undefined;
  const read = parsed(schema);
  return read instanceof Error || Object.keys(read).length === 0 ? undefined : read;
}

/** What the engine derived of a decision's input. */
export interface Derived {
  inputs: readonly PolicyInputProperty[];
  dictionaries: readonly PolicyDictionaryInfo[];
}

/** What refers to a dictionary in a schema: an extension of GoRules. */
export const DICTIONARY = '$dictionary';

/** A schema with the values of the dictionaries that it refers to, and their labels, written out. */
export function withDictionaries(schema: Schema, dictionaries: readonly PolicyDictionaryInfo[]): Schema {
  const labels = labelsOf(dictionaries);
  const write = (_: string, value: unknown): unknown => {
    const name = isObject(value) ? value[DICTIONARY] : undefined;
    const known = typeof name === 'string' ? labels.get(name) : undefined;
    return isObject(value) && typeof name === 'string' && known ? { ...choices([...known.keys()], known, name), ...value } : value;
  };
  try {
    return JSON.parse(JSON.stringify(schema), write) as Schema;
  } catch {
    // It is deeper than the stack.
    return schema;
  }
}

/**
 * The schema of what was derived; nothing if nothing was. More may be given than it names, and what
 * it names may be missing: only types and choices are told.
 */
export function derivedSchema({ inputs, dictionaries }: Derived): Schema | undefined {
  if (inputs.length === 0) return undefined;
  const labels = labelsOf(dictionaries);
  const root: Schema = { type: 'object', properties: {} };
  for (const { path, resolvedType } of inputs) put(root, path.split('.'), ofType(resolvedType, labels));
  return root;
}

/** A type for what may be anything: Monaco completes a member without a type to a name alone, which is no JSON. */
const ANY = { type: ['number', 'string', 'boolean', 'object', 'array', 'null'] };

type Labels = ReadonlyMap<string, ReadonlyMap<string, string>>;

const labelsOf = (dictionaries: readonly PolicyDictionaryInfo[]): Labels =>
  new Map(dictionaries.map(({ name, entries }) => [name, new Map(entries.map(({ value, label }) => [value, label]))]));

function put(parent: Schema, [name = '', ...rest]: string[], schema: Schema): void {
  const properties = isObject(parent['properties']) ? parent['properties'] : (parent['properties'] = {}) as Schema;
  if (rest.length === 0) {
    define(properties, name, { ...schema, ...own(properties, name) });
    return;
  }
  const inner = own(properties, name) ?? {};
  inner['type'] = 'object';
  define(properties, name, inner);
  put(inner, rest, schema);
}

function own(properties: Schema, name: string): Schema | undefined {
  const found = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return isObject(found) ? found : undefined;
}

/** A property called `__proto__` must be a member like any other. */
function define(properties: Schema, name: string, value: Schema): void {
  Object.defineProperty(properties, name, { value, enumerable: true, configurable: true, writable: true });
}

function ofType(type: PolicyVariableType, labels: Labels): Schema {
  switch (type.type) {
    case 'bool':
      return { type: 'boolean' };
    case 'string':
    case 'number':
    case 'null':
      return { type: type.type };
    case 'date':
      return { type: 'string', description: 'A date, such as 2026-03-15 or 2026-03-15T09:30:00Z' };
    case 'const':
      return { enum: [type.value] };
    case 'enum':
      return choices(type.values, type.name === null ? undefined : labels.get(type.name), type.name);
    case 'array':
      return { type: 'array', items: ofType(type.items, labels) };
    case 'object': {
      const properties: Schema = {};
      for (const [name, inner] of Object.entries(type.fields)) define(properties, name, ofType(inner, labels));
      return { type: 'object', properties };
    }
    case 'nullable':
      return { anyOf: [ofType(type.inner, labels), { type: 'null' }] };
    default:
      return ANY;
  }
}

/** One of some values, each with its label if the dictionary has one. */
function choices(values: readonly string[], labels: ReadonlyMap<string, string> | undefined, name: string | null): Schema {
  const described = labels && { enumDescriptions: values.map((value) => labels.get(value) ?? '') };
  return { enum: values, ...described, ...(name !== null && { description: `One of the dictionary ${name}` }) };
}
