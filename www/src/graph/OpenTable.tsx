/** Marks the rows of the decision table that is open in the editor, which has no place for that. */

import { useDecisionGraphState } from '@gorules/jdm-editor';
import { useMemo } from 'react';
import { useStore } from '../state/store';
import { useTests } from '../testing/tests';
import { inWords, rowMarks, sheetOf } from './rows';
import { useSheet } from './sheet';

/**
 * What the input and the test cases take of the open table, in words beside the tabs and as marks on
 * its rows. Its place is inside the editor, which alone knows which table is open.
 */
export function OpenTable({ documentKey }: { documentKey: string }) {
  const { table, rows } = useDecisionGraphState(({ activeTab, decisionGraph }) => {
    const node = decisionGraph.nodes.find(({ id, type }) => id === activeTab && type === 'decisionTableNode');
    return { table: node?.id, rows: (node?.content as { rules?: Record<string, unknown>[] } | undefined)?.rules };
  });
  const trace = useStore((state) => state.runs[documentKey]?.outcome.trace);
  const reached = useTests((state) => state.reached.get(documentKey));
  const text = useTests((state) => state.tested.get(documentKey)?.text);
  const marks = useMemo(() => {
    if (table === undefined || !rows) return [];
    return rowMarks(rows, table, trace, reached && text !== undefined ? { text, reached } : undefined);
  }, [table, rows, trace, reached, text]);
  useSheet(useMemo(() => sheetOf(marks), [marks]));
  const words = inWords(marks);
  return (
    <output className="rows-taken" title={words}>
      {words}
    </output>
  );
}
