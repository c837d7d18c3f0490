import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Options } from '../../src/config/options.ts';
import { rootPath } from '../../src/pods/path.ts';
import { exchange } from '../http/loopback.ts';
import type { Step } from '../http/loopback.ts';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { readAnswer, request } from './request.ts';

const text = { 'content-type': 'text/plain' };
const turtle = { 'content-type': 'text/turtle' };
const sparql = { 'content-type': 'application/sparql-update' };

/** Turtle that says nothing in so many bytes. */
const comment = (size: number): string => '#'.padEnd(size, 'x');
const triples = (count: number, from = 0): string => `<#a> <#b> ${Array.from({ length: count }, (_, i) => from + i).join()}.`;

/**
 * For each limit: a size, what asks for something of that size, and the answer one beyond. What asks gets a number that
 * no other attempt has, so that each makes a resource of its own.
 */
const sizes: [limit: keyof Options, what: string, value: number,
  attempt: (server: TestServer, size: number, n: number) => ReturnType<typeof request>, status: number, kind: string][] = [
  ['maxBodyBytes', 'a body whose length is told', 1000,
    ({ open }, size, n) => request('PUT', `${open}${n}`, text, 'x'.repeat(size)), 413, 'too-large'],
  ['maxBodyBytes', 'a body in chunks', 1000, ({ open }, size, n) =>
    request('PUT', `${open}${n}`, { ...text, 'transfer-encoding': 'chunked' }, 'x'.repeat(size)), 413, 'too-large'],
  ['maxBodyBytes', 'a body that is posted', 1000, ({ open }, size) => request('POST', open, text, 'x'.repeat(size)), 413, 'too-large'],
  ['maxRdfBytes', 'a document', 1000, ({ open }, size, n) => request('PUT', `${open}${n}`, turtle, comment(size)), 413, 'too-large'],
  ['maxRdfBytes', 'a document that is posted', 1000, ({ open }, size) => request('POST', open, turtle, comment(size)), 413, 'too-large'],
  ['maxQuads', 'a document', 100, ({ open }, size, n) => request('PUT', `${open}${n}`, turtle, triples(size)), 413, 'too-large'],
  ['maxQuads', 'a patched document', 100, async ({ open }, size, n) => {
    await request('PUT', `${open}${n}`, turtle, triples(90));
    return request('PATCH', `${open}${n}`, sparql, `INSERT DATA { ${triples(size - 90, 90)} }`);
  }, 413, 'too-large'],
  ['maxPatchBytes', 'a patch', 1000, ({ open }, size, n) =>
    request('PATCH', `${open}${n}`, sparql, `INSERT DATA { <#a> <#b> 1 } ${comment(size - 28)}`), 413, 'too-large'],
  ['maxAuxiliaryBytes', 'an ACL', 1000, ({ open, owner }, size, n) =>
    request('PUT', `${open}${n}.acl`, { ...turtle, ...as(owner) }, comment(size)), 413, 'too-large'],
  ['maxAuxiliaryBytes', 'a description', 1000, async ({ open }, size, n) => {
    await request('PUT', `${open}${n}`, text, 'x');
    return request('PUT', `${open}${n}.meta`, turtle, comment(size));
  }, 413, 'too-large'],
  ['maxAuxiliaryBytes', 'what is said of a container as it is made', 1000, ({ open }, size, n) =>
    request('PUT', `${open}${n}/`, turtle, comment(size)), 413, 'too-large'],
  ['maxPathLength', 'a path', 100, ({ open, pod }, size, n) =>
    request('PUT', `${open}${n}`.padEnd(pod.length - 1 + size, 'x'), text, 'x'), 400, 'invalid'],
  ['maxPathLength', 'an encoded path', 100, ({ open, pod }, size) =>
    request('PUT', `${open}${'%2F'.repeat(20)}`.padEnd(pod.length - 1 + size, 'x'), text, 'x'), 400, 'invalid'],
  ['maxPathDepth', 'a path', 10, ({ open }, size, n) => request('PUT', `${open}${`${n}/`.repeat(size - 2)}x`, text, 'x'), 400, 'invalid'],
  ['maxPathDepth', 'a container', 10, ({ open }, size, n) => request('PUT', `${open}${`${n}/`.repeat(size - 1)}`), 400, 'invalid'],
];

