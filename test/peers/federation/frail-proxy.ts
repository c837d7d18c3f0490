import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What a proxy does with all that it is asked:
 * - `pass`: hand it on;
 * - `error`: answer with 500;
 * - `garbage`: answer with 200, the type that was asked for, and a body that is no such thing;
 * - `lie`: answer with 200 and JSON that is well-formed, of another issuer and without keys;
 * - `drip`: begin to answer, and send a byte now and then.
 */
export type Conduct = 'pass' | 'error' | 'garbage' | 'lie' | 'drip';

/** A proxy in front of a node, through which the world sees it, and which can spoil what the world sees. */
export class FrailProxy implements AsyncDisposable {
  conduct: Conduct = 'pass';
  /** How many requests came, to whatever end. */
  requests = 0;
  readonly #target: number;
  readonly #server: Server;
  #port = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((request, response) => {
      this.requests += 1;
      this.#answer(request, response);
    });
  }

  /** `target`: the port on which the node behind it listens, or will listen. */
  static async open(target: number): Promise<FrailProxy> {
    const proxy = new FrailProxy(target);
    await proxy.#listen(0);
    proxy.#port = (proxy.#server.address() as AddressInfo).port;
    return proxy;
  }

  /** The base URL of the node for the world. */
  get url(): string {
    return `http://localhost:${this.#port}/`;
  }

  /** Is gone, as a machine whose power was cut: connections are refused. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await this.#server[Symbol.asyncDispose]();
  }

  /** Is there again, at the same address. */
  async reopen(): Promise<void> {
    await this.#listen(this.#port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.close();
  }

  async #listen(port: number): Promise<void> {
    this.#server.listen(port, 'localhost');
    await once(this.#server, 'listening');
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const type = request.headers.accept?.split(/[,;]/)[0]?.replace('*/*', '') || 'application/json';
    switch (this.conduct) {
      case 'pass': return this.#handOn(request, response);
      case 'error': return void response.writeHead(500, { 'content-type': 'text/plain' }).end('out of order');
      case 'garbage': return void response.writeHead(200, { 'content-type': type }).end(randomBytes(2_000));
      case 'lie': return void response.writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ issuer: 'https://other.example/', jwks_uri: `${this.url}jwks`, keys: [] }));
      case 'drip': return drip(response, type);
    }
  }

  #handOn(request: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers } = request;
    const node = { host: 'localhost', port: this.#target, agent: false };
    const upstream = ask({ ...node, method, path: url, headers }, (answer) => {
      // Copies of it are fresh for as short as another node takes anything for fresh.
      response.writeHead(answer.statusCode!, { ...answer.headers, 'cache-control': 'no-cache' });
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }
}

/** One byte every half a second, for two minutes at most. */
function drip(response: ServerResponse, type: string): void {
  response.writeHead(200, { 'content-type': type });
  let left = 240;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) response.write(' ');
    else response.end();
  }, 500);
  response.on('close', () => clearInterval(timer));
}
