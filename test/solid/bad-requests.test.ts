import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStores } from '../../src/house.ts';
import { checkStore } from '../../src/pods/check.ts';
import { exchange } from '../http/loopback.ts';
import type { Step } from '../http/loopback.ts';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { readAnswer, request } from './request.ts';

const limits = {
  maxBodyBytes: 40_000, maxRdfBytes: 20_000, maxQuads: 200, maxPatchBytes: 4000, maxAuxiliaryBytes: 4000, maxHeaderBytes: 8192,
  maxPathDepth: 8, maxPathLength: 400, quotaBytes: 60_000, inlineBytes: 1000, headerSeconds: 0.4, bodyIdleSeconds: 0.3,
  minimumBytesPerSecond: 1000,
};

/** What is wrong; the request; and the answer: its status, its kind, and what its detail must say. */
type Case = [
  wrong: string,
  sent: { method: string; path: string; headers?: OutgoingHttpHeaders; body?: string | Buffer } | { raw: Step[] },
  status: number, kind: string, says: RegExp,
];

const turtle = { 'content-type': 'text/turtle' };
const jsonld = { 'content-type': 'application/ld+json' };
const text = { 'content-type': 'text/plain' };
const n3 = { 'content-type': 'text/n3' };
const sparql = { 'content-type': 'application/sparql-update' };
const container = '<http://www.w3.org/ns/ldp#BasicContainer>; rel="type"';
const contains = '<> <http://www.w3.org/ns/ldp#contains> <x>.';

const put = (path: string, headers: OutgoingHttpHeaders, body: string | Buffer = 'x'): Case[1] => ({ method: 'PUT', path, headers, body });
const patch = (headers: OutgoingHttpHeaders, body: string, path = 'doc.ttl'): Case[1] => ({ method: 'PATCH', path, headers, body });
const get = (path: string, headers: OutgoingHttpHeaders = {}): Case[1] => ({ method: 'GET', path, headers });
const post = (headers: OutgoingHttpHeaders, body = 'x', path = ''): Case[1] => ({ method: 'POST', path, headers, body });
/** What is sent as it stands; `OPEN` is the path of the open container, `HOST` the host. */
const raw = (...steps: Step[]): Case[1] => ({ raw: steps });
const head = (line: string, ...headers: string[]): string =>
  [`${line} HTTP/1.1`, 'Host: HOST', 'Connection: close', ...headers, '', ''].join('\r\n');

const rdf: Case[] = [
  ['Turtle that breaks off', put('new', turtle, '<#a> <#b> "c'), 400, 'invalid', /Turtle.*line 1, column/],
  ['Turtle with an undeclared prefix', put('new', turtle, '\n\n<#a> ex:b 1.'), 400, 'invalid', /line 3.*ex:/],
  ['Turtle with a bad IRI', put('new', turtle, '<#a> <b c> 1.'), 400, 'invalid', /line 1/],
  ['Turtle that is no UTF-8', put('new', turtle, Buffer.from('<#a> <#b> "\xff".', 'latin1')), 400, 'invalid', /UTF-8.*offset 11/],
  ['Turtle with NULs', put('new', turtle, '\0\0\0'), 400, 'invalid', /line 1/],
  ['N-Triples with relative IRIs', put('new', { 'content-type': 'application/n-triples' }, '<a> <b> <c> .'), 400, 'invalid', /line 1/],
  ['N-Quads that break off', put('new', { 'content-type': 'application/n-quads' }, '<http://a/> <http://b/>'), 400, 'invalid', /line 1/],
  ['TriG without its brace', put('new', { 'content-type': 'application/trig' }, '<#g> { <#a> <#b> 1.'), 400, 'invalid', /line 1/],
  ['JSON-LD that is no JSON', put('new', jsonld, '{"@id": }'), 400, 'invalid', /JSON.*line 1/],
  ['JSON-LD that is empty', put('new', jsonld, ''), 400, 'invalid', /JSON/],
  ['JSON-LD with a remote context', put('new', jsonld, '{"@context": "https://example.org/c"}'), 400, 'invalid', /https:\/\/example\.org\/c/],
  ['JSON-LD nested without end', put('new', jsonld, '['.repeat(9000)), 400, 'invalid', /./],
  ['RDF of too many statements', put('new', turtle, `<#a> <#b> ${Array.from({ length: 201 }, (_, i) => i).join()}.`), 413, 'too-large', /200/],
];

