import assert from 'node:assert/strict';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from './request.ts';

describe('parts of a document (RFC 9110 section 14) [server-http]', () => {
  let server: TestServer;
  const small = Buffer.from('0123456789');
  const large = Buffer.alloc(100_000, '0123456789');
  const validators = new Map<string, { tag: string; date: string }>();

  before(async () => {
    server = await startServer();
    for (const [name, bytes] of [['small', small], ['large', large]] as const) {
      await request('PUT', server.open + name, { 'content-type': 'video/mp4' }, bytes);
      const { headers } = await request('HEAD', server.open + name);
      validators.set(name, { tag: headers.etag!, date: headers['last-modified']! });
    }
    await request('PUT', `${server.open}empty`, { 'content-type': 'video/mp4' }, '');
    await request('PUT', `${server.open}rdf`, { 'content-type': 'text/turtle' }, '<> a <#Thing>.');
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [name, bytes] of [['small', small], ['large', large]] as const) {
    const last = bytes.byteLength - 1;
    const parts: [range: string, start: number, end: number][] = [
      ['bytes=0-0', 0, 0], ['bytes=2-5', 2, 5], ['bytes=5-', 5, last], ['bytes=0-', 0, last], ['bytes=-3', last - 2, last],
      [`bytes=-${last + 100}`, 0, last], [`bytes=4-${last + 100}`, 4, last], [`bytes=${last}-${last}`, last, last],
      ['bytes=0-99999999999999999999', 0, last], ['Bytes=1-2', 1, 2],
    ];
    it(`are sent of a ${name} one: from the start, from the end, to the end`, async () => {
      for (const [range, start, end] of parts) {
        const answer = await request('GET', server.open + name, { range });
        assert.equal(answer.status, 206, range);
        assert.equal(answer.headers['content-range'], `bytes ${start}-${end}/${bytes.byteLength}`, range);
        assert.equal(answer.headers['content-length'], String(end - start + 1), range);
        assert.equal(answer.headers['content-type'], 'video/mp4');
        assert.ok(answer.bytes.equals(bytes.subarray(start, end + 1)), range);
      }
    });
  }

  it('that lie beyond the end are refused with the size', async () => {
    for (const range of ['bytes=10-', 'bytes=10-20', 'bytes=99999999999999999999-', 'bytes=-0']) {
      const { status, headers, problem } = await request('GET', `${server.open}small`, { range });
      assert.deepEqual([status, headers['content-range'], problem?.kind], [416, 'bytes */10', 'range'], range);
    }
  });

  it('are not made of several ranges, unknown units, malformed ranges or nothing: the whole is sent', async () => {
    for (const range of ['bytes=0-1,3-4', 'lines=1-2', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=a-b', 'nonsense']) {
      const answer = await request('GET', `${server.open}small`, { range });
      assert.deepEqual([answer.status, answer.text, answer.headers['content-range']], [200, '0123456789', undefined], range);
    }
    assert.equal((await request('GET', `${server.open}empty`, { range: 'bytes=0-' })).status, 200);
  });

  it('are sent under If-Range only of the very representation the client has (section 13.1.5)', async () => {
    const { tag, date } = validators.get('small')!;
    const earlier = new Date(Date.parse(date) - 1000).toUTCString();
    const later = new Date(Date.parse(date) + 1000).toUTCString();
    for (const [ifRange, status] of [[tag, 206], [date, 200], [`W/${tag}`, 200], ['"another"', 200], [earlier, 200],
      [later, 200], ['nonsense', 200]] as const) {
      const answer = await request('GET', `${server.open}small`, { range: 'bytes=0-0', 'if-range': ifRange });
      assert.equal(answer.status, status, ifRange);
    }
  });

  it('are not sent to HEAD, and not when the client has it already', async () => {
    const head = await request('HEAD', `${server.open}small`, { range: 'bytes=0-0' });
    assert.deepEqual([head.status, head.headers['content-length']], [200, '10']);
    const { tag } = validators.get('small')!;
    assert.equal((await request('GET', `${server.open}small`, { range: 'bytes=0-0', 'if-none-match': tag })).status, 304);
  });

  it('are announced where they can be had, and of a converted document or a listing the whole is sent', async () => {
    const turtle = await request('GET', `${server.open}rdf`, { range: 'bytes=0-1' });
    assert.deepEqual([turtle.status, turtle.text, turtle.headers['accept-ranges']], [206, '<>', 'bytes']);
    const jsonld = await request('GET', `${server.open}rdf`, { range: 'bytes=0-1', accept: 'application/ld+json' });
    assert.deepEqual([jsonld.status, jsonld.headers['accept-ranges']], [200, 'none']);
    const listing = await request('GET', server.open, { range: 'bytes=0-1' });
    assert.deepEqual([listing.status, listing.headers['accept-ranges']], [200, 'none']);
  });
});
