/** Coverage on the nodes of the graph, as a style sheet: the editor draws the nodes itself. */

import { useEffect } from 'react';
import { parts } from '../testing/coverage';
import { useTests } from '../testing/tests';

/** Marks each node with how many cases reached it, and with the share of its rows that they reached. */
export function useCoverageOnNodes(key: string, text: string): void {
  const reached = useTests((state) => state.reached.get(key));
  useEffect(() => {
    if (!reached) return;
    const rules = parts(text).map(({ id, rows }) => {
      const cases = reached.nodes.get(id) ?? 0;
      const hit = rows.filter((row) => reached.rows.has(`${id}/${row.id}`)).length;
      const share = rows.length > 0 ? `, ${hit}/${rows.length} rows` : '';
      const full = cases > 0 && hit === rows.length;
      const colour = full ? '#237804' : cases > 0 ? '#ad4e00' : '#a8071a';
      const label = JSON.stringify(`${cases} ${cases === 1 ? 'case' : 'cases'}${share}`);
      return `.react-flow__node[data-id="${CSS.escape(id)}"]::after { content: ${label}; background: ${colour}; }`;
    });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules.join('\n'));
    globalThis.document.adoptedStyleSheets.push(sheet);
    return () => {
      globalThis.document.adoptedStyleSheets = globalThis.document.adoptedStyleSheets.filter((one) => one !== sheet);
    };
  }, [reached, text]);
}
