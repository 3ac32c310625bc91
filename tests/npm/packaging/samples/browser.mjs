import { CompiledBundle } from 'zen-edge';
import discount from './discount.json';

const bundle = CompiledBundle.compile({ 'discount.json': discount });
const { result } = bundle.evaluateSync('discount.json', { customer: { tier: 'gold' }, total: 120 });
console.log(JSON.stringify(result)); // {"discount":0.15}