describe('a limit', () => {
  for (const [limit, what, value, attempt, status, kind] of sizes) {
    it(`${limit} lets through ${what} that reaches it, and nothing beyond`, async () => {
      await using server = await startServer({ [limit]: value });
      const within = await attempt(server, value, 1);
      assert.ok(within.status < 300, within.text);
      const beyond = await attempt(server, value + 1, 2);
      assert.deepEqual([beyond.status, beyond.problem?.kind], [status, kind]);
      assert.match(beyond.problem!.detail, new RegExp(`\\b${value}\\b`));
    });
  }

  it('maxHeaderBytes counts the address, and the name and value of each header', async () => {
    const maxHeaderBytes = 2000;
    await using server = await startServer({ maxHeaderBytes });
    const { host, port, pathname } = new URL(server.open);
    for (const [size, status] of [[maxHeaderBytes, 200], [maxHeaderBytes + 1, 431]] as const) {
      const known = `${pathname}Host${host}Connectionclosex-fill`.length;
      const answer = readAnswer((await exchange(Number(port),
        `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nx-fill: ${'x'.repeat(size - known)}\r\n\r\n`)).received);
      assert.equal(answer.status, status);
      if (status === 431) assert.equal(answer.problem?.kind, 'too-large');
    }
  });

  it('quotaBytes can be filled to the last byte, by all that is kept, and freed again', async () => {
    await using server = await startServer({ quotaBytes: 20_000 });
    const { open } = server;
    const room = async (): Promise<number> => server.app.pods.room((await server.app.pods.look(server.pod, rootPath))!);
    const put = (name: string, size: number, headers: object = turtle) => request('PUT', open + name, { ...headers }, comment(size));
    const full = ({ status, problem }: Awaited<ReturnType<typeof put>>): void =>
      assert.deepEqual([status, problem?.kind], [507, 'full']);

    full(await put('doc', await room() + 1));
    assert.equal((await put('doc', await room())).status, 201);
    assert.equal(await room(), 0);
    full(await put('another', 1));
    full(await put('another', 1, { ...turtle, 'transfer-encoding': 'chunked' }));
    full(await put('doc.meta', 1));
    full(await put('doc.acl', 1, { ...turtle, ...as(server.owner) }));
    full(await request('POST', open, text, 'x'));
    full(await request('PATCH', `${open}doc`, sparql, 'INSERT DATA { <#a> <#b> 1 }'));
    full(await request('PUT', `${open}described/`, turtle, '<> a <#T>.'));
    assert.equal((await request('PUT', `${open}another`, text, '')).status, 201);
    // What is replaced makes room for what replaces it.
    const { size } = (await server.app.pods.look(server.pod, server.app.pods.parsePath('/playground/doc')))!.resource as { size: number };
    full(await put('doc', size + 1));
    assert.equal((await put('doc', size)).status, 204);
    assert.equal((await put('doc', size - 1)).status, 204);
    assert.equal((await put('doc.meta', 1)).status, 201);
    await request('DELETE', `${open}doc`);
    assert.equal(await room(), size);
  });

  it('quotaBytes counts what is on its way, so that many uploads at once cannot take more than one', async () => {
    await using server = await startServer({ quotaBytes: 1_000_000 });
    const { port, pathname } = new URL(`${server.open}first`);
    const headers = { 'host': `localhost:${port}`, 'content-type': 'text/plain', 'transfer-encoding': 'chunked' };
    const first = httpRequest({ host: '127.0.0.1', port, method: 'PUT', path: pathname, headers });
    const answered = once(first, 'response') as Promise<[IncomingMessage]>;
    first.write('x'.repeat(700_000));
    const second = async (): Promise<number> =>
      (await request('PUT', `${server.open}second`, { 'content-type': 'text/plain' }, 'y'.repeat(700_000))).status;
    // Until the server has read what was sent of the first.
    await sleep(500);
    assert.equal(await second(), 507);
    first.end();
    const [response] = await answered;
    response.resume();
    assert.equal(response.statusCode, 201);
    assert.equal(await second(), 507);
    await request('DELETE', `${server.open}first`);
    assert.equal(await second(), 201);
  });

  it('quotaBytes keeps nobody from a patch that makes room', async () => {
    await using server = await startServer({ quotaBytes: 20_000 });
    const { tally } = (await server.app.pods.look(server.pod, rootPath))!;
    const triple = '<#a> <http://example.org/b> <#c>.\n';
    const full = `${triple}${comment(20_000 - tally.bytes - triple.length)}`;
    assert.equal((await request('PUT', `${server.open}doc`, turtle, full)).status, 201);
    assert.equal((await request('PATCH', `${server.open}doc`, sparql, 'DELETE DATA { <#a> <http://example.org/b> <#c> }')).status, 204);
  });

  it('quotaBytes of 0 is none', async () => {
    await using server = await startServer({ quotaBytes: 0 });
    assert.equal((await request('PUT', `${server.open}doc`, text, 'x'.repeat(100_000))).status, 201);
  });

  it('inlineBytes tells what the database keeps from what is kept as a blob', async () => {
    await using server = await startServer({ inlineBytes: 1000 });
    for (const headers of [text, turtle]) {
      for (const [size, isBlob] of [[1000, false], [1001, true]] as const) {
        await request('PUT', `${server.open}doc`, headers, comment(size));
        const sight = await server.app.pods.look(server.pod, server.app.pods.parsePath('/playground/doc'));
        assert.equal('blob' in sight!.resource!, isBlob, String(size));
        assert.equal((await request('GET', `${server.open}doc`)).text, comment(size));
      }
    }
  });

  describe('of time', () => {
    const timed = async (options: Partial<Options>, steps: (start: string) => Step[]) => {
      await using server = await startServer(options);
      const { host, port, pathname } = new URL(server.open);
      const start = `PUT ${pathname}doc HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n`;
      const { status, problem } = readAnswer((await exchange(Number(port), ...steps(start))).received);
      return problem === undefined ? [status] : [status, problem.kind];
    };
    const slow = [408, 'slow'];

    it('headerSeconds: the headers have come, or the connection ends', async () => {
      const options = { headerSeconds: 0.9 };
      assert.deepEqual(await timed(options, (start) => [start, 200, '\r\nabcdef']), [201]);
      assert.deepEqual(await timed(options, (start) => [start, 1900, '\r\nabcdef']), slow);
    });

    it('bodyIdleSeconds: a body may pause for less, and that often', async () => {
      const options = { bodyIdleSeconds: 0.9, minimumBytesPerSecond: 0 };
      assert.deepEqual(await timed(options, (start) => [`${start}\r\n`, 200, 'ab', 200, 'cd', 200, 'ef']), [201]);
      assert.deepEqual(await timed(options, (start) => [`${start}\r\nabcd`, 1300, 'ef']), slow);
    });

    it('minimumBytesPerSecond: a body comes faster on average, once it took longer than it may pause', async () => {
      const dripping = (start: string): Step[] => [`${start}\r\n`, 300, 'ab', 300, 'cd', 300, 'ef'];
      const options = { bodyIdleSeconds: 0.7 };
      // Six bytes in 0.9 seconds or a little more: at most 7 per second.
      assert.deepEqual(await timed({ ...options, minimumBytesPerSecond: 2 }, dripping), [201]);
      assert.deepEqual(await timed({ ...options, minimumBytesPerSecond: 15 }, dripping), slow);
      assert.deepEqual(await timed({ bodyIdleSeconds: 5, minimumBytesPerSecond: 15 }, dripping), [201]);
      assert.deepEqual(await timed({ ...options, minimumBytesPerSecond: 0 }, dripping), [201]);
    });
  });
});
