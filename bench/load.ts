import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** An answer as far as the load needs to see it. */
export interface Answer {
  readonly status: number;
  /** The status line and the headers. */
  readonly head: string;
  readonly body: Buffer;
}

export interface Load {
  /** Requests answered in a second, all of them as they should be. */
  readonly perSecond: number;
  /** How long half of them took, and 99 of 100, in milliseconds. */
  readonly median: number;
  readonly slowest1Percent: number;
}

export interface Work {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** The whole request of a connection for its nth turn. */
  next(connection: number, turn: number): Buffer;
  /** Throws when an answer is wrong, and so ends it all. */
  check(answer: Answer, connection: number, turn: number): void;
}

/** The bytes of a request. */
export function requestBytes(
  method: string, url: string, headers: Readonly<Record<string, string>> = {}, body?: string | Buffer,
): Buffer {
  const { host, pathname } = new URL(url);
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const lines = [
    `${method} ${pathname} HTTP/1.1`, `Host: ${host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(bytes === undefined ? [] : [`Content-Length: ${bytes.byteLength}`]),
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  return bytes === undefined ? head : Buffer.concat([head, bytes]);
}

/**
 * Sends requests over bare sockets for some seconds, on each connection the next as soon as the one before was answered:
 * a client library would take more of the machine than the servers do.
 */
export async function load({ port, connections, seconds, next, check }: Work): Promise<Load> {
  const times: number[] = [];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  await Promise.all(Array.from({ length: connections }, async (_, connection) => {
    const exchange = await open(port);
    for (let turn = 0; performance.now() < end; turn += 1) {
      const bytes = next(connection, turn);
      const since = performance.now();
      const answer = await exchange.send(bytes);
      times.push(performance.now() - since);
      check(answer, connection, turn);
    }
    exchange.close();
  }));
  const elapsed = (performance.now() - begun) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { perSecond: times.length / elapsed, median: at(0.5), slowest1Percent: at(0.99) };
}

/** Sends one request on a connection of its own. */
export async function sendOnce(port: number, bytes: Buffer): Promise<Answer> {
  const exchange = await open(port);
  const answer = await exchange.send(bytes);
  exchange.close();
  return answer;
}

interface Connection {
  send(bytes: Buffer): Promise<Answer>;
  close(): void;
}

async function open(port: number): Promise<Connection> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  let buffered: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    buffered = buffered.byteLength === 0 ? chunk : Buffer.concat([buffered, chunk]);
    const answer = readAnswer(buffered);
    if (answer === undefined) return;
    buffered = buffered.subarray(answer.length);
    waiting?.resolve(answer);
  });
  const fail = (error: Error): void => waiting?.reject(error);
  socket.on('error', fail).on('close', () => fail(new Error('The server closed the connection.')));
  return {
    send: (bytes) => new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      socket.write(bytes);
    }),
    close() {
      waiting = undefined;
      socket.destroy();
    },
  };
}

const headEnd = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');

function readAnswer(bytes: Buffer): (Answer & { length: number }) | undefined {
  const at = bytes.indexOf(headEnd);
  if (at < 0) return undefined;
  const head = bytes.toString('latin1', 0, at);
  const start = at + headEnd.byteLength;
  const status = Number(head.slice(9, 12));
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined || status === 204 || status === 304) {
    const end = start + Number(length ?? 0);
    return bytes.byteLength < end ? undefined : { status, head, body: bytes.subarray(start, end), length: end };
  }
  const end = bytes.indexOf(lastChunk, start);
  if (end < 0) return undefined;
  return { status, head, body: bytes.subarray(start, end), length: end + lastChunk.byteLength };
}
