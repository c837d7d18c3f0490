import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { freePort } from '../../src/http/server.ts';
import { createPod } from '../../src/pods/new-pod.ts';
import type { Field } from '../field.ts';
import { requestBytes, sendAll } from '../load.ts';
import type { Measure } from '../results.ts';
import type { Prover } from '../proofs.ts';
import { compete } from '../rounds.ts';
import type { Lane } from '../rounds.ts';
import { memoryMegabytes } from '../server.ts';
import type { BenchServer } from '../server.ts';
import { fillContainer } from '../servers/fill.ts';
import { makeStore, serveStore } from '../servers/freehold.ts';
import { kilobyte, putBytes } from './documents.ts';

const pods = 1_000;
const each = 100;
const connections = 32;
/** One of so many requests writes. */
const writes = 10;

/** Numbers from 0 to 1 that are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  // mulberry32
  for (let state = seed; ;) {
    state = (state + 0x6D2B79F5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    yield ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
}

/** Turns numbers from 0 to 1 into ranks from 0 on, of which the nth comes as often as 1/n (Zipf). */
function zipf(count: number): (number: number) => number {
  const sums = new Float64Array(count);
  for (let i = 0, sum = 0; i < count; i += 1) sums[i] = sum += 1 / (i + 1);
  return (number) => {
    const wanted = number * sums[count - 1]!;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** What a request is about: a document of a pod, and whether it is written or read. */
interface Turn {
  readonly pod: number;
  readonly document: number;
  readonly writes: boolean;
}

/** The turns of each connection, made as they are asked for, and remembered. */
function turnsOf(): (connection: number, turn: number) => Turn {
  const rank = zipf(pods * each);
  const chance = numbers(7);
  const known = new Map<string, Turn>();
  return (connection, turn) => {
    const key = `${connection} ${turn}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const n = rank(chance.next().value);
    const made = { pod: n % pods, document: Math.floor(n / pods), writes: turn % writes === connection % writes };
    known.set(key, made);
    return made;
  };
}

async function fill(data: string, webId: string, port: number): Promise<void> {
  await makeStore({ data, webId, port }, async (store) => {
    for (let i = 0; i < pods; i += 1) {
      const pod = await createPod(store.pods, 'path', store.baseUrl, { name: `pod${i}`, webId });
      const text = (n: number): string => kilobyte(`pod${i} ${n} `);
      await fillContainer(store, pod, '/notes/', { count: each, name: (n) => `${n}.ttl`, text });
    }
  });
}

function enter(server: BenchServer, prover: Prover): Lane {
  const about = turnsOf();
  /** The texts of documents that were acknowledged: of two that overlapped, either may have been the last. */
  const written = new Map<string, Set<string>>();
  const url = ({ pod, document }: Turn): string => `http://localhost:${server.port}/pod${pod}/notes/${document}.ttl`;
  const get = (at: string): Buffer => requestBytes('GET', at, prover.headers('GET', at));
  const text = ({ pod, document }: Turn, connection: number, turn: number): string =>
    kilobyte(`pod${pod} ${document} ${connection} ${turn} `);
  return {
    server,
    request(connection, turn) {
      const what = about(connection, turn);
      return what.writes ? putBytes(url(what), text(what, connection, turn), prover) : get(url(what));
    },
    right({ status, body }, connection, turn) {
      const what = about(connection, turn);
      if (!what.writes) return status === 200 && body.includes(`"pod${what.pod} ${what.document} `);
      if (status !== 204) return false;
      if (!written.has(url(what))) written.set(url(what), new Set());
      written.get(url(what))!.add(text(what, connection, turn));
      return true;
    },
    async audit() {
      const urls = [...written.keys()].slice(0, 1_000);
      const answers = await sendAll(server.port, urls.length, (i) => get(urls[i]!));
      const lost = answers.filter(({ body }, i) => !written.get(urls[i]!)!.has(body.toString())).length;
      return lost === 0 ? undefined : `${lost} of ${urls.length} documents are not as it was acknowledged`;
    },
  };
}

/** A thousand pods, in which an app reads nine times and writes once, most often the same few documents. */
export async function mixed(field: Field): Promise<readonly Measure[]> {
  const data = join(field.folder, 'mixed');
  const port = await freePort();
  await fill(data, field.identity.webId, port);
  await using server = await serveStore(data, port);
  const prover = await field.prover();
  const rounds = { connections, ...field.options };
  const measures = await compete('mixed', [server], async () => enter(server, prover), rounds);
  await sleep(5_000);
  const memory = [memoryMegabytes(server.pid)];
  return [...measures,
    { work: 'mixed', server: 'freehold', what: 'memory at rest, after that', unit: 'MB', rounds: memory }];
}