const patches: Case[] = [
  ['an N3 Patch that is no N3', patch(n3, '<#a> {'), 400, 'invalid', /line 1/],
  ['an N3 Patch without a patch', patch(n3, '<#a> <#b> <#c>.'), 422, 'unprocessable', /patch/],
  ['an empty N3 Patch', patch(n3, ''), 422, 'unprocessable', /patch/],
  ['SPARQL that breaks off', patch(sparql, 'INSERT DATA {'), 400, 'invalid', /line 1/],
  ['a SPARQL query', patch(sparql, 'SELECT * WHERE { ?s ?p ?o }'), 422, 'unprocessable', /SELECT/],
  ['SPARQL that drops a graph', patch(sparql, 'DROP DEFAULT'), 422, 'unprocessable', /DROP/],
  ['SPARQL with a service', patch(sparql, 'INSERT { ?a ?b ?c } WHERE { SERVICE <http://x/> { ?a ?b ?c } }'), 422, 'unprocessable', /SERVICE/i],
  ['a patch of another kind', patch({ 'content-type': 'application/merge-patch+json' }, '{}'), 415, 'unsupported', /text\/n3/],
  ['a patch without a type', patch({}, 'INSERT DATA {}'), 400, 'invalid', /Content-Type/],
  ['a patch of a photo', patch(sparql, 'INSERT DATA { <#a> <#b> 1 }', 'photo'), 415, 'unsupported', /image\/png/],
  ['a patch of what is not there, deleting', patch(sparql, 'DELETE DATA { <#a> <#b> 1 }', 'absent'), 409, 'conflict', /not in the document/],
  ['a patch of a container that is not there', patch(sparql, 'INSERT DATA { <#a> <#b> 1 }', 'absent/'), 404, 'missing', /nothing/],
  ['a patch of containment', patch(sparql, 'INSERT DATA { <> <http://www.w3.org/ns/ldp#contains> <x> }', 'folder/'), 409, 'conflict', /contains/],
  ['a patch beyond the limit', patch(sparql, `INSERT DATA { <#a> <#b> "${'x'.repeat(4000)}" }`), 413, 'too-large', /4000/],
];

const types: Case[] = [
  ['PUT without a type', put('new', {}), 400, 'invalid', /Content-Type/],
  ['POST without a type', post({}), 400, 'invalid', /Content-Type/],
  ['a type without a slash', put('new', { 'content-type': 'turtle' }), 400, 'invalid', /'turtle'/],
  ['a type that is a wildcard', put('new', { 'content-type': '*/*' }), 400, 'invalid', /\*\/\*/],
  ['a type with a broken parameter', put('new', { 'content-type': 'text/plain; charset=' }), 400, 'invalid', /charset=/],
  ['a type that is too long', put('new', { 'content-type': `text/${'x'.repeat(600)}` }), 400, 'invalid', /512/],
  ['a container described in prose', put('new/', text), 415, 'unsupported', /text\/plain/],
  ['an ACL in prose', put('doc.ttl.acl', { ...text, authorization: 'OWNER' }), 415, 'unsupported', /text\/plain/],
  ['a description in prose', put('doc.ttl.meta', text), 415, 'unsupported', /text\/plain/],
  ['content under a coding', put('new', { ...text, 'content-encoding': 'gzip' }), 415, 'unsupported', /gzip/],
  ['a transfer coding that is unknown',
    raw(head('PUT OPENnew', 'Content-Type: text/plain', 'Transfer-Encoding: gzip, chunked'), '0\r\n\r\n'), 415, 'unsupported', /gzip/],
];

