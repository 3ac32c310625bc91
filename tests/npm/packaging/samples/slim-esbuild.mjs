// esbuild main.mjs --bundle --format=iife --outdir=public --loader:.wasm=file
import { CompiledBundle, initialize } from 'zen-edge/slim';
import wasm from 'zen-edge/zen_edge.wasm';
import discount from './discount.json';

async function main() {
  await initialize(new URL(wasm, location.href));
  const bundle = CompiledBundle.compile({ 'discount.json': discount });
  const { result } = bundle.evaluateSync('discount.json', { customer: { tier: 'gold' }, total: 120 });
  console.log(JSON.stringify(result)); // {"discount":0.15}
}
main();
