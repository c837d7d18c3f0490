import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Field } from '../field.ts';
import type { Prover } from '../proofs.ts';
import type { Measure } from '../results.ts';
import { memoryMegabytes, watchMemory } from '../server.ts';
import type { BenchServer } from '../server.ts';
import { startStreaming } from '../servers/yardsticks.ts';

const size = 512 * 1024 * 1024;

/** What a large file repeats. As its length is prime, a block that is lost, repeated or misplaced does not fit. */
const pattern = randomFillSync(Buffer.alloc(1_048_583));

type Way = (server: BenchServer, prover: Prover) => Promise<void>;

/** A server that moves a file in each round, in its turn. */
class Mover {
  readonly #server: BenchServer;
  /** What it held in RAM before all, in MB. */
  readonly #before: number;
  readonly #rates: number[] = [];
  readonly #growth: number[] = [];
  #failed: string | undefined;

  constructor(server: BenchServer) {
    this.#server = server;
    this.#before = memoryMegabytes(server.pid);
  }

  /** The first one does not count: it is there to be downloaded, and the server is warm. */
  async round(way: Way, prover: Prover, counts: boolean): Promise<void> {
    if (this.#failed !== undefined) return;
    using memory = watchMemory(this.#server.pid);
    const begun = performance.now();
    try {
      await way(this.#server, prover);
    } catch (error) {
      this.#failed = String(error);
      return;
    }
    if (!counts) return;
    this.#rates.push(size / 1e6 / ((performance.now() - begun) / 1000));
    this.#growth.push(Math.max(0, memory.most() - this.#before));
  }

  measures(work: string): Measure[] {
    const { name: server } = this.#server;
    const of = { work, server, ...(this.#failed === undefined ? {} : { failed: this.#failed }) };
    return [
      { ...of, what: 'rate', unit: 'MB/s', rounds: this.#rates },
      { ...of, what: 'growth of memory', unit: 'MB', rounds: this.#growth },
    ];
  }
}

/** A file of 512 MiB from or to the disk, over one connection, beside a server that does nothing else. */
async function move(work: string, field: Field, way: Way): Promise<readonly Measure[]> {
  const prover = await field.prover();
  await using streaming = await startStreaming({ data: join(field.folder, work), identity: field.identity });
  const movers = [streaming, ...await field.servers('freehold')].map((server) => new Mover(server));
  for (const mover of movers) await mover.round(upload, prover, false);
  for (let i = 0; i < field.options.rounds; i += 1) {
    for (const mover of movers) await mover.round(way, prover, true);
  }
  return movers.flatMap((mover) => mover.measures(work));
}

export function largeUp(field: Field): Promise<readonly Measure[]> {
  return move('large-up', field, upload);
}

export function largeDown(field: Field): Promise<readonly Measure[]> {
  return move('large-down', field, download);
}

async function send(server: BenchServer, method: string, prover: Prover, ...more: readonly string[]): Promise<Socket> {
  const url = `${server.open}large.bin`;
  const { host, pathname } = new URL(url);
  const { Authorization, DPoP } = prover.headers(method, url);
  const socket = connect({ port: server.port, host: 'localhost', noDelay: true });
  await once(socket, 'connect');
  socket.write([
    `${method} ${pathname} HTTP/1.1`, `Host: ${host}`, 'Connection: close', `Authorization: ${Authorization}`,
    `DPoP: ${DPoP}`, ...more, '', '',
  ].join('\r\n'));
  return socket;
}

async function upload(server: BenchServer, prover: Prover): Promise<void> {
  const socket = await send(server, 'PUT', prover, 'Content-Type: application/octet-stream', `Content-Length: ${size}`);
  let answer: string | undefined;
  const answered = once(socket, 'data').then(([head]) => { answer = (head as Buffer).toString('latin1'); });
  answered.catch(() => undefined);
  for (let sent = 0; sent < size && answer === undefined; sent += pattern.length) {
    if (!socket.write(pattern.subarray(0, size - sent))) await Promise.race([once(socket, 'drain'), answered]);
  }
  await answered;
  socket.destroy();
  assert.match(answer!, /^HTTP\/1\.1 20[0-5] /);
}

async function download(server: BenchServer, prover: Prover): Promise<void> {
  const socket = await send(server, 'GET', prover);
  let head: string | undefined;
  let at = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    let body = chunk;
    if (head === undefined) {
      const end = chunk.indexOf('\r\n\r\n');
      head = chunk.toString('latin1', 0, end);
      assert.match(head, /^HTTP\/1\.1 200 /);
      assert.match(head, new RegExp(`^content-length: ${size}\r?$`, 'im'), 'chunks would have to be taken apart');
      body = chunk.subarray(end + 4);
    }
    assert(fits(body, at), `the bytes from ${at} on are not those that were sent`);
    at += body.length;
    if (at === size) break;
  }
  assert.equal(at, size);
}

/** Whether bytes are those of the file at a place. */
function fits(bytes: Buffer, place: number): boolean {
  for (let done = 0; done < bytes.length;) {
    const from = (place + done) % pattern.length;
    const length = Math.min(bytes.length - done, pattern.length - from);
    if (bytes.compare(pattern, from, from + length, done, done + length) !== 0) return false;
    done += length;
  }
  return true;
}
