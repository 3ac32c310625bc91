// A real S3 server.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, freePorts, root, start, until } from './processes.mjs';

/** Access key and secret of who may do everything, and of who may only read. */
export const ADMIN = ['admin', 'admin-secret'];
export const READER = ['reader', 'reader-secret'];

const PARTS = ['master', 'volume', 'filer', 's3'];

/** Starts a server with these buckets. */
export async function startSeaweed(t, buckets) {
  const binary = execFileSync(join(root, 'tests/stores/seaweedfs.sh'), { encoding: 'utf8' }).trim();
  const data = folder(t);
  const identity = ([accessKey, secretKey], actions) => ({ name: accessKey, credentials: [{ accessKey, secretKey }], actions });
  const identities = [identity(ADMIN, ['Admin', 'Read', 'Write', 'List', 'Tagging']), identity(READER, ['Read', 'List'])];
  writeFileSync(join(data, 's3.json'), JSON.stringify({ identities }));
  const ports = await freePorts(8);
  const server = start(t, binary, [
    'server', `-dir=${data}`, `-s3.config=${join(data, 's3.json')}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1', '-filer=true', '-s3=true',
    '-s3.port.iceberg=0', '-s3.port.lance=0', '-metricsPort=0', '-master.volumeSizeLimitMB=64', '-volume.max=500',
    '-master.electionTimeout=1s', '-master.heartbeatInterval=100ms', '-master.telemetry=false',
    ...PARTS.flatMap((part, index) => [`-${part}.port=${ports[2 * index]}`, `-${part}.port.grpc=${ports[2 * index + 1]}`]),
  ]);
  server.endpoint = `http://127.0.0.1:${ports[6]}`;
  await until(async () => (await fetch(`${server.endpoint}/healthz`)).ok, 'SeaweedFS answers', server);
  for (const bucket of buckets) {
    await until(async () => (await fetch(`http://127.0.0.1:${ports[4]}/buckets/${bucket}/`, { method: 'POST' })).ok, `the bucket ${bucket}`, server);
  }
  return server;
}
