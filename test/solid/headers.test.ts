import assert from 'node:assert/strict';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { linked, listed, request } from './request.ts';

const description = 'http://www.w3.org/ns/solid/terms#storageDescription';
const ldp = 'http://www.w3.org/ns/ldp#';
const reading = ['GET', 'HEAD', 'OPTIONS'] as const;

describe('the headers of every answer', () => {
  let server: TestServer;
  const url: Record<string, string> = {};

  before(async () => {
    server = await startServer();
    Object.assign(url, {
      root: server.pod, container: server.open, rdf: `${server.open}doc.ttl`, photo: `${server.open}photo.png`,
      rootAcl: `${server.pod}.acl`, acl: `${server.open}.acl`, meta: `${server.open}doc.ttl.meta`, nothing: `${server.open}nothing`,
    });
    for (const [name, type] of [['rdf', 'text/turtle'], ['photo', 'image/png'], ['meta', 'text/turtle']] as const) {
      await request('PUT', url[name]!, { 'content-type': type }, '<> a <#T>.');
    }
  });
  after(() => server[Symbol.asyncDispose]());

  const ask = (method: string, name: string) => request(method, url[name]!, as(server.owner));

  const methods: [name: string, allow: string, put: string, post: string | undefined, patch: boolean][] = [
    ['root', 'GET HEAD OPTIONS PUT POST PATCH', 'text/turtle, application/ld+json', '*/*', true],
    ['container', 'GET HEAD OPTIONS PUT POST PATCH DELETE', 'text/turtle, application/ld+json', '*/*', true],
    ['rdf', 'GET HEAD OPTIONS PUT PATCH DELETE', '*/*', undefined, true],
    ['photo', 'GET HEAD OPTIONS PUT DELETE', '*/*', undefined, false],
    ['rootAcl', 'GET HEAD OPTIONS PUT PATCH', 'text/turtle, application/ld+json', undefined, true],
    ['acl', 'GET HEAD OPTIONS PUT PATCH DELETE', 'text/turtle, application/ld+json', undefined, true],
    ['meta', 'GET HEAD OPTIONS PUT PATCH DELETE', 'text/turtle, application/ld+json', undefined, true],
  ];
  for (const [name, allow, put, post, patch] of methods) {
    it(`tell what can be done with ${name}: Allow, and the types that go with it ` +
      '[server-safe-methods] [server-allow-methods] [server-accept-headers] [server-patch-n3-advertise]', async () => {
      for (const method of reading) {
        const answer = await ask(method, name);
        assert.equal(answer.status, method === 'OPTIONS' ? 204 : 200);
        assert.equal(listed(answer, 'allow').join(' '), allow);
        assert.equal(answer.headers['accept-put'], put);
        assert.equal(answer.headers['accept-post'], post);
        assert.equal(answer.headers['accept-patch'], patch ? 'text/n3, application/sparql-update' : undefined);
        assert.equal(answer.headers['ms-author-via'], patch ? 'SPARQL' : undefined);
      }
    });
  }

  it('tell which methods there are where another is tried [server-method-not-allowed]', async () => {
    for (const [method, name] of [['POST', 'rdf'], ['POST', 'photo'], ['DELETE', 'root'], ['DELETE', 'rootAcl'], ['PROPFIND', 'rdf'],
      ['TRACE', 'rdf']] as const) {
      const answer = await request(method, url[name]!, { ...as(server.owner), 'content-type': 'text/plain' });
      assert.deepEqual([answer.status, answer.problem?.kind], [405, 'method'], method);
      assert.ok(listed(answer, 'allow').includes('GET') && !listed(answer, 'allow').includes(method), method);
    }
  });

  it('tell what could be done also where there is nothing, or nothing for this agent: clients decide by it to create', async () => {
    const missing = await request('GET', url.nothing!);
    const refused = await request('GET', `${server.pod}private`);
    assert.deepEqual([missing.status, refused.status], [404, 401]);
    for (const answer of [missing, refused]) {
      assert.ok(listed(answer, 'allow').includes('PUT') && listed(answer, 'allow').includes('PATCH'));
      assert.deepEqual(listed(answer, 'accept-patch'), ['text/n3', 'application/sparql-update']);
      assert.equal(linked(answer, 'acl').length, 1);
      assert.match(String(answer.headers['wac-allow']), /^user="[a-z ]*",public="[a-z ]*"$/);
    }
  });

  it('link to the storage description, once, in the form that clients look for [server-storage-description]', async () => {
    for (const name of Object.keys(url)) {
      for (const method of reading) {
        assert.deepEqual(linked(await ask(method, name), description), [`${server.pod}.well-known/solid`], `${method} ${name}`);
      }
    }
  });

  it('link to the ACL, once, relation first and in quotes [server-link-acl] [server-resource-acl-max]', async () => {
    for (const name of ['root', 'container', 'rdf', 'photo', 'meta', 'nothing']) {
      const links = String((await ask('HEAD', name)).headers.link);
      const found = [...links.matchAll(/<([^>]+)>;\s*rel="acl"/g)];
      assert.equal(found.length, 1, name);
      assert.equal([...links.matchAll(/\bacl\b"/g)].length, 1, name);
      assert.ok(URL.canParse(found[0]![1]!, url[name]));
    }
    assert.doesNotMatch(String((await ask('HEAD', 'acl')).headers.link), /rel="acl"/);
  });

  it('link an ACL to the types of the conditions that are evaluated in it, whether it exists or not [server-link-condition]', async () => {
    const acl = 'http://www.w3.org/ns/auth/acl#';
    for (const acls of ['root', 'container', 'rdf', 'nothing'].map((name) => `${url[name]}.acl`)) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const answer = await request(method, acls, as(server.owner));
        assert.deepEqual(linked(answer, `${acl}condition`), [`${acl}ClientCondition`, `${acl}IssuerCondition`], `${method} ${acls}`);
      }
    }
    assert.deepEqual(linked(await ask('GET', 'rdf'), `${acl}condition`), []);
  });

  it('link to the types of the resource, and of the root that it is a storage ' +
    '[server-link-storage] [server-basic-container]', async () => {
    const storage = 'http://www.w3.org/ns/pim/space#Storage';
    for (const [name, types] of [
      ['root', [`${ldp}Resource`, `${ldp}Container`, `${ldp}BasicContainer`, storage]],
      ['container', [`${ldp}Resource`, `${ldp}Container`, `${ldp}BasicContainer`]], ['rdf', [`${ldp}Resource`]], ['photo', [`${ldp}Resource`]],
    ] as const) {
      for (const method of reading) assert.deepEqual(linked(await ask(method, name), 'type'), types, `${method} ${name}`);
    }
    // Clients walk up by HEAD until they find it, also when nobody is signed in.
    assert.ok(linked(await request('HEAD', server.pod), 'type').includes(storage));
  });

  it('of the root link to its owner [server-storage-link-owner] [server-storage-track-owner], and to the inbox', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await ask(method, 'root');
      assert.deepEqual(linked(answer, 'http://www.w3.org/ns/solid/terms#owner'), [server.owner]);
      assert.deepEqual(linked(answer, `${ldp}inbox`), [`${server.pod}inbox/`]);
      assert.deepEqual(linked(await ask(method, 'container'), 'http://www.w3.org/ns/solid/terms#owner'), []);
    }
  });

  it('tell with WAC-Allow what the agent may do and what anybody may, both always, in the form that clients parse [server-wac-allow]', async () => {
    for (const [name, who, expected] of [
      ['root', server.owner, 'user="read write append control",public=""'],
      ['root', undefined, 'user="",public=""'],
      ['container', server.owner, 'user="read write append control",public="read write append"'],
      ['container', undefined, 'user="read write append",public="read write append"'],
      ['rdf', 'https://bob.example/#me', 'user="read write append",public="read write append"'],
      ['nothing', undefined, 'user="read write append",public="read write append"'],
      ['.well-known/solid', undefined, 'user="read",public="read"'],
    ] as const) {
      for (const method of ['GET', 'HEAD']) {
        const { headers } = await request(method, url[name] ?? server.pod + name, who === undefined ? {} : as(who));
        assert.equal(headers['wac-allow'], expected, `${name} ${who}`);
      }
    }
  });

  it('keep caches from giving one what is for another [server-caching]', async () => {
    for (const name of Object.keys(url)) {
      for (const method of [...reading, 'PUT']) {
        const answer = await request(method, url[name]!, { 'if-match': '"no"', ...as(server.owner) });
        for (const member of ['Accept', 'Authorization', 'Origin']) {
          assert.ok(listed(answer, 'vary').includes(member), `${method} ${name} ${member}`);
        }
      }
    }
    assert.equal((await ask('GET', 'root')).headers['cache-control'], 'private, no-cache');
    assert.equal((await ask('GET', 'rdf')).headers['cache-control'], 'no-cache');
    assert.equal((await request('GET', server.pod)).headers['cache-control'], 'no-store');
  });

  it('name the type of whatever content there is [server-content-type-includes]', async () => {
    for (const [method, target] of [['GET', url.rdf], ['GET', url.container], ['GET', url.nothing], ['POST', url.rdf], ['GET', server.url],
      ['GET', `${server.pod}.well-known/solid`], ['GET', `${server.url}.health/live`], ['GET', `${server.url}nowhere/`]] as const) {
      const answer = await request(method, target!);
      assert.ok(answer.bytes.byteLength > 0 && answer.headers['content-type'], `${method} ${target}`);
    }
  });
});
