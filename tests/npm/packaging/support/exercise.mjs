// What every environment does with the package: `exercise(zen)` of its namespace gives `expected` of documents.mjs.

import { documents } from './documents.mjs';
import { digest, release } from './release.mjs';

export async function exercise(zen) {
  const bundle = zen.CompiledBundle.compile(documents);
  const failure = await bundle.evaluate('fails.json', {}).catch((error) => error);
  const answer = {
    band: bundle.evaluateSync('band.json', { age: 17 }).result.band,
    twice: (await bundle.evaluate('twice.json', { n: 21 })).result.twice,
    sum: zen.evaluateExpressionSync('0.1 + 0.2'),
    failure: failure instanceof zen.ZenError ? failure.code : String(failure),
  };
  bundle.dispose();
  const pricing = await zen.loadBundle(release, { digest });
  answer.version = pricing.release.version;
  answer.shipped = pricing.evaluateSync('band.json', { age: 30 }).result.band;
  pricing.dispose();
  const engine = new zen.ZenEngine({ loader: async (key) => documents[key] });
  answer.engine = (await engine.evaluate('band.json', { age: 18 })).result.band;
  engine.dispose();
  return answer;
}
