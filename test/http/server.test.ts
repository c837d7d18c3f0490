import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { exchange, serve } from './loopback.ts';
import type { Loopback, Step } from './loopback.ts';

describe('A connection', () => {
  let server: Loopback;
  before(async () => {
    server = await serve(async (ctx) => {
      if (ctx.path === '/slow') await pause(100);
      if (ctx.path === '/stuck') await new Promise(() => undefined);
      ctx.body = 'fine';
    }, { headerSeconds: 0.4, idleSeconds: 0.6 });
  });
  after(() => server[Symbol.asyncDispose]());

  const cases: [title: string, status: number, kind: string, ...steps: Step[]][] = [
    ['that does not speak HTTP', 400, 'invalid', 'Good morning.\r\n\r\n'],
    ['whose request has a malformed header', 400, 'invalid', 'GET / HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n'],
    ['whose request has two lengths', 400, 'invalid',
      'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['whose headers are too large', 431, 'too-large', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(9000)}\r\n\r\n`],
    ['whose headers are much too large', 431, 'too-large',
      'GET / HTTP/1.1\r\nHost: x\r\nX: ', 'x'.repeat(4_000_000), '\r\n\r\n'],
    ['whose headers do not end', 408, 'slow', 'GET / HTTP/1.1\r\nHost: x\r\n'],
    ['whose headers trickle', 408, 'slow', ...'GET / HTTP/1.1'.split('').flatMap((letter) => [letter, 60])],
  ];
  for (const [title, status, kind, ...steps] of cases) {
    it(`${title} is answered ${status}, with the whole of the problem`, async () => {
      const { received, end } = await exchange(server.port, ...steps);
      const [headers = '', body = ''] = received.split('\r\n\r\n');
      assert.match(headers, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(headers, /^Content-Type: application\/problem\+json$/m);
      assert.match(headers, /^Connection: close$/m);
      assert.match(headers, new RegExp(`^Content-Length: ${Buffer.byteLength(body)}$`, 'm'));
      const details = JSON.parse(body) as Record<string, unknown>;
      assert.equal(details['type'], `https://pods.example/.problems/${kind}`);
      assert.equal(details['status'], status);
      assert.equal(end, 'closed');
    });
  }

  it('on which a request is followed by what is none still gets the answer to the request', async () => {
    const { received } = await exchange(server.port, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGood morning.\r\n\r\n');
    assert.match(received, /^HTTP\/1\.1 200 OK/);
    assert.match(received, /fine/);
  });

  it('that says nothing, or on which nothing moves any more, is closed', async () => {
    assert.match((await exchange(server.port)).received, /^HTTP\/1\.1 408 /);
    assert.equal((await exchange(server.port, 'GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n')).received, '');
    assert.equal(await server.openConnections(), 0);
  });

  it('is kept for the next request', async () => {
    const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    const last = request.replace('Host', 'Connection: close\r\nHost');
    const { received } = await exchange(server.port, request, 20, request, 20, last);
    assert.equal(received.match(/HTTP\/1\.1 200 OK/g)?.length, 3);
  });

  it('beyond the most that may be open is closed at once, until another ends', async () => {
    await using small = await serve(async (ctx) => { ctx.body = 'fine'; }, { maxConnections: 2 });
    const request = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const open = [exchange(small.port, 200, request), exchange(small.port, 200, request)];
    await pause(50);
    assert.equal((await exchange(small.port)).received, '');
    for (const { received } of await Promise.all(open)) assert.match(received, /^HTTP\/1\.1 200 OK/);
    assert.match((await exchange(small.port, request)).received, /^HTTP\/1\.1 200 OK/);
  });
});
