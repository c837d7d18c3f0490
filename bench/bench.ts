/**
 * `npm run bench`: what a server in a process of its own does on this machine, over the loopback interface, with the
 * embedded database on the disk. Every answer is checked. Prints a table and writes bench/results/latest.json.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../src/http/server.ts';
import { schema } from '../src/config/options.ts';
import { createPod } from '../src/pods/new-pod.ts';
import { Pods } from '../src/pods/pods.ts';
import { openFiles } from '../src/storage/files.ts';
import { openLevel } from '../src/storage/level.ts';
import { peakBytes, startChild, watchMemory } from '../test/clients/child-server.ts';
import type { ChildServer } from '../test/clients/child-server.ts';
import { download, upload } from '../test/clients/large-file.ts';
import { load, send } from './requests.ts';
import type { Load, Sending } from './requests.ts';

const mebibytes = 512;
const members = 100_000;
const seconds = 5;

/** What was measured, and its unit. */
type Figure = readonly [what: string, value: number, unit: string];

const turtle = { 'content-type': 'text/turtle' };

async function largeFile(server: ChildServer): Promise<Figure[]> {
  const url = `${server.open}large.bin`;
  using memory = await watchMemory(server.process.pid!);
  const begun = performance.now();
  const sent = await upload(url, mebibytes);
  const uploaded = performance.now();
  assert.equal(sent.status, 201);
  const received = await download(url);
  const downloaded = performance.now();
  assert.deepEqual(received, { status: 200, size: mebibytes * 1024 * 1024, sha256: sent.sha256 });
  const rate = (milliseconds: number): number => mebibytes * 1024 * 1024 / 1e6 / (milliseconds / 1000);
  return [
    [`upload of ${mebibytes} MiB`, rate(uploaded - begun), 'MB/s'],
    [`download of ${mebibytes} MiB`, rate(downloaded - uploaded), 'MB/s'],
    ['growth of memory meanwhile', memory.growth() / 1e6, 'MB'],
  ];
}

/** Makes the pod of the example seed with a container of many small documents, before the server is there. */
async function fill(data: string, baseUrl: string): Promise<Figure[]> {
  await using database = await openLevel(join(data, 'database'));
  await using blobs = await openFiles(join(data, 'blobs'));
  const pods = new Pods(database, blobs, { ...schema.parse({}), maxWaitingWrites: 10_000 });
  const pod = await createPod(pods, 'path', baseUrl, { name: 'alice', open: ['playground/'] });
  const begun = performance.now();
  for (let first = 0; first < members; first += 5000) {
    await Promise.all(Array.from({ length: 5000 }, (_, i) => {
      const path = pods.parsePath(`/playground/many/${first + i}.ttl`);
      const bytes = Buffer.from(`<#it> <https://schema.org/position> ${first + i}.`);
      return pods.put(pod, path, () => undefined, { mediaType: 'text/turtle', content: { bytes } });
    }));
  }
  return [[`writing ${members} documents, without HTTP`, members / ((performance.now() - begun) / 1000), '1/s']];
}

async function longListing(server: ChildServer, accept: string, contains: RegExp): Promise<Figure[]> {
  const small = { method: 'GET', url: `${server.open}many/1.ttl` };
  await send(small);
  using memory = await watchMemory(server.process.pid!);
  const begun = performance.now();
  const sent = request(`${server.open}many/`, { headers: { accept } }).end();
  const [answer] = await once(sent, 'response') as [IncomingMessage];
  let first: number | undefined;
  let found = 0;
  let rest = '';
  const listed = (async () => {
    for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
      first ??= performance.now() - begun;
      rest += chunk;
      const end = rest.lastIndexOf('\n') + 1 || rest.lastIndexOf('}') + 1;
      found += rest.slice(0, end).match(contains)?.length ?? 0;
      rest = rest.slice(end);
    }
    found += rest.match(contains)?.length ?? 0;
  })();
  let done = false;
  void listed.finally(() => { done = true; });
  let longest = 0;
  let others = 0;
  while (!done) {
    const since = performance.now();
    assert.equal((await send(small)).status, 200);
    longest = Math.max(longest, performance.now() - since);
    others += 1;
  }
  await listed;
  assert.equal(answer.statusCode, 200);
  assert.equal(found, members);
  const as = accept === 'text/turtle' ? 'Turtle' : 'JSON-LD';
  return [
    [`listing ${members} members as ${as}: first byte`, first!, 'ms'],
    ['all of it', performance.now() - begun, 'ms'],
    ['growth of memory meanwhile', memory.growth() / 1e6, 'MB'],
    [`longest of ${others} other requests meanwhile`, longest, 'ms'],
  ];
}

