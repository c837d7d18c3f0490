import assert from 'node:assert/strict';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from './request.ts';

describe('conditional requests (RFC 9110 section 13) [server-http]', () => {
  let server: TestServer;
  let url: string;
  let tags: { turtle: string; jsonld: string };
  let modified: Date;

  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  beforeEach(async () => {
    url = `${server.open}conditional.ttl`;
    await request('PUT', url, { 'content-type': 'text/turtle' }, `<> <#made> "${Math.random()}".`);
    const { headers } = await request('HEAD', url);
    tags = { turtle: headers.etag!, jsonld: (await request('HEAD', url, { accept: 'application/ld+json' })).headers.etag! };
    modified = new Date(headers['last-modified']!);
  });

  const put = (headers: Record<string, string>, to = url) =>
    request('PUT', to, { 'content-type': 'text/turtle', ...headers }, '<> <#made> "anew".');
  const seconds = (difference: number): string => new Date(modified.getTime() + difference * 1000).toUTCString();

  it('know each representation by a strong tag of its own [server-etag]', async () => {
    const seen = new Set<string>();
    for (const accept of ['text/turtle', 'application/ld+json', 'application/n-triples', 'application/n-quads', 'application/trig']) {
      const { etag } = (await request('GET', url, { accept })).headers;
      assert.match(etag!, /^"[\w.-]+"$/);
      seen.add(etag!);
    }
    assert.equal(seen.size, 5);
  });

  it('answer 304 without a body to a reader who has this very representation, and only then [server-caching]', async () => {
    for (const [ifNoneMatch, accept, status] of [
      [tags.turtle, 'text/turtle', 304], [tags.jsonld, 'application/ld+json', 304], [tags.turtle, 'application/ld+json', 200],
      [tags.jsonld, 'text/turtle', 200], [`W/${tags.turtle}`, 'text/turtle', 304], [`"x", ${tags.turtle}`, 'text/turtle', 304],
      ['*', 'text/turtle', 304], ['"x"', 'text/turtle', 200], [`${tags.turtle.slice(0, -1)}-gzip"`, 'text/turtle', 304],
    ] as const) {
      const answer = await request('GET', url, { accept, 'if-none-match': ifNoneMatch });
      assert.equal(answer.status, status, `${ifNoneMatch} ${accept}`);
      if (status !== 304) continue;
      assert.equal(answer.text, '');
      // RFC 9110 section 15.4.5: what a 200 would have said of these
      for (const name of ['etag', 'vary', 'cache-control', 'wac-allow']) assert.ok(answer.headers[name], name);
      assert.equal(answer.headers['content-type'], undefined);
    }
  });

  it('heed dates to the second, but If-None-Match alone where both are sent', async () => {
    for (const [headers, status] of [
      [{ 'if-modified-since': seconds(0) }, 304], [{ 'if-modified-since': seconds(1) }, 304],
      [{ 'if-modified-since': seconds(-1) }, 200], [{ 'if-modified-since': 'yesterday' }, 200],
      [{ 'if-modified-since': seconds(0), 'if-none-match': '"x"' }, 200],
      [{ 'if-unmodified-since': seconds(0) }, 200], [{ 'if-unmodified-since': seconds(-1) }, 412],
      [{ 'if-unmodified-since': seconds(-1), 'if-match': tags.turtle }, 200],
      [{ 'if-match': '"x"' }, 412], [{ 'if-match': tags.jsonld }, 200],
    ] as const) {
      assert.equal((await request('GET', url, headers)).status, status, JSON.stringify(headers));
    }
  });

  it('let a writer name the state by the tag of any of its representations, strongly compared', async () => {
    for (const [ifMatch, status] of [
      [() => tags.turtle, 204], [() => tags.jsonld, 204], [() => `"x", ${tags.jsonld}`, 204], [() => '*', 204],
      [() => `W/${tags.turtle}`, 412], [() => '"x"', 412],
    ] as const) {
      assert.equal((await put({ 'if-match': ifMatch() })).status, status, ifMatch.toString());
      tags = {
        turtle: (await request('HEAD', url)).headers.etag!,
        jsonld: (await request('HEAD', url, { accept: 'application/ld+json' })).headers.etag!,
      };
    }
  });

  it('refuse a writer who read an earlier state, for every method that writes', async () => {
    await put({});
    const patch = 'INSERT DATA { <#a> <#b> <#c> }';
    for (const [method, type, body] of [['PUT', 'text/turtle', '<> a <#T>.'], ['PATCH', 'application/sparql-update', patch],
      ['DELETE', undefined, undefined]] as const) {
      const answer = await request(method, url, { 'if-match': tags.turtle, ...(type && { 'content-type': type }) }, body);
      assert.deepEqual([answer.status, answer.problem?.kind], [412, 'stale'], method);
    }
    assert.equal((await put({ 'if-none-match': (await request('HEAD', url)).headers.etag! })).status, 412);
    assert.equal((await put({ 'if-unmodified-since': seconds(-1) })).status, 412);
    assert.equal((await request('POST', server.open, { 'if-match': '"x"', 'content-type': 'text/plain' }, 'x')).status, 412);
  });

  it('make with If-None-Match: * only what is not there, and with If-Match only what is', async () => {
    assert.equal((await put({ 'if-none-match': '*' })).status, 412);
    assert.equal((await put({ 'if-match': '*' }, `${url}-2`)).status, 412);
    assert.equal((await put({ 'if-match': '"x"' }, `${url}-2`)).status, 412);
    const patch = { 'if-none-match': '*', 'content-type': 'application/sparql-update' };
    assert.equal((await request('PATCH', url, patch, 'INSERT DATA { <#a> <#b> <#c> }')).status, 412);
    assert.equal((await put({ 'if-none-match': '*' }, `${url}-2`)).status, 201);
    assert.equal((await request('PATCH', `${url}-3`, patch, 'INSERT DATA { <#a> <#b> <#c> }')).status, 201);
    assert.equal((await request('PUT', `${server.open}made/`, { 'if-none-match': '*' })).status, 201);
    assert.equal((await request('PUT', `${server.open}made/`, { 'if-none-match': '*' })).status, 412);
  });

  it('can go on with the tag that a write was answered with', async () => {
    let { etag } = (await put({})).headers;
    for (const [method, type, body] of [['PUT', 'text/turtle', '<> a <#T>.'],
      ['PATCH', 'application/sparql-update', 'INSERT DATA { <#a> <#b> <#c> }'], ['PUT', 'text/plain', 'x']] as const) {
      const { status, headers } = await request(method, url, { 'content-type': type, 'if-match': etag! }, body);
      assert.equal(status, 204, method);
      assert.ok(headers['last-modified']);
      assert.equal(headers.etag, (await request('HEAD', url)).headers.etag);
      etag = headers.etag;
    }
    await request('DELETE', url);
  });

  it('never know two states by one tag, be they written in the same millisecond or after a deletion', async () => {
    const seen = new Set<string>();
    for (let i = 0; i < 20; i += 1) {
      if (i % 5 === 4) await request('DELETE', url);
      seen.add((await put({})).headers.etag!);
    }
    assert.equal(seen.size, 20);
  });
});
