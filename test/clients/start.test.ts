import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, stat, symlink } from 'node:fs/promises';
import { request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { root, startChild } from './child-server.ts';
import type { ChildServer } from './child-server.ts';

/** A clone: what is here but for what is made, with the packages of this one. */
async function clone(): Promise<string> {
  const directory = join(await temporaryDirectory(), 'clone');
  const made = /^(?:(?:.*\/)?node_modules|dist|\.git|storage\/.*|bench\/results)$/;
  await cp(root, directory, {
    recursive: true, preserveTimestamps: true, filter: (path) => !made.test(relative(root, path).replaceAll('\\', '/')),
  });
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'), 'junction');
  return directory;
}

/** A PUT of which the server waits for the body. */
async function beginPut(url: string): Promise<ClientRequest> {
  const put = request(url, { method: 'PUT', headers: { 'content-type': 'text/plain', expect: '100-continue' } });
  put.flushHeaders();
  await once(put, 'continue');
  return put;
}

async function endPut(put: ClientRequest, text: string): Promise<number | undefined> {
  const answered = once(put, 'response') as Promise<[IncomingMessage]>;
  put.end(text);
  const [answer] = await answered;
  answer.resume();
  return answer.statusCode;
}

/** 200 or 503, or why there was no answer. */
async function readiness(server: ChildServer): Promise<number | string> {
  try {
    return (await fetch(`${server.url}.health/ready`)).status;
  } catch (error) {
    return String((error as Error & { cause?: { code?: string } }).cause?.code);
  }
}

describe('a server in a process of its own', function () {
  this.timeout(60_000);

  it('starts from a fresh clone by `npm start`, building first, and the next time without', async () => {
    const directory = await clone();
    const data = await temporaryDirectory();
    const builtAt: number[] = [];
    let port = '0';
    for (const built of [false, true]) {
      await using server = await startChild({ data, directory, command: ['npm', 'start', '--'], port });
      assert.equal((await fetch(server.open)).status, 200);
      assert.equal((await fetch(`${server.open}first.txt`, {
        method: 'PUT', headers: { 'content-type': 'text/plain' }, body: 'first',
      })).status, built ? 204 : 201);
      assert.equal(await server.stop(), 0, server.log());
      assert.equal(server.log().includes('Building'), !built);
      ({ port } = new URL(server.url));
      builtAt.push((await stat(join(directory, 'dist', '.built'))).mtimeMs);
    }
    assert.equal(builtAt[0], builtAt[1]);
  });

  it('tells that it lives and is ready', async () => {
    await using server = await startChild({ data: await temporaryDirectory() });
    for (const path of ['live', 'ready']) {
      const answer = await fetch(`${server.url}.health/${path}`);
      assert.deepEqual([answer.status, await answer.text()], [200, 'ok\n']);
    }
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`on ${signal} takes no more requests, ends those under way, exits with 0, and keeps all data`, async () => {
      const data = await temporaryDirectory();
      await using server = await startChild({ data });
      const put = await beginPut(`${server.open}under-way.txt`);
      put.write('half ');
      const ended = server.stop(signal);
      for (let tries = 0; await readiness(server) === 200; tries += 1) {
        assert(tries < 100, 'it says that it is ready 5 seconds after it was told to stop');
        await sleep(50);
      }
      assert([503, 'ECONNREFUSED'].includes(await readiness(server)));
      assert.equal(await endPut(put, 'and half'), 201);
      assert.equal(await ended, 0, server.log());

      // At the same address: it is what the pods are known by.
      await using again = await startChild({ data, port: new URL(server.url).port });
      assert.equal(await (await fetch(`${again.open}under-way.txt`)).text(), 'half and half');
    });
  }

  it('does not wait longer than it was told to for requests that do not end', async () => {
    await using server = await startChild({ data: await temporaryDirectory(), options: ['--drain-seconds', '0.5'] });
    const put = await beginPut(`${server.open}endless.txt`);
    const failed = once(put, 'error');
    assert.equal(await server.stop(), 0, server.log());
    await failed;
  });
});
