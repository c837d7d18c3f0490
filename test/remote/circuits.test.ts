import assert from 'node:assert/strict';
import { clock, failure, names, openRemote, serve, until } from './servers.ts';

const any = { accept: '*/*' };

describe('The circuit of an origin', () => {
  /** A server with a status that can be changed, and a Remote with a clock that can be put on. */
  async function scene(status: number) {
    const state = { status };
    const server = await serve((request, response) => {
      const [, path] = /^\/(\d+)$/.exec(request.url!) ?? [];
      response.writeHead(Number(path ?? state.status)).end();
    });
    const { now, pass } = clock();
    const { lookup } = names({ 'other.test': ['127.0.0.1'] });
    const remote = openRemote({ now, lookup });
    return {
      state, server, remote, pass,
      get: (path = '/') => remote.get(server.origin + path, any),
      /** Whether a request goes out, though it fails. */
      goesOut: async () => (await failure(remote.get(server.origin, any), 'unreachable')).asked,
      async [Symbol.asyncDispose]() {
        await remote[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  it('opens after five failures in a row, so that nobody is asked for 30 seconds', async () => {
    await using it = await scene(503);
    for (let i = 0; i < 5; i++) assert.equal(await it.goesOut(), true);
    assert.equal(await it.goesOut(), false);
    it.pass(29.9);
    assert.equal(await it.goesOut(), false);
    assert.equal(it.server.asked.length, 5);
    await failure(it.remote.request(it.server.origin, { method: 'POST', headers: {} }), 'unreachable');
    assert.equal(it.server.asked.length, 5);
  });

  it('stays as long as before, and as long again, each time that it fails still; and five minutes at most', async () => {
    await using it = await scene(503);
    for (let i = 0; i < 5; i++) await it.goesOut();
    for (const seconds of [30, 60, 120, 240, 300, 300]) {
      it.pass(seconds - 1);
      assert.equal(await it.goesOut(), false);
      it.pass(1);
      assert.equal(await it.goesOut(), true);
    }
  });

  it('closes with the first answer', async () => {
    await using it = await scene(503);
    for (let i = 0; i < 5; i++) await it.goesOut();
    it.pass(30);
    it.state.status = 200;
    await it.get();
    it.state.status = 503;
    for (let i = 0; i < 5; i++) assert.equal(await it.goesOut(), true);
    assert.equal(await it.goesOut(), false);
  });

  it('stays closed when there is an answer in between, be it of no use', async () => {
    await using it = await scene(503);
    for (let i = 0; i < 12; i++) {
      if (i % 4 === 3) await failure(it.get('/404'), 'unusable');
      else assert.equal(await it.goesOut(), true);
    }
  });

  it('counts failures of every request, and of no other origin', async () => {
    await using it = await scene(503);
    for (let i = 0; i < 5; i++) {
      assert.equal((await it.remote.request(it.server.origin, { method: 'POST', headers: {} })).status, 503);
    }
    assert.equal(await it.goesOut(), false);
    assert.equal((await it.remote.get(`http://other.test:${it.server.port}/200`, any)).status, 200);
  });

  it('opens when there is nobody', async () => {
    await using remote = openRemote({ lookup: names({}).lookup });
    const asked: boolean[] = [];
    for (let i = 0; i < 6; i++) asked.push((await failure(remote.get('https://pod.test/', any), 'unreachable')).asked);
    assert.deepEqual(asked, [true, true, true, true, true, false]);
  });

  it('does not open for what this server refuses', async () => {
    const { lookup, asked } = names({ 'pod.test': ['10.0.0.1'] });
    await using remote = openRemote({ lookup });
    for (let i = 0; i < 7; i++) await failure(remote.get('https://pod.test/', any), 'refused');
    assert.equal(asked.length, 7);
  });

  it('does not open because others redirected to the origin when time had nearly run out', async () => {
    await using slow = await serve((_, response) => { setTimeout(() => response.end(), 150); });
    await using detour = await serve((_, response) => {
      setTimeout(() => response.writeHead(302, { location: slow.origin }).end(), 150);
    });
    await using remote = openRemote({ remoteSeconds: 0.25 });
    await Promise.all(Array.from({ length: 6 }, () => failure(remote.get(detour.origin, any), 'unreachable')));
    assert.equal((await remote.get(slow.origin, any)).status, 200);
  });

  it('lets one request out to see whether the origin is back', async () => {
    let failing = true;
    const held: (() => void)[] = [];
    await using server = await serve((_, response) => {
      if (failing) response.writeHead(503).end();
      else held.push(() => response.end());
    });
    const { now, pass } = clock();
    await using remote = openRemote({ now });
    for (let i = 0; i < 5; i++) await failure(remote.get(server.origin, any), 'unreachable');
    pass(30);
    failing = false;
    const probe = remote.get(server.origin, any);
    await until(() => held.length === 1);
    assert.equal((await failure(remote.get(server.origin, any), 'unreachable')).asked, false);
    held[0]!();
    await probe;
    const next = remote.get(server.origin, any);
    await until(() => held.length === 2);
    held[1]!();
    await next;
  });

  it('opens once for requests that fail together', async () => {
    await using it = await scene(503);
    await Promise.all(Array.from({ length: 8 }, () => it.goesOut()));
    it.pass(30);
    assert.equal(await it.goesOut(), true);
  });
});
