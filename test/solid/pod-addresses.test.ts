import assert from 'node:assert/strict';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { graph } from './graph.ts';
import { linked, request } from './request.ts';

for (const podAddresses of ['path', 'subdomain', 'root'] as const) {
  describe(`a pod whose address is ${{ path: 'a path', subdomain: 'a subdomain', root: 'the root' }[podAddresses]}`, () => {
    let server: TestServer;
    before(async () => { server = await startServer({ podAddresses }); });
    after(() => server[Symbol.asyncDispose]());

    it('is a storage with its description, its owner and its ACL [server-storage]', async () => {
      const root = await request('GET', server.pod, as(server.owner));
      assert.equal(root.status, 200);
      assert.ok(linked(root, 'type').includes('http://www.w3.org/ns/pim/space#Storage'));
      assert.deepEqual(linked(root, 'http://www.w3.org/ns/solid/terms#owner'), [`${server.pod}profile/card#me`]);
      const [description] = linked(root, 'http://www.w3.org/ns/solid/terms#storageDescription');
      assert.equal((await request('GET', description!)).status, 200);
      assert.equal((await request('GET', linked(root, 'acl')[0]!, as(server.owner))).status, 200);
    });

    it('can be written, read and listed at that address', async () => {
      const url = `${server.open}notes/monday`;
      const made = await request('PUT', url, { 'content-type': 'text/plain' }, 'hello');
      assert.deepEqual([made.status, made.headers.location], [201, url]);
      assert.equal((await request('GET', url)).text, 'hello');
      const folder = `${server.open}notes/`;
      assert.ok((await graph(await request('GET', folder), folder)).includes(`<${folder}> <http://www.w3.org/ns/ldp#contains> <${url}>`));
      const posted = await request('POST', folder, { 'content-type': 'text/plain', slug: 'tuesday' }, 'x');
      assert.equal(posted.headers.location, `${folder}tuesday`);
    });

    it('answers a request in absolute form (RFC 9112 section 3.2.2) as one in origin form [server-http-11]', async () => {
      const [, host = ''] = /^http:\/\/([^/]+)/.exec(server.pod) ?? [];
      const { port } = new URL(server.url);
      // `request` takes the path as the request target.
      const target = `${server.pod}profile/card`;
      const answer = await request('GET', `http://localhost:${port}${target}`, { host: 'wrong.example' });
      assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'text/turtle'], host);
    });

    it('is not found under a name that is not its own [server-storage-nonoverlapping]', async () => {
      const { port } = new URL(server.url);
      const others = podAddresses === 'subdomain'
        ? [`http://bob.localhost:${port}/`, `http://a.alice.localhost:${port}/`, `http://localhost:${port}/alice/`]
        : podAddresses === 'path'
          ? [`http://localhost:${port}/bob/`, `http://localhost:${port}/Alice/`, `http://localhost:${port}/%61lice/`, `http://alice.localhost:${port}/`]
          : [`http://alice.localhost:${port}/`];
      for (const url of [...others, `http://wrong.example:${port}/`]) {
        const { status, problem } = await request('GET', `${url}profile/card`);
        assert.deepEqual([status, problem?.kind], [404, 'missing'], url);
      }
    });
  });
}

describe('several pods of one node', () => {
  for (const podAddresses of ['path', 'subdomain'] as const) {
    it(`do not overlap, by ${podAddresses} [server-storage-nonoverlapping]`, async () => {
      await using server = await startServer({ podAddresses });
      await server.app.plant([{ email: 'b@example.org', password: 'a long password', pods: [{ name: 'bob', open: ['playground/'] }] }]);
      const bob = server.open.replace('alice', 'bob');
      await request('PUT', `${server.open}doc`, { 'content-type': 'text/plain' }, 'of alice');
      assert.equal((await request('GET', `${bob}doc`)).status, 404);
      await request('PUT', `${bob}doc`, { 'content-type': 'text/plain' }, 'of bob');
      assert.equal((await request('GET', `${server.open}doc`)).text, 'of alice');
      // No pod's owner has a say in another's.
      const root = bob.slice(0, -'playground/'.length);
      assert.equal((await request('GET', root, as(server.owner))).status, 403);
    });
  }
});

describe('what the node itself answers', () => {
  for (const podAddresses of ['path', 'subdomain', 'root'] as const) {
    it(`is out of reach of pods, in any spelling, by ${podAddresses}`, async () => {
      await using server = await startServer({ podAddresses });
      const { pod, owner } = server;
      for (const name of ['.problems/conflict', '%2Eproblems/conflict', '.account/nowhere/', '.oidc', '.account.acl']) {
        const put = await request('PUT', `${pod}${name}`, { ...as(owner), 'content-type': 'text/turtle' }, '');
        assert.deepEqual([put.status, put.problem?.kind], [404, 'missing'], name);
      }
      const post = await request('POST', pod, { ...as(owner), 'content-type': 'text/plain', slug: '.account' }, 'mine');
      assert.equal(post.status, 201);
      assert.equal((await request('GET', post.headers['location'] as string, as(owner))).text, 'mine');
    });
  }

  it('is its health, but only to those who read, and no front page where a pod could be', async () => {
    await using server = await startServer({ podAddresses: 'subdomain' });
    const { port } = new URL(server.url);
    assert.equal((await request('PUT', `${server.pod}.health/live`, { 'content-type': 'text/plain' }, 'x')).status, 404);
    assert.equal((await request('GET', `http://nobody.localhost:${port}/`)).status, 404);
  });
});
