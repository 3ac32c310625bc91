// What tests of releases share: stores and caches in a folder or in memory, an evaluator that only takes
// notes, and zips made byte by byte.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** A bucket in a folder. `fault(key, request)` may answer, throw or hang in its place. */
export class FolderStore {
  reads = [];
  fault = () => undefined;

  constructor(folder) {
    this.folder = folder;
  }

  async get(key, request) {
    this.reads.push(key);
    const instead = await this.fault(key, request);
    if (instead) return instead;
    const file = join(this.folder, key);
    if (!existsSync(file)) return { status: 'missing' };
    const bytes = readFileSync(file);
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    return request.ifNoneMatch === etag ? { status: 'notModified' } : { status: 'found', bytes: new Uint8Array(bytes), etag };
  }

  async list(prefix) {
    const folder = join(this.folder, prefix);
    const files = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()) : [];
    return { objects: files.map(({ name }) => ({ key: prefix + name, length: readFileSync(join(folder, name)).length })) };
  }
}

/** A cache in memory that outlives clients. */
export class MemoryCache {
  entries = new Map();

  async get(key, maxBytes) {
    const bytes = this.entries.get(key);
    return bytes && bytes.length <= maxBytes ? bytes : undefined;
  }

  async put(key, bytes) {
    this.entries.set(key, new Uint8Array(bytes));
  }

  async delete(key) {
    this.entries.delete(key);
  }
}

/** An activator without an engine: it compiles what has no document `broken.json`. */
export class Notes {
  prepared = new Map();
  discarded = [];
  active = {};
  swaps = [];
  refuse = () => undefined;

  prepare(bundle) {
    const refusal = this.refuse(bundle);
    if (refusal) throw refusal;
    const handle = this.prepared.size + 1;
    this.prepared.set(handle, bundle);
    return handle;
  }

  activate(swap) {
    this.swaps.push(swap);
    for (const [project, change] of Object.entries(swap.projects)) {
      if (change.kind === 'new') this.active[project] = this.prepared.get(change.handle);
      if (change.kind === 'removed') delete this.active[project];
    }
  }

  discard(handle) {
    this.discarded.push(handle);
  }

  /** The versions that are served, by project. */
  versions() {
    return Object.fromEntries(Object.entries(this.active).map(([project, { release }]) => [project, release.version]));
  }
}

/** A zip of these entries, `[name, content, { method, size, crc, flags }]`, as they are and in their order. */
export function zip(entries) {
  const locals = [];
  const central = [];
  let offset = 0;
  for (const [name, content, lies = {}] of entries) {
    const path = Buffer.from(name);
    const plain = Buffer.from(content);
    const { method = 8, size = plain.length, crc = crc32(plain), flags = 0x800, attributes = 0 } = lies;
    const data = method === 8 ? deflateRawSync(plain) : plain;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt16LE(0x21, 8);
    fields.writeUInt32LE(crc, 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(size, 18);
    fields.writeUInt16LE(path.length, 22);
    locals.push(Buffer.from('PK\x03\x04', 'latin1'), fields, path, data);
    const entry = Buffer.alloc(42);
    entry.writeUInt16LE(0x031e, 0);
    fields.copy(entry, 2);
    entry.writeUInt32LE(attributes, 34);
    entry.writeUInt32LE(offset, 38);
    central.push(Buffer.from('PK\x01\x02', 'latin1'), entry, path);
    offset += 4 + 26 + path.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return new Uint8Array(Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06', 'latin1'), end]));
}
