import assert from 'node:assert/strict';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { graph } from './graph.ts';
import { listed, request } from './request.ts';

describe('DELETE (Solid Protocol, Deleting Resources)', () => {
  let server: TestServer;
  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  const put = (path: string, body = 'x', type = 'text/plain') =>
    request('PUT', server.open + path, { 'content-type': type, ...as(server.owner) }, body);
  const remove = (path: string) => request('DELETE', server.open + path);
  const status = async (path: string) => (await request('GET', server.open + path, as(server.owner))).status;

  it('takes away a document, and with it its place in its container [server-delete-remove-containment]', async () => {
    await put('gone/doc');
    const answer = await remove('gone/doc');
    assert.deepEqual([answer.status, answer.text], [204, '']);
    assert.equal(await status('gone/doc'), 404);
    const url = `${server.open}gone/`;
    assert.ok(!(await graph(await request('GET', url), url)).some((line) => line.includes('doc')));
    assert.equal((await remove('gone/doc')).status, 404);
  });

  it('takes away what belongs to the document, or to the empty container: .acl and .meta ' +
    '[server-delete-remove-auxiliary-resource] [server-auxiliary-resources-management] [server-delete-remove-empty-container]', async () => {
    const acl = (await request('GET', `${server.open}.acl`, as(server.owner))).text;
    for (const path of ['aux/doc', 'aux/folder/']) {
      await put(path.endsWith('/') ? `${path}member` : path);
      await put(`${path}.meta`, '<> a <#T>.', 'text/turtle');
      await put(`${path}.acl`, acl.replaceAll('./', `${server.open}${path}`), 'text/turtle');
      if (path.endsWith('/')) await remove(`${path}member`);
      const answer = await request('DELETE', server.open + path, as(server.owner));
      assert.equal(answer.status, 204, answer.text);
      for (const gone of ['', '.meta', '.acl']) assert.equal(await status(path + gone), 404, path + gone);
      // What comes there next inherits, and is described by nothing.
      await put(path.endsWith('/') ? `${path}member` : path);
      for (const gone of ['.meta', '.acl']) assert.equal(await status(path + gone), 404, path + gone);
    }
  });

  it('refuses a container with members, and says so [server-delete-protect-nonempty-container]', async () => {
    await put('full/one');
    await put('full/two/three');
    const answer = await remove('full/');
    assert.deepEqual([answer.status, answer.problem?.kind], [409, 'conflict']);
    assert.match(answer.problem!.detail, /2 members/);
    assert.equal(await status('full/two/three'), 200);
  });

  it('refuses the root and its ACL, of which Allow does not speak, even to the owner ' +
    '[server-delete-protect-root-container] [server-disallow-delete]', async () => {
    for (const url of [server.pod, `${server.pod}.acl`]) {
      for (const who of [as(server.owner), {}]) {
        const answer = await request('DELETE', url, who);
        assert.deepEqual([answer.status, answer.problem?.kind], [405, 'method'], url);
        assert.ok(!listed(answer, 'allow').includes('DELETE'));
      }
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const allow = listed(await request(method, url, as(server.owner)), 'allow');
        assert.ok(allow.includes('GET') && !allow.includes('DELETE'), `${method} ${url}`);
      }
      assert.equal((await request('GET', url, as(server.owner))).status, 200);
    }
    assert.ok(listed(await request('HEAD', server.open), 'allow').includes('DELETE'));
  });

  it('of an ACL gives its subject back to the rules above', async () => {
    await put('reopened');
    await put('reopened.acl', '# nobody', 'text/turtle');
    assert.equal((await request('GET', `${server.open}reopened`)).status, 401);
    assert.equal((await request('DELETE', `${server.open}reopened.acl`, as(server.owner))).status, 204);
    assert.equal((await request('GET', `${server.open}reopened`)).status, 200);
  });
});