const paths: Case[] = [
  ['..', raw(head('GET OPEN../profile/card')), 400, 'invalid', /"\.\."/],
  ['.. at the end', raw(head('GET OPENfolder/..')), 400, 'invalid', /"\.\."/],
  ['.. encoded', raw(head('GET OPEN%2e%2e/profile/card')), 400, 'invalid', /"\.\."/],
  ['.. half encoded', raw(head('GET OPEN.%2E/x')), 400, 'invalid', /"\.\."/],
  ['a dot', raw(head('GET OPEN./doc.ttl')), 400, 'invalid', /"\."/],
  ['.. in absolute form', raw(head('GET http://HOSTOPEN../../x')), 400, 'invalid', /"\.\."/],
  ['another scheme without a path', raw(head('GET foo://HOST')), 400, 'invalid', /request target/],
  ['what is no URL in absolute form', raw(head('GET http://[/')), 400, 'invalid', /request target/],
  ['.. out of the pod', raw(head('GET /alice/../bob/')), 400, 'invalid', /"\.\."/],
  ['backslashes', get('..\\..\\etc\\passwd'), 404, 'missing', /./],
  ['slashes that are encoded', get('%2e%2e%2fprofile%2fcard'), 404, 'missing', /./],
  ['an empty segment', get('folder//member'), 400, 'invalid', /empty segment/],
  ['an encoded NUL', get('a%00b'), 400, 'invalid', /%00/],
  ['a percent sign alone', get('100%'), 400, 'invalid', /%/],
  ['an escape that is none', get('%zz'), 400, 'invalid', /hexadecimal/],
  ['a path that is too deep', put(`${'a/'.repeat(8)}x`, text), 400, 'invalid', /8 segments/],
  ['a path that is too long', put('x'.repeat(400), text), 400, 'invalid', /400 characters/],
  ['a reserved ending within the path', put('x.acl/y', text), 400, 'invalid', /"x\.acl\/"/],
  ['a container with a reserved ending', put('x.meta/', {}, ''), 400, 'invalid', /"x\.meta\/"/],
  ['an ACL of an ACL', put('doc.ttl.acl.acl', { ...turtle, authorization: 'OWNER' }), 404, 'missing', /auxiliary/],
  ['a description of nothing', put('absent.meta', turtle, ''), 409, 'conflict', /described/],
  ['another host', raw(head('GET OPENdoc.ttl').replace('HOST', 'evil.example')), 404, 'missing', /evil\.example/],
  ['another host in absolute form', raw(head('GET http://evil.example/')), 404, 'missing', /evil\.example/],
  ['another scheme and host', raw(head('GET ftp://evil.example/')), 404, 'missing', /evil\.example/],
  ['a pod that does not exist', raw(head('GET /nobody/doc')), 404, 'missing', /./],
  ['an asterisk', raw(head('GET *')), 404, 'missing', /./],
];

const headers: Case[] = [
  ['an If-Match without quotes', put('doc.ttl', { ...turtle, 'if-match': 'abc' }), 400, 'invalid', /'abc'/],
  ['an empty If-None-Match', get('doc.ttl', { 'if-none-match': '' }), 400, 'invalid', /empty/],
  ['an If-Match of nothing', put('absent', { ...text, 'if-match': '*' }), 412, 'stale', /nothing here/],
  ['an If-None-Match of what is there', put('doc.ttl', { ...turtle, 'if-none-match': '*' }), 412, 'stale', /something/],
  ['an If-Match of another state', put('doc.ttl', { ...turtle, 'if-match': '"x"' }), 412, 'stale', /changed/],
  ['a Link that is none', post({ ...text, link: '<x' }), 400, 'invalid', /Link.*character 1/],
  ['a hundred links and one', post({ ...text, link: '<x>, '.repeat(101) }), 400, 'invalid', /100 links/],
  ['a Link for a container at an address without its slash', put('new', { ...text, link: container }), 400, 'invalid', /slash/],
  ['a Slug that is too long for the path', post({ ...text, slug: '😀'.repeat(10).replace(/./gu, '%F0%9F%98%80').repeat(5) }), 400, 'invalid', /400/],
  ['a PUT of a part', put('doc.ttl', { ...turtle, 'content-range': 'bytes 0-0/9' }), 400, 'invalid', /Content-Range/],
  ['an Accept that takes nothing we have', get('doc.ttl', { accept: 'image/webp, text/turtle;q=0' }), 406, 'unacceptable', /ld\+json/],
  ['a Range beyond the end', get('photo', { range: 'bytes=5-' }), 416, 'range', /1 bytes/],
  ['headers that are huge', raw(head('GET OPENdoc.ttl', `X-Huge: ${'x'.repeat(9000)}`)), 431, 'too-large', /headers/],
  ['a request line that is huge', raw(head(`GET OPEN${'x'.repeat(9000)}`)), 431, 'too-large', /headers/],
];

