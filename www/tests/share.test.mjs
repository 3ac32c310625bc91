// What the user takes away, and what stands for the host.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { openSample, shot, start, toView, type } from './support/page.mjs';
import { tool } from './support/releases.mjs';

let site;
before(async () => {
  site = await start();
});
after(() => site.close());

test('the documents are downloaded as a zip that the command line tool takes', async () => {
  const { page, watch } = await site.visit();
  await openSample(page);
  const [zip] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the documents as a zip' }).click(),
  ]);
  assert.equal(zip.suggestedFilename(), 'Sample.zip');
  const said = JSON.parse(execFileSync(tool, ['inspect', await zip.path(), '--json'], { encoding: 'utf8' }));
  assert.ok(said.documents.length >= 30);
  execFileSync(tool, ['test', await zip.path()]);
  watch.clean();
});

test('a link opens the decision, what it calls and the input, in another profile', async () => {
  const one = await site.visit();
  await openSample(one.page, 'credit/limit-review.json');
  const output = (page) => page.locator('.grl-dg__simulator__response');
  await output(one.page).getByText('verdict').waitFor();
  const answer = await output(one.page).locator('.view-lines').innerText();
  await one.page.getByRole('button', { name: 'Share as a link' }).click();
  const link = await one.page.getByRole('textbox', { name: 'Link' }).inputValue();
  assert.ok(link.length < 32_100);
  const path = link.slice(site.origin.length);
  const other = await site.visit({ path });
  await output(other.page).getByText('verdict').waitFor();
  assert.equal(await output(other.page).locator('.view-lines').innerText(), answer);
  one.watch.clean();
  other.watch.clean();
});

test('a link that was cut off says so, and nothing else happens', async () => {
  const { page, watch } = await site.visit({ path: '/#scenario=q1YqSyw' });
  await page.getByText(/The link cannot be opened/).waitFor();
  await page.getByRole('button', { name: 'Open the sample' }).waitFor();
  watch.clean();
});

const hosted = {
  contentType: 'application/vnd.gorules.decision',
  nodes: [
    { id: 'in', type: 'inputNode', name: 'Request', position: { x: 0, y: 0 } },
    { id: 'c', type: 'customNode', name: 'Score', position: { x: 250, y: 0 }, content: { kind: 'score', config: {} } },
    {
      id: 'f',
      type: 'functionNode',
      name: 'Rate',
      position: { x: 500, y: 0 },
      content: {
        source: `import http from 'http';
          export const handler = async (input) => {
            const answer = await http.get('https://api.example.com/rate?day=1');
            return { score: input.score, rate: answer.data.rate };
          };`,
      },
    },
    { id: 'out', type: 'outputNode', name: 'Response', position: { x: 750, y: 0 } },
  ],
  edges: [
    { id: 'a', type: 'edge', sourceId: 'in', targetId: 'c' },
    { id: 'b', type: 'edge', sourceId: 'c', targetId: 'f' },
    { id: 'd', type: 'edge', sourceId: 'f', targetId: 'out' },
  ],
};

test('custom nodes and HTTP requests answer what the user says, and nothing is sent', async () => {
  const { page, watch } = await site.visit();
  const buffer = Buffer.from(JSON.stringify(hosted));
  await page.getByLabel('Files to open').setInputFiles({ name: 'hosted.json', mimeType: 'application/json', buffer });
  await page.getByRole('alert').filter({ hasText: 'no stub answers custom nodes of kind `score`' }).waitFor();
  await toView(page, 'Stubs');
  await page.getByText('Kinds of custom nodes in this project: score').waitFor();
  await page.getByRole('button', { name: 'Begin with an example' }).click();
  await page.getByRole('textbox', { name: 'Stubs as JSON' }).waitFor();
  await type(
    page,
    'Stubs as JSON',
    JSON.stringify({
      customNodes: { score: { score: 700 } },
      http: [{ method: 'GET', url: 'https://api.example.com/rate', data: { rate: 1.5 } }],
    }),
  );
  await shot(page, 'stubs');
  await toView(page, 'Simulate');
  const output = page.locator('.grl-dg__simulator__response');
  await output.getByText('rate: 1.5').waitFor();
  await output.getByText('score: 700').waitFor();
  watch.clean();
});
