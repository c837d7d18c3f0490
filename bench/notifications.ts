/**
 * `npm run bench:notifications`: what a server in a process of its own does for subscribers, on this machine, over the
 * loopback interface, with the embedded database on the disk. The clients are in processes of their own. Prints
 * figures. Needs `--expose-gc`.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { startChild } from '../test/clients/child-server.ts';
import type { ChildServer } from '../test/clients/child-server.ts';
import { startServer } from '../test/server.ts';
import { load, requestBytes, sendOnce } from './load.ts';
import type { Answer } from './load.ts';

const sockets = 5000;
const clients = 2;
const changes = 10;
const others = 1000;
const seconds = 5;
const rounds = 3;

const turtle = 'text/turtle';

/** What the process of some clients is asked to do, and tells. */
type Task = { readonly open: number; readonly url: string; readonly topics: readonly string[] };
type News = { readonly opened: number } | { readonly told: number; readonly at: number };

/** A client's process: opens sockets, and tells when all of them got a message. */
function beClients(): void {
  process.on('message', (task: Task) => void openAll(task));
  let open = 0;
  let told = 0;
  async function openOne(url: string, topic: string): Promise<void> {
    const { body } = await send('POST', `${url}.notifications/WebSocketChannel2023/`, 'application/ld+json',
      JSON.stringify({
        '@context': ['https://www.w3.org/ns/solid/notification/v1'], type: 'WebSocketChannel2023', topic,
      }));
    const { receiveFrom } = JSON.parse(body.toString()) as { receiveFrom: string };
    const socket = new WebSocket(receiveFrom, { perMessageDeflate: false });
    socket.on('close', () => process.exit());
    socket.on('message', () => {
      told += 1;
      if (told % open === 0) process.send!({ told: told / open, at: Date.now() } satisfies News);
    });
    await once(socket, 'open');
  }
  async function openAll({ open: count, url, topics }: Task): Promise<void> {
    for (let at = 0; at < count; at += 50) {
      await Promise.all(Array.from({ length: Math.min(50, count - at) }, (_, i) =>
        openOne(url, topics[(at + i) % topics.length]!)));
    }
    open = count;
    process.send!({ opened: count } satisfies News);
  }
}

/** Opens sockets from processes of their own. */
async function openSockets(
  server: { readonly url: string }, count: number, topics: readonly string[],
): Promise<ChildProcess[]> {
  return Promise.all(Array.from({ length: clients }, async () => {
    const child = fork(fileURLToPath(import.meta.url), ['clients'], { execArgv: process.execArgv });
    const opened = once(child, 'message');
    child.send({ open: count / clients, url: server.url, topics } satisfies Task);
    await opened;
    return child;
  }));
}

/** What this process holds when nothing is left to be collected, in bytes. */
async function settledMemory(): Promise<NodeJS.MemoryUsage> {
  for (let i = 0; i < 5; i += 1) {
    globalThis.gc!();
    await sleep(200);
  }
  return process.memoryUsage();
}

function send(method: string, url: string, type: string, body: string): Promise<Answer> {
  return sendOnce(Number(new URL(url).port), requestBytes(method, url, { 'content-type': type }, body));
}

const isWritten = ({ status }: Answer): boolean => status === 201 || status === 204 || status === 205;

async function put(url: string, body: string): Promise<void> {
  const answer = await send('PUT', url, turtle, body);
  assert(isWritten(answer), `${answer.head}\n${answer.body.toString()}`);
}

function print(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(64)} ${value.toFixed(1).padStart(10)} ${unit}`);
}

/** Memory of each idle socket, of a server in this process. */
async function memoryOfSockets(): Promise<void> {
  await using server = await startServer({ maxChannelsPerAgent: 2 * sockets });
  // What requests take does not count: some come before.
  const first = await openSockets(server, sockets / 5, [`${server.open}followed.ttl`]);
  for (const child of first) child.kill();
  while (server.app.notifications.core.connections.count > 0) await sleep(100);
  const before = await settledMemory();
  const children = await openSockets(server, sockets, [`${server.open}followed.ttl`]);
  const after = await settledMemory();
  print(`RAM for each of ${sockets} idle sockets`, (after.rss - before.rss) / sockets / 1000, 'kB');
  print('of which JavaScript objects', (after.heapUsed - before.heapUsed) / sockets / 1000, 'kB');
  for (const child of children) child.kill();
}

/** All follow one resource: how long a change takes to the last of them. */
async function oneForAll(server: ChildServer): Promise<void> {
  const topic = `${server.open}followed.ttl`;
  await put(topic, '');
  const children = await openSockets(server, sockets, [topic]);
  const times: number[] = [];
  for (let i = 1; i <= changes; i += 1) {
    const told = Promise.all(children.map((child) => once(child, 'message') as Promise<[{ at: number }]>));
    const begun = Date.now();
    await put(topic, `# ${i}`);
    times.push(Math.max(...(await told).map(([{ at }]) => at)) - begun);
  }
  times.sort((a, b) => a - b);
  print(`a change to the last of ${sockets}, median`, times[Math.floor(changes / 2)]!, 'ms');
  print(`a change to the last of ${sockets}, slowest of ${changes}`, times.at(-1)!, 'ms');
  for (const child of children) child.kill();
}

async function writing(server: ChildServer): Promise<number> {
  const { times, seconds: took, wrong, firstWrong } = await load({
    port: Number(new URL(server.url).port), connections: 8, seconds,
    next: (connection, turn) =>
      requestBytes('PUT', `${server.open}written${connection}.ttl`, { 'content-type': turtle }, `# ${turn}`),
    right: isWritten,
  });
  assert.equal(wrong, 0, firstWrong);
  return times.length / took;
}

/** Writing, while nobody follows anything and while many follow other resources of the same pod. */
async function writingBesideOthers(start: () => Promise<ChildServer>): Promise<void> {
  const found: Record<'alone' | 'followed', number[]> = { alone: [], followed: [] };
  await using alone = await start();
  await using followed = await start();
  const topics = Array.from({ length: others }, (_, i) => `${followed.open}other${i}.ttl`);
  const children = await openSockets(followed, others, topics);
  for (let i = 0; i <= rounds; i += 1) {
    const [without, with_] = [await writing(alone), await writing(followed)];
    // The first round warms up.
    if (i > 0) {
      found.alone.push(without);
      found.followed.push(with_);
    }
  }
  for (const child of children) child.kill();
  const [one, other] = [found.alone, found.followed].map((all) => all.reduce((a, b) => a + b) / all.length);
  print('writes in a second, nobody following', one!, '/s');
  print(`writes in a second, ${others} following other resources`, other!, '/s');
  print('slower by', 100 * (1 - other! / one!), '%');
}

async function measure(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-bench-'));
  let number = 0;
  const start = (): Promise<ChildServer> => startChild({
    data: join(folder, String(number += 1)),
    command: [process.execPath, '--import', 'tsx', 'src/main.ts', 'serve'],
    options: ['--max-channels-per-agent', String(2 * sockets), '--log-level', 'warn'],
  });
  try {
    await memoryOfSockets();
    {
      await using server = await start();
      await oneForAll(server);
    }
    await writingBesideOthers(start);
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (process.argv[2] === 'clients') beClients();
else await measure();
