/** `first.mjs CONTENDER`: one cold start in Node; prints the milliseconds from loading code to the first answer. */

import { contenders } from './node.mjs';
import { prices } from './prices.mjs';

const table = prices(10, 2);
const start = performance.now();
const answer = await contenders[process.argv[2]](table);
await answer(table.context);
process.stdout.write(String(performance.now() - start));
process.exit();
