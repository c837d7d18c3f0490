import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash, createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { as } from '../server.ts';
import type { Token } from '../server.ts';
import { subscribe, Inbox } from './subscribe.ts';
import type { Message } from './subscribe.ts';

/** A request that came to a receiver. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a receiver does with a request; by default it says 204. */
export type Answering = (response: ServerResponse, received: Received) => void;

/** A server that takes messages. */
export interface Receiver extends AsyncDisposable {
  readonly port: number;
  /** `http://localhost:PORT/`. */
  readonly url: string;
  readonly inbox: Inbox<Received>;
  answering: Answering;
  /** The next message. */
  next(): Promise<Message>;
}

export async function startReceiver(answering: Answering = (response) => { response.writeHead(204).end(); }): Promise<Receiver> {
  const inbox = new Inbox<Received>();
  const server = http.createServer((request, response) => void receive(request, response));
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    const body = Buffer.concat(await request.toArray()).toString();
    const received = { method: request.method!, path: request.url!, headers: request.headers, body };
    inbox.put(received);
    receiver.answering(response, received);
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    port, inbox, answering, url: `http://localhost:${port}/`,
    next: async () => JSON.parse((await inbox.next()).body) as Message,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

/** Subscribes a webhook in somebody's name; gives the channel. */
export async function hook(
  server: string, webId: string, asked: Readonly<Record<'topic' | 'sendTo', string> & Record<string, string>>,
  token?: Token,
): Promise<Readonly<Record<'id' | 'sendTo' | 'sender' | 'topic' | 'type', string>>> {
  const answer = await subscribe(server, 'WebhookChannel2023', asked, as(webId, token));
  assert.equal(answer.status, 200, `${answer.status} ${answer.text}`);
  return JSON.parse(answer.text) as ReturnType<typeof hook> extends Promise<infer T> ? T : never;
}

/**
 * Verifies the signature of a request (RFC 9421 section 3.2), with the keys of an issuer (RFC 7517), and the digest of
 * its body (RFC 9530). Written after the documents, and shares nothing with what signs. Gives what was signed.
 */
export function verifySignature(
  { method, path, headers, body }: Received, keys: readonly JsonWebKey[],
): ReadonlyMap<string, string> {
  const [, label, parameters] = /^([a-z]+)=(\(.*)$/.exec(String(headers['signature-input']))!;
  const [, list, rest] = /^\(([^)]*)\)(.*)$/.exec(parameters!)!;
  const said = new Map(rest!.split(';').filter(Boolean).map((one) => {
    const [name, value] = one.split('=', 2);
    return [name!, value!.replace(/^"|"$/g, '')];
  }));
  assert.equal(said.get('alg'), 'ecdsa-p256-sha256');
  assert(Math.abs(Number(said.get('created')) - Date.now() / 1000) < 60);
  const covered = list!.split(' ').map((item) => item.replace(/^"|"$/g, ''));
  const values = new Map(covered.map((name) => [name, name === '@method' ? method
    : name === '@target-uri' ? `http://${headers['host']}${path}` : String(headers[name])]));
  const lines = [...values].map(([name, value]) => `"${name}": ${value}`);
  const base = [...lines, `"@signature-params": ${parameters}`].join('\n');
  const key = keys.find((one) => (one as { kid?: string }).kid === said.get('keyid'));
  assert(key, 'the key is among those that the issuer publishes');
  const [, signature] = new RegExp(`^${label}=:(.*):$`).exec(String(headers['signature']))!;
  const good = verify('sha256', Buffer.from(base),
    { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature!, 'base64'));
  assert(good, 'the signature is good');
  const digest = createHash('sha256').update(body).digest('base64');
  assert.equal(headers['content-digest'], `sha-256=:${digest}:`);
  return values;
}
