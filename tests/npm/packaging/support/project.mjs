// Throw-away projects with the packed tarball installed, as a user has it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { folder, root, scope } from '../../../worker/support/processes.mjs';

export { root };
export const run = promisify(execFile);
/** A command that npm packages of the workspace bring. */
export const command = (name) => join(root, 'node_modules/.bin', name);

const here = fileURLToPath(new URL('..', import.meta.url));

/** Packs the package; gives the tarball's path. It is installed without the network. */
export async function pack(t) {
  const destination = folder(t);
  const { stdout } = await run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', destination], { cwd: join(root, 'wasm') });
  const packed = JSON.parse(stdout);
  // npm 12 gives an object of packages by name, earlier ones a list.
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed);
  return join(destination, filename);
}

/** Projects of a test file: `project(t, files, path)` makes a folder with the package and `files` (text by name). */
export function projects() {
  const t = scope();
  const installed = install(t);
  return async (test, files, path = folder(test)) => {
    cpSync(await installed, path, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), text);
    }
    return path;
  };
}

async function install(t) {
  const path = folder(t);
  writeFileSync(join(path, 'package.json'), '{ "private": true }\n');
  const tarball = await pack(t);
  await run('npm', ['install', '--offline', '--no-save', '--no-package-lock', '--ignore-scripts', '--loglevel=error', tarball], { cwd: path });
  cpSync(join(here, 'samples/discount.json'), join(path, 'discount.json'));
  cpSync(join(here, 'support/exercise.mjs'), join(path, 'exercise.mjs'));
  return path;
}

/** A sample that the package's README shows. */
export const sample = (name) => readFileSync(join(here, 'samples', name), 'utf8');
/** What the samples say. */
export const discount = { discount: 0.15 };

/** A program that does the exercise and logs what came of it. */
export const exerciser = `
  import * as zen from 'zen-edge';
  import { exercise } from './exercise.mjs';
  exercise(zen).then((answer) => console.log(JSON.stringify(answer)));`;

/** Runs a program, whose one line of output is JSON. */
export async function answer(program, parameters, options) {
  const { stdout, stderr } = await run(program, parameters, options);
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}
