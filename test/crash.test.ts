/**
 * A server in a process of its own, under a stream of writes, is killed at a random moment, again and again. What it
 * acknowledged must be there, whole; what it did not is there whole or not at all; and the store must be sound.
 * `FREEHOLD_CRASH_ROUNDS` tells how many rounds, `FREEHOLD_CRASH_SEED` repeats the choices of an earlier run.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../src/http/server.ts';
import { openFiles } from '../src/storage/files.ts';
import { openLevel } from '../src/storage/level.ts';
import { Pods } from '../src/pods/pods.ts';
import { readRdf } from '../src/rdf/read.ts';
import { startChild } from './clients/child-server.ts';
import { defaults, sound, usePod } from './pods/open-pod.ts';
import type { OpenPod } from './pods/open-pod.ts';
import { request } from './solid/request.ts';
import type { Answer } from './solid/request.ts';
import { temporaryDirectory } from './storage/temporary-directory.ts';

const rounds = Number(process.env['FREEHOLD_CRASH_ROUNDS'] ?? 20);
const seed = Number(process.env['FREEHOLD_CRASH_SEED'] ?? Date.now() % 1_000_000);
// The server would take them for options of its own.
delete process.env['FREEHOLD_CRASH_ROUNDS'];
delete process.env['FREEHOLD_CRASH_SEED'];
const clients = 12;
/** Milliseconds for which a round writes, at most. */
const longestRound = 500;

const posts = '/playground/posts/';
const hot = '/playground/hot.ttl';
const value = 'http://example.org/value';

/** What is at a path: the text that its bytes repeat, and how many they are. */
interface Body { readonly mark: string; readonly size: number }
/** `undefined` where nothing is. */
type State = Body | undefined;

const bytesOf = ({ mark, size }: Body): Buffer => Buffer.alloc(size, mark);

/** What a client knows of a path: what was acknowledged last, and what is there instead if the last request was done. */
interface Known { readonly acknowledged: State; readonly perhaps?: { readonly state: State } }

/** All that was sent and acknowledged. */
interface Ledger {
  readonly known: Map<string, Known>;
  /** Bodies of POST requests that were cut off, by their marks: if they are there, nobody knows where. */
  readonly cutOff: Map<string, Body>;
  /** The value in the hot document that each client set, and the one it may have set. */
  readonly counters: { acknowledged: number; perhaps: number }[];
  requests: number;
}

interface Client {
  readonly number: number;
  readonly round: number;
  readonly url: string;
  readonly ledger: Ledger;
  readonly random: () => number;
}

describe('a server that is killed', function () {
  this.timeout(Math.max(60_000, rounds * 5_000));

  it(`has lost nothing that it acknowledged, ${rounds} times (seed ${seed})`, async () => {
    const data = await temporaryDirectory();
    const port = await freePort();
    const url = `http://localhost:${port}/alice`;
    const ledger: Ledger = {
      known: new Map(), cutOff: new Map(), requests: 0,
      counters: Array.from({ length: clients }, () => ({ acknowledged: 0, perhaps: 0 })),
    };
    const random = randomFrom(seed);
    for (let round = 0; round < rounds; round += 1) {
      const options = ['--port', String(port), '--base-url', `http://localhost:${port}/`, '--log-level', 'error'];
      const server = await startChild({ data, options });
      const exit = once(server.process, 'exit');
      const working = Promise.all(Array.from({ length: clients }, (_, number) =>
        work({ number, round, url, ledger, random: randomFrom(seed + round * clients + number) })));
      working.catch(() => {}); // It is awaited below, once the server is killed for certain.
      await wait(random() * longestRound);
      server.process.kill('SIGKILL');
      await Promise.all([working, exit]);
      await verify(data, `${url}/`, ledger);
    }
    const kept = [...ledger.known.values()].filter(({ acknowledged }) => acknowledged !== undefined).length;
    assert.ok(ledger.requests > rounds * 2 && kept > 10, `only ${ledger.requests} requests, ${kept} documents`);
  });
});

/** Writes until the server is gone. */
async function work(client: Client): Promise<void> {
  const { random, number, ledger, round } = client;
  for (let count = 0; ; count += 1) {
    const mark = `round ${round} client ${number} request ${count}\n`;
    const size = random() < 0.7 ? 64 + Math.floor(random() * 2_000) : 32 * 1024 + Math.floor(random() * 150_000);
    const body = { mark, size };
    const own = `/playground/own-${number}/${'ab'[Math.floor(random() * 2)]}/`;
    const shared = `/playground/shared-${Math.floor(random() * 3)}/`;
    const choice = random();
    const going = choice < 0.3 ? write(client, `${own}${Math.floor(random() * 4)}`, body)
      : choice < 0.4 ? write(client, `${shared}${number}`, body)
      : choice < 0.5 ? write(client, `${own}${Math.floor(random() * 4)}`, undefined)
      : choice < 0.6 ? write(client, `${shared}${number}`, undefined)
      : choice < 0.7 ? send(client, 'DELETE', random() < 0.5 ? own : shared, [204, 404, 409])
      : choice < 0.85 ? post(client, body)
      : countOn(client);
    if (await going === undefined) return;
    ledger.requests += 1;
  }
}

