// The package's README shows what the tests run, and the sizes that were measured.
//
//   node readme.test.mjs --write   puts samples and sizes into it

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { test } from 'node:test';
import { root, sample } from './support/project.mjs';

const file = join(root, 'wasm/README.md');
const languages = { '.mjs': 'js', '.cjs': 'js', '.html': 'html' };

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
const modules = {
  zen_edge: 'the engine',
  zen_edge_releases: 'releases: `openBundle`, `loadBundle`, `createClient`',
  zen_edge_workspace: 'editor support: `Workspace`',
};

function sizes() {
  const json = JSON.parse(readFileSync(join(root, 'wasm/size.json'), 'utf8'));
  const rows = Object.entries(modules).map(([name, what]) => {
    const { raw, gzip, brotli } = json[name];
    return `| \`${name}.wasm\` | ${what} | ${[raw, gzip, brotli].map(({ bytes }) => megabytes(bytes)).join(' | ')} |`;
  });
  const { tarball, unpacked } = json.package;
  return `| module | what for | raw | gzip | brotli |
|---|---|---:|---:|---:|
${rows.join('\n')}

The package is ${megabytes(tarball.bytes)} to download and ${megabytes(unpacked.bytes)} on the disk.`;
}

/** The README with what its markers stand for. */
function filled(text) {
  return text
    .replaceAll(/<!-- samples\/(\S+) -->\n(?:```\w+\n[^]*?\n```\n)?/g, (_, name) => `<!-- samples/${name} -->\n\`\`\`${languages[extname(name)]}\n${sample(name)}\`\`\`\n`)
    .replace(/<!-- sizes -->\n[^]*?<!-- \/sizes -->/, () => `<!-- sizes -->\n${sizes()}\n<!-- /sizes -->`);
}

if (process.argv.includes('--write')) {
  writeFileSync(file, filled(readFileSync(file, 'utf8')));
} else {
  test('the README shows the samples that the tests run, and the sizes', () => {
    const text = readFileSync(file, 'utf8');
    assert.equal(text, filled(text));
    const shown = [...text.matchAll(/<!-- samples\/(\S+) -->/g)].map(([, name]) => name);
    const samples = readdirSync(join(root, 'tests/npm/packaging/samples')).filter((name) => extname(name) in languages);
    assert.deepEqual(shown.sort(), samples.sort());
    assert.match(text, /<!-- sizes -->/);
  });
}
