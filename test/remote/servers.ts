import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { RequestListener, Server } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { LookupAddress } from 'node:dns';
import { RemoteError } from '../../src/remote/remote-error.ts';
import type { RemoteFailure } from '../../src/remote/remote-error.ts';
import { Remote } from '../../src/remote/remote.ts';
import type { RemoteOptions } from '../../src/remote/remote.ts';
import { certificate, key } from './certificate.ts';

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:PORT`, or https. */
  readonly origin: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  openConnections(): Promise<number>;
}

/** A server on a free port of 127.0.0.1. */
export async function serve(listener: RequestListener): Promise<TestServer> {
  return listening(http.createServer(), listener, 'http');
}

/** The same with TLS, by a certificate for `pod.test`, `other.test` and 127.0.0.1. */
export async function serveTls(listener: RequestListener): Promise<TestServer> {
  return listening(https.createServer({ cert: certificate, key }), listener, 'https');
}

async function listening(server: Server, listener: RequestListener, scheme: string): Promise<TestServer> {
  const asked: string[] = [];
  server.on('request', (request, response) => {
    asked.push(request.url ?? '');
    return listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `${scheme}://127.0.0.1:${port}`,
    asked,
    openConnections: () => new Promise((resolve, reject) => {
      server.getConnections((error, count) => error ? reject(error) : resolve(count));
    }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Something that speaks no HTTP: `talk` has the connection as soon as it is there. */
export async function serveTcp(talk: (socket: Socket) => void): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    talk(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A Remote as in development, with little patience. */
export function openRemote(options: Partial<RemoteOptions> = {}): Remote {
  return new Remote({ remoteSeconds: 2, remoteBytes: 10_000, remoteConnections: 8, remoteLocalhost: true, ...options });
}

/** A lookup that knows the names given, and keeps count of what it was asked. */
export function names(known: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = [];
  return {
    asked,
    lookup: async (host: string): Promise<LookupAddress[]> => {
      asked.push(host);
      const addresses = known[host];
      if (addresses === undefined) throw new Error(`no such name: ${host}`);
      return addresses.map((address) => ({ address, family: net.isIP(address) }));
    },
  };
}

/** What the promise rejects with, which has to be a RemoteError for that reason. */
export async function failure(promise: Promise<unknown>, reason: RemoteFailure): Promise<RemoteError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RemoteError && error.reason === reason) return error;
    throw error;
  }
  assert.fail(`this was not ${reason}`);
}

/** Resolves once the condition holds; fails when that takes more than a second. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await condition()) return;
    await pause(5);
  }
  assert.fail('it never came to that');
}

/** A clock that stands still until it is told to go on, by seconds. */
export function clock() {
  let milliseconds = 0;
  return { now: () => milliseconds, pass: (seconds: number) => { milliseconds += seconds * 1000; } };
}
