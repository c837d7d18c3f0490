import assert from 'node:assert/strict';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from './request.ts';

describe('the node itself', () => {
  let server: TestServer;
  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  it('says that it lives and that it is ready, under any host name', async () => {
    for (const path of ['.health/live', '.health/ready']) {
      for (const headers of [{}, { host: '10.0.0.7:8080' }]) {
        const answer = await request('GET', server.url + path, headers);
        assert.deepEqual([answer.status, answer.text, answer.headers['cache-control']], [200, 'ok\n', 'no-store']);
      }
    }
  });

  it('has a front page, for GET and HEAD', async () => {
    const page = await request('GET', server.url, { accept: 'text/html' });
    assert.equal(page.status, 200);
    assert.match(page.headers['content-type']!, /^text\/html/);
    assert.match(page.text, /Freehold/);
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
    assert.equal((await request('HEAD', server.url)).status, 200);
  });

  it('explains each kind of problem at the address that the problem names', async () => {
    const answer = await request('GET', `${server.open}missing`);
    const { type } = JSON.parse(answer.text) as { type: string };
    assert.equal(type, `${server.url}.problems/missing`);
    const page = await request('GET', type, { accept: 'text/html' });
    assert.equal(page.status, 200);
    assert.match(page.text, /There is nothing here/);
  });

  it('answers a browser with a page and a program with JSON (RFC 9457)', async () => {
    for (const [accept, type] of [['text/html,*/*;q=0.8', 'text/html; charset=utf-8'], ['*/*', 'application/problem+json'],
      ['text/turtle', 'application/problem+json'], [undefined, 'application/problem+json']] as const) {
      const { status, headers, text } = await request('GET', `${server.open}missing`, accept === undefined ? {} : { accept });
      assert.deepEqual([status, headers['content-type']], [404, type]);
      assert.match(text, /urn:uuid:/);
    }
  });

  it('makes a pod of the seed once when two start at the same time', async () => {
    const seed = [{ email: 'bea@example.org', password: 'a long password', pods: [{ name: 'bea' }] }];
    await Promise.all([server.app.plant(seed), server.app.plant(seed)]);
    assert.equal((await request('GET', `${server.url}bea/profile/card`)).status, 200);
  });

  it('has nothing at other addresses', async () => {
    for (const path of ['favicon.ico', 'nobody/', 'nobody/doc', 'admin/', '.health/', '.well-known/solid', '.problems/unheard-of', '.']) {
      const { status, problem } = await request('GET', server.url + path);
      assert.deepEqual([status, problem?.kind], [404, 'missing'], path);
    }
  });
});
