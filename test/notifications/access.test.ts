import assert from 'node:assert/strict';
import { decodeJwt } from 'jose';
import { App } from '../identity/browser.ts';
import { Browser } from '../pages/open-pages.ts';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { ownerOf, until } from './owner.ts';
import type { Owner } from './owner.ts';
import { connect, listen, receiveFrom, refusal } from './subscribe.ts';

const bob = 'https://bob.example/#me';
const carol = 'https://carol.example/#me';

describe('Who is told (judged when there is something to tell)', () => {
  let server: TestServer;
  let owner: Owner;
  before(async () => {
    server = await startServer();
    owner = ownerOf(server);
  });
  after(() => server[Symbol.asyncDispose]());

  it('tells with "depth": "infinity" all that happens below a container, to those who may read that', async () => {
    const topic = await owner.box(bob);
    const depth = { 'notify:depth': 'infinity' };
    using channel = await listen(server.url, { topic, ...depth }, as(bob));
    await owner.put(`${topic}x/y.ttl`, '<> a <#A>.');
    await owner.allow(`${topic}secret/`, []);
    await owner.put(`${topic}secret/hidden.ttl`, '');
    await owner.remove(`${topic}secret/hidden.ttl`);
    await owner.put(`${topic}marker`, '');
    const told = await until(channel, `${topic}marker`);
    assert.deepEqual(told.map(({ type, object, target }) => [type, object, target]), [
      ['Create', `${topic}x/`, undefined], ['Add', `${topic}x/`, topic],
      ['Create', `${topic}x/y.ttl`, undefined], ['Add', `${topic}x/y.ttl`, `${topic}x/`],
      ['Add', `${topic}secret/`, topic],
    ]);

    using owners = await listen(server.url, { topic, ...depth }, as(server.owner));
    await owner.allow(`${topic}secret/`, []);
    assert.deepEqual([(await owners.next()).object], [`${topic}secret/.acl`], 'who has Control is told of rules');
  });

  it('tells nothing of a change to whom the right was withdrawn before it was delivered', async () => {
    const topic = await owner.box(bob);
    const address = await receiveFrom(server.url, 'WebSocketChannel2023', { topic }, as(bob));
    await owner.put(`${topic}untold`, '');
    await owner.allow(topic, []);
    using channel = await connect(address);
    using witness = await listen(server.url, { topic }, as(server.owner));
    await owner.put(`${topic}hidden`, '');
    assert.equal((await witness.next()).object, `${topic}hidden`);
    await owner.allow(topic, [bob]);
    await owner.put(`${topic}told`, '');
    assert.equal((await channel.next()).object, `${topic}told`);
  });

  it('tells that the topic is gone, with its rules, to those who might read it until then, and to no others', async () => {
    const container = await owner.box(carol);
    const topic = `${container}own.ttl`;
    await owner.put(topic, '');
    await owner.allow(topic, [bob], false);
    using bobs = await listen(server.url, { topic }, as(bob));
    using carols = await listen(server.url, { topic: container, 'notify:depth': 'infinity' }, as(carol));
    await owner.remove(topic);
    assert.equal((await bobs.next()).type, 'Delete');
    await owner.put(`${container}marker`, '');
    assert.deepEqual((await until(carols, `${container}marker`)).map(({ type, object }) => [type, object]),
      [['Remove', topic]], 'whom the container shows that it is no more in it');
  });

  it('tells nothing of the end of a topic to whom the right was withdrawn before', async () => {
    const container = await owner.box();
    const topic = `${container}own.ttl`;
    await owner.put(topic, '');
    await owner.allow(topic, [bob], false);
    const address = await receiveFrom(server.url, 'WebSocketChannel2023', { topic }, as(bob));
    using channel = await connect(address);
    await owner.allow(topic, [], false);
    await owner.put(topic, '# seen by nobody');
    using witness = await listen(server.url, { topic }, as(server.owner));
    await owner.remove(topic);
    assert.equal((await witness.next()).type, 'Delete');
    await owner.allow(container, [bob]);
    await owner.put(topic, '# again');
    assert.equal((await channel.next()).type, 'Create');
  });

  it('tells nobody who comes late what was in a folder that is gone with its rules, however long ago', async () => {
    const topic = await owner.box(bob);
    const depth = { 'notify:depth': 'infinity' };
    const address = await receiveFrom(server.url, 'WebSocketChannel2023', { topic, ...depth }, as(bob));
    await owner.allow(`${topic}secret/`, []);
    // More than is read of a log at a time.
    const names = Array.from({ length: 140 }, (_, i) => `${topic}secret/private-${i}`);
    await Promise.all(names.map((name) => owner.put(name, '')));
    await Promise.all(names.map((name) => owner.remove(name)));
    await owner.remove(`${topic}secret/`);
    await owner.put(`${topic}marker`, '');
    using channel = await connect(address);
    const told = await until(channel, `${topic}marker`);
    assert.deepEqual(told.filter(({ object }) => object.includes('/private-')), []);
  }).timeout(30_000);

  it('tells nothing of a storage that is shut', async () => {
    const topic = await owner.box(bob);
    const address = await receiveFrom(server.url, 'WebSocketChannel2023', { topic }, as(bob));
    await owner.put(`${topic}untold`, '');
    const { pods } = server.app;
    const { accounts, endings } = server.app.people.accounts;
    const { id } = (await accounts.byWebId(server.owner))!;
    await endings.suspend(id);
    const channel = await connect(address);
    await assert.rejects(listen(server.url, { topic: server.pod }, as(server.owner)), /403/);
    const sight = (await pods.look(server.pod, pods.parsePath(new URL(topic).pathname.replace('/alice', ''))))!;
    assert.equal(await server.app.notifications.core.judge.mayRead(sight, { webId: bob }), false);
    await endings.restore(id);
    await owner.put(`${topic}told`, '');
    assert((await until(channel, `${topic}told`)).every(({ object }) => object === `${topic}untold`));
    channel[Symbol.dispose]();
  });

  it('tells of no more than a grant is narrowed to while the channel is open, and goes on with the rest', async () => {
    const [kept, lost] = [await owner.box(), await owner.box()];
    const app = await App.register(server.url);
    const node = { port: Number(new URL(server.url).port), baseUrl: server.url };
    const browser = await new Browser(node).open(app.authorizationUrl().href);
    await browser.submit('/login/', { email: 'alice@example.org', password: 'a long password' });
    await browser.submit('/consent/', { decision: 'allow', level: 'everything', duration: 'year' });
    const { body: tokens } = await app.exchange(new URL(browser.url).searchParams.get('code')!);
    const { grant, authorization_details: authority } = decodeJwt(tokens['access_token']!);
    const agent = as(server.owner, { client: app.id, issuer: server.url, grant: grant as string, authority });
    const deep = { 'notify:depth': 'infinity' };
    using channel = await listen(server.url, { topic: server.pod, ...deep }, agent);
    using narrow = await listen(server.url, { topic: lost, ...deep }, agent);
    using witness = await listen(server.url, { topic: server.pod, ...deep }, as(server.owner));
    await owner.put(`${lost}before`, '');
    for (const one of [channel, narrow, witness]) await until(one, `${lost}before`);

    const account = (await server.app.people.accounts.accounts.byEmail('alice@example.org'))!.id;
    const details = [{ type: 'solid', locations: [kept], actions: ['read'] }];
    assert.ok(await server.app.people.issuer.changeGrant(account, grant as string, { authorizationDetails: details }));
    await owner.put(`${lost}after`, '');
    await owner.put(`${kept}marker`, '');
    assert.ok((await until(witness, `${kept}marker`)).some(({ object }) => object === `${lost}after`));
    const told = await until(channel, `${kept}marker`);
    assert.deepEqual(told.filter(({ object }) => object === `${lost}after`), []);
    assert.ok(narrow.inbox.rest.every((text) => !text.includes(`${lost}after`)));
    assert.deepEqual([channel, narrow].map(({ socket }) => socket.readyState), [channel.socket.OPEN, channel.socket.OPEN]);
  });

  it('closes when the grant is withdrawn under which the channel was made', async () => {
    const { accounts, issuer } = server.app.people;
    const account = (await accounts.accounts.byEmail('alice@example.org'))!;
    const { credential: { id } } = await accounts.credentials.create(account.id, server.owner, 'a script');
    using channel = await listen(server.url, { topic: server.pod }, as(server.owner, { client: id, issuer: server.url }));
    using other = await listen(server.url, { topic: server.pod }, as(server.owner));
    const address = await receiveFrom(server.url, 'WebSocketChannel2023', { topic: server.pod },
      as(server.owner, { client: id, issuer: server.url }));
    await accounts.credentials.remove(account.id, id);
    issuer.ended();
    assert.equal(await channel.closed, 1008);
    assert.equal(await refusal(address), 403);
    assert.equal(other.socket.readyState, other.socket.OPEN);
  });
});
