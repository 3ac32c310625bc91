import { CompiledBundle } from 'zen-edge';
import discount from './discount.json';

const bundle = CompiledBundle.compile({ 'discount.json': discount });

export default {
  async fetch(request) {
    const { result } = await bundle.evaluate('discount.json', await request.text());
    return Response.json(result);
  },
};
