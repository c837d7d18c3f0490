import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { request } from '../solid/request.ts';
import type { Answer } from '../solid/request.ts';

export type ChannelType = 'WebSocketChannel2023' | 'StreamingHTTPChannel2023' | 'WebhookChannel2023';

/** A message, as it comes. */
export interface Message {
  readonly '@context': readonly string[];
  readonly id: string;
  readonly type: string;
  readonly object: string;
  readonly target?: string;
  readonly published: string;
  readonly state?: string;
}

export const context = 'https://www.w3.org/ns/solid/notification/v1';

/** Asks for a channel, in JSON-LD. */
export function subscribe(
  server: string, type: ChannelType, asked: object, headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  return request('POST', `${server}.notifications/${type}/`, { 'content-type': 'application/ld+json', ...headers },
    JSON.stringify({ '@context': [context], type, ...asked }));
}

/** The address at which messages of a new channel are received. */
export async function receiveFrom(
  server: string, type: ChannelType, asked: object, headers: OutgoingHttpHeaders = {},
): Promise<string> {
  const { status, text } = await subscribe(server, type, asked, headers);
  assert.equal(status, 200, text);
  return (JSON.parse(text) as { receiveFrom: string }).receiveFrom;
}

/** Texts in the order in which they come, to be waited for. */
export class Inbox<T> {
  readonly #come: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  put(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#come.push(value);
    else waiting(value);
  }

  next(): Promise<T> {
    return this.#come.length > 0 ? Promise.resolve(this.#come.shift()!)
      : new Promise((resolve) => this.#waiting.push(resolve));
  }

  async take(count: number): Promise<T[]> {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }

  /** What has come and was not taken. */
  get rest(): readonly T[] {
    return this.#come;
  }
}

/** A subscriber's end of a WebSocket. */
export interface Listening extends Disposable {
  readonly socket: WebSocket;
  readonly inbox: Inbox<string>;
  /** The next message. */
  next(): Promise<Message>;
  /** Resolves when it is closed, to the code. */
  readonly closed: Promise<number>;
}

/** Connects; rejects when the server refuses. */
export async function connect(address: string, protocols: string[] = [], options: ClientOptions = {}): Promise<Listening> {
  // All names of the server are this machine.
  const socket = new WebSocket(address, protocols, { ...options, lookup: (_, how, found) => {
    if (how.all === true) found(null, [{ address: '127.0.0.1', family: 4 }]);
    else found(null, '127.0.0.1', 4);
  } });
  const inbox = new Inbox<string>();
  socket.on('message', (data) => inbox.put((data as Buffer).toString()));
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'open');
  return {
    socket, inbox, closed,
    next: async () => JSON.parse(await inbox.next()) as Message,
    [Symbol.dispose]: () => socket.terminate(),
  };
}

/** Subscribes and connects. */
export async function listen(server: string, asked: object, headers: OutgoingHttpHeaders = {}): Promise<Listening> {
  return connect(await receiveFrom(server, 'WebSocketChannel2023', asked, headers));
}

/** The number of the change that a message is about: the first 48 bits of its UUID. */
export function sequenceOf({ id }: Pick<Message, 'id'>): number {
  return Number.parseInt(id.replace('urn:uuid:', '').replace('-', '').slice(0, 12), 16);
}

/** What a server answers to a request for a WebSocket that it refuses. */
export async function refusal(address: string): Promise<number> {
  const socket = new WebSocket(address);
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response') as [unknown, { statusCode: number }];
  socket.terminate();
  return response.statusCode;
}
