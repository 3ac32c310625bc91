const { readFileSync } = require('node:fs');
const { CompiledBundle } = require('zen-edge');

const bundle = CompiledBundle.compile({ 'discount.json': readFileSync('discount.json') });
const { result } = bundle.evaluateSync('discount.json', { customer: { tier: 'gold' }, total: 120 });
console.log(JSON.stringify(result)); // {"discount":0.15}
