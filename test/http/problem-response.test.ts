import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { problemAnswers } from '../../src/http/problem-response.ts';
import { Problem, problemKinds } from '../../src/problem.ts';
import { exchange, serve } from './loopback.ts';
import type { Loopback } from './loopback.ts';

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const uuid = /^urn:uuid:[0-9a-f-]{36}$/;

describe('A problem is answered', () => {
  let server: Loopback;
  const ask = (path: string, init: RequestInit = {}): Promise<Response> => fetch(new URL(path, server.url), init);

  before(async () => {
    server = await serve(async (ctx) => {
      const [, what = ''] = ctx.path.split('/');
      const kind = problemKinds.find((name) => name === what);
      if (kind) {
        ctx.set({ ETag: '"1"', 'Last-Modified': 'Sun, 06 Nov 1994 08:49:37 GMT', 'Content-Type': 'image/png' });
        ctx.set('X-Kept', 'yes');
        throw new Problem(kind, 'Not <b>like</b> "this".', { allow: 'GET, HEAD' });
      }
      if (what === 'defect') throw new Error('the password is swordfish');
      if (what === 'rejects-with-nothing') await Promise.reject();
      if (what === 'begun') {
        ctx.respond = false;
        ctx.status = 200;
        ctx.res.write('the first half');
        throw new Problem('busy', 'Too late to say so.');
      }
      if (what === 'breaks') {
        ctx.body = Readable.from((async function* () {
          yield 'the first half';
          throw new Error('the disk is gone');
        })());
      }
      if (what === 'endless') {
        ctx.body = Readable.from((async function* () { for (;;) yield 'x'.repeat(65536); })());
      }
      if (what === 'empty') ctx.body = null;
    });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const kind of problemKinds) {
    it(`of kind ${kind}, as ${problemAnswers[kind].status} with its details (RFC 9457)`, async () => {
      const response = await ask(kind);
      assert.equal(response.status, problemAnswers[kind].status);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      const details = await response.json() as Record<string, unknown>;
      assert.match(String(details['instance']), uuid);
      assert.deepEqual({ ...details, instance: '' }, {
        type: `https://pods.example/.problems/${kind}`,
        title: problemAnswers[kind].title,
        status: problemAnswers[kind].status,
        detail: 'Not <b>like</b> "this".',
        instance: '',
      });
    });
  }

  it('with the headers that belong to it, and without those of what is not sent', async () => {
    const { headers } = await ask('method');
    assert.equal(headers.get('allow'), 'GET, HEAD');
    assert.equal(headers.get('x-kept'), 'yes');
    assert.equal(headers.get('etag'), null);
    assert.equal(headers.get('last-modified'), null);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  });

  it('as a page when a browser asks, in which all that came from outside is text', async () => {
    const response = await ask('stale', { headers: browser });
    assert.equal(response.status, 412);
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/);
    assert.match(response.headers.get('vary') ?? '', /Accept/);
    const page = await response.text();
    assert.ok(page.includes('Not &lt;b&gt;like&lt;/b&gt; &quot;this&quot;.'));
    assert.ok(page.includes(problemAnswers.stale.title));
    assert.ok(page.includes('What to do'));
    assert.match(page, /urn:uuid:[0-9a-f-]{36}/);
  });

  it('to HEAD with the headers of GET, and no body', async () => {
    for (const headers of [{}, browser]) {
      const head = await ask('forbidden', { method: 'HEAD', headers });
      const get = await ask('forbidden', { headers });
      assert.equal(head.status, get.status);
      assert.equal(await head.text(), '');
      const shown = (response: Response): [string, string][] =>
        [...response.headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name));
      assert.deepEqual(shown(head), shown(get));
    }
  });

  it('when nobody answered', async () => {
    const response = await ask('nobody');
    assert.equal(response.status, 404);
    assert.equal((await response.json() as { type: string }).type, 'https://pods.example/.problems/missing');
    assert.equal((await ask('nobody', { method: 'DELETE' })).status, 404);
    assert.equal((await ask('empty')).status, 204);
  });

  for (const path of ['defect', 'rejects-with-nothing']) {
    it(`without a word about the cause when it is ours (${path}); the log has it under the same id`, async () => {
      const responses = await Promise.all([ask(path), ask(path, { headers: browser })]);
      const [json = '', html = ''] = await Promise.all(responses.map((response) => response.text()));
      for (const response of responses) assert.equal(response.status, 500);
      for (const text of [json, html]) assert.doesNotMatch(text, /swordfish|Error:|\.ts/);
      const { type, instance } = JSON.parse(json) as { type: string; instance: string };
      assert.equal(type, 'about:blank');
      assert.ok(server.logged.some((line) => line['problem'] === instance && line['level'] === 50));
    });
  }

  it('by cutting the connection when an answer has begun', async () => {
    for (const path of ['begun', 'breaks']) {
      const { received } = await exchange(server.port, `GET /${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      assert.match(received, /^HTTP\/1.1 200 OK/);
      assert.ok(received.includes('the first half'));
      // The last chunk is missing, so nobody takes it for the whole.
      assert.ok(!received.includes('\r\n0\r\n\r\n'));
    }
    assert.ok(server.logged.some((line) => (line['err'] as Error | undefined)?.message === 'the disk is gone'));
  });

  it('to nobody, and not logged as an error, when the client went away', async () => {
    server.logged.length = 0;
    const abort = new AbortController();
    const response = await ask('endless', { signal: abort.signal });
    await response.body?.getReader().read();
    abort.abort();
    while (!server.logged.some((line) => line['msg'] === 'the client went away')) {
      await pause(5);
    }
    assert.deepEqual(server.logged.filter((line) => Number(line['level']) >= 50), []);
  });
});
