// The installed package in Next.js: in a page and a route of the server, and in a component of the browser.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePorts, scope, start, until } from '../../worker/support/processes.mjs';
import { logged, startChromium } from './support/browser.mjs';
import { expected } from './support/exercise.mjs';
import { command, projects, root, run } from './support/project.mjs';

const project = projects();
const chromium = startChromium(scope());
const files = {
  'package.json': '{ "private": true, "type": "module" }',
  'app/layout.js': 'export default function Layout({ children }) { return <html><body>{children}</body></html>; }',
  'app/page.js': `
    import * as zen from 'zen-edge';
    import { exercise } from '../exercise.mjs';
    import { Exercise } from './component.js';
    export const dynamic = 'force-dynamic';
    export default async function Page() { return <main><pre>{JSON.stringify(await exercise(zen))}</pre><Exercise /></main>; }`,
  'app/component.js': `
    'use client';
    import { useEffect } from 'react';
    import { exercise } from '../exercise.mjs';
    export function Exercise() {
      useEffect(() => { import('zen-edge').then(exercise).then((answer) => console.log(JSON.stringify(answer))); }, []);
      return null;
    }`,
  'app/api/route.js': `
    import * as zen from 'zen-edge';
    import { exercise } from '../../exercise.mjs';
    export const dynamic = 'force-dynamic';
    export const GET = async () => Response.json(await exercise(zen));`,
};

test('Next.js builds and serves', async (t) => {
  // Below the repository, from where it finds Next.js and React.
  mkdirSync(join(root, 'target/npm'), { recursive: true });
  const cwd = mkdtempSync(join(root, 'target/npm/next-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  await project(t, files, cwd);
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
  await run(process.execPath, [command('next'), 'build'], { cwd, env });
  const [port] = await freePorts(1);
  const server = start(t, process.execPath, [command('next'), 'start', '--hostname', '127.0.0.1', '--port', String(port)], { cwd, env });
  const url = `http://127.0.0.1:${port}/`;
  const answer = await until(() => fetch(`${url}api`), 'Next.js', server);
  assert.deepEqual(await answer.json(), expected);
  const html = await (await fetch(url)).text();
  const [, text] = /<pre>(.*?)<\/pre>/.exec(html);
  assert.deepEqual(JSON.parse(text.replaceAll('&quot;', '"')), expected);
  assert.deepEqual(await logged(await chromium, url), expected);
});
