import assert from 'node:assert/strict';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { graph, turtle } from './graph.ts';
import { linked, request } from './request.ts';

const relation = 'http://www.w3.org/ns/solid/terms#storageDescription';

describe('the storage description (Solid Protocol, Storage)', () => {
  let server: TestServer;
  let url: string;
  before(async () => {
    server = await startServer();
    url = `${server.pod}.well-known/solid`;
  });
  after(() => server[Symbol.asyncDispose]());

  it('is where every resource links to, for everybody to read, in Turtle and JSON-LD ' +
    '[server-storage-description] [server-storage-description-resource]', async () => {
    const [target] = linked(await request('HEAD', `${server.pod}settings/prefs.ttl`), relation);
    assert.equal(target, url);
    for (const accept of [undefined, '*/*', 'text/turtle', 'application/ld+json', 'text/html,*/*;q=0.5']) {
      const answer = await request('GET', url, accept === undefined ? {} : { accept });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-type'], accept === 'application/ld+json' ? accept : 'text/turtle');
      const expected = turtle(`<${server.pod}> a pim:Storage; solid:storageDescription <${url}>.`, url);
      assert.deepEqual((await graph(answer, url)).filter((line) => expected.includes(line)), expected);
    }
    const refused = await request('GET', url, { accept: 'image/png' });
    assert.deepEqual([refused.status, refused.problem?.kind], [406, 'unacceptable']);
  });

  it('can be cached', async () => {
    const { headers } = await request('GET', url);
    assert.ok(headers.etag && headers['last-modified'] && headers['cache-control']);
    assert.equal((await request('GET', url, { 'if-none-match': headers.etag })).status, 304);
    assert.equal((await request('GET', url, { 'if-none-match': headers.etag, accept: 'application/ld+json' })).status, 200);
  });

  it('is for the server alone to write, even where the owner asks, and nothing can be beside or below it', async () => {
    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
      const answer = await request(method, url, { 'content-type': 'text/turtle', ...as(server.owner) }, '<> a <#T>.');
      assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD, OPTIONS'], method);
    }
    const text = { 'content-type': 'text/turtle', ...as(server.owner) };
    for (const suffix of ['/', '/x', '.acl', '.meta']) {
      const { status, problem } = await request('PUT', url + suffix, text, suffix === '/' ? undefined : '<> a <#T>.');
      assert.deepEqual([status, problem?.kind], [404, 'missing'], suffix);
    }
    assert.equal((await request('PUT', `${server.pod}.well-known/other`, text, '')).status, 201);
    const link = '<http://www.w3.org/ns/ldp#BasicContainer>; rel="type"';
    for (const headers of [{}, { link }]) {
      const { status, headers: { location } } = await request('POST', `${server.pod}.well-known/`, { slug: 'solid', ...text, ...headers }, '');
      assert.equal(status, 201);
      assert.match(location!, /\/solid-[0-9a-f]+\/?$/);
    }
  });

  it('tells with OPTIONS what it is', async () => {
    const { status, headers } = await request('OPTIONS', url);
    assert.deepEqual([status, headers.allow], [204, 'GET, HEAD, OPTIONS']);
    assert.match(String(headers.link), /rel="http:\/\/www.w3.org\/ns\/solid\/terms#storageDescription"/);
  });
});