const methods: Case[] = [
  ['POST to a document', post(text, 'x', 'doc.ttl'), 405, 'method', /container/],
  ['POST to nothing', post(text, 'x', 'absent/'), 404, 'missing', /./],
  ['DELETE of nothing', { method: 'DELETE', path: 'absent' }, 404, 'missing', /./],
  ['DELETE of a container with members', { method: 'DELETE', path: 'folder/' }, 409, 'conflict', /a member/],
  ['a method of WebDAV', { method: 'MKCOL', path: 'new/' }, 405, 'method', /MKCOL/],
  ['a method that nobody registered', raw(head('BREW OPENdoc.ttl')), 405, 'method', /./],
  ['a document where a container is', put('folder', text), 409, 'conflict', /container of that name/],
  ['a container where a document is', put('doc.ttl/', {}, ''), 409, 'conflict', /document of that name/],
  ['a document below a document', put('doc.ttl/below', text), 409, 'conflict', /document of that name/],
  ['a PUT of containment', put('folder/', turtle, contains), 409, 'conflict', /contains/],
  ['a POST of containment', post({ ...turtle, link: container }, contains), 409, 'conflict', /contains/],
];

const bodies: Case[] = [
  ['a body over the limit, by its length', put('new', text, 'x'.repeat(40_001)), 413, 'too-large', /40000/],
  ['a body over the limit, without a length',
    raw(head('PUT OPENnew', 'Content-Type: text/plain', 'Transfer-Encoding: chunked'), `9C41\r\n${'x'.repeat(40_001)}\r\n0\r\n\r\n`),
    413, 'too-large', /40000/],
  ['RDF over its limit', put('new', turtle, `#${'x'.repeat(20_000)}`), 413, 'too-large', /20000/],
  ['an ACL over its limit', put('doc.ttl.acl', { ...turtle, authorization: 'OWNER' }, `#${'x'.repeat(4000)}`), 413, 'too-large', /4000/],
  ['more than the quota, by its length', put('new', text, 'x'.repeat(39_000)), 507, 'full', /room for \d+ bytes/],
  ['more than the quota, without a length',
    raw(head('PUT OPENnew', 'Content-Type: text/plain', 'Transfer-Encoding: chunked'), `9858\r\n${'x'.repeat(39_000)}\r\n0\r\n\r\n`),
    507, 'full', /room for \d+ bytes/],
  ['a body that stops', raw(head('PUT OPENnew', 'Content-Type: text/plain', 'Content-Length: 10'), 'x', 500), 408, 'slow', /0\.3 seconds/],
  ['a body that drips', raw(head('PUT OPENnew', 'Content-Type: text/plain', 'Content-Length: 10'), 'x', 150, 'x', 150, 'x', 150, 'x'),
    408, 'slow', /1000 bytes per second/],
  ['headers that stop', raw('PUT OPENnew HTTP/1.1\r\nHost: HOST\r\n', 1000), 408, 'slow', /headers/],
];

const malformed: Case[] = [
  ['no HTTP at all', raw('Good morning.\r\n\r\n'), 400, 'invalid', /HTTP/],
  ['the beginning of TLS', raw(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])), 400, 'invalid', /HTTP/],
  ['a header without a colon', raw(head('GET OPENdoc.ttl', 'Nonsense')), 400, 'invalid', /HTTP/],
  ['two lengths', raw(head('PUT OPENnew', 'Content-Length: 1', 'Content-Length: 2'), 'xx'), 400, 'invalid', /HTTP/],
  ['a length and chunks', raw(head('PUT OPENnew', 'Content-Length: 1', 'Transfer-Encoding: chunked'), '0\r\n\r\n'), 400, 'invalid', /HTTP/],
  ['a length that is no number', raw(head('PUT OPENnew', 'Content-Type: text/plain', 'Content-Length: x')), 400, 'invalid', /HTTP/],
  ['a chunk that is none', raw(head('PUT OPENnew', 'Content-Type: text/plain', 'Transfer-Encoding: chunked'), 'zz\r\n'), 400, 'invalid', /HTTP/],
  ['no Host', raw('GET OPENdoc.ttl HTTP/1.1\r\nConnection: close\r\n\r\n'), 400, 'invalid', /Host/],
  ['two Hosts', raw(head('GET OPENdoc.ttl', 'Host: evil.example')), 400, 'invalid', /Host/],
];

