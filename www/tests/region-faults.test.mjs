// Regions that are slow, hostile or not for everybody: evaluators that answer what a test says.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { scope } from '../../tests/worker/support/processes.mjs';
import { shot, start, toView } from './support/page.mjs';
import { fakeEvaluator, follow, region, status } from './support/regions.mjs';

const suite = scope();
let site;
before(async () => {
  site = await start();
  suite.after(() => site.close());
});

const STATUS = '/api/status';

/** Answers the status to whoever has the token. */
const guardedBy = (token, body) => (request, response) =>
  request.headers.authorization === `Bearer ${token}`
    ? response.writeHead(200).end(JSON.stringify(body))
    : response.writeHead(401).end('{"code":"unauthorized"}');

test('an operators\' token is wanted, refused, accepted, and kept nowhere', async (t) => {
  const guarded = await fakeEvaluator(t);
  guarded.answers[STATUS] = guardedBy('secret-token', status({ region: 'guarded' }));
  const { page, context, watch } = await site.visit({ allowed: [guarded.url] });
  await toView(page, 'Regions');
  await follow(page, [guarded]);
  await page.getByText('it wants the token of its operators').waitFor();
  await follow(page, [guarded], 'wrong-token');
  await page.getByText('it does not accept this token').waitFor();
  await follow(page, [guarded], 'secret-token');
  await region(page, 'guarded').getByText('1.0.0').waitFor();
  assert.ok(guarded.asked.every(([path]) => path === STATUS), 'no token is in an address');
  const kept = await context.storageState({ indexedDB: true });
  assert.ok(!JSON.stringify(kept).includes('secret-token'));
  assert.ok(JSON.stringify(kept).includes(guarded.url), 'the addresses are kept');
  await page.reload();
  await toView(page, 'Regions');
  await page.getByText('it wants the token of its operators').waitFor();
  watch.clean();
});

test('an address that is being typed is asked nothing, so that nobody else is sent the token', async (t) => {
  const [mine, other] = [await fakeEvaluator(t), await fakeEvaluator(t)];
  mine.answers[STATUS] = [200, status({ region: 'mine' })];
  const { page, watch } = await site.visit({ allowed: [mine.url, other.url] });
  await toView(page, 'Regions');
  await page.getByLabel(/Operators' token/).fill('secret-token');
  await page.getByLabel('Addresses of evaluators').fill(other.url);
  await page.getByLabel('Addresses of evaluators').fill(mine.url);
  await page.getByRole('button', { name: 'Follow' }).click();
  await region(page, 'mine').getByText('1.0.0').waitFor();
  assert.deepEqual(other.asked, []);
  watch.clean();
});

test('a region that hangs holds no other up', async (t) => {
  const [hanging, well] = [await fakeEvaluator(t), await fakeEvaluator(t)];
  hanging.answers[STATUS] = () => undefined;
  well.answers[STATUS] = [200, status({ region: 'well' })];
  const { page, watch } = await site.visit({ allowed: [hanging.url, well.url] });
  await toView(page, 'Regions');
  await follow(page, [hanging, well]);
  await region(page, 'well').getByText('1.0.0').waitFor();
  await page.getByText('it does not answer').waitFor();
  well.answers[STATUS] = [200, status({ region: 'well', version: '1.1.0' })];
  await region(page, 'well').getByText('1.1.0').waitFor();
  watch.clean();
});

const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`p${index}`, {}]));
const MALFORMED = {
  'no JSON': ['<html>', 'what it answers is no status'],
  'no environments': ['{"environments": []}', 'what it answers is no status'],
  'too long': [' '.repeat(4 * 1024 * 1024 + 1), 'what it answers is no status: it is too long'],
  'too many projects': [{ environments: { production: { projects: many } } }, 'it names more than 10000 projects'],
};

for (const [name, [body, message]] of Object.entries(MALFORMED)) {
  test(`a status that is malformed is said to be: ${name}`, async (t) => {
    const broken = await fakeEvaluator(t);
    broken.answers[STATUS] = [200, body];
    const { page, watch } = await site.visit({ allowed: [broken.url] });
    await toView(page, 'Regions');
    await follow(page, [broken]);
    await page.getByText(message, { exact: true }).waitFor();
    watch.clean();
  });
}

test('what a status says is text, and what is no digest opens nothing', async (t) => {
  const hostile = await fakeEvaluator(t);
  const markup = '<img src=x onerror=alert(1)>';
  hostile.answers[STATUS] = [200, status({ region: markup, project: '../../refresh', digest: 'z'.repeat(64), version: markup })];
  const { page, watch } = await site.visit({ allowed: [hostile.url] });
  await toView(page, 'Regions');
  await follow(page, [hostile]);
  await region(page, markup).getByRole('cell', { name: markup, exact: true }).waitFor();
  assert.ok(await region(page, markup).getByRole('button', { name: /^Open/ }).isDisabled());
  await shot(page, 'region-hostile');
  watch.clean();
});
