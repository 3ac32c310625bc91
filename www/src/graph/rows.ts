/** What is known of the rows of a decision table: those that the input took, and those that cases took. */

import { isObject, objects, parsed } from '../model/document';
import { rulesIn, type Reached } from '../testing/coverage';

/** One row of a table. */
export interface RowMark {
  /** Whether the input that is shown took it. */
  hit: boolean;
  /** How often test cases took it; nothing if that is not known. */
  taken: number | undefined;
}

type Rule = Record<string, unknown>;

/** What cases reached, and the document as it was then. */
export interface Tested {
  text: string;
  reached: Reached;
}

/** The rows of the table `nodeId` of a graph; empty if there is no such table. */
export function rowsOfTable(text: string, nodeId: string): Rule[] {
  const value = parsed(text);
  if (value instanceof Error) return [];
  const node = objects(value['nodes']).find(({ id, type }) => id === nodeId && type === 'decisionTableNode');
  return isObject(node?.['content']) ? objects(node['content']['rules']) : [];
}

/** A mark for each row. Of rows that are not as they were when the cases ran, nothing is known. */
export function rowMarks(rows: readonly Rule[], nodeId: string, trace: unknown, tested: Tested | undefined): RowMark[] {
  const node = isObject(trace) ? trace[nodeId] : undefined;
  const hits = new Set(isObject(node) ? rulesIn(node['traceData']) : []);
  const before = new Map((tested ? rowsOfTable(tested.text, nodeId) : []).map((row) => [row['_id'], JSON.stringify(row)]));
  return rows.map((row) => {
    const id = row['_id'];
    const same = before.get(id) === JSON.stringify(row);
    return { hit: hits.has(String(id)), taken: same ? (tested?.reached.rows.get(`${nodeId}/${String(id)}`) ?? 0) : undefined };
  });
}

/**
 * The marks as a style sheet for the open tab. The editor draws only the rows that are visible, and
 * tells them apart by `data-virtual-index`, so the sheet holds while one scrolls; how marks look is in style.css.
 */
export function sheetOf(marks: readonly RowMark[]): string {
  const rules = marks.map(({ hit, taken }, index) => {
    const said = [...(hit ? ['--hit: "▶"; --hit-words: "this input takes it";'] : []), ...(taken === undefined ? [] : [takenBy(taken)])];
    return said.length === 0 ? '' : `.grl-dg .tab-content.active .table-row[data-virtual-index="${index}"] { ${said.join(' ')} }`;
  });
  return rules.filter(Boolean).join('\n');
}

function takenBy(count: number): string {
  if (count === 0) return '--taken: "✗ 0×"; --taken-words: "no test case takes it"; --taken-ground: #a8071a;';
  const words = `test cases take it ${count === 1 ? 'once' : `${count} times`}`;
  return `--taken: "✓ ${count}×"; --taken-words: "${words}"; --taken-ground: #237804;`;
}

/** Most row numbers that are written out. */
const NAMED = 12;

/** The same in words, for those who do not see the table; empty if nothing is known. */
export function inWords(marks: readonly RowMark[]): string {
  const hits = numbers(marks, ({ hit }) => hit);
  const known = marks.filter(({ taken }) => taken !== undefined).length;
  const never = numbers(marks, ({ taken }) => taken === 0);
  const input = hits.length > 0 ? [`This input takes ${named(hits)}`] : [];
  const cases = known === 0 ? [] : [`Test cases take ${known - never.length} of ${known} rows${never.length > 0 ? `, never ${named(never)}` : ''}`];
  return [...input, ...cases].join('. ');
}

function numbers(marks: readonly RowMark[], wanted: (mark: RowMark) => boolean): number[] {
  return marks.flatMap((mark, index) => (wanted(mark) ? [index + 1] : []));
}

function named(rows: readonly number[]): string {
  const more = rows.length > NAMED ? ` and ${rows.length - NAMED} more` : '';
  return `${rows.length === 1 ? 'row' : 'rows'} ${rows.slice(0, NAMED).join(', ')}${more}`;
}
