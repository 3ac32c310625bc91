// Zips for loaders, made byte by byte.

import { zip } from '../releases/support.mjs';
import { rules } from './documents.mjs';

const text = (key) => JSON.stringify(rules[key]);

/** Decisions and nothing else, which native reads, too. */
export const zipped = zip([
  ['sum.json', text('sum.json')],
  ['calls.json', text('calls.json')],
]);

/** A release as GoRules BRMS packs it: who it is, decisions without extension, tests. */
export const release = zip([
  ['.config/project.json', JSON.stringify({ version: '1', project: { id: 'p', key: 'shop' }, release: { id: 'r', version: '1.0.0' } })],
  ['Pricing/Sum', text('sum.json')],
  ['Pricing/Sum.test', JSON.stringify({ contentType: 'test', filePath: 'Pricing/Sum', testCases: [] })],
]);
