import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { failure, openRemote, serve } from './servers.ts';
import type { RemoteFailure } from '../../src/remote/remote-error.ts';

describe('Getting a document', () => {
  it('gives its media type, headers and bytes', async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'Text/Turtle; charset=UTF-8', link: ['<a>; rel="b"', '<c>; rel="d"'] }).end('<a> <b> <c>.');
    });
    await using remote = openRemote();
    const { status, mediaType, headers, bytes } = await remote.get(server.origin, { accept: 'text/turtle' });
    assert.deepEqual([status, mediaType, headers.get('link')], [200, 'text/turtle', '<a>; rel="b", <c>; rel="d"']);
    assert.equal(Buffer.from(bytes).toString(), '<a> <b> <c>.');
  });

  it('takes headers in any bytes, and sends an ETag back in the same ones', async () => {
    const etag = Buffer.from('"ü€\u{1f600}"').toString('latin1');
    await using server = await serve((request, response) => {
      response.writeHead(request.headers['if-none-match'] === etag ? 304 : 200, { etag }).end();
    });
    await using remote = openRemote();
    const { url, headers } = await remote.get(server.origin, { accept: '*/*' });
    assert.equal(headers.get('etag'), etag);
    assert.equal((await remote.get(server.origin, { accept: '*/*', copy: { url, etag } })).status, 304);
  });

  const types: [type: string | undefined, accept: string, usable: boolean][] = [
    ['text/turtle', 'text/turtle', true],
    ['TEXT/TURTLE;charset=utf-8', 'application/ld+json;q=0.9, text/turtle ;q=0.5', true],
    ['text/html', 'text/turtle, application/ld+json', false],
    ['text/html', 'text/turtle, */*;q=0.1', true],
    ['', 'text/turtle', false],
    [undefined, 'text/turtle', false],
    [undefined, '*/*', true],
    [undefined, 'application/octet-stream', true],
  ];
  for (const [type, accept, usable] of types) {
    it(`${usable ? 'takes' : 'has no use for'} '${type}' where '${accept}' was wanted`, async () => {
      await using server = await serve((_, response) => {
        response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end();
      });
      await using remote = openRemote();
      const getting = remote.get(server.origin, { accept });
      if (usable) await getting;
      else await failure(getting, 'unusable');
    });
  }

  const statuses: [status: number, reason: RemoteFailure][] = [
    [201, 'unusable'], [204, 'unusable'], [206, 'unusable'], [304, 'unusable'], [400, 'unusable'], [401, 'unusable'], [403, 'unusable'],
    [404, 'unusable'], [410, 'unusable'], [429, 'unreachable'], [500, 'unreachable'], [502, 'unreachable'], [503, 'unreachable'],
  ];
  for (const [status, reason] of statuses) {
    it(`calls an answer with status ${status} ${reason}`, async () => {
      await using server = await serve((_, response) => response.writeHead(status).end());
      await using remote = openRemote();
      const error = await failure(remote.get(`${server.origin}/a?b`, { accept: '*/*' }), reason);
      assert.deepEqual([error.status, error.message], [status, `${server.origin}/a answered with status ${status}.`]);
    });
  }

  it('says so when a copy is still good, which it asks only where the copy is from', async () => {
    await using server = await serve((request, response) => {
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else if (request.url === '/moved') response.writeHead(302, { location: '/' }).end();
      else response.end('new');
    });
    await using remote = openRemote();
    const accept = '*/*';
    const copy = { url: `${server.origin}/`, etag: '"1"' };
    assert.equal((await remote.get(`${server.origin}/`, { accept, copy })).status, 304);
    assert.equal((await remote.get(`${server.origin}/moved`, { accept, copy })).status, 304);
    assert.equal((await remote.get(`${server.origin}/other`, { accept, copy })).status, 200);
  });
});

describe('Sending another request', () => {
  it('sends the method, headers and body as they are, and takes any answer', async () => {
    const seen: IncomingMessage[] = [];
    const bodies: string[] = [];
    await using server = await serve((request, response) => {
      seen.push(request);
      let body = '';
      request.on('data', (chunk) => { body += String(chunk); });
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(request.url === '/gone' ? 410 : 202, { 'content-type': 'text/plain' }).end('noted');
      });
    });
    await using remote = openRemote();
    const headers = { 'content-type': 'application/ld+json', authorization: 'DPoP token' };
    const taken = await remote.request(`${server.origin}/in`, { method: 'POST', headers, body: '{"a":"ü"}' });
    assert.deepEqual([taken.status, Buffer.from(taken.bytes).toString()], [202, 'noted']);
    assert.equal((await remote.request(`${server.origin}/gone`, { method: 'PUT', headers, body: Buffer.from([97]) })).status, 410);
    assert.deepEqual(bodies, ['{"a":"ü"}', 'a']);
    assert.deepEqual(seen.map(({ method }) => method), ['POST', 'PUT']);
    assert.equal(seen[0]?.headers.authorization, 'DPoP token');
    assert.equal(seen[0]?.headers['content-length'], '10');
  });

  it('throws what was wrong about the request itself as the defect that it is', async () => {
    await using remote = openRemote();
    const headers = { 'content-type': 'a\r\nb: c' };
    await assert.rejects(remote.request('http://127.0.0.1:1024/', { method: 'POST', headers }), { name: 'InvalidArgumentError' });
  });
});
