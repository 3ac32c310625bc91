// Accessibility, checked by axe. Its script is put into the page: visit with `bypassCSP`.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The insides of GoRules' editor and of Monaco answer for themselves. */
const FOREIGN = ['.grl-dg', '.monaco-editor', '.react-flow'];

/**
 * What axe finds (WCAG 2.1 A and AA) in what is ours, or only below `include`. The page's content
 * security policy must be off (`bypassCSP`).
 * @param {import('playwright-core').Page} page
 * @param {string} [include]
 */
export async function violations(page, include) {
  await page.evaluate(axe);
  const found = await page.evaluate(
    (context) => globalThis['axe'].run(context, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }),
    include === undefined ? { exclude: FOREIGN } : { include: [include] },
  );
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html.slice(0, 160)} ${any[0]?.message ?? ''}`).join(' | ')}`);
}
