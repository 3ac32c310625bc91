// The installed package outside browsers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expected } from './support/exercise.mjs';
import { answer, command, discount, exerciser, projects, root, sample } from './support/project.mjs';

const project = projects();
const requirer = `
  const zen = require('zen-edge');
  if (require('zen-edge/slim').ZenError !== zen.ZenError) throw new Error('two instances');
  import('./exercise.mjs').then(({ exercise }) => exercise(zen)).then((answer) => console.log(JSON.stringify(answer)));`;
const hosts = {
  Node: [process.execPath],
  'the newest Node': [`${root}node_modules/node/bin/node`],
  Deno: [command('deno'), 'run', '--allow-read'],
  Bun: [command('bun'), 'run'],
};

for (const [host, [program, ...parameters]] of Object.entries(hosts)) {
  test(`${host} imports the package`, async (t) => {
    const cwd = await project(t, { 'main.mjs': exerciser, 'sample.mjs': sample('node.mjs') });
    assert.deepEqual(await answer(program, [...parameters, 'main.mjs'], { cwd }), expected);
    assert.deepEqual(await answer(program, [...parameters, 'sample.mjs'], { cwd }), discount);
  });

  test(`${host} requires the package`, async (t) => {
    const cwd = await project(t, { 'main.cjs': requirer, 'sample.cjs': sample('node.cjs') });
    assert.deepEqual(await answer(program, [...parameters, 'main.cjs'], { cwd }), expected);
    assert.deepEqual(await answer(program, [...parameters, 'sample.cjs'], { cwd }), discount);
  });
}

test('Node that cannot require ES modules requires the package', async (t) => {
  const cwd = await project(t, { 'main.cjs': requirer });
  assert.deepEqual(await answer(process.execPath, ['--no-experimental-require-module', 'main.cjs'], { cwd }), expected);
});
