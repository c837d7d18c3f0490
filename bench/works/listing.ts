import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Parser } from 'n3';
import type { Work } from '../field.ts';
import { Connection, requestBytes } from '../load.ts';
import type { Prover } from '../proofs.ts';
import type { Measure } from '../results.ts';
import { memoryMegabytes, watchMemory } from '../server.ts';
import type { BenchServer } from '../server.ts';
import { kilobyte, put } from './documents.ts';
import { filledStore, member } from './stores.ts';

/** The most members that other servers are given, and that are counted with a parser. */
const fewMembers = 10_000;

/** How long a listing may take, in milliseconds. */
const patience = 300_000;

/** What one listing took: milliseconds, and the MB that the server then held at most. */
interface Listing {
  readonly firstByte: number;
  readonly whole: number;
  readonly longestWait: number;
  readonly memory: number;
}

/** Lists a container in Turtle, streamed, while somebody else reads a small document again and again. */
async function list(server: BenchServer, url: string, members: number): Promise<Listing> {
  const small = requestBytes('GET', `${server.open}small.ttl`);
  const connection = await Connection.open(server.port);
  await connection.send(small);
  using memory = watchMemory(server.pid);
  const begun = performance.now();
  const counted = members <= fewMembers ? parsing(url) : counting();
  let done = false;
  const listed = (async () => {
    const sent = request(url, { headers: { accept: 'text/turtle' }, signal: AbortSignal.timeout(patience) }).end();
    const [answer] = await once(sent, 'response') as [IncomingMessage];
    assert.equal(answer.statusCode, 200);
    let firstByte: number | undefined;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      firstByte ??= performance.now() - begun;
      counted.take(chunk);
    }
    return { firstByte: firstByte!, whole: performance.now() - begun };
  })().finally(() => { done = true; });
  // What it throws is thrown where it is waited for.
  listed.catch(() => undefined);
  let longestWait = 0;
  while (!done) {
    const since = performance.now();
    assert.equal((await connection.send(small)).status, 200);
    longestWait = Math.max(longestWait, performance.now() - since);
  }
  connection.close();
  const { firstByte, whole } = await listed;
  assert.equal(counted.end(), members);
  return { firstByte, whole, longestWait, memory: memory.most() };
}

interface Count {
  take(chunk: Buffer): void;
  /** How many members there were. */
  end(): number;
}

const contains = Buffer.from('<> ldp:contains ');

/** Counts members as Freehold writes them, however many, in constant memory. */
function counting(): Count {
  let rest: Buffer = Buffer.alloc(0);
  let found = 0;
  return {
    take(chunk) {
      const bytes = Buffer.concat([rest, chunk]);
      let at = 0;
      for (let next; (next = bytes.indexOf(contains, at)) >= 0; at = next + contains.length) found += 1;
      rest = bytes.subarray(Math.max(at, bytes.length - contains.length + 1));
    },
    end: () => found,
  };
}

/** Counts members as the graph says them, of any server. */
function parsing(baseIRI: string): Count {
  const chunks: Buffer[] = [];
  return {
    take: (chunk) => void chunks.push(chunk),
    end: () => new Parser({ baseIRI }).parse(Buffer.concat(chunks).toString())
      .filter(({ predicate }) => predicate.value === 'http://www.w3.org/ns/ldp#contains').length,
  };
}

/** A server that lists a container in each round, in its turn. */
class Lister {
  readonly #server: BenchServer;
  /** What it held in RAM before all, in MB. */
  readonly #before: number;
  readonly #members: number;
  readonly #prover: Prover;
  readonly #found: Listing[] = [];
  #failed: string | undefined;

  constructor(server: BenchServer, members: number, prover: Prover) {
    this.#server = server;
    this.#before = memoryMegabytes(server.pid);
    this.#members = members;
    this.#prover = prover;
  }

  /** Makes, on the disk, what the other server had before it was started: all members but one. */
  async fill(): Promise<void> {
    const folder = join(this.#server.openFolder!, 'many');
    await mkdir(folder);
    for (let i = 0; i < this.#members - 1; i += 1) await writeFile(join(folder, member.name(i)), member.text(i));
  }

  /** Round 0 does not count: after it the server is warm. */
  async round(round: number): Promise<void> {
    await this.#unlessFailed(async () => {
      const { open } = this.#server;
      await put(this.#server, `${open}small.ttl`, kilobyte('small'), this.#prover);
      // So that no listing is one that was kept.
      await put(this.#server, `${open}many/changed.ttl`, kilobyte(`change ${round}`), this.#prover);
      const found = await list(this.#server, `${open}many/`, this.#members);
      if (round > 0) this.#found.push(found);
    });
  }

  async #unlessFailed(work: () => Promise<void>): Promise<void> {
    if (this.#failed !== undefined) return;
    await work().catch((error: unknown) => { this.#failed = String(error); });
  }

  measures(work: string): Measure[] {
    const of = { work, server: this.#server.name, ...(this.#failed === undefined ? {} : { failed: this.#failed }) };
    const rounds = (which: keyof Listing): number[] => this.#found.map((listing) => listing[which]);
    const growth = rounds('memory').map((most) => Math.max(0, most - this.#before));
    return [
      { ...of, what: 'first byte', unit: 'ms', rounds: rounds('firstByte') },
      { ...of, what: 'whole', unit: 'ms', rounds: rounds('whole') },
      { ...of, what: 'longest wait of others', unit: 'ms', rounds: rounds('longestWait') },
      { ...of, what: 'growth of memory', unit: 'MB', rounds: growth },
    ];
  }
}

/** Lists a container with so many members; at other servers one of few. */
export function listing(members: number): Work {
  return async (field) => {
    const prover = await field.prover();
    const store = await filledStore(field, members);
    await using ours = await store.serve();
    const peers = (members <= fewMembers ? await field.servers() : []).map((peer) => new Lister(peer, members, prover));
    for (const peer of peers) await peer.fill();
    const listers = [new Lister(ours, members, prover), ...peers];
    for (let round = 0; round <= field.options.rounds; round += 1) {
      for (const lister of listers) await lister.round(round);
    }
    return listers.flatMap((lister) => lister.measures(`listing-${members}`));
  };
}
