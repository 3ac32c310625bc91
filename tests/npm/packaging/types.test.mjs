// The tarball's shape and its types, as strict users see them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scope } from '../../worker/support/processes.mjs';
import { command, pack, projects, root, run, sample } from './support/project.mjs';

const tarball = pack(scope());
const project = projects();

test('publint finds nothing', async () => {
  await run(command('publint'), [await tarball, '--strict']);
});

test('arethetypeswrong finds nothing', async () => {
  await run(command('attw'), [await tarball, '--profile', 'node16']);
});

test('the package has no dependencies and one licence', () => {
  const { dependencies, peerDependencies, optionalDependencies, license } = JSON.parse(readFileSync(join(root, 'wasm/package.json'), 'utf8'));
  assert.deepEqual({ dependencies, peerDependencies, optionalDependencies, license }, { dependencies: undefined, peerDependencies: undefined, optionalDependencies: undefined, license: 'MIT' });
  assert.equal(readFileSync(join(root, 'wasm/LICENSE'), 'utf8'), readFileSync(join(root, 'LICENSE'), 'utf8'));
});

const base = { strict: true, noEmit: true, skipLibCheck: false, target: 'es2022', exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
const node = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
const settings = {
  'a bundler, with the types of a browser': { ...base, module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'], types: [] },
  'ES modules in Node': { ...base, ...node, module: 'node20', lib: ['es2022'] },
  'ES modules, resolved as Node 16 did': { ...base, ...node, module: 'node16', lib: ['es2022'] },
  'ES modules, resolved as Node does': { ...base, ...node, module: 'nodenext', lib: ['es2022'] },
  'CommonJS, resolved as Node 16 did': { ...base, ...node, module: 'node16', lib: ['es2022'], commonjs: true },
  'CommonJS, resolved as Node does': { ...base, ...node, module: 'nodenext', lib: ['es2022'], commonjs: true },
};

for (const [setting, { commonjs = false, ...compilerOptions }] of Object.entries(settings)) {
  test(`types: ${setting}`, async (t) => {
    const name = commonjs ? 'sample.cts' : 'sample.mts';
    const cwd = await project(t, { [name]: sample('types.ts'), 'tsconfig.json': JSON.stringify({ compilerOptions, files: [name] }) });
    await run(command('tsc'), ['--project', cwd], { cwd });
  });
}

test('the sample of types uses every export', () => {
  const text = sample('types.ts');
  for (const name of exported('slim.d.ts')) assert.match(text, new RegExp(`\\b${name}\\b`));
});

/** The names that a declaration file exports, those of `export *` included. */
function exported(file) {
  const text = readFileSync(join(root, 'wasm/dist', file), 'utf8');
  const names = [...text.matchAll(/^export (?:declare )?(?:abstract )?(?:class|const|function|interface|type|let) (\w+)/gm)].map(([, name]) => name);
  for (const [, list] of text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)) names.push(...list.split(',').map((name) => name.trim().split(/\s+/).at(-1)).filter(Boolean));
  for (const [, from] of text.matchAll(/^export (?:type )?\* from '\.\/(.*)\.js'/gm)) names.push(...exported(`${from}.d.ts`));
  return names;
}
