import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import Koa from 'koa';
import type { Middleware } from 'koa';
import { pino } from 'pino';
import { cors } from '../../src/http/cors.ts';
import { answerProblems, logBrokenAnswers } from '../../src/http/problem-response.ts';
import { createHttpServer } from '../../src/http/server.ts';
import type { ServerLimits } from '../../src/http/server.ts';

export interface Loopback extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What was logged, one record per line. */
  readonly logged: Record<string, unknown>[];
  openConnections(): Promise<number>;
}

const baseUrl = 'https://pods.example/';

/** A real server on a free port, put together in the way `app.ts` does it, with `middleware` behind. */
export async function serve(middleware: Middleware, limits: Partial<ServerLimits> = {}): Promise<Loopback> {
  const logged: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, {
    write: (line) => { logged.push(JSON.parse(line) as Record<string, unknown>); },
  });
  const app = new Koa();
  app.on('error', logBrokenAnswers(log));
  app.use(answerProblems({ baseUrl, log }));
  app.use(cors());
  app.use(middleware);
  const server = createHttpServer(app.callback(), {
    maxConnections: 100, headerBytes: 8192, headerSeconds: 1, keepAliveSeconds: 5, idleSeconds: 5, baseUrl, ...limits,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    logged,
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

/** Something that a raw client sends, or a time that it waits, in milliseconds. */
export type Step = string | Uint8Array | number;

/**
 * Does the steps on a connection of its own, and resolves to all that was received, with how the connection ended.
 * It does every step even if an answer comes before; then it closes its side once the server has asked for that.
 */
export async function exchange(port: number, ...steps: Step[]): Promise<{ received: string; end: 'closed' | 'reset' }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const received: Buffer[] = [];
  let end: 'closed' | 'reset' = 'closed';
  socket.on('data', (chunk) => received.push(chunk));
  socket.on('error', () => { end = 'reset'; });
  const ended = new Promise<void>((resolve) => {
    socket.on('end', resolve);
    socket.on('close', () => resolve());
  });
  await once(socket, 'connect');
  for (const step of steps) await take(socket, step);
  const closeWhenAsked = (): void => { if (isLastAnswer(Buffer.concat(received).toString('latin1'))) socket.end(); };
  socket.on('data', closeWhenAsked);
  closeWhenAsked();
  await ended;
  socket.destroy();
  return { received: Buffer.concat(received).toString('latin1'), end };
}

/** Whether this ends in a whole answer after which the connection is to be closed. */
function isLastAnswer(received: string): boolean {
  const [, headers = '', body = ''] = /(HTTP\/1\.1 [2-5](?:.(?!HTTP\/1\.1))*?)\r\n\r\n(.*)$/s.exec(received) ?? [];
  const length = /^content-length: (\d+)/im.exec(headers)?.[1];
  return /^connection: close/im.test(headers) && length !== undefined && body.length >= Number(length);
}

async function take(socket: Socket, step: Step): Promise<void> {
  if (socket.destroyed) return;
  if (typeof step === 'number') await pause(step);
  else await new Promise<void>((resolve) => { socket.write(step, () => resolve()); });
}
