import assert from 'node:assert/strict';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from './request.ts';
import type { Answer } from './request.ts';

const turtle = { 'content-type': 'text/turtle' };

/** All that a client sees of an answer, but the time of day. */
function seen({ status, headers: { date: _, ...headers }, text }: Answer): object {
  return { status, headers, text };
}

/** An ACL that gives the owner all, and anybody `modes`. */
function aclOf({ owner }: TestServer, url: string, modes: string): string {
  const rule = (who: string, what: string): string =>
    `[] a acl:Authorization; acl:accessTo <${url}>; acl:default <${url}>; ${who}; acl:mode ${what}.`;
  return `@prefix acl: <http://www.w3.org/ns/auth/acl#>. @prefix foaf: <http://xmlns.com/foaf/0.1/>.
    ${rule(`acl:agent <${owner}>`, 'acl:Read, acl:Write, acl:Control')}
    ${modes === '' ? '' : rule('acl:agentClass foaf:Agent', modes)}`;
}

describe('what was answered before', () => {
  let server: TestServer;
  let url: string;
  let mine: { authorization: string };
  const put = (target: string, body: string, headers: object = {}): Promise<Answer> =>
    request('PUT', target, { ...turtle, ...mine, ...headers }, body);
  beforeEach(async () => {
    server = await startServer();
    url = `${server.open}doc.ttl`;
    mine = as(server.owner);
    await put(url, '<#a> <#b> 1.');
  });
  afterEach(async () => server[Symbol.asyncDispose]());

  for (const headers of [
    {}, { accept: 'application/ld+json' }, { accept: 'text/turtle;q=0.5, */*' }, { origin: 'https://app.example' },
  ]) {
    it(`is answered so again, header by header, to ${JSON.stringify(headers)}`, async () => {
      const first = seen(await request('GET', url, headers));
      for (let i = 0; i < 3; i += 1) assert.deepEqual(seen(await request('GET', url, headers)), first);
    });
  }

  it('says nothing of what others asked: each host, address, Accept and Origin has its own answer', async () => {
    const other = `${server.open}other.ttl`;
    await put(other, '<#c> <#d> 2.');
    for (let i = 0; i < 3; i += 1) {
      assert.match((await request('GET', url)).text, /1/);
      assert.match((await request('GET', other)).text, /2/);
      assert.match((await request('GET', url, { accept: 'application/ld+json' })).headers['content-type']!, /ld\+json/);
      for (const origin of ['https://one.example', 'https://two.example']) {
        assert.equal((await request('GET', url, { origin })).headers['access-control-allow-origin'], origin);
      }
      assert.equal((await request('GET', url, { host: 'elsewhere.example' })).status, 404);
      assert.equal((await request('HEAD', url)).text, '');
    }
  });

  it('does not hide conditions, ranges and credentials of the next request', async () => {
    const { headers: { etag } } = await request('GET', url);
    for (let i = 0; i < 2; i += 1) await request('GET', url);
    assert.equal((await request('GET', url, { 'if-none-match': etag })).status, 304);
    assert.equal((await request('GET', url, { 'if-match': '"other"' })).status, 412);
    assert.equal((await request('GET', url, { range: 'bytes=0-3' })).status, 206);
    assert.match((await request('GET', url, mine)).headers['wac-allow'] as string, /user="read write append control"/);
  });

  it('is answered to each by what they may do, decided anew each time', async () => {
    const bob = 'https://bob.example/#me';
    await put(`${url}.acl`, `${aclOf(server, url, '')}
      [] a acl:Authorization; acl:accessTo <${url}>; acl:agent <${bob}>; acl:mode acl:Read.`);
    const asking: readonly (readonly [object, number, string | undefined])[] = [
      [mine, 200, 'user="read write append control",public=""'],
      [as(bob), 200, 'user="read",public=""'],
      [as(bob, { authority: [] }), 403, undefined],
      [as('https://eve.example/#me'), 403, undefined],
      [{}, 401, undefined],
    ];
    for (let i = 0; i < 3; i += 1) {
      for (const [who, expected, may] of asking) {
        const { status, headers, text } = await request('GET', url, { ...who });
        assert.equal(status, expected);
        if (status === 200) assert.deepEqual([headers['wac-allow'], text], [may, '<#a> <#b> 1.']);
      }
    }
  });

  it('is not answered any more to who has left a group, be that in another pod', async () => {
    const bob = 'https://bob.example/#me';
    await server.app.plant([{ email: 'c@example.org', password: 'a long password', pods: [{ name: 'club', open: ['open/'] }] }]);
    const group = `${server.url}club/open/group.ttl`;
    const members = (who: string): Promise<Answer> =>
      request('PUT', group, turtle, `<#it> <http://www.w3.org/2006/vcard/ns#hasMember> ${who}.`);
    await members(`<${bob}>, <https://ann.example/#me>`);
    await put(`${url}.acl`, `${aclOf(server, url, '')}
      [] a acl:Authorization; acl:accessTo <${url}>; acl:agentGroup <${group}#it>; acl:mode acl:Read.`);
    for (let i = 0; i < 3; i += 1) assert.equal((await request('GET', url, as(bob))).status, 200);
    await members('<https://ann.example/#me>');
    assert.equal((await request('GET', url, as(bob))).status, 403);
    assert.equal((await request('GET', url, as('https://ann.example/#me'))).status, 200);
  });

  it('is never answered to who may not, however groups in other pods change meanwhile', async () => {
    const bob = 'https://bob.example/#me';
    await server.app.plant([{ email: 'c@example.org', password: 'a long password', pods: [{ name: 'club', open: ['open/'] }] }]);
    const group = `${server.url}club/open/group.ttl`;
    await put(`${url}.acl`, `${aclOf(server, url, '')}
      [] a acl:Authorization; acl:accessTo <${url}>; acl:agentGroup <${group}#it>; acl:mode acl:Read.`);
    const members = (who: string): Promise<Answer> =>
      request('PUT', group, turtle, `<#it> <http://www.w3.org/2006/vcard/ns#hasMember> <${who}>.`);
    for (let i = 0; i < 30; i += 1) {
      await members(bob);
      // So that nothing is at hand.
      await put(`${server.open}other.ttl`, `<#a> <#b> ${i}.`);
      const [{ status }] = await Promise.all([request('GET', url, as(bob)), members('https://ann.example/#me')]);
      assert([200, 403].includes(status));
      assert.equal((await request('GET', url, as('https://eve.example/#me'))).status, 403);
    }
  });

  const changes: readonly (readonly [string, () => Promise<unknown>, (answer: Answer) => void])[] = [
    ['its document has changed', () => put(url, '<#a> <#b> 3.'), ({ text }) => assert.match(text, /3/)],
    ['its document is in another format now',
      () => request('PUT', url, { ...mine, 'content-type': 'text/plain' }, 'words'), ({ text }) => assert.equal(text, 'words')],
    ['it is gone', () => request('DELETE', url, mine), ({ status }) => assert.equal(status, 404)],
    ['it was deleted and made anew', async () => {
      await request('DELETE', url, mine);
      await put(url, '<#a> <#b> 4.');
    }, ({ text }) => assert.match(text, /4/)],
    ['it was made private', () => put(`${url}.acl`, aclOf(server, url, '')), ({ status }) => assert.equal(status, 401)],
    ['anybody may do less with it', () => put(`${url}.acl`, aclOf(server, url, 'acl:Read')),
      ({ headers }) => assert.equal(headers['wac-allow'], 'user="read",public="read"')],
    ['a container above was made private', () => put(`${server.open}.acl`, aclOf(server, server.open, '')),
      ({ status }) => assert.equal(status, 401)],
  ];
  for (const [what, change, check] of changes) {
    it(`is not answered any more once ${what}`, async () => {
      for (let i = 0; i < 3; i += 1) assert.match((await request('GET', url)).text, /1/);
      await change();
      for (let i = 0; i < 3; i += 1) check(await request('GET', url));
    });
  }

  it('is not answered any more once there is no such pod', async () => {
    for (let i = 0; i < 3; i += 1) await request('GET', url);
    const sight = await server.app.pods.look(server.pod, '/' as never);
    await server.app.pods.destroy(sight!.pod.id);
    assert.equal((await request('GET', url)).status, 404);
  });

  it('is not answered any more once pods are addressed otherwise', async () => {
    await using other = await startServer({ podAddresses: undefined });
    const document = `${other.open}doc.ttl`;
    await request('PUT', document, { ...turtle, ...as(other.owner) }, '<#a> <#b> 1.');
    for (let i = 0; i < 3; i += 1) assert.equal((await request('GET', document)).status, 200);
    await other.app.people.admin.settings.set({ podAddresses: 'subdomain' });
    assert.equal((await request('GET', document)).status, 404);
  });

  it('is never older than a write that was acknowledged, however they race', async () => {
    let written = 0;
    let done = false;
    const writing = (async () => {
      for (let i = 1; i <= 100; i += 1) {
        await put(url, `<#a> <#b> ${i}.`);
        written = i;
      }
      done = true;
    })();
    await Promise.all(Array.from({ length: 4 }, async () => {
      let last = 0;
      while (!done) {
        const known = written;
        const { text } = await request('GET', url);
        const value = Number(/(\d+)\./.exec(text)![1]);
        assert(value >= Math.max(last, known), `${value} after ${Math.max(last, known)}`);
        last = value;
      }
    }));
    await writing;
  });
});
