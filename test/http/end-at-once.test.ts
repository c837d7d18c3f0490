import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Middleware } from 'koa';
import { endAtOnce } from '../../src/http/end-at-once.ts';
import { exchange, serve } from './loopback.ts';
import type { Loopback } from './loopback.ts';

const sizes = [0, 1, 16 * 1024, 16 * 1024 + 1, 1024 * 1024];

/** Every byte there is, over and over. */
const bytesOf = (size: number): Buffer => Buffer.from(Array.from({ length: size }, (_, i) => i % 256));

/** Answers `/100` with 100 bytes; `/slow/100` after a while. */
const answer: Middleware = async (ctx) => {
  if (ctx.path.startsWith('/slow/')) await pause(50);
  const body = bytesOf(Number(ctx.path.replace(/.*\//, '')));
  ctx.status = 200;
  ctx.set('Content-Length', String(body.byteLength));
  ctx.respond = false;
  endAtOnce(ctx.res, body);
};

describe('an answer with a body that is at hand', () => {
  let server: Loopback;
  before(async () => { server = await serve(answer); });
  after(() => server[Symbol.asyncDispose]());

  for (const size of sizes) {
    it(`gives all ${size} bytes as they are`, async () => {
      const response = await fetch(`${server.url}${size}`);
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytesOf(size));
    });
  }

  it('comes in its turn when several are asked for at once (RFC 9112, section 9.3.2)', async () => {
    const get = (path: string, more = ''): string => `GET /${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
    const { received, end } = await exchange(server.port,
      get('slow/3') + get('5') + get('slow/7') + get('2', 'Connection: close\r\n'));
    assert.deepEqual(received.match(/content-length: \d+/gi)?.map((line) => line.slice(-1)), ['3', '5', '7', '2']);
    assert.equal(end, 'closed');
  });

  it('harms nobody when who asked for it is gone', async () => {
    for (const path of ['slow/100', '100', 'slow/1000000']) {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(`GET /${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await pause(10);
      socket.destroy();
    }
    await pause(100);
    assert.equal((await fetch(`${server.url}7`)).status, 200);
    assert.deepEqual(server.logged, []);
  });
});
