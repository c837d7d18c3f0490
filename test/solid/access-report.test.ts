import assert from 'node:assert/strict';
import type { Explanation, Share } from '../../src/access/explain.ts';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { aclText } from './graph.ts';
import { request } from './request.ts';

const bob = 'https://bob.example/#me';

describe('what the owner of a pod is told about access', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
    const put = async (path: string, body: string) => {
      const { status } = await request('PUT', server.pod + path, { 'content-type': 'text/turtle', ...as(server.owner) }, body);
      assert.ok(status < 300, `${path}: ${status}`);
    };
    await put('notes/monday', '<> a <#Note>.');
    await put('notes/.acl', `${aclText(`${server.pod}notes/`, { [server.owner]: 'Read Write Control', [bob]: 'Read Control' })}
      <#guests> a acl:Authorization; acl:agentClass foaf:Agent; acl:accessTo <./monday>; acl:mode acl:Read.
      <#weather> a acl:Authorization; acl:agent <https://eve.example/#me>; acl:default <./>; acl:mode acl:Read;
        acl:condition [ a <https://vocab.example/Weather> ], [ a acl:ClientCondition; acl:client <https://app.example/id> ].`);
    await put('mine/diary', '# mine');
    await put('mine/.acl', aclText(`${server.pod}mine/`, { [server.owner]: 'Read Write Control' }));
  });
  after(() => server[Symbol.asyncDispose]());

  const report = (query: string, webId?: string, method = 'GET') =>
    request(method, `${server.pod}.access${query}`, webId === undefined ? {} : as(webId));
  const explanation = async (query: string, webId = server.owner): Promise<Explanation> => {
    const answer = await report(query, webId);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.equal(answer.headers['cache-control'], 'private, no-store');
    return JSON.parse(answer.text) as Explanation;
  };

  it('is who can do what with a resource, and by which authorization in which ACL document', async () => {
    const { rules, others, ...about } = await explanation('?resource=notes/monday');
    assert.deepEqual(about, {
      resource: `${server.pod}notes/monday`, exists: true, owners: [server.owner], apps: 'everyone',
      acl: `${server.pod}notes/.acl`, inherited: true,
    });
    const acl = `${server.pod}notes/.acl`;
    assert.deepEqual(rules.map(({ authorization, modes, agents }) => [authorization, modes, agents]), [
      [`${acl}#rule0`, ['read', 'write', 'append', 'control'], [server.owner]], [`${acl}#rule1`, ['read', 'control'], [bob]],
      [`${acl}#weather`, ['read'], ['https://eve.example/#me']],
    ]);
    assert.deepEqual(rules[2]!.conditions, [{ on: 'client', iris: ['https://app.example/id'] }]);
    assert.match(rules[2]!.warnings![0]!, /<https:\/\/vocab\.example\/Weather>, which is not evaluated/);
    assert.deepEqual(others.map(({ authorization }) => authorization), [`${acl}#guests`]);
  });

  it('takes a resource by its whole URL too, one that does not exist, and what belongs to one for that one', async () => {
    const of = async (resource: string) => {
      const { exists, resource: named } = await explanation(`?resource=${encodeURIComponent(resource)}`);
      return [named.slice(server.pod.length), exists];
    };
    assert.deepEqual(await of(`${server.pod}notes/`), ['notes/', true]);
    assert.deepEqual(await of('notes/tuesday'), ['notes/tuesday', false]);
    assert.deepEqual(await of('notes/monday.acl'), ['notes/monday', true]);
    assert.deepEqual(await of('notes/monday?x#y'), ['notes/monday', true]);
  });

  it('is what somebody named may do, and what is in the way', async () => {
    const eve = encodeURIComponent('https://eve.example/#me');
    const alone = (await explanation(`?resource=notes/monday&agent=${eve}`)).asked!;
    assert.deepEqual(alone.modes, []);
    assert.deepEqual(alone.notBy.map(({ because }) => because), ['agent', 'agent', 'client']);
    const withApp = (await explanation(`?resource=notes/monday&agent=${eve}&client=https://app.example/id`)).asked!;
    assert.deepEqual(withApp.modes, ['read']);
    assert.deepEqual(withApp.by, [`${server.pod}notes/.acl#weather`]);
  });

  it('is told to those who have Control, and to nobody else', async () => {
    await explanation('?resource=notes/monday', bob);
    for (const query of ['', '?resource=mine/diary', '?resource=mine/missing', '?resource=./']) {
      assert.equal((await report(query, bob)).status, 403, query);
      assert.equal((await report(query)).status, 401, query);
      assert.equal((await report(query, undefined, 'POST')).status, 401, query);
    }
  });

  it('is all that is shared with others than the owner, one entry a line', async () => {
    const answer = await report('', server.owner);
    assert.equal(answer.status, 200);
    const { storage, shared } = JSON.parse(answer.text) as { storage: string; shared: Share[] };
    assert.equal(storage, server.pod);
    assert.deepEqual(shared.map((share) => [share.resource.slice(server.pod.length), share.about.join(' '),
      [...share.classes ?? [], ...share.agents ?? []].join(' '), share.modes.join(' ')]), [
      ['inbox/', 'resource', 'everybody who signed in', 'append'],
      ['notes/', 'resource below', bob, 'read control'],
      ['notes/', 'below', 'https://eve.example/#me', 'read'],
      ['playground/', 'resource below', 'everybody', 'read write append'],
      ['profile/', 'resource below', 'everybody', 'read'],
      ['public/', 'resource below', 'everybody', 'read'],
      ['settings/publicTypeIndex.ttl', 'resource', 'everybody', 'read'],
    ]);
    assert.equal(answer.text.trimEnd().split('\n').length, shared.length + 2);
  });

  it('answers HEAD and OPTIONS, and refuses what would change it', async () => {
    const head = await report('', server.owner, 'HEAD');
    assert.deepEqual([head.status, head.text, head.headers['content-type']], [200, '', 'application/json']);
    const options = await report('', server.owner, 'OPTIONS');
    assert.deepEqual([options.status, options.headers.allow], [204, 'GET, HEAD, OPTIONS']);
    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
      const answer = await report('', server.owner, method);
      assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD, OPTIONS'], method);
    }
  });

  it('refuses what is not in the pod, and keeps its own address free of resources', async () => {
    for (const resource of ['https://elsewhere.example/', '../bob/x', '.access', '.well-known/solid', 'a//b', '%']) {
      assert.equal((await report(`?resource=${encodeURIComponent(resource)}`, server.owner)).status, 400, resource);
    }
    for (const path of ['.access/x', '.access.acl', '.access.meta']) {
      const answer = await request('PUT', server.pod + path, { 'content-type': 'text/turtle', ...as(server.owner) }, '');
      assert.equal(answer.status, 404, path);
    }
  });
});
