// The page as `make demo` serves it: opened with the demo's release, watching the demo's regions.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { root, scope, start, until } from '../../tests/worker/support/processes.mjs';
import { browse, shot, toView } from './support/page.mjs';
import { region } from './support/regions.mjs';

const DEMO = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/zen-edge-drill');

const t = scope();
let site, regions;
before(async () => {
  const demo = start(t, DEMO, ['demo'], { cwd: root });
  for (const step of ['1.0.0', '1.1.0']) await until(() => demo.log.includes(`published in eu as release ${step}`), step, demo);
  // What it says at the end: the page's address, and requests to each region.
  const said = await until(() => demo.log.split('open it in a browser')[1]?.match(/^.*(\n.*){6}\n/)?.[0], 'the demo', demo);
  const [page, ...evaluators] = new Set(String(said).match(/http:\/\/127\.0\.0\.1:\d+/g));
  regions = evaluators;
  site = await browse({
    origin: page,
    close: async () => {
      demo.child.kill('SIGINT');
      await demo.ended;
    },
  });
  t.after(site.close);
});

test('it is opened with the release that both regions have come to, whose test cases pass, and watches both', async () => {
  assert.equal(regions.length, 2, `${site.origin} and ${regions}`);
  const { page, watch } = await site.visit({ allowed: regions });
  await page.getByText('pricing 1.1.0').waitFor();
  await toView(page, 'Test');
  await page.getByRole('button', { name: /^Run all \d+ cases$/ }).click();
  await page.getByText(/^(\d+) passed, 0 failed, of \1$/).waitFor();
  await toView(page, 'Regions');
  await page.getByText('All regions serve the same releases').waitFor();
  for (const name of ['eu', 'us']) await region(page, name).getByRole('row', { name: /pricing/ }).getByText('1.1.0').waitFor();
  await shot(page, 'demo');
  watch.clean();
});
