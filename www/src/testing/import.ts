/** Test cases from files: JSON, or CSV as spreadsheets write it. */

import Papa from 'papaparse';
import { isObject } from '../model/document';
import { exact } from '../model/exact';
import type { NewCase } from './edit';

/** A file that holds no cases; the message says why, for the user. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

/** Most cases of one file. */
const MAX_CASES = 10_000;

/**
 * Reads cases. JSON: a list of `{ name?, input, output?, error? }`, or a document that holds one as
 * `tests` or `testCases`. CSV: a header with `name`, paths into the input (`customer.tier`) and paths
 * into the output (`output.discount`); cells are JSON where they can be, else text; empty ones are left out.
 * @throws ImportError
 */
export function readCases(name: string, text: string): NewCase[] {
  const cases = /\.csv$/i.test(name) ? fromCsv(text) : fromJson(text);
  if (cases.length === 0) throw new ImportError(`\`${name}\` holds no cases`);
  if (cases.length > MAX_CASES) throw new ImportError(`\`${name}\` holds more than ${MAX_CASES} cases`);
  return cases;
}

function fromJson(text: string): NewCase[] {
  let value: unknown;
  try {
    value = exact(text);
  } catch (error) {
    throw new ImportError(`it is not JSON: ${String(error)}`);
  }
  const list = isObject(value) ? (value['tests'] ?? value['testCases']) : value;
  if (!Array.isArray(list)) throw new ImportError('it is no list of cases, and has no `tests` or `testCases`');
  return list.map((entry: unknown, index) => {
    if (!isObject(entry) || !('input' in entry)) throw new ImportError(`case ${index + 1} has no \`input\``);
    const { name, input } = entry;
    const given = typeof name === 'string' && name !== '' ? name : `case ${index + 1}`;
    return {
      name: given,
      input,
      ...('output' in entry && { output: entry['output'] }),
      ...('error' in entry && { error: entry['error'] }),
    };
  });
}

function fromCsv(text: string): NewCase[] {
  const { data, errors } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: 'greedy' });
  const [wrong] = errors;
  if (wrong) throw new ImportError(`line ${(wrong.row ?? 0) + 2}: ${wrong.message}`);
  return data.map((row, index) => {
    const input = {};
    const output = {};
    for (const [path, cell] of Object.entries(row)) {
      if (path === 'name' || cell === '') continue;
      if (path.startsWith('output.')) put(output, path.slice('output.'.length).split('.'), cell);
      else put(input, path.split('.'), cell);
    }
    const expected = Object.keys(output).length > 0 ? { output } : {};
    return { name: row['name'] || `row ${index + 1}`, input, ...expected };
  });
}

function put(target: Record<string, unknown>, [name, ...rest]: string[], cell: string): void {
  // A column called `__proto__` must be a member like any other.
  const define = (value: unknown) =>
    Object.defineProperty(target, name ?? '', { value, enumerable: true, configurable: true, writable: true });
  if (rest.length === 0) {
    define(cellValue(cell));
    return;
  }
  const known = Object.hasOwn(target, name ?? '') ? target[name ?? ''] : undefined;
  const inner = isObject(known) ? known : {};
  if (inner !== known) define(inner);
  put(inner, rest, cell);
}

function cellValue(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}
