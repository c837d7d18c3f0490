import assert from 'node:assert/strict';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from './request.ts';

describe('what users store, opened in a browser', () => {
  let server: TestServer;
  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  const types: [type: string, sandboxed: boolean][] = [
    ['text/html', true], ['TEXT/HTML; charset=utf-8', true], ['image/svg+xml', true], ['application/xml', true], ['text/xml', true],
    ['application/xhtml+xml', true], ['application/pdf', true], ['text/javascript', true], ['application/x-unheard-of', true],
    ['text/plain', false], ['image/png', false], ['video/mp4', false], ['text/turtle', false], ['application/ld+json', false],
    ['application/json', false],
  ];
  for (const [type, sandboxed] of types) {
    it(`${type} is ${sandboxed ? 'sandboxed' : 'shown'}, its type never guessed, its links silent on where they were`, async () => {
      const url = `${server.open}content`;
      const body = type.endsWith('json') ? '{}' : type === 'text/turtle' ? '' : '<script>alert(1)</script>';
      assert.ok((await request('PUT', url, { 'content-type': type }, body)).status < 300);
      for (const method of ['GET', 'HEAD']) {
        const { headers } = await request(method, url);
        assert.equal(headers['x-content-type-options'], 'nosniff');
        assert.equal(headers['referrer-policy'], 'no-referrer');
        assert.equal(headers['content-security-policy'], sandboxed ? 'sandbox' : undefined);
        assert.equal(headers['set-cookie'], undefined);
      }
      const etag = (await request('HEAD', url)).headers.etag!;
      const kept = await request('GET', url, { 'if-none-match': etag });
      assert.deepEqual([kept.status, kept.headers['content-security-policy']], [304, sandboxed ? 'sandbox' : undefined]);
    });
  }

  it('is no script that a request can write: an address or a header that comes back in a problem stays text', async () => {
    for (const accept of ['text/html', 'application/json']) {
      for (const [url, headers] of [[`${server.open}%3Cscript%3Ealert(1)%3C/script%3E`, {}],
        [server.open, { 'if-match': '<script>alert(1)</script>' }]] as const) {
        const answer = await request('GET', url, { accept, ...headers });
        assert.ok(answer.status >= 400);
        assert.equal(answer.headers['x-content-type-options'], 'nosniff');
        if (accept !== 'text/html') continue;
        assert.match(answer.headers['content-type']!, /^text\/html/);
        assert.doesNotMatch(answer.text, /<script>/);
        assert.match(String(answer.headers['content-security-policy']), /default-src 'none'/);
      }
    }
  });

  it('a listing is never guessed to be a page, whatever its members are called', async () => {
    const url = `${server.open}%3Cscript%3E/`;
    await request('PUT', `${url}%3Chtml%3E`, { 'content-type': 'text/plain' }, 'x');
    const { headers, text } = await request('GET', url);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.doesNotMatch(text, /<html>/);
  });
});