describe('a bad request', () => {
  let server: TestServer;
  let data: string;

  before(async () => {
    data = await temporaryDirectory();
    server = await startServer({ database: 'level', data, ...limits });
    for (const [path, headersOf, body] of [['doc.ttl', turtle, '<> a <#T>.'], ['photo', { 'content-type': 'image/png' }, 'x'],
      ['folder/member', text, 'x'], ['filler', text, 'x'.repeat(30_000)]] as const) {
      assert.equal((await request('PUT', server.open + path, headersOf, body)).status, 201);
    }
  });

  const send = async (sent: Case[1]) => {
    const { host, port, pathname } = new URL(server.open);
    if (!('raw' in sent)) {
      const owned = sent.headers?.authorization === 'OWNER' ? as(server.owner) : {};
      return request(sent.method, server.open + sent.path, { ...sent.headers, ...owned }, sent.body);
    }
    const steps = sent.raw.map((step) =>
      typeof step === 'string' ? step.replace('HOST', host).replace('HOST', host).replace('OPEN', pathname) : step);
    return readAnswer((await exchange(Number(port), ...steps)).received);
  };

  for (const [about, cases] of Object.entries({ rdf, patches, types, paths, headers, methods, bodies, 'HTTP/1.1 [server-http-11]': malformed })) {
    describe(`(${about})`, () => {
      for (const [wrong, sent, status, kind, says] of cases) {
        it(`${wrong}: ${status} ${kind}`, async () => {
          const answer = await send(sent);
          assert.deepEqual([answer.status, answer.problem?.kind], [status, kind], answer.text);
          assert.match(answer.problem!.detail, says);
        });
      }
    });
  }

  describe('(afterwards)', () => {
    it('that breaks off leaves nothing behind', async () => {
      const { host, port, pathname } = new URL(server.open);
      for (const framing of ['Content-Length: 30000', 'Transfer-Encoding: chunked']) {
        const start = `PUT ${pathname}aborted HTTP/1.1\r\nHost: ${host}\r\nContent-Type: text/plain\r\n${framing}\r\n\r\n`;
        const socket = createConnection({ port: Number(port), host: '127.0.0.1' });
        await new Promise((resolve) => { socket.write(`${start}1000\r\n${'x'.repeat(4096)}`, resolve); });
        await sleep(30);
        socket.resetAndDestroy();
        await sleep(30);
        assert.equal((await request('GET', `${server.open}aborted`)).status, 404);
      }
    });

    it('is one of many kinds, and none of them was left out', () => {
      assert.ok([rdf, patches, types, paths, headers, methods, bodies, malformed].flat().length >= 60);
    });

    it('harms no good one, and leaves the store sound', async () => {
      const { status } = await request('PUT', `${server.open}good`, turtle, '<> a <#Good>.');
      assert.equal(status, 201);
      assert.equal((await request('GET', `${server.open}good`)).text, '<> a <#Good>.');
      assert.equal((await request('GET', `${server.open}doc.ttl`)).text, '<> a <#T>.');
      const listing = (await request('GET', server.open)).text;
      const names = [...listing.matchAll(/contains <([^>]*)>/g)].map(([, name]) => name);
      assert.deepEqual(names, ['doc.ttl', 'filler', 'folder/', 'good', 'photo']);

      await server[Symbol.asyncDispose]();
      const { database, blobs } = await openStores({ database: 'level', data, databaseUrl: undefined, cacheBytes: 0 });
      const findings: string[] = [];
      const summary = await checkStore(database, blobs, (finding) => findings.push(finding), { deep: true });
      await database[Symbol.asyncDispose]();
      await blobs[Symbol.asyncDispose]();
      assert.deepEqual(findings, []);
      assert.deepEqual([summary.blobs, summary.waitingBlobs], [1, 0]);
    });
  });
});
