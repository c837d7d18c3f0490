import assert from 'node:assert/strict';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { graph, turtle } from './graph.ts';
import { request } from './request.ts';

/** The same statements, about the document itself, in every format that is kept. */
const documents = {
  'text/turtle': '# a comment\n@prefix schema: <http://schema.org/>.\n<#it>   schema:name "Zoë"@nl .\n',
  'application/ld+json': '{ "@context": {"schema": "http://schema.org/"},\n  "@id": "#it", "schema:name": {"@value": "Zoë", "@language": "nl"} }',
  'application/n-triples': '<BASE#it> <http://schema.org/name>  "Zo\\u00EB"@nl .\n',
  'application/n-quads': '<BASE#it> <http://schema.org/name> "Zoë"@nl  .\n',
  'application/trig': '{ <#it>  <http://schema.org/name> "Zoë"@nl }',
};
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

describe('reading a document', () => {
  let server: TestServer;
  const urls = new Map<string, string>();

  before(async () => {
    server = await startServer();
    for (const [type, text] of Object.entries(documents)) {
      const url = `${server.open}${type.replace(/\W/g, '-')}`;
      urls.set(type, url);
      const { status } = await request('PUT', url, { 'content-type': type }, text.replaceAll('BASE', url));
      assert.equal(status, 201);
    }
  });
  after(() => server[Symbol.asyncDispose]());

  describe('by content negotiation (RFC 9110 section 12.5.1) [server-http]', () => {
    // `same`: the stored format.
    const cases: [accept: string | undefined, expected: string][] = [
      [undefined, 'same'],
      ['', 'same'],
      ['*/*', 'same'],
      [browser, 'same'],
      ['text/turtle', 'text/turtle'],
      ['application/ld+json', 'application/ld+json'],
      ['application/json', 'application/json'],
      ['application/n-triples', 'application/n-triples'],
      ['application/n-quads', 'application/n-quads'],
      ['application/trig', 'application/trig'],
      ['text/turtle;q=0.5, application/ld+json', 'application/ld+json'],
      ['text/turtle, application/ld+json;q=0.5', 'text/turtle'],
      ['application/ld+json;q=0.1, text/html', 'application/ld+json'],
      ['text/*', 'text/turtle'],
      ['*/*;q=0.1, application/trig', 'application/trig'],
      ['application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', 'application/ld+json'],
      ['TEXT/TURTLE', 'text/turtle'],
    ];
    for (const stored of Object.keys(documents)) {
      it(`gives ${stored} in each format that is asked for, with the same meaning [server-representation-turtle-jsonld]`, async () => {
        const url = urls.get(stored)!;
        for (const [accept, expected] of cases) {
          const answer = await request('GET', url, accept === undefined ? {} : { accept });
          assert.equal(answer.status, 200, accept);
          const type = expected === 'same' ? stored : expected;
          assert.equal(answer.headers['content-type'], type, accept);
          assert.deepEqual(await graph(answer, url), turtle('<#it> schema:name "Zoë"@nl.', url), accept);
        }
      });

      it(`gives ${stored} back byte for byte, whitespace and comments included`, async () => {
        const url = urls.get(stored)!;
        const expected = documents[stored as keyof typeof documents].replaceAll('BASE', url);
        for (const accept of [{}, { accept: '*/*' }, { accept: stored }]) {
          assert.equal((await request('GET', url, accept)).text, expected);
        }
      });
    }

    for (const accept of ['image/png', 'text/html', 'text/turtle;q=0, application/*;q=0', '*/*;q=0']) {
      it(`refuses Accept: ${accept} with what there is to be had`, async () => {
        const { status, problem } = await request('GET', urls.get('text/turtle')!, { accept });
        assert.equal(status, 406);
        assert.equal(problem?.kind ?? 'a page', accept === 'text/html' ? 'a page' : 'unacceptable');
        if (problem) assert.match(problem.detail, /text\/turtle, application\/ld\+json/);
      });
    }
  });

  it('keeps a document that is no RDF, and the parameters of its type, exactly as they came [server-content-type-includes]', async () => {
    const url = `${server.open}latin1.txt`;
    const bytes = Buffer.from('caf\xe9\0\r\n', 'latin1');
    await request('PUT', url, { 'content-type': 'Text/Plain;Charset=ISO-8859-1' }, bytes);
    for (const accept of [undefined, '*/*', 'text/plain', 'text/*;q=0.1', browser]) {
      const answer = await request('GET', url, accept === undefined ? {} : { accept });
      assert.deepEqual(answer.bytes, bytes);
      assert.equal(answer.headers['content-type'], 'text/plain;Charset=ISO-8859-1');
      assert.equal(answer.headers['content-length'], '7');
    }
    assert.equal((await request('GET', url, { accept: 'text/turtle' })).status, 406);
  });

  it('gives back what is larger than the database keeps inline', async () => {
    const url = `${server.open}large.bin`;
    const bytes = Buffer.alloc(100_000, 'all the bytes ');
    await request('PUT', url, { 'content-type': 'application/octet-stream' }, bytes);
    assert.deepEqual((await request('GET', url)).bytes, bytes);
  });

  describe('HEAD is answered as GET, header by header (RFC 9110 section 9.3.2) [server-safe-methods]', () => {
    const targets: [name: string, url: () => string, headers: Record<string, string>][] = [
      ['a document', () => urls.get('text/turtle')!, {}],
      ['a document in another format', () => urls.get('text/turtle')!, { accept: 'application/ld+json' }],
      ['a document that is no RDF', () => `${server.open}latin1.txt`, {}],
      ['a large document', () => `${server.open}large.bin`, {}],
      ['a container', () => server.open, {}],
      ['a container in JSON-LD', () => server.open, { accept: 'application/ld+json' }],
      ['the root', () => server.pod, { authorization: 'owner' }],
      ['an ACL', () => `${server.open}.acl`, { authorization: 'owner' }],
      ['the storage description', () => `${server.pod}.well-known/solid`, {}],
      ['nothing', () => `${server.open}nothing`, {}],
      ['what one may not read', () => server.pod, {}],
      ['what is not to be had in that form', () => urls.get('text/turtle')!, { accept: 'image/png' }],
      ['an address without its slash', () => server.open.slice(0, -1), {}],
      ['the front page', () => server.url, {}],
    ];
    for (const [name, url, { authorization, ...headers }] of targets) {
      it(name, async () => {
        const sent = { ...headers, ...(authorization && as(server.owner)) };
        const got = await request('GET', url(), sent);
        const head = await request('HEAD', url(), sent);
        assert.equal(head.status, got.status);
        assert.equal(head.text, '');
        // A listing is sent as it comes from the database, so its length is not known.
        const { date: _1, 'transfer-encoding': _2, ...expected } = got.headers;
        const { date: _3, 'transfer-encoding': _4, ...found } = head.headers;
        // `instance` differs in what is otherwise the same answer, and so its length does not.
        assert.deepEqual(found, expected);
      });
    }
  });

  it('says when it was last modified, in the past and not before it was made [server-last-modified-includes]', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const url = `${server.open}dated`;
    await request('PUT', url, { 'content-type': 'text/plain' }, 'now');
    for (const [method, target] of [['GET', url], ['HEAD', url], ['GET', server.open], ['HEAD', server.open]] as const) {
      const modified = Date.parse((await request(method, target)).headers['last-modified']!);
      assert.ok(modified >= before && modified <= Date.now(), `${method} ${target}`);
    }
  });
});
