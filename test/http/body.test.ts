import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Middleware } from 'koa';
import { collect, hasBody, readBody } from '../../src/http/body.ts';
import { Problem } from '../../src/problem.ts';
import { exchange, serve } from './loopback.ts';
import type { Loopback, Step } from './loopback.ts';

const megabyte = 1024 * 1024;
const limits = { maxBytes: megabyte, idleSeconds: 0.3, minimumBytesPerSecond: 1000 };

/** Answers with the number of bytes and with whether there was a body; `/refused` does not look at the body. */
const count: Middleware = async (ctx) => {
  if (ctx.path === '/refused') throw new Problem('unauthenticated', 'Who is it?');
  if (ctx.path === '/ignored') { ctx.body = 'whatever'; return; }
  let size = 0;
  for await (const chunk of readBody(ctx.req, limits)) {
    size += chunk.byteLength;
    if (ctx.path === '/slow-disk') await pause(350);
  }
  ctx.body = `${hasBody(ctx.req)} ${size}`;
};

const statusOf = (received: string): string => received.split('\r\n', 1)[0] ?? '';

describe('The body of a request', () => {
  let server: Loopback;
  before(async () => { server = await serve(count); });
  after(() => server[Symbol.asyncDispose]());
  const put = (path: string, headers: string): string => `PUT /${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;

  it('is read to its end, with a length or in chunks', async () => {
    const bytes = randomBytes(megabyte);
    assert.equal(await (await fetch(server.url, { method: 'PUT', body: bytes })).text(), `true ${megabyte}`);
    const { received } = await exchange(server.port,
      put('', 'Transfer-Encoding: chunked\r\nConnection: close\r\n'), '3\r\nabc\r\n', 20, '2\r\nde\r\n0\r\n\r\n');
    assert.match(received, /true 5$/);
  });

  const presence: [headers: string, body: boolean][] = [
    ['', false],
    ['Content-Length: 0\r\n', false],
    ['Content-Type: text/turtle\r\n', false],
    ['Content-Length: 0\r\nContent-Type: text/turtle\r\n', true],
  ];
  for (const [headers, body] of presence) {
    const given = headers.trim().split('\r\n').join(' and ') || 'no header';
    it(`is ${body ? 'empty' : 'absent'} with ${given}`, async () => {
      const { received } = await exchange(server.port, put('', `${headers}Connection: close\r\n`));
      assert.match(received, new RegExp(`\r\n\r\n${body} 0$`));
    });
  }

  describe('is refused', () => {
    const cases: [title: string, status: number, ...steps: Step[]][] = [
      ['before a byte is sent when it says that it is too long', 413, put('', `Content-Length: ${megabyte + 1}\r\n`)],
      ['as soon as it is too long', 413,
        put('', 'Transfer-Encoding: chunked\r\n'), '100001\r\n', randomBytes(megabyte + 1), '\r\n'],
      ['when it is compressed', 415, put('', 'Content-Length: 5\r\nContent-Encoding: gzip\r\n')],
      ['when it is coded in an unknown way', 415, put('', 'Transfer-Encoding: gzip, chunked\r\n')],
      ['when nothing comes', 408, put('', 'Content-Length: 5\r\n'), 'ab'],
      ['when it trickles', 408,
        put('', 'Content-Length: 50\r\n'), ...Array.from({ length: 8 }, () => ['a', 100]).flat()],
      ['when it is not in chunks although it says so', 400,
        put('', 'Transfer-Encoding: chunked\r\n'), '3\r\nabc\r\nxyz\r\n'],
    ];
    for (const [title, status, ...steps] of cases) {
      it(`${title}: ${status}`, async () => {
        const { received } = await exchange(server.port, ...steps);
        assert.match(statusOf(received), new RegExp(`^HTTP/1.1 ${status} `));
        assert.match(received, /"type":"https:\/\/pods\.example\/\.problems\//);
        assert.match(received, /connection: close/i);
      });
    }

    it('never because the reader is slow', async () => {
      const response = await fetch(`${server.url}slow-disk`, { method: 'PUT', body: randomBytes(100_000) });
      assert.equal(await response.text(), 'true 100000');
    });

    it('not for its identity (RFC 9110, 8.4.1)', async () => {
      const headers = { 'content-encoding': 'Identity' };
      const response = await fetch(server.url, { method: 'PUT', body: 'abc', headers });
      assert.equal(await response.text(), 'true 3');
    });
  });

  it('that breaks off is a Problem for its reader, and no defect', async () => {
    server.logged.length = 0;
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`${put('', 'Content-Length: 100\r\n')}some of it`, () => setTimeout(() => socket.destroy(), 50));
    while (server.logged.length === 0) await pause(5);
    assert.equal(server.logged[0]?.['detail'], 'The body ended early, after 10 bytes: the connection was closed.');
    assert.deepEqual(server.logged.map((line) => line['kind']), ['invalid']);
  });

  describe('whose sender waits to be told (Expect: 100-continue)', () => {
    it('is asked for when it is read', async () => {
      const { received } = await exchange(server.port,
        put('', 'Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n'), 50, 'abc');
      assert.match(received, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n/);
      assert.match(received, /true 3$/);
    });

    it('is not asked for when the request is refused', async () => {
      for (const [path, length, status] of [['refused', 3, 401], ['', megabyte + 1, 413]] as const) {
        const { received } = await exchange(server.port,
          put(path, `Content-Length: ${length}\r\nExpect: 100-continue\r\n`));
        assert.match(received, new RegExp(`^HTTP/1.1 ${status} `));
      }
    });
  });

  describe('that is not wanted', () => {
    const sizes = 100 * megabyte;

    it('does not keep its sender from seeing why (fetch, 100 MB)', async () => {
      for (const [path, status] of [['refused', 401], ['', 413]] as const) {
        for (let attempt = 0; attempt < 2; attempt++) {
          const response = await fetch(server.url + path, { method: 'PUT', body: Buffer.alloc(sizes) });
          assert.equal(response.status, status);
          assert.equal((await response.json() as { status: number }).status, status);
        }
      }
    });

    it('does not keep a sender from seeing why that looks only when all is sent', async () => {
      const piece = Buffer.alloc(megabyte);
      const pieces = Array.from({ length: 100 }, () => piece);
      for (const connection of ['keep-alive', 'close']) {
        const { received, end } = await exchange(server.port,
          put('refused', `Content-Length: ${sizes}\r\nConnection: ${connection}\r\n`), ...pieces);
        assert.match(received, /^HTTP\/1.1 401 /);
        assert.equal(JSON.parse(received.slice(received.indexOf('\r\n\r\n'))).status, 401);
        assert.equal(end, 'closed');
      }
    });

    it('does not keep a sender from seeing why that uses chunks', async () => {
      const piece = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(megabyte), Buffer.from('\r\n')]);
      const { received, end } = await exchange(server.port,
        put('', 'Transfer-Encoding: chunked\r\n'), ...Array.from({ length: 100 }, () => piece), '0\r\n\r\n');
      assert.match(received, /^HTTP\/1.1 413 /);
      assert.equal(end, 'closed');
    });

    it('does not spoil the next request on the connection', async () => {
      const { received } = await exchange(server.port,
        put('ignored', `Content-Length: ${megabyte}\r\n`), Buffer.alloc(megabyte),
        put('ignored', 'Connection: close\r\n'));
      assert.equal(received.match(/HTTP\/1.1 200 OK/g)?.length, 2);
    });
  });
});

describe('Collected bytes', () => {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array([1, 2]);
    yield new Uint8Array([3]);
  }

  it('are one piece', async () => assert.deepEqual([...await collect(pieces(), 3)], [1, 2, 3]));

  it('have a limit', async () => {
    await assert.rejects(collect(pieces(), 2), (error) => error instanceof Problem && error.kind === 'too-large');
  });
});
