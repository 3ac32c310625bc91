/** Results of test cases as files. */

import Papa from 'papaparse';
import type { Expected } from '../model/cases';
import { exact, exactText } from '../model/exact';
import type { CaseResult } from './tests';

/** One line for each case. Cells that a spreadsheet would take for formulas are made text. */
export function resultsCsv(results: readonly CaseResult[]): string {
  const rows = results.map((result) => {
    const { decision, name, passed, message, input, expected, actual } = plain(result);
    const texts = [input, expected, actual].map((value) => (value === undefined ? '' : exactText(value)));
    return [decision, name, passed ? 'passed' : 'failed', message ?? '', ...texts];
  });
  const fields = ['decision', 'case', 'result', 'message', 'input', 'expected', 'actual'];
  return Papa.unparse({ fields, data: rows }, { escapeFormulae: true });
}

/** The same as JSON. */
export const resultsJson = (results: readonly CaseResult[]): string => exactText(results.map(plain), 2);

function plain({ case: { target, name, input, expected }, outcome, fault }: CaseResult) {
  return {
    decision: target,
    name,
    passed: !fault,
    message: fault?.message,
    input: exact(input),
    expected: expected && valueOf(expected),
    actual: outcome.failure ? { error: outcome.failure.error } : { output: outcome.result },
  };
}

/** What was expected, as a value. */
function valueOf(expected: Expected): unknown {
  return 'error' in expected ? { error: exact(expected.error) } : { output: exact(expected.output) };
}

/** Has the browser save a file. */
export function save(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = globalThis.document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
