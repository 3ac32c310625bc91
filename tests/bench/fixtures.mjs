/**
 * What the benchmark evaluates: `{ name, about, key, documents, context }`, documents and context as
 * objects. Everything is generated from fixed formulas, the same in every run.
 */

import { expressionHeavy } from './fixtures/expressions.mjs';
import { flows } from './fixtures/flows.mjs';
import { policies } from './fixtures/policies.mjs';
import { tables } from './fixtures/tables.mjs';

export const fixtures = [...tables, expressionHeavy, ...flows, ...policies];
