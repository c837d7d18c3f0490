import assert from 'node:assert/strict';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { graph, turtle } from './graph.ts';
import { linked, request } from './request.ts';

const sender = 'https://sender.example/#me';
const note = '{"@context": "https://www.w3.org/ns/activitystreams", "@id": "", "@type": "Announce", "actor": "https://sender.example/#me"}';

describe('the inbox (Linked Data Notifications, Receiver) [server-ldn]', () => {
  let server: TestServer;
  let inbox: string;
  before(async () => {
    server = await startServer();
    inbox = `${server.pod}inbox/`;
  });
  after(() => server[Symbol.asyncDispose]());

  it('is found by Link header from the storage and in the profile (LDN section 3.1)', async () => {
    assert.deepEqual(linked(await request('HEAD', server.pod), 'http://www.w3.org/ns/ldp#inbox'), [inbox]);
    const card = `${server.pod}profile/card`;
    const expected = turtle(`<#me> ldp:inbox <${inbox}>.`, card);
    assert.deepEqual((await graph(await request('GET', card), card)).filter((line) => line.includes('#inbox>')), expected);
  });

  it('takes a notification from whoever is signed in, and from nobody else (section 3.2)', async () => {
    const json = { 'content-type': 'application/ld+json' };
    const sent = await request('POST', inbox, { ...json, ...as(sender) }, note);
    assert.equal(sent.status, 201, sent.text);
    assert.ok(sent.headers.location!.startsWith(inbox));
    assert.equal((await request('POST', inbox, json, note)).status, 401);
    const profiled = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"';
    assert.equal((await request('POST', inbox, { 'content-type': profiled, ...as(sender) }, note)).status, 201);
  });

  it('shows its notifications to its owner, who can list, read and delete them (section 3.3), and not to senders', async () => {
    const { headers: { location } } = await request('POST', inbox, { 'content-type': 'text/turtle', ...as(sender) }, '<> a <#Note>.');
    for (const accept of ['application/ld+json', 'text/turtle']) {
      const listing = await graph(await request('GET', inbox, { accept, ...as(server.owner) }), inbox);
      assert.ok(listing.includes(`<${inbox}> <http://www.w3.org/ns/ldp#contains> <${location}>`));
    }
    const read = await request('GET', location!, { accept: 'application/ld+json', ...as(server.owner) });
    assert.deepEqual(await graph(read, location!), turtle('<> a <#Note>.', location!));
    for (const [method, url] of [['GET', inbox], ['GET', location!], ['DELETE', location!], ['GET', `${inbox}.acl`]] as const) {
      assert.equal((await request(method, url, as(sender))).status, 403, `${method} ${url}`);
    }
    assert.equal((await request('DELETE', location!, as(server.owner))).status, 204);
  });

  it('says which forms it takes (section 3.2, Accept-Post)', async () => {
    const answer = await request('OPTIONS', inbox, as(server.owner));
    assert.equal(answer.status, 204);
    assert.equal(answer.headers['accept-post'], '*/*');
  });
});
