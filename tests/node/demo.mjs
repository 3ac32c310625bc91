// What `make demo` shows of the wasm side: the decision that xtask evaluates natively, in Node.

import { readFileSync } from 'node:fs';
import { CompiledBundle, engineVersion } from 'zen-edge';

const corpus = new URL('../corpus/', import.meta.url);
const { key, context } = JSON.parse(readFileSync(new URL('../demo.json', import.meta.url), 'utf8'));

const document = JSON.parse(readFileSync(new URL(key, corpus), 'utf8'));
const bundle = CompiledBundle.compile({ [key]: document });
const { result, performance, trace } = bundle.evaluateSync(key, context, { trace: true });
console.log(`wasm     ${JSON.stringify(result)}  (${performance}, engine ${engineVersion()}, ${process.version})`);
console.log(`trace    ${Object.values(trace).map(({ name }) => name).join(' → ')}`);
