/** What receivers and subscribers could try against the server, its people, or others. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { Context } from 'koa';
import { hashOf, newSecret } from '../../src/accounts/secret.ts';
import { openApp } from '../../src/app.ts';
import { schema } from '../../src/config/options.ts';
import { log } from '../../src/log.ts';
import { Sender } from '../../src/notifications/sender.ts';
import { WebhookChannels } from '../../src/notifications/webhook-channels.ts';
import { Subscriptions } from '../../src/notifications/webhook-subscriptions.ts';
import { rootPath } from '../../src/pods/path.ts';
import { Remote } from '../../src/remote/remote.ts';
import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { MemorySignal } from '../../src/storage/memory-signal.ts';
import { makePerson } from '../clients/account-script.ts';
import { TokenBearer } from '../clients/dpop.ts';
import { databaseWithKeys } from '../identity/prepared-keys.ts';
import { certificate } from '../remote/certificate.ts';
import { serveTls, until } from '../remote/servers.ts';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from '../solid/request.ts';
import { hook, startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';
import { context, subscribe } from './subscribe.ts';

const turtle = { 'content-type': 'text/turtle' };
const bob = 'https://bob.example/#me';
const taken = (response: ServerResponse): void => { response.writeHead(204).end(); };

describe('attacks by webhook', () => {
  let server: TestServer;
  let receiver: Receiver;
  let number = 0;
  before(async () => {
    server = await startServer({ remoteLocalhost: true, remoteSeconds: 0.5, webhookPauseSeconds: 0.02 });
  });
  after(() => server[Symbol.asyncDispose]());
  beforeEach(async () => { receiver = await startReceiver(); });
  afterEach(() => receiver[Symbol.asyncDispose]());

  const topicOf = (): string => `${server.open}attacked${number += 1}.ttl`;
  const put = (url: string, body = '', who = {}) => request('PUT', url, { ...turtle, ...who }, body);
  /** How a webhook of somebody fares, for whom there is one. */
  async function stateOf(webId: string) {
    const [found] = await new Subscriptions(server.app.notifications.core.database).of([webId]);
    return found;
  }

  describe('on a server in the open', () => {
    let strict: TestServer;
    before(async () => { strict = await startServer(); });
    after(() => strict[Symbol.asyncDispose]());

    for (const sendTo of [
      'https://10.1.2.3/', 'https://127.0.0.1/', 'https://2130706433/', 'https://0x7f.1/', 'https://[::1]/',
      'https://[::ffff:192.168.0.1]/', 'https://169.254.169.254/latest/meta-data', 'https://localhost/', 'https://a.localhost/',
      'http://93.184.216.34/', 'https://user:secret@93.184.216.34/', 'https://93.184.216.34:25/', 'file:///etc/passwd',
    ]) {
      it(`is refused when it is to go to ${sendTo}`, async () => {
        const answer = await subscribe(strict.url, 'WebhookChannel2023', { topic: `${strict.open}a`, sendTo }, as(bob));
        assert.equal(answer.status, 422);
        assert.doesNotMatch(answer.problem!.detail, /private|refused|resolve/);
      });
    }
  });

  it('does not reach a name that meant a public address at first, and a private one later (DNS rebinding)', async () => {
    await using victim = await serveTls((_request, response) => { response.writeHead(204).end(); });
    const addresses = ['93.184.216.34', '127.0.0.1'];
    const { core } = server.app.notifications;
    await using channels = new WebhookChannels(core, {
      remote: new Remote({
        ...schema.parse({}), authorities: [certificate],
        lookup: async () => [{ address: addresses.length > 1 ? addresses.shift()! : addresses[0]!, family: 4 }],
      }),
      sender: new Sender({ baseUrl: server.url, key: () => server.app.people.issuer.signingKey() }),
      signal: new MemorySignal(), shared: false, challenge: 'DPoP', isOwn: () => false, maxChannels: 1, maxChannelsPerAgent: 1,
      webhookPauseSeconds: 0.02, webhookGiveUpSeconds: 60, givenUp: async () => {},
    });
    const sight = await server.app.pods.look(server.pod, rootPath);
    const topic = topicOf();
    const webId = 'https://rebinder.example/#me';
    const secret = newSecret();
    await channels.open({
      id: hashOf(secret), type: 'WebhookChannel2023', pod: sight!.pod.id, path: server.app.pods.parsePath(`/${topic.slice(server.pod.length)}`),
      deep: false, agent: { webId }, by: webId, accept: 'jsonld', created: Date.now(), after: sight!.tally.sequence,
      endAt: Date.now() + 100_000, expires: Date.now() + 100_000,
    }, secret, { topic, one: () => `https://pod.test:${victim.port}/` }, {} as Context);
    channels.begin();
    await put(topic);
    await until(async () => (await stateOf(webId))?.state === 'failing');
    assert.match((await stateOf(webId))!.reason!, /not at a public address/);
    assert.deepEqual(victim.asked, []);
  });

  it('follows no redirect', async () => {
    const webId = 'https://redirecting.example/#me';
    await using victim = await startReceiver();
    receiver.answering = (response) => { response.writeHead(307, { location: victim.url }).end(); };
    const topic = topicOf();
    await hook(server.url, webId, { topic, sendTo: receiver.url });
    await put(topic);
    await until(async () => (await stateOf(webId))?.state === 'failing');
    assert.match((await stateOf(webId))!.reason!, /status 307/);
    assert.deepEqual(victim.inbox.rest, []);
  });

  for (const [what, answering] of Object.entries({
    'never answers': () => {},
    'answers a byte at a time': (response: ServerResponse) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 20);
      response.once('close', () => clearInterval(drip));
    },
    'answers without an end': (response: ServerResponse) => {
      response.writeHead(200);
      const flood = (): void => { while (!response.destroyed && response.write(Buffer.alloc(65_536)));  };
      response.on('drain', flood);
      flood();
    },
    'breaks off': (response: ServerResponse) => { response.destroy(); },
  })) {
    it(`holds up nobody else when it ${what}`, async () => {
      const webId = `https://${what.replaceAll(' ', '-')}.example/#me`;
      await using bad = await startReceiver(answering);
      const topic = topicOf();
      await hook(server.url, webId, { topic, sendTo: bad.url });
      await hook(server.url, bob, { topic, sendTo: receiver.url });
      const states: (string | undefined)[] = [];
      for (let i = 0; i < 5; i += 1) states.push((await put(topic, `<> a <#A${i}>.`)).headers.etag);
      for (const state of states) assert.equal((await receiver.next()).state, state);
      await until(async () => (await stateOf(webId))?.state === 'failing');
    });
  }

  it('has a backlog that delays nobody', async function () {
    this.timeout(20_000);
    const count = 200;
    await using bad = await startReceiver((response) => { response.writeHead(503).end(); });
    const topic = topicOf();
    // More than there are places for one host.
    for (let i = 0; i < 6; i += 1) await hook(server.url, `https://many.example/#${i}`, { topic, sendTo: bad.url });
    await hook(server.url, bob, { topic, sendTo: receiver.url });
    for (let i = 0; i < count; i += 1) await put(topic, `<> a <#A${i}>.`);
    const told = await receiver.inbox.take(count);
    assert.equal(new Set(told.map(({ body }) => (JSON.parse(body) as { id: string }).id)).size, count);
    assert.equal((await stateOf('https://many.example/#0'))!.state, 'failing');
  });

  it('does not learn what happened while a right was there that is gone when it would be told', async () => {
    const box = `${server.pod}box/`;
    const owner = as(server.owner);
    const rule = (of: string, agents: string): string => `@prefix acl: <http://www.w3.org/ns/auth/acl#>.
<#owner> a acl:Authorization; acl:accessTo <${of}>; acl:default <${of}>; acl:agent <${server.owner}>; acl:mode acl:Read, acl:Write, acl:Control.
<#others> a acl:Authorization; acl:accessTo <${of}>; acl:default <${of}>; ${agents} acl:mode acl:Read.`;
    await put(box, '', owner);
    assert.equal((await put(`${box}.acl`, rule(box, `acl:agent <${bob}>;`), owner)).status, 201);
    const held = new Promise<ServerResponse>((resolve) => {
      receiver.answering = (response) => {
        receiver.answering = taken;
        resolve(response);
      };
    });
    const answer = await subscribe(server.url, 'WebhookChannel2023', {
      'topic': box, 'sendTo': receiver.url, 'notify:depth': 'infinity',
    }, as(bob));
    assert.equal(answer.status, 200, answer.text);
    await put(`${box}first`, '', owner);
    const first = await held;
    await put(`${box}secret`, '<> a <#Secret>.', owner);
    await put(`${box}secret`, '<> a <#MoreSecret>.', owner);
    assert.equal((await put(`${box}secret.acl`, rule(`${box}secret`, ''), owner)).status, 201);
    await put(`${box}marker`, '', owner);
    taken(first);
    const told: string[] = [];
    for (let object = ''; !object.endsWith('marker');) {
      const message = await receiver.next();
      ({ object } = message);
      told.push(`${message.type} ${object.slice(box.length)}`);
    }
    // That something came into the container, its listing tells to whoever may read that.
    assert.deepEqual(told.filter((one) => !/ (?:first|marker)$/.test(one)), ['Add secret']);
  });

  it('cannot be ended by who guesses, or knows what is told of it', async () => {
    const topic = topicOf();
    const channel = await hook(server.url, bob, { topic, sendTo: receiver.url });
    const { id } = (await stateOf(bob))!;
    const service = channel.id.slice(0, channel.id.lastIndexOf('/') + 1);
    for (const guess of [id, newSecret(), 'a', '%2e%2e', `${channel.id.slice(service.length)}a`]) {
      assert.equal((await request('DELETE', service + guess)).status, 404, guess);
    }
    assert.equal((await request('DELETE', channel.id)).status, 204);
  });

  it('is refused to who may not read, alike for what is there and what is not', async () => {
    const ask = (topic: string) => subscribe(server.url, 'WebhookChannel2023', { topic, sendTo: receiver.url }, as(bob));
    const [there, nothing] = [await ask(`${server.pod}.acl`), await ask(`${server.pod}nothing`)];
    assert.deepEqual([there.status, nothing.status], [403, 403]);
    const missing = { ...nothing.problem! };
    const settings = await ask(`${server.pod}settings/`);
    assert.equal(settings.problem!.detail.replaceAll('settings/', 'nothing'), missing.detail);
  });

  it('ends at once when what it was made under is taken back', async () => {
    log.level = 'error';
    const stores = { database: await databaseWithKeys(), blobs: new MemoryBlobs() };
    const app = await openApp({
      ...schema.parse({}), port: 0, database: 'memory', remoteLocalhost: true, webhookPauseSeconds: 0.02,
    }, { stores });
    const { url } = await app.listen();
    try {
      const person = await makePerson(url, { email: 'carol@example.org', password: 'correct horse battery', pod: 'carol' });
      const carol = await TokenBearer.login(url, person.credential);
      const topic = `${person.pod}watched`;
      const answer = await carol.fetch(`${url}.notifications/WebhookChannel2023/`, {
        method: 'POST', headers: { 'content-type': 'application/ld+json' },
        body: JSON.stringify({ '@context': [context], 'type': 'WebhookChannel2023', topic, 'sendTo': receiver.url }),
      });
      assert.equal(answer.status, 200);
      const write = (body: string) => carol.fetch(topic, { method: 'PUT', headers: turtle, body });
      await write('');
      await receiver.next();
      const account = await app.people.accounts.accounts.byWebId(person.webId);
      await app.people.accounts.credentials.remove(account!.id, person.credential.id);
      app.people.issuer.ended();
      await until(async () => (await new Subscriptions(stores.database).of([person.webId])).length === 0);
      assert.deepEqual(receiver.inbox.rest, []);
    } finally {
      await app[Symbol.asyncDispose]();
    }
  });
});
