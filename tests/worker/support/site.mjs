// A publisher: keys, bundles and environments, made with the program that publishers use.

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expressions } from '../../node/documents.mjs';
import { folder, root } from './processes.mjs';

const program = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/zen-edge');

/** The token that every bundle of a site lets in, if its project has one. */
export const TOKEN = 'a-token-of-sixteen-characters';

/** A publisher with a key and an environment, in a folder of its own. */
export class Site {
  folder; environment; bucket; address; variables; root;

  /** The environment's address; by default a folder. */
  static async make(t, { environment = 'production', address = undefined, variables = {} } = {}) {
    const site = new Site();
    site.folder = folder(t);
    site.environment = environment;
    site.bucket = join(site.folder, 'bucket');
    site.address = address ?? `bucket/${environment}`;
    site.variables = variables;
    await site.run('keygen', 'k.pem');
    await site.run('init', '-e', site.address, '-k', 'k.pem', '--root', 'root.json');
    site.root = readFileSync(join(site.folder, 'root.json'), 'utf8');
    return site;
  }

  /** Runs the program in the site's folder; answers its standard output. */
  async run(...parameters) {
    const { stdout } = await promisify(execFile)(program, parameters, { cwd: this.folder, env: { ...process.env, ...this.variables } });
    return stdout;
  }

  /** Packs documents, by their paths; answers the bundle's file. */
  async pack(project, version, documents, { tokens } = /** @type {{ tokens?: string[] }} */ ({})) {
    const source = join(this.folder, `${project}-${version}`);
    for (const [path, document] of Object.entries(documents)) {
      const file = join(source, path);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
    }
    const bundle = join(this.folder, `${project}-${version}.zip`);
    const access = /** @type {string[]} */ ([]);
    if (tokens !== undefined) {
      writeFileSync(join(this.folder, 'tokens'), tokens.join('\n'));
      access.push('--access-tokens', join(this.folder, 'tokens'));
    }
    await this.run('pack', source, '-o', bundle, '--project', project, '--version', version, '--release-id', `${project}-${version}`, ...access);
    return bundle;
  }

  /** Publishes bundles in one revision. */
  async publish(bundles, ...options) {
    await this.run('publish', ...[bundles].flat(), '-e', this.address, '-k', 'k.pem', '--root', 'root.json', ...options);
  }

  /** Packs and publishes a project whose decision `main.json` answers with its version. */
  async release(project, version, options = {}) {
    const documents = { 'main.json': expressions({ version: `"${version}"`, sum: 'a + b' }), ...options.documents };
    await this.publish(await this.pack(project, version, documents, options));
  }
}
