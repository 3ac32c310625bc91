/** Coverage on the nodes of the graph, as a style sheet: the editor draws the nodes itself. */

import { useMemo } from 'react';
import { parts } from '../testing/coverage';
import { useTests } from '../testing/tests';
import { useSheet } from './sheet';

/** Marks each node with how many cases reached it, and with the share of its rows that they reached. */
export function useCoverageOnNodes(key: string, text: string): void {
  const reached = useTests((state) => state.reached.get(key));
  const css = useMemo(() => {
    if (!reached) return '';
    const rules = parts(text).map(({ id, rows }) => {
      const cases = reached.nodes.get(id) ?? 0;
      const hit = rows.filter((row) => reached.rows.has(`${id}/${row.id}`)).length;
      const share = rows.length > 0 ? `, ${hit}/${rows.length} rows` : '';
      const full = cases > 0 && hit === rows.length;
      const colour = full ? '#237804' : cases > 0 ? '#ad4e00' : '#a8071a';
      const label = JSON.stringify(`${cases} ${cases === 1 ? 'case' : 'cases'}${share}`);
      return `.react-flow__node[data-id="${CSS.escape(id)}"]::after { content: ${label}; background: ${colour}; }`;
    });
    return rules.join('\n');
  }, [reached, text]);
  useSheet(css);
}
