import assert from 'node:assert/strict';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { aclText } from './graph.ts';
import { request } from './request.ts';
import type { Answer } from './request.ts';

const stranger = 'https://stranger.example/#me';

describe('who may what (Web Access Control) [server-wac-acp]', () => {
  let server: TestServer;
  before(async () => { server = await startServer(); });
  after(() => server[Symbol.asyncDispose]());

  const owner = () => as(server.owner);
  const put = (path: string, body: string, type = 'text/turtle') =>
    request('PUT', server.pod + path, { 'content-type': type, ...owner() }, body);

  it('a pod is private from its first day, but for its profile, its public folder and its public type index', async () => {
    for (const [path, everybody] of [['', 401], ['settings/', 401], ['settings/prefs.ttl', 401], ['settings/privateTypeIndex.ttl', 401],
      ['inbox/', 401], ['.acl', 401], ['settings/publicTypeIndex.ttl', 200], ['profile/card', 200], ['public/', 200]] as const) {
      assert.equal((await request('GET', server.pod + path)).status, everybody, path);
      assert.equal((await request('GET', server.pod + path, as(stranger))).status, everybody === 401 ? 403 : 200, path);
      assert.equal((await request('GET', server.pod + path, owner())).status, 200, path);
    }
  });

  /** What a client is told, apart from what differs by the moment and by the address it asked for. */
  const told = ({ status, headers, problem }: Answer, path: string): object => {
    const { date: _, link, 'content-length': __, ...rest } = headers;
    return { status, problem, rest, link: String(link).replaceAll(path.replace(/\.(acl|meta)$/, ''), 'PATH') };
  };

  it('the owner is told what is missing; to others it looks the same as what is there [server-unauthenticated]', async () => {
    await put('secret/doc.ttl', '<> a <#T>.');
    await put('secret/photo', 'x', 'image/png');
    await put('secret/folder/doc', 'x', 'text/plain');
    assert.equal((await request('GET', `${server.pod}secret/missing`, owner())).status, 404);
    const attempts: [method: string, there: string, missing: string, headers?: Record<string, string>, body?: string][] = [
      ['GET', 'secret/doc.ttl', 'secret/missing'], ['HEAD', 'secret/doc.ttl', 'secret/missing'], ['OPTIONS', 'secret/photo', 'secret/missing'],
      ['GET', 'secret/folder', 'secret/missing'], ['GET', 'secret/photo/', 'secret/missing/'], ['GET', 'secret/folder/', 'secret/missing/'],
      ['GET', 'secret/doc.ttl.acl', 'secret/missing.acl'], ['GET', 'secret/doc.ttl.meta', 'secret/missing.meta'],
      ['PUT', 'secret/photo', 'secret/missing', { 'content-type': 'text/plain' }, 'x'],
      ['PUT', 'secret/photo', 'secret/missing', { 'content-type': 'text/plain', 'if-none-match': '*' }, 'x'],
      ['PUT', 'secret/photo/', 'secret/missing/'], ['PUT', 'secret/photo/x', 'secret/missing/x', { 'content-type': 'text/plain' }, 'x'],
      ['PATCH', 'secret/doc.ttl', 'secret/missing', { 'content-type': 'application/sparql-update' }, 'INSERT DATA { <> a <#b> }'],
      ['PATCH', 'secret/photo', 'secret/missing', { 'content-type': 'application/sparql-update' }, 'DELETE DATA { <> a <#b> }'],
      ['PATCH', 'secret/folder/', 'secret/missing/', { 'content-type': 'text/n3' }, 'broken'],
      ['POST', 'secret/folder/', 'secret/missing/', { 'content-type': 'text/plain' }, 'x'], ['POST', 'secret/photo', 'secret/missing', {}, 'x'],
      ['DELETE', 'secret/photo', 'secret/missing'], ['DELETE', 'secret/folder/', 'secret/missing/'], ['DELETE', 'secret/photo.acl', 'secret/missing.acl'],
    ];
    for (const [method, there, missing, headers = {}, body] of attempts) {
      for (const [who, status] of [[{}, 401], [as(stranger), 403]] as const) {
        const [one, other] = await Promise.all([there, missing].map((path) => request(method, server.pod + path, { ...headers, ...who }, body)));
        assert.equal(one!.status, status, `${method} ${there}`);
        assert.deepEqual(told(one!, there), told(other!, missing), `${method} ${there}`);
        assert.equal(Boolean(one!.headers['www-authenticate']), status === 401);
      }
    }
  });

  it('who may read a container is told what is missing in it; who may read a document is not told of others', async () => {
    await put('listed/doc', 'x', 'text/plain');
    await put('listed/.acl', aclText(`${server.pod}listed/`, { [server.owner]: 'Read Write Control', [stranger]: 'Read' }));
    assert.equal((await request('GET', `${server.pod}listed/missing`, as(stranger))).status, 404);
    assert.equal((await request('DELETE', `${server.pod}listed/missing`, as(stranger))).status, 404);
    assert.equal((await request('DELETE', `${server.pod}listed/doc`, as(stranger))).status, 403);
    await put('single/doc', 'x', 'text/plain');
    await put('single/doc.acl', aclText(`${server.pod}single/doc`, { [stranger]: 'Read' }));
    assert.equal((await request('GET', `${server.pod}single/doc`, as(stranger))).status, 200);
    assert.equal((await request('GET', `${server.pod}single/missing`, as(stranger))).status, 403);
  });

  it('judges before it looks at conditions or at the body [server-unauthenticated]', async () => {
    const cases: [method: string, headers: Record<string, string>, body?: string][] = [
      ['GET', { 'if-none-match': '*' }], ['GET', { 'if-match': '"x"' }], ['PUT', { 'if-match': '"x"', 'content-type': 'text/turtle' }, 'broken'],
      ['PUT', {}, 'untyped'], ['PATCH', { 'content-type': 'text/n3' }, 'broken'], ['GET', { accept: 'image/png' }], ['GET', { range: 'bytes=999-' }],
    ];
    for (const [method, headers, body] of cases) {
      const { status } = await request(method, `${server.pod}settings/prefs.ttl`, headers, body);
      assert.equal(status, 401, `${method} ${JSON.stringify(headers)}`);
    }
  });

  /** Agents by the modes that they have on `rights/` and below; what each attempt needs. */
  it('takes for each method the modes that it needs', async () => {
    const agents = ['Read', 'Append', 'Write', 'Read Write', 'Control'];
    const webId = (modes: string): string => `https://${modes.replace(' ', '-').toLowerCase()}.example/#me`;
    const rules = Object.fromEntries([...agents.map((modes) => [webId(modes), modes]), [server.owner, 'Read Write Control']]);
    await put('rights/.acl', aclText(`${server.pod}rights/`, rules));
    const text = { 'content-type': 'text/plain' };
    const attempts: [what: string, allowed: string[], method: string, path: string, headers?: Record<string, string>, body?: string][] = [
      ['read', ['Read', 'Read Write'], 'GET', 'doc'], ['head', ['Read', 'Read Write'], 'HEAD', 'doc'],
      ['options', ['Read', 'Read Write'], 'OPTIONS', 'doc'], ['list', ['Read', 'Read Write'], 'GET', ''],
      ['replace', ['Write', 'Read Write'], 'PUT', 'doc', text, 'x'],
      ['create', ['Append', 'Write', 'Read Write'], 'PUT', 'new', text, 'x'],
      ['create in new containers', ['Append', 'Write', 'Read Write'], 'PUT', 'a/b/new', text, 'x'],
      ['add', ['Append', 'Write', 'Read Write'], 'POST', '', text, 'x'],
      ['delete', ['Write', 'Read Write'], 'DELETE', 'doc'], ['delete a container', ['Read Write'], 'DELETE', 'folder/'],
      ['read the ACL', ['Control'], 'GET', '.acl'],
      ['write an ACL', ['Control'], 'PUT', 'doc.acl', { 'content-type': 'text/turtle' }, aclText(`${server.pod}rights/doc`, rules)],
    ];
    for (const [what, allowed, method, path, headers, body] of attempts) {
      for (const modes of agents) {
        await put('rights/doc', 'x', 'text/plain');
        await request('PUT', `${server.pod}rights/folder/`, owner());
        for (const made of ['new', 'a/b/new', 'a/b/', 'a/']) await request('DELETE', `${server.pod}rights/${made}`, owner());
        const { status } = await request(method, `${server.pod}rights/${path}`, { ...headers, ...as(webId(modes)) }, body);
        assert.equal(status < 300 ? 'allowed' : status, allowed.includes(modes) ? 'allowed' : 403, `${what}: ${modes}`);
      }
    }
  });

  it('never locks out the owner, who always has Control', async () => {
    await put('locked/doc', 'x', 'text/plain');
    await put('locked/.acl', '# nobody');
    assert.equal((await request('GET', `${server.pod}locked/doc`, owner())).status, 403);
    assert.equal((await put('locked/.acl', aclText(`${server.pod}locked/`, { [server.owner]: 'Read' }))).status, 204);
    assert.equal((await request('GET', `${server.pod}locked/doc`, owner())).status, 200);
  });
});
