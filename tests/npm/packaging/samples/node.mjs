import { readFileSync } from 'node:fs';
import { CompiledBundle } from 'zen-edge';

const bundle = CompiledBundle.compile({ 'discount.json': readFileSync('discount.json') });
const { result } = await bundle.evaluate('discount.json', { customer: { tier: 'gold' }, total: 120 });
console.log(JSON.stringify(result)); // {"discount":0.15}
