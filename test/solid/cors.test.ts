import assert from 'node:assert/strict';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { exposedHeaders } from '../../src/http/cors.ts';
import { listed, request } from './request.ts';

const origin = 'https://app.example';

describe('CORS (Solid Protocol, CORS Server)', () => {
  let server: TestServer;
  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  it('answers preflights for every method, path and person, with 204 [server-cors] [server-cors-options] ' +
    '[server-cors-access-control-headers] [server-cors-accept-acah]', async () => {
    for (const url of [server.open, server.pod, `${server.open}missing/deep`, `${server.pod}settings/prefs.ttl`, `${server.pod}.acl`,
      `${server.pod}.well-known/solid`, server.url, `${server.url}nobody/`, `${server.url}.problems/invalid`]) {
      for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE']) {
        const answer = await request('OPTIONS', url, {
          origin, 'access-control-request-method': method, 'access-control-request-headers': 'authorization, dpop, slug, link, x-own',
        });
        assert.equal(answer.status, 204, `${method} ${url}`);
        assert.equal(answer.headers['access-control-allow-origin'], origin);
        assert.equal(answer.headers['access-control-allow-credentials'], 'true');
        assert.ok(listed(answer, 'access-control-allow-methods').includes(method));
        const allowed = listed(answer, 'access-control-allow-headers').map((name) => name.toLowerCase());
        for (const name of ['accept', 'authorization', 'dpop', 'content-type', 'slug', 'link', 'if-match', 'if-none-match', 'range', 'x-own']) {
          assert.ok(allowed.includes(name), name);
        }
        assert.deepEqual(listed(answer, 'access-control-expose-headers'), exposedHeaders);
      }
    }
  });

  it('names the origin on every answer, errors and redirects too ' +
    '[server-cors-acao-vary] [server-cors-aceh] [server-cors-enumerate] [server-cors-acao-acah] [server-cors-aceh-wac-allow]', async () => {
    const open = server.open;
    await request('PUT', `${open}doc`, { 'content-type': 'text/turtle' }, '<> a <#T>.');
    const tag = (await request('HEAD', `${open}doc`)).headers.etag!;
    const cases: [status: number, method: string, url: string, headers?: Record<string, string>, body?: string][] = [
      [200, 'GET', `${open}doc`], [200, 'HEAD', `${open}doc`], [204, 'OPTIONS', `${open}doc`], [206, 'GET', `${open}doc`, { range: 'bytes=0-1' }],
      [304, 'GET', `${open}doc`, { 'if-none-match': tag }], [301, 'GET', open.slice(0, -1)], [201, 'PUT', `${open}new`, { 'content-type': 'a/b' }, ''],
      [204, 'DELETE', `${open}new`], [201, 'POST', open, { 'content-type': 'a/b' }, ''], [400, 'PUT', `${open}doc`, {}, 'x'], [401, 'GET', server.pod],
      [403, 'GET', server.pod, as('https://bob.example/#me')], [404, 'GET', `${open}missing`], [405, 'DELETE', server.pod], [405, 'PROPFIND', open],
      [406, 'GET', `${open}doc`, { accept: 'image/png' }], [409, 'DELETE', open, as(server.owner)], [412, 'GET', `${open}doc`, { 'if-match': '"x"' }],
      [415, 'PATCH', `${open}doc`, { 'content-type': 'a/b' }, 'x'], [416, 'GET', `${open}doc`, { range: 'bytes=99-' }],
      [422, 'PATCH', `${open}doc`, { 'content-type': 'text/n3' }, ''], [404, 'GET', `${server.url}nobody/`],
      [200, 'GET', `${server.pod}.well-known/solid`],
    ];
    for (const [status, method, url, headers, body] of cases) {
      const answer = await request(method, url, { ...headers, origin }, body);
      const about = `${method} ${url}: ${answer.text}`;
      assert.equal(answer.status, status, about);
      assert.equal(answer.headers['access-control-allow-origin'], origin, about);
      assert.ok(listed(answer, 'vary').includes('Origin'), about);
      assert.deepEqual(listed(answer, 'access-control-expose-headers'), exposedHeaders, about);
      assert.ok(listed(answer, 'access-control-expose-headers').includes('WAC-Allow'), about);
      assert.ok(listed(answer, 'access-control-allow-headers').includes('Authorization'), about);
    }
  });

  it('lets no script of another origin read the front page, which knows who visits', async () => {
    const { status, headers } = await request('GET', server.url, { origin });
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(headers).filter((name) => name.startsWith('access-control-')), []);
  });

  it('says nothing of origins to who names none', async () => {
    const { headers } = await request('GET', server.open);
    assert.deepEqual(Object.keys(headers).filter((name) => name.startsWith('access-control-')), []);
    assert.match(String(headers.vary), /Origin/);
  });
});