/** `undefined` when the server was gone before it had answered. */
async function send(
  { url }: Client, method: string, path: string, statuses: readonly number[], body?: string | Uint8Array, type?: string,
): Promise<Answer | undefined> {
  let answer: Answer;
  try {
    answer = await request(method, url + path, type === undefined ? {} : { 'content-type': type }, body);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return undefined;
  }
  assert.ok(statuses.includes(answer.status), `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
}

/** Puts the body, or deletes what is there; nobody else writes to this path. */
async function write(client: Client, path: string, body: State): Promise<Answer | undefined> {
  const { known } = client.ledger;
  const acknowledged = known.get(path)?.acknowledged;
  known.set(path, { acknowledged, perhaps: { state: body } });
  const created = acknowledged === undefined;
  const answer = body === undefined ? await send(client, 'DELETE', path, [created ? 404 : 204])
    : await send(client, 'PUT', path, [created ? 201 : 204], bytesOf(body), 'application/octet-stream');
  if (answer !== undefined) known.set(path, { acknowledged: body });
  return answer;
}

async function post(client: Client, body: Body): Promise<Answer | undefined> {
  const { known, cutOff } = client.ledger;
  cutOff.set(body.mark, body);
  const answer = await send(client, 'POST', posts, [201, 404], bytesOf(body), 'text/plain');
  if (answer === undefined) return undefined;
  cutOff.delete(body.mark);
  if (answer.status === 404) return send(client, 'PUT', posts, [201, 204]);
  known.set(answer.headers.location!.slice(client.url.length), { acknowledged: body });
  return answer;
}

/** Counts on in the hot document: takes the client's last value away and puts the next one there, in one patch. */
async function countOn(client: Client): Promise<Answer | undefined> {
  const counter = client.ledger.counters[client.number]!;
  const statement = (number: number): string => `<#client${client.number}> <${value}> ${number} .`;
  counter.perhaps = counter.acknowledged + 1;
  const answer = await send(client, 'PATCH', hot, [201, 204], `@prefix solid: <http://www.w3.org/ns/solid/terms#>.
_:patch a solid:InsertDeletePatch; solid:inserts { ${statement(counter.perhaps)} }${
  counter.acknowledged === 0 ? '' : `; solid:deletes { ${statement(counter.acknowledged)} }`}.`, 'text/n3');
  if (answer !== undefined) counter.acknowledged = counter.perhaps;
  return answer;
}

/** Holds the store against the ledger, and notes there what has become of requests that were cut off. */
async function verify(data: string, base: string, ledger: Ledger): Promise<void> {
  await using database = await openLevel(join(data, 'database'));
  await using blobs = await openFiles(join(data, 'blobs'));
  await sound(database, blobs);
  const pods = new Pods(database, blobs, defaults);
  const sight = await pods.look(base, pods.parsePath('/'));
  assert.ok(sight, 'the pod is there');
  const pod = usePod(pods, sight.pod, { database, blobs });

  for (const [path, { acknowledged, perhaps }] of ledger.known) {
    const text = await pod.text(path);
    const matches = (state: State): boolean => (state && bytesOf(state).toString()) === text;
    const allowed = [{ state: acknowledged }, ...(perhaps === undefined ? [] : [perhaps])];
    const found = allowed.find(({ state }) => matches(state));
    assert.ok(found, `${path} has ${text === undefined ? 'nothing' : `${text.length} bytes, ${text.slice(0, 80)}`}, ` +
      `and should have ${JSON.stringify({ acknowledged, perhaps })}`);
    ledger.known.set(path, { acknowledged: found.state });
  }
  await verifyPosts(pod, ledger);
  await verifyCounters(pod, base, ledger);
}

/** Whatever is there was sent by somebody, and is whole. */
async function verifyPosts(pod: OpenPod, { known, cutOff }: Ledger): Promise<void> {
  for (const name of await pod.names(posts)) {
    const path = posts + name;
    if (known.has(path)) continue;
    const text = (await pod.text(path))!;
    const body = cutOff.get(text.slice(0, text.indexOf('\n') + 1));
    const whole = body !== undefined && bytesOf(body).toString() === text;
    assert.ok(whole, `${path} is no whole request: ${text.slice(0, 80)}`);
    cutOff.delete(body.mark);
    known.set(path, { acknowledged: body });
  }
  cutOff.clear();
}

async function verifyCounters(pod: OpenPod, base: string, { counters }: Ledger): Promise<void> {
  const text = await pod.text(hot) ?? '';
  const { quads } = await readRdf(Buffer.from(text), { format: 'turtle', base: base + hot.slice(1), maxQuads: 1000 });
  for (const [number, counter] of counters.entries()) {
    const found = quads.filter(({ subject }) => subject.value.endsWith(`#client${number}`))
      .map(({ object }) => Number(object.value));
    const allowed = [counter.acknowledged, counter.perhaps].map((count) => (count === 0 ? [] : [count]));
    assert.ok(allowed.some((values) => values.join() === found.join()),
      `client ${number} counted to ${counter.acknowledged} and found ${found.join() || 'nothing'}`);
    counter.acknowledged = found[0] ?? 0;
    counter.perhaps = counter.acknowledged;
  }
}

/** Numbers from 0 to 1, always the same for a seed (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
