import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { holdBackBodies } from './body.ts';
import { answerClientErrors } from './problem-response.ts';

export interface ServerLimits {
  /** How many connections may be open at once; more are closed as soon as they come. */
  readonly maxConnections: number;
  /** Of all the headers of a request together. */
  readonly headerBytes: number;
  /** The time from the first byte of a request (or the opening of the connection) to the end of its headers. */
  readonly headerSeconds: number;
  /** How long a connection without a request is kept open. */
  readonly keepAliveSeconds: number;
  /** How long nothing may move, in either direction, on a connection that has a request. */
  readonly idleSeconds: number;
}

/**
 * An HTTP server that waits for nobody without end, answers also what is no request, and can refuse a request before
 * its body is sent. The time of a whole request has no limit, because a large upload may take hours; `readBody` sees to
 * it that it moves.
 */
export function createHttpServer(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown, limits: ServerLimits & { baseUrl: string },
): Server {
  const server = createServer({
    // Node refuses what is not less.
    maxHeaderSize: limits.headerBytes + 1,
    // Node would refuse a request without one, without a word; whoever needs the header says so.
    requireHostHeader: false,
    headersTimeout: limits.headerSeconds * 1000,
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveSeconds * 1000,
    // How often the time for the headers is checked.
    connectionsCheckingInterval: Math.min(limits.headerSeconds * 500, 5000),
  }, listener);
  server.maxConnections = limits.maxConnections;
  server.setTimeout(limits.idleSeconds * 1000);
  holdBackBodies(server);
  answerClientErrors(server, limits.baseUrl);
  return server;
}

/** The addresses to listen on. `localhost` is two: some clients try only the one, some only the other. */
export function addressesOf(host: string): string[] {
  return host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
}

/** Resolves when the server takes connections; also, for `::1`, when the machine has no IPv6. */
export async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (host !== '::1' || (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT')) throw error;
  }
}

/** Takes no more connections, lets requests end, and after `seconds` ends those that are still under way. */
export async function drain(server: Server, seconds: number): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  // A connection that is kept alive becomes idle when its request has ended.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => server.closeAllConnections(), seconds * 1000);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}

/** A port that is free now. A server whose own address is in all that it says must know it before it listens. */
export async function freePort(): Promise<number> {
  const probe = createTcpServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
