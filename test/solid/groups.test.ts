import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from './request.ts';

const bob = 'https://bob.example/#me';
const eve = 'https://eve.example/#me';

/** An access control list that lets the owner do all, and the members of a group read. */
function aclFor(owner: string, group: string): string {
  return `@prefix acl: <http://www.w3.org/ns/auth/acl#>.
    <#owner> a acl:Authorization; acl:agent <${owner}>; acl:accessTo <./>; acl:default <./>; acl:mode acl:Read, acl:Write, acl:Control.
    <#group> a acl:Authorization; acl:agentGroup <${group}>; acl:accessTo <./>; acl:default <./>; acl:mode acl:Read, acl:Append.`;
}

const friends = `@prefix vcard: <http://www.w3.org/2006/vcard/ns#>. <#friends> vcard:hasMember <${bob}>.`;

/** Another server, and what it does at each path. */
const paths: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/friends': (response) => response.setHeader('Content-Type', 'text/turtle').end(friends),
  '/hangs': () => undefined,
  '/hangs-too': () => undefined,
  '/stops': (response) => response.setHeader('Content-Type', 'text/turtle').write(friends),
  '/huge': (response) => response.setHeader('Content-Type', 'text/turtle').end(`${friends}\n# ${'x'.repeat(10 * 1024 * 1024)}`),
  '/private': (response) => response.writeHead(302, { location: 'http://10.0.0.1/friends' }).end(),
  '/page': (response) => response.setHeader('Content-Type', 'text/html').end('<p>Log in first.</p>'),
  '/broken': (response) => response.setHeader('Content-Type', 'text/turtle').end('<#friends> vcard:hasMember'),
  '/gone': (response) => response.writeHead(404).end(),
  '/fails': (response) => response.writeHead(500).end(friends),
};

describe('groups in access rules (WAC, Access Subjects: acl:agentGroup)', function () {
  this.timeout(30_000);
  let server: TestServer;
  let origin: string;
  const asked = new Map<string, number>();
  const elsewhere = createServer((incoming: IncomingMessage, response) => {
    const path = incoming.url!;
    asked.set(path, (asked.get(path) ?? 0) + 1);
    paths[path]!(response);
  });

  before(async () => {
    server = await startServer({ remoteLocalhost: true });
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    origin = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  });
  after(async () => {
    elsewhere.closeAllConnections();
    elsewhere.close();
    await server[Symbol.asyncDispose]();
  });

  const put = async (path: string, body: string) => {
    const { status } = await request('PUT', server.pod + path, { 'content-type': 'text/turtle', ...as(server.owner) }, body);
    assert.ok(status < 300, `${path}: ${status}`);
  };
  /** Makes a container whose access the members of a group share with its owner. */
  const share = async (folder: string, group: string) => {
    await put(`${folder}readme`, '# shared');
    await put(`${folder}.acl`, aclFor(server.owner, group));
  };
  const get = (path: string, webId?: string) => request('GET', server.pod + path, webId === undefined ? {} : as(webId));

  it('let the members of a group in the pod in, though they may not read the group, and nobody else', async () => {
    await put('club/groups', friends);
    await share('club/', '/alice/secret/groups#friends');
    await put('secret/groups', friends);
    assert.equal((await get('club/', bob)).status, 200);
    assert.equal((await get('club/', bob)).headers['wac-allow'], 'user="read append",public=""');
    assert.equal((await get('secret/groups', bob)).status, 403);
    assert.equal((await get('club/', eve)).status, 403);
    assert.equal((await get('club/')).status, 401);
  });

  it('follow the group at once when it changes', async () => {
    await share('team/', '/alice/secret/team#friends');
    assert.equal((await get('team/', bob)).status, 403);
    await put('secret/team', friends);
    assert.equal((await get('team/', bob)).status, 200);
    await put('secret/team', '# nobody');
    assert.equal((await get('team/', bob)).status, 403);
  });

  it('let the members of a group on another server read and write', async () => {
    await share('far/', `${origin}/friends#friends`);
    assert.equal((await get('far/', bob)).status, 200);
    assert.equal((await get('far/', eve)).status, 403);
    const post = (webId: string) =>
      request('POST', `${server.pod}far/`, { 'content-type': 'text/plain', ...as(webId) }, 'hello');
    assert.equal((await post(bob)).status, 201);
    assert.equal((await post(eve)).status, 403);
    assert.equal(asked.get('/friends'), 1);
  });

  const useless = Object.keys(paths).filter((path) => path !== '/friends' && path !== '/hangs-too');
  for (const path of useless) {
    it(`deny access within 5 seconds when the group's server answers as ${path}, and wait no more the next time`, async () => {
      const folder = `useless${path}/`;
      await share(folder, `${origin}${path}#friends`);
      const begun = performance.now();
      assert.equal((await get(folder, bob)).status, 403);
      assert.ok(performance.now() - begun < 5_000);
      const again = performance.now();
      assert.equal((await get(folder, bob)).status, 403);
      const write = await request('POST', server.pod + folder, { 'content-type': 'text/plain', ...as(bob) }, 'hello');
      assert.equal(write.status, 403);
      assert.ok(performance.now() - again < 1_000);
      assert.equal(asked.get(path), 1);
      assert.equal((await get(folder, server.owner)).status, 200);
    });
  }

  it('never hold up the writes of others while a group is being fetched', async () => {
    await share('slow/', `${origin}/hangs-too#friends`);
    let answered = false;
    const held = request('PUT', `${server.pod}slow/x`, { 'content-type': 'text/plain', ...as(bob) }, 'x')
      .finally(() => { answered = true; });
    await put('slow/mine', '# written meanwhile');
    assert.equal(answered, false);
    assert.equal((await held).status, 403);
  });
});
