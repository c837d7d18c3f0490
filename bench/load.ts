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

export interface Work {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** The whole request of a connection for its nth turn; `undefined` when there is none left, which ends it all. */
  next(connection: number, turn: number): Buffer | undefined;
  /** Whether an answer is as it should be. */
  right(answer: Answer, connection: number, turn: number): boolean;
}

/** What came of a load. */
export interface Load {
  /** How long it took, in seconds, up to the last answer. */
  readonly seconds: number;
  /** How long each right answer took, in milliseconds, the quickest first. */
  readonly times: Float64Array;
  /** How often each connection was answered. */
  readonly turns: readonly number[];
  /** How many answers were wrong, and the beginning of the first of them. */
  readonly wrong: number;
  readonly firstWrong: string | undefined;
}

/** The bytes of a request. */
export function requestBytes(
  method: string, url: string, headers: Readonly<Record<string, string>> = {}, body?: string | Buffer,
): Buffer {
  const { host, pathname } = new URL(url);
  let head = `${method} ${pathname} HTTP/1.1\r\nHost: ${host}\r\n`;
  for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
  if (body === undefined) return Buffer.from(`${head}\r\n`);
  return Buffer.concat([Buffer.from(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`), Buffer.from(body)]);
}

/**
 * Sends requests over bare sockets for some seconds, on each connection the next as soon as the one before was
 * answered: a client library would take more of the machine than the servers do.
 */
export async function load({ port, connections, seconds, next, right }: Work): Promise<Load> {
  const opened = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const times: number[] = [];
  const turns = Array.from({ length: connections }, () => 0);
  let wrong = 0;
  let firstWrong: string | undefined;
  const begun = performance.now();
  let end = begun + seconds * 1000;
  await Promise.all(opened.map((connection, which) => new Promise<void>((resolve, reject) => {
    const go = (): void => {
      const since = performance.now();
      if (since >= end) return resolve();
      const turn = turns[which]!;
      const bytes = next(which, turn);
      if (bytes === undefined) {
        end = 0;
        return resolve();
      }
      connection.exchange(bytes, (answer) => {
        if (right(answer, which, turn)) {
          times.push(performance.now() - since);
        } else {
          wrong += 1;
          firstWrong ??= `${answer.head}\r\n\r\n${answer.body.toString('utf8', 0, 1000)}`;
        }
        turns[which] = turn + 1;
        go();
      }, reject);
    };
    go();
  })));
  const elapsed = (performance.now() - begun) / 1000;
  for (const connection of opened) connection.close();
  return { seconds: elapsed, times: Float64Array.from(times).sort(), turns, wrong, firstWrong };
}

/** Sends one request on a connection of its own. */
export async function sendOnce(port: number, bytes: Buffer): Promise<Answer> {
  const connection = await Connection.open(port);
  try {
    return await connection.send(bytes);
  } finally {
    connection.close();
  }
}

/** Sends requests, a few at once, each made when its turn comes, and gives the answers in their order. */
export async function sendAll(
  port: number, count: number, request: (which: number) => Buffer, connections = 16,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let at = 0;
  await Promise.all(Array.from({ length: Math.min(connections, count) }, async () => {
    const connection = await Connection.open(port);
    while (at < count) {
      const which = at++;
      answers[which] = await connection.send(request(which));
    }
    connection.close();
  }));
  return answers;
}

/** How long an answer may take, in milliseconds. */
const patience = 60_000;

/** A connection that has one request at a time. */
export class Connection {
  readonly #socket: Socket;
  #buffered: Buffer | undefined;
  #done: ((answer: Answer) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setTimeout(patience, () => socket.destroy(new Error('There was no answer for a minute.')));
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#fail?.(error));
    socket.on('close', () => this.#fail?.(new Error('The server closed the connection.')));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ port, host: 'localhost', noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** Sends a request, and calls `done` with the answer to it. */
  exchange(bytes: Buffer, done: (answer: Answer) => void, fail: (error: Error) => void): void {
    this.#done = done;
    this.#fail = fail;
    this.#socket.write(bytes);
  }

  send(bytes: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => this.exchange(bytes, resolve, reject));
  }

  close(): void {
    this.#fail = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const bytes = this.#buffered === undefined ? chunk : Buffer.concat([this.#buffered, chunk]);
    const answer = readAnswer(bytes);
    this.#buffered = answer === undefined ? bytes : undefined;
    if (answer !== undefined) this.#done?.(answer);
  }
}

const headEnd = Buffer.from('\r\n\r\n');

/** The answer that the bytes are, once they are all of it. */
function readAnswer(bytes: Buffer): Answer | undefined {
  const at = bytes.indexOf(headEnd);
  if (at < 0) return undefined;
  const head = bytes.toString('latin1', 0, at);
  const start = at + headEnd.length;
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined && status !== 204 && status !== 304) {
    const body = readChunks(bytes, start);
    return body && { status, head, body };
  }
  const end = start + Number(length ?? 0);
  return bytes.length < end ? undefined : { status, head, body: bytes.subarray(start, end) };
}

/** What is in the chunks of a body (RFC 9112, section 7.1), once the last is there. */
function readChunks(bytes: Buffer, start: number): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = start; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    at = line + 2 + size + 2;
    if (bytes.length < at) return undefined;
    if (size === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(line + 2, at - 2));
  }
}