async function smallRequests(server: ChildServer): Promise<Figure[]> {
  const kilobyte = `<#it> <https://schema.org/text> "${'x'.repeat(1024 - 36)}".`;
  const figures: Figure[] = [];
  const measure = async (
    what: string, connections: number, next: (connection: number, turn: number) => Sending,
    status: number, body?: string,
  ): Promise<void> => {
    const { perSecond, median, slowest1Percent }: Load = await load({ connections, seconds }, next, (answer) => {
      assert.equal(answer.status, status, answer.body);
      if (body !== undefined) assert.equal(answer.body, body);
    });
    figures.push([`${what}, ${connections} connections`, perSecond, '1/s'], ['half of them within', median, 'ms'],
      ['99 of 100 within', slowest1Percent, 'ms']);
  };
  const document = `${server.open}small.ttl`;
  await send({ method: 'PUT', url: document, headers: turtle, body: kilobyte });
  await measure('GET 1 KB', 32, () => ({ method: 'GET', url: document }), 200, kilobyte);
  await measure('PUT 1 KB', 32, (connection, turn) => (
    { method: 'PUT', url: `${server.open}put/${connection}/${turn}.ttl`, headers: turtle, body: kilobyte }), 201);

  // Each connection has a counter of its own, and changes it by taking the old statement away and adding the new one.
  const connections = 16;
  const counter = (connection: number, value: number): string =>
    `<#${connection}> <https://schema.org/position> ${value}`;
  const patch = (url: string, connection: number, value: number): Sending => ({
    method: 'PATCH', url, headers: { 'content-type': 'text/n3' },
    body: `@prefix solid: <http://www.w3.org/ns/solid/terms#>. <> a solid:InsertDeletePatch;
      solid:deletes { ${counter(connection, value)} }; solid:inserts { ${counter(connection, value + 1)} }.`,
  });
  const one = `${server.open}counters.ttl`;
  const counters = Array.from({ length: connections }, (_, connection) => `${counter(connection, 0)}.`).join('\n');
  await send({ method: 'PUT', url: one, headers: turtle, body: counters });
  await measure('N3 Patch of one document', connections, (connection, turn) => patch(one, connection, turn), 204);

  const each = 50;
  const of = (connection: number, turn: number): string => `${server.open}counters/${connection}-${turn % each}.ttl`;
  for (let i = 0; i < each; i += 1) {
    await Promise.all(Array.from({ length: connections }, async (_, connection) => {
      await send({ method: 'PUT', url: of(connection, i), headers: turtle, body: `${counter(connection, 0)}.` });
    }));
  }
  await measure(`N3 Patch of ${each * connections} documents`, connections,
    (connection, turn) => patch(of(connection, turn), connection, Math.floor(turn / each)), 204);
  return figures;
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}

const data = await mkdtemp(join(tmpdir(), 'freehold-bench-'));
try {
  const port = String(await freePort());
  const figures = await fill(data, `http://localhost:${port}/`);
  {
    await using server = await startChild({ data, port });
    figures.push(
      ...await largeFile(server),
      ...await longListing(server, 'text/turtle', /^<> ldp:contains </gm),
      ...await longListing(server, 'application/ld+json', /"posix:size"/g),
      ...await smallRequests(server),
      ['the most memory of all', (await peakBytes(server.process.pid!) ?? 0) / 1e6, 'MB']);
  }
  const date = new Date().toISOString().slice(0, 10);
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, date };
  const results = join(import.meta.dirname, 'results');
  await mkdir(results, { recursive: true });
  await writeFile(join(results, 'latest.json'), `${JSON.stringify({ machine, figures }, null, 2)}\n`);
  console.log(Object.values(machine).join(', '));
  const width = Math.max(...figures.map(([what]) => what.length));
  for (const [what, value, unit] of figures) {
    console.log(`${what.padEnd(width)}  ${rounded(value).padStart(7)} ${unit}`);
  }
} finally {
  await rm(data, { recursive: true, force: true });
}
