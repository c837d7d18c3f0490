import assert from 'node:assert/strict';
import type { JsonWebKey } from 'node:crypto';
import { Parser, Store } from 'n3';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from '../solid/request.ts';
import { hook, startReceiver, verifySignature } from './receiver.ts';
import type { Receiver } from './receiver.ts';
import { sequenceOf, subscribe } from './subscribe.ts';

const turtle = { 'content-type': 'text/turtle' };
const bob = 'https://bob.example/#me';

describe('WebhookChannel2023', () => {
  let server: TestServer;
  let receiver: Receiver;
  let number = 0;
  before(async () => { server = await startServer({ remoteLocalhost: true, webhookPauseSeconds: 0.02 }); });
  after(() => server[Symbol.asyncDispose]());
  beforeEach(async () => { receiver = await startReceiver(); });
  afterEach(() => receiver[Symbol.asyncDispose]());

  const put = (url: string, body: string) => request('PUT', url, turtle, body);
  const topicOf = (): string => `${server.open}topic${number += 1}.ttl`;

  it('sends what happens to a resource to where the subscriber said, in order, with its state', async () => {
    const topic = topicOf();
    const channel = await hook(server.url, bob, { topic, sendTo: `${receiver.url}in?for=bob#part` });
    assert.equal(channel.sendTo, `${receiver.url}in?for=bob`);
    assert.equal(channel.sender, `${server.url}.notifications/sender#it`);
    const made = await put(topic, '<> a <#A>.');
    const received = await receiver.inbox.take(1);
    const changed = await put(topic, '<> a <#B>.');
    received.push(...await receiver.inbox.take(1));
    await request('DELETE', topic);
    received.push(...await receiver.inbox.take(1));
    assert.deepEqual(received.map(({ method, path, headers }) => [method, path, headers['content-type']]),
      Array(3).fill(['POST', '/in?for=bob', 'application/ld+json']));
    const messages = received.map(({ body }) => JSON.parse(body) as { type: string; object: string; state?: string; id: string });
    assert.deepEqual(messages.map(({ type, object, state }) => [type, object, state]), [
      ['Create', topic, made.headers.etag], ['Update', topic, changed.headers.etag], ['Delete', topic, undefined],
    ]);
    const sequences = messages.map((message) => sequenceOf(message as never));
    assert.deepEqual(sequences.toSorted((one, other) => one - other), sequences);
  });

  it('signs what it sends with a key of the issuer of the sender (RFC 9421; RFC 9530)', async () => {
    const topic = topicOf();
    const { sender } = await hook(server.url, bob, { topic, sendTo: `${receiver.url}?a=b` });
    await put(topic, '');
    const received = await receiver.inbox.next();
    const document = await request('GET', sender);
    const quads = new Store(new Parser({ baseIRI: sender }).parse(document.text));
    const [issuer] = quads.getObjects(sender, 'http://www.w3.org/ns/solid/terms#oidcIssuer', null);
    const { text } = await request('GET', `${issuer!.value}.well-known/openid-configuration`);
    const jwks = await request('GET', (JSON.parse(text) as { jwks_uri: string }).jwks_uri);
    const { keys } = JSON.parse(jwks.text) as { keys: JsonWebKey[] };

    const signed = verifySignature(received, keys);
    assert.deepEqual([...signed.keys()], ['@method', '@target-uri', 'content-type', 'content-digest']);
    assert.throws(() => verifySignature({ ...received, path: '/?a=c' }, keys), /the signature is good/);
    assert.throws(() => verifySignature({ ...received, body: `${received.body} ` }, keys), assert.AssertionError);
  });

  it('sends Turtle to those who asked for it', async () => {
    const topic = topicOf();
    await hook(server.url, bob, { topic, sendTo: receiver.url, accept: 'text/turtle' });
    await put(topic, '');
    const { headers, body } = await receiver.inbox.next();
    assert.equal(headers['content-type'], 'text/turtle');
    assert.equal(new Store(new Parser().parse(body)).countQuads(null, 'https://www.w3.org/ns/activitystreams#object', topic, null), 1);
  });

  it('begins with a message when the subscriber knows another state (Notification Features)', async () => {
    const topic = topicOf();
    const { headers: { etag } } = await put(topic, '');
    await hook(server.url, bob, { topic, sendTo: receiver.url, state: '"another"' });
    assert.equal((await receiver.next()).state, etag);
    const second = await put(topic, '<> a <#A>.');
    assert.equal((await receiver.next()).state, second.headers.etag);
  });

  it('goes on after a failure with what was not taken, in order, and the same ids', async () => {
    const topic = topicOf();
    let refusals = 2;
    receiver.answering = (response) => { response.writeHead(refusals-- > 0 ? 500 : 201, { 'retry-after': '0' }).end(); };
    await hook(server.url, bob, { topic, sendTo: receiver.url });
    for (const name of ['A', 'B', 'C']) await put(topic, `<> a <#${name}>.`);
    const [first, again, taken, ...others] = await receiver.inbox.take(5);
    assert.equal(again!.body, first!.body);
    assert.equal(taken!.body, first!.body);
    assert.deepEqual([first!, ...others].map(({ body }) => (JSON.parse(body) as { type: string }).type), ['Create', 'Update', 'Update']);
  });

  it('ends when the receiver answers 410 (Gone), or its address gets a DELETE', async () => {
    const topic = topicOf();
    await using other = await startReceiver();
    const channel = await hook(server.url, bob, { topic, sendTo: receiver.url });
    await hook(server.url, bob, { topic, sendTo: other.url });
    receiver.answering = (response) => { response.writeHead(410).end(); };
    await put(topic, '');
    await receiver.next();
    await other.next();
    await put(topic, '<> a <#B>.');
    await other.next();
    assert.equal((await request('DELETE', channel.id)).status, 404);
    const second = await hook(server.url, bob, { topic, sendTo: receiver.url });
    assert.equal((await request('GET', second.id)).headers.allow, 'DELETE');
    assert.equal((await request('DELETE', second.id)).status, 204);
    await put(topic, '<> a <#A>.');
    await other.next();
    assert.deepEqual(receiver.inbox.rest, []);
  });

  it('sends the last of what happened within the time that was asked for (Notification Features, `rate`)', async () => {
    const topic = topicOf();
    await hook(server.url, bob, { topic, sendTo: receiver.url, rate: 'PT0.2S' });
    await put(topic, '');
    await receiver.next();
    let last = '';
    for (const name of ['A', 'B', 'C', 'D']) last = (await put(topic, `<> a <#${name}>.`)).headers.etag!;
    let count = 0;
    for (let state: string | undefined; state !== last; count += 1) ({ state } = await receiver.next());
    assert(count <= 2, `${count} messages`);
  });

  it('is for somebody with a WebID, names a receiver elsewhere, and is refused to who may not read', async () => {
    const topic = topicOf();
    const asked = { topic, sendTo: receiver.url };
    const anonymous = await subscribe(server.url, 'WebhookChannel2023', asked);
    assert.equal(anonymous.status, 401);
    assert.match(String(anonymous.headers['www-authenticate']), /DPoP/);
    for (const sendTo of [undefined, 'nowhere', `${server.open}inbox/`, 'ftp://example.org/', 'http://10.0.0.1/', 'https://192.168.1.1/']) {
      const refused = await subscribe(server.url, 'WebhookChannel2023', { topic, sendTo }, as(bob));
      assert.equal(refused.status, 422, String(sendTo));
    }
    const secret = await subscribe(server.url, 'WebhookChannel2023', { ...asked, topic: `${server.pod}private` }, as(bob));
    assert.equal(secret.status, 403);
  });

  it('shows who the sender is, as Turtle and as JSON-LD', async () => {
    const url = `${server.url}.notifications/sender`;
    const json = await request('GET', url, { accept: 'application/ld+json' });
    assert.deepEqual(json.headers['content-type'], 'application/ld+json');
    assert.match(json.text, new RegExp(`${url}#it`));
    assert.equal((await request('POST', url, turtle, '')).status, 405);
  });
});
