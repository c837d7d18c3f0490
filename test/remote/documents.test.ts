import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '../../src/problem.ts';
import { RemoteDocuments } from '../../src/remote/documents.ts';
import type { RemoteDocumentsOptions } from '../../src/remote/documents.ts';
import { clock, failure, openRemote, serve } from './servers.ts';

interface Note { readonly text: string }

describe('Documents of other servers', () => {
  /** A server that answers as `state.answer` does, and documents that are kept by a clock that can be put on. */
  async function scene(options: Partial<RemoteDocumentsOptions<Note>> = {}) {
    const state = {
      text: 'one',
      headers: {} as Record<string, string>,
      answer(_request: IncomingMessage, response: ServerResponse): unknown {
        return response.writeHead(200, state.headers).end(state.text);
      },
    };
    const server = await serve((request, response) => { state.answer(request, response); });
    const { now, pass } = clock();
    const remote = openRemote({ now });
    const documents = new RemoteDocuments<Note>(remote, {
      name: 'note', accept: '*/*', staleSeconds: 3600, parse: ({ bytes }) => ({ text: Buffer.from(bytes).toString() }), ...options,
    });
    const url = `${server.origin}/note`;
    return {
      state, server, remote, documents, pass, url,
      read: async (path = '/note') => (await documents.read(server.origin + path)).text,
      known: (path = '/note') => documents.known(server.origin + path)?.text,
      answerWith: (status: number) => { state.answer = (_request, response) => response.writeHead(status).end(); },
      asked: () => server.asked.length,
      async [Symbol.asyncDispose]() {
        await remote[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  it('are fetched once for all who ask at once', async () => {
    await using it = await scene();
    const all = await Promise.all(Array.from({ length: 20 }, () => it.documents.read(it.url)));
    assert.equal(new Set(all).size, 1);
    assert.equal(it.asked(), 1);
  });

  it('are kept without fragments, and one for each query', async () => {
    await using it = await scene();
    for (const path of ['/note', '/note#me', '/note#', '/note?a', '/note?a#me']) await it.read(path);
    assert.deepEqual(it.server.asked, ['/note', '/note?a']);
  });

  const lifetimes: [cacheControl: string | undefined, seconds: number][] = [
    ['max-age=100', 100], ['max-age=1', 30], [undefined, 30], ['no-store', 30], ['max-age=99999999', 86_400],
  ];
  for (const [cacheControl, seconds] of lifetimes) {
    it(`are fresh for ${seconds} seconds with Cache-Control: ${cacheControl ?? 'nothing'}`, async () => {
      await using it = await scene();
      it.state.headers = cacheControl === undefined ? {} : { 'cache-control': cacheControl };
      await it.read();
      it.pass(seconds - 1);
      await it.read();
      assert.equal(it.asked(), 1);
      it.state.text = 'two';
      it.pass(1);
      assert.equal(await it.read(), 'two');
    });
  }

  it('are confirmed by a 304, which makes the same value fresh again', async () => {
    await using it = await scene();
    const tags: (string | undefined)[] = [];
    it.state.answer = (request, response) => {
      tags.push(request.headers['if-none-match']);
      response.setHeader('etag', '"1"').setHeader('cache-control', 'max-age=60');
      return request.headers['if-none-match'] === '"1"' ? response.writeHead(304).end() : response.end('one');
    };
    const first = await it.documents.read(it.url);
    it.pass(60);
    assert.equal(await it.documents.read(it.url), first);
    it.pass(59);
    assert.equal(await it.documents.read(it.url), first);
    assert.deepEqual(tags, [undefined, '"1"']);
  });

  it('are asked for anew when they have moved to where the ETag is not from', async () => {
    await using it = await scene();
    it.state.headers = { etag: '"1"' };
    await it.read();
    const normal = it.state.answer;
    const tags: (string | undefined)[] = [];
    it.state.answer = (request, response) => {
      tags.push(request.headers['if-none-match']);
      return request.url === '/note' ? response.writeHead(302, { location: '/new' }).end() : normal(request, response);
    };
    it.pass(30);
    assert.equal(await it.read(), 'one');
    assert.deepEqual(tags, ['"1"', undefined]);
  });

  it('fail at once for those who ask after a failure, for a time that grows up to five minutes', async () => {
    await using it = await scene();
    it.answerWith(404);
    for (const seconds of [30, 60, 120, 240, 300, 300]) {
      const before = it.asked();
      const { message } = await failure(it.read(), 'unusable');
      it.pass(seconds - 1);
      assert.equal((await failure(it.read(), 'unusable')).message, message);
      assert.equal(it.asked(), before + 1);
      it.pass(1);
    }
    it.state.answer = (_request, response) => response.end('back');
    assert.equal(await it.read(), 'back');
  });

  it('fail at once for a second, without a request, when there was none because of the circuit', async () => {
    await using it = await scene();
    await using detour = await serve((_request, response) => response.writeHead(302, { location: it.url }).end());
    it.answerWith(503);
    for (let i = 0; i < 5; i++) await failure(it.read(`/${i}`), 'unreachable');
    for (let i = 0; i < 3; i++) await failure(it.documents.read(`${detour.origin}/`), 'unreachable');
    assert.equal(detour.asked.length, 1);
    it.pass(1);
    await failure(it.documents.read(`${detour.origin}/`), 'unreachable');
    assert.equal(detour.asked.length, 2);
  });

  it('serve on when their server fails, until they are too old', async () => {
    await using it = await scene({ staleSeconds: 3600 });
    await it.read();
    it.answerWith(500);
    it.pass(30);
    assert.equal(await it.read(), 'one');
    assert.equal(await it.read(), 'one');
    assert.equal(it.asked(), 2);
    it.pass(3569);
    assert.equal(await it.read(), 'one');
    assert.equal(it.known(), 'one');
    it.pass(1);
    assert.equal(it.known(), undefined);
    await failure(it.read(), 'unreachable');
  });

  it('serve on without a request while the circuit of their origin is open, and are fetched when it closes', async () => {
    await using it = await scene();
    await it.read();
    it.answerWith(500);
    for (let i = 0; i < 5; i++) await failure(it.read(`/${i}`), 'unreachable');
    it.pass(29);
    const before = it.asked();
    await failure(it.read('/other'), 'unreachable');
    it.pass(0.9);
    assert.equal(await it.read(), 'one');
    assert.equal(it.asked(), before);
    it.state.answer = (_request, response) => response.end('two');
    it.pass(0.1);
    // What was not asked because of the circuit is not remembered as a failure beyond it.
    assert.equal(await it.read('/other'), 'two');
    assert.equal(await it.read(), 'two');
  });

  const statements: [what: string, answer: (response: ServerResponse) => unknown][] = [
    ['a 404', (response) => response.writeHead(404).end()],
    ['a 410', (response) => response.writeHead(410).end()],
    ['a 403', (response) => response.writeHead(403).end()],
    ['what cannot be parsed', (response) => response.end('garbage')],
    ['what is too large', (response) => response.end('a'.repeat(2000))],
    ['a redirect to a private address', (response) => response.writeHead(302, { location: 'https://10.0.0.1/' }).end()],
  ];
  for (const [what, answer] of statements) {
    it(`end with ${what}`, async () => {
      await using it = await scene({
        maxBytes: 1000,
        parse: ({ bytes }) => {
          const text = Buffer.from(bytes).toString();
          if (text === 'garbage') throw new Problem('invalid', 'It is garbage.');
          return { text };
        },
      });
      await it.read();
      it.state.answer = (_request, response) => answer(response);
      it.pass(30);
      await assert.rejects(it.read());
      assert.equal(it.known(), undefined);
      await assert.rejects(it.read());
      assert.equal(it.asked(), 2);
    });
  }

  it('say what is wrong with them in the words of a Problem, and nothing of other errors', async () => {
    for (const [error, message] of [
      [new Problem('invalid', 'There is a dot missing.'), /^The note at http:.*\/note cannot be read: There is a dot missing\.$/],
      [new TypeError('x is undefined'), /^The note at http:.*\/note cannot be read\.$/],
    ] as const) {
      await using it = await scene({ parse: () => { throw error; } });
      const thrown = await failure(it.read(), 'unusable');
      assert.match(thrown.message, message);
      assert.equal(thrown.cause, error);
    }
  });

  it('are known without going out, also when they are no longer fresh', async () => {
    await using it = await scene();
    assert.equal(it.known(), undefined);
    await it.read('/note#me');
    it.pass(1000);
    assert.equal(it.known('/note#other'), 'one');
    assert.equal(it.documents.known('no URL'), undefined);
    assert.equal(it.asked(), 1);
  });

  it('are fetched again when one asks for that, but not within ten seconds of the last time', async () => {
    await using it = await scene();
    it.state.headers = { 'cache-control': 'max-age=3600' };
    const refresh = async (): Promise<string> => (await it.documents.refresh(it.url)).text;
    assert.equal(await refresh(), 'one');
    it.state.text = 'two';
    it.pass(9);
    assert.equal(await refresh(), 'one');
    it.pass(1);
    assert.deepEqual(await Promise.all([refresh(), refresh(), it.read()]), ['two', 'two', 'one']);
    assert.equal(await refresh(), 'two');
    assert.equal(it.asked(), 2);
  });

  it('are not fetched again by asking for that while a failure is remembered', async () => {
    await using it = await scene();
    await it.read();
    it.answerWith(503);
    it.pass(10);
    assert.equal((await it.documents.refresh(it.url)).text, 'one');
    it.pass(29);
    assert.equal((await it.documents.refresh(it.url)).text, 'one');
    assert.equal(it.asked(), 2);
  });

  it('are not given by renewing when they cannot be fetched, other than a copy of the last ten seconds', async () => {
    await using it = await scene();
    const renew = async (): Promise<string> => (await it.documents.renew(it.url)).text;
    assert.equal(await renew(), 'one');
    it.state.text = 'two';
    it.pass(10);
    assert.deepEqual(await Promise.all([renew(), renew()]), ['two', 'two']);
    const working = it.state.answer;
    it.answerWith(503);
    it.pass(9);
    assert.equal(await renew(), 'two');
    assert.equal(it.asked(), 2);
    it.pass(1);
    await failure(renew(), 'unreachable');
    assert.equal(it.known(), 'two');
    it.state.answer = working;
    it.pass(29);
    await failure(renew(), 'unreachable');
    assert.equal(it.asked(), 3);
    it.pass(1);
    assert.equal(await renew(), 'two');
    it.answerWith(404);
    it.pass(10);
    await failure(renew(), 'unusable');
  });

  it('are not given by renewing when their origin is left alone', async () => {
    await using it = await scene();
    await it.read();
    it.answerWith(503);
    it.pass(10);
    for (const path of ['/1', '/2', '/3', '/4', '/5']) await failure(it.read(path), 'unreachable');
    assert.equal((await failure(it.documents.renew(it.url), 'unreachable')).asked, false);
    assert.equal((await it.documents.refresh(it.url)).text, 'one');
    assert.equal(it.asked(), 6);
  });

  it('are kept in a limited number, and failures push none of them out', async () => {
    await using it = await scene({ maxEntries: 2 });
    for (const path of ['/1', '/2', '/1', '/3']) await it.read(path);
    assert.deepEqual(['/1', '/2', '/3'].map((path) => it.known(path)), ['one', undefined, 'one']);
    it.answerWith(404);
    for (const path of ['/a', '/b', '/c']) await failure(it.read(path), 'unusable');
    assert.deepEqual(['/1', '/3'].map((path) => it.known(path)), ['one', 'one']);
    await failure(it.read('/a'), 'unusable');
    assert.equal(it.asked(), 7);
  });

  it('are kept up to a total of bytes, and one that is larger than that is given but not kept', async () => {
    await using it = await scene({ maxTotalBytes: 2500 });
    it.state.text = 'a'.repeat(1000);
    for (const path of ['/1', '/2', '/3']) await it.read(path);
    assert.deepEqual(['/1', '/2', '/3'].map((path) => it.known(path)?.length), [undefined, 1000, 1000]);
    it.state.text = 'a'.repeat(3000);
    assert.equal((await it.read('/4')).length, 3000);
    assert.equal(it.known('/4'), undefined);
  });

  it('leave what is no URL, or refused as one, to the Remote, and remember nothing of it', async () => {
    await using it = await scene();
    for (const url of ['no URL', 'ftp://pod.test/', 'https://a:b@pod.test/']) {
      await failure(it.documents.read(url), 'refused');
      await failure(it.documents.refresh(url), 'refused');
    }
  });
});
