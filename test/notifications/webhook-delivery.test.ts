import assert from 'node:assert/strict';
import { openApp } from '../../src/app.ts';
import type { App } from '../../src/app.ts';
import { schema } from '../../src/config/options.ts';
import type { Options } from '../../src/config/options.ts';
import { freePort } from '../../src/http/server.ts';
import { log } from '../../src/log.ts';
import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { until } from '../remote/servers.ts';
import { believe, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from '../solid/request.ts';
import { newPostgresDatabase } from '../storage/postgres-server.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { databaseWithKeys } from '../identity/prepared-keys.ts';
import { hook, startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';

const turtle = { 'content-type': 'text/turtle' };
const quick = { remoteLocalhost: true, webhookPauseSeconds: 0.02 } as const;

interface Subscription {
  readonly id: string; readonly topic: string; readonly receiver: string; readonly state: string; readonly reason?: string;
  readonly lastDelivery?: number; readonly client?: string; readonly resource: string; readonly webId: string;
}

/** The account API, in the name of alice. */
async function logIn(server: TestServer) {
  const accept = { accept: 'application/json' };
  const login = await fetch(`${server.url}.account/login/password/`, {
    method: 'POST', headers: { ...accept, 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'alice@example.org', password: 'a long password' }),
  });
  const { authorization, controls: { account } } = await login.json() as {
    authorization: string; controls: { account: Record<'subscriptions' | 'log', string> };
  };
  const headers = { ...accept, authorization: `CSS-Account-Token ${authorization}` };
  const ask = async <T>(method: string, url: string): Promise<T & { status: number }> => {
    const answer = await fetch(url, { method, headers });
    return { ...await answer.json() as T, status: answer.status };
  };
  return {
    ask,
    subscriptions: async () => (await ask<{ subscriptions: Subscription[] }>('GET', account.subscriptions)).subscriptions,
    events: async () => (await ask<{ entries: { kind: string; about?: string }[] }>('GET', account.log)).entries,
  };
}

describe('webhooks, beyond one message', () => {
  let receiver: Receiver;
  beforeEach(async () => { receiver = await startReceiver(); });
  afterEach(() => receiver[Symbol.asyncDispose]());

  it('are told, after the server was stopped and started, what they were not told before', async function () {
    this.timeout(20_000);
    const options = { ...quick, database: 'level' as const, data: await temporaryDirectory(), port: await freePort() };
    const first = await startServer(options);
    const [topic, other] = [`${first.open}a.ttl`, `${first.open}b.ttl`];
    await hook(first.url, first.owner, { topic, sendTo: receiver.url });
    await request('PUT', topic, turtle, '');
    assert.equal((await receiver.next()).type, 'Create');
    receiver.answering = (response) => { response.writeHead(503).end(); };
    await request('PUT', topic, turtle, '<> a <#A>.');
    await request('PUT', other, turtle, '');
    await receiver.next();
    await first[Symbol.asyncDispose]();

    receiver.answering = (response) => { response.writeHead(204).end(); };
    const refused = receiver.inbox.rest.length;
    await receiver.inbox.take(refused);
    await using second = await startServer(options);
    const { headers } = await request('PUT', topic, turtle, '<> a <#B>.');
    const [next, last] = [await receiver.next(), await receiver.next()];
    assert.deepEqual([next.type, last.type, last.state], ['Update', 'Update', headers.etag]);
    const [subscription] = await (await logIn(second)).subscriptions();
    assert.equal(subscription?.state, 'working');
  });

  it('are shown to their owner, who may end them, and to nobody else', async () => {
    await using server = await startServer(quick);
    const topic = `${server.open}shown.ttl`;
    const alice = await logIn(server);
    assert.deepEqual(await alice.subscriptions(), []);
    const app = 'https://app.example/id';
    await hook(server.url, server.owner, { topic, sendTo: `${receiver.url}secret?token=1` }, { client: app });
    await hook(server.url, 'https://bob.example/#me', { topic, sendTo: receiver.url });

    const [subscription, ...others] = await alice.subscriptions();
    assert.deepEqual(others, []);
    const { id, resource, topic: shown, receiver: to, client, webId, state } = subscription!;
    assert.deepEqual([shown, to, client, webId, state], [topic, receiver.url.slice(0, -1), app, server.owner, 'working']);
    assert.doesNotMatch(JSON.stringify(subscription), /secret|token/);
    for (const wrong of [id.replace(/./g, '0'), 'x', `${id}0`]) {
      assert.equal((await alice.ask('DELETE', resource.replace(id, wrong))).status, 404);
    }
    assert.equal((await alice.ask('DELETE', resource)).status, 200);
    assert.deepEqual(await alice.subscriptions(), []);
    await request('PUT', topic, turtle, '');
    await receiver.next();
    assert.deepEqual(receiver.inbox.rest, [], 'the other one was told, and this one was not');
  });

  it('are given up when the receiver fails for too long; their owner is told why', async () => {
    await using server = await startServer({ ...quick, webhookGiveUpSeconds: 0.1 });
    const topic = `${server.open}given-up.ttl`;
    const alice = await logIn(server);
    await hook(server.url, server.owner, { topic, sendTo: receiver.url });
    await request('PUT', topic, turtle, '');
    await receiver.next();
    receiver.answering = (response) => { response.writeHead(500).end(); };
    await request('PUT', topic, turtle, '<> a <#A>.');
    await until(async () => (await alice.subscriptions())[0]?.state === 'disabled');
    const [subscription] = await alice.subscriptions();
    assert.match(subscription!.reason!, /status 500/);
    assert(subscription!.lastDelivery! <= Date.now());
    await until(async () => (await alice.events()).some(({ kind }) => kind === 'webhook-disabled'));
    const { about } = (await alice.events()).find(({ kind }) => kind === 'webhook-disabled')!;
    assert.equal(about, `${receiver.url.slice(0, -1)}: It answered with status 500.`);
    assert.equal((await alice.ask('DELETE', subscription!.resource)).status, 200);
    assert.deepEqual(await alice.subscriptions(), []);
  });

  it('are as many of one WebID as there may be, and no more', async () => {
    await using server = await startServer({ ...quick, maxChannelsPerAgent: 2, maxChannels: 3 });
    const ask = (webId: string) => hook(server.url, webId, { topic: `${server.open}a`, sendTo: receiver.url });
    const [first] = [await ask('https://bob.example/'), await ask('https://bob.example/')];
    await assert.rejects(ask('https://bob.example/'), /429/);
    await ask('https://carol.example/');
    await assert.rejects(ask('https://dave.example/'), /503/);
    assert.equal((await request('DELETE', first.id)).status, 204);
    await assert.rejects(ask('https://bob.example/'), /503/);
  });

  describe('of two processes on one database', () => {
    const apps: App[] = [];
    afterEach(async () => { await Promise.all(apps.splice(0).map((app) => app[Symbol.asyncDispose]())); });

    async function startOne(databaseUrl: string, baseUrl: string, port: number): Promise<App> {
      const options: Options = { ...schema.parse({}), ...quick, port, baseUrl, database: 'postgres', databaseUrl };
      const app = await openApp(options, {
        identify: believe, stores: { database: await openPostgres(databaseUrl), blobs: new MemoryBlobs() },
      });
      apps.push(app);
      return app;
    }

    it('are told by one of them, and by the other when that one stops', async function () {
      this.timeout(60_000);
      log.level = 'error';
      const databaseUrl = await newPostgresDatabase();
      await using seeded = await openPostgres(databaseUrl);
      for await (const { key, value } of (await databaseWithKeys()).range([])) await seeded.commit({ puts: [{ key, value }] });
      const ports = [await freePort(), await freePort()] as const;
      const baseUrl = `http://localhost:${ports[0]}/`;
      const one = await startOne(databaseUrl, baseUrl, ports[0]);
      const other = await startOne(databaseUrl, baseUrl, ports[1]);
      await one.plant([{ email: 'alice@example.org', password: 'a long password', pods: [{ name: 'alice', open: ['playground/'] }] }]);
      for (const app of [one, other]) await app.listen();

      const topic = `${baseUrl}alice/playground/a.ttl`;
      const put = async (port: number, body: string): Promise<string> => {
        const url = topic.replace(String(ports[0]), String(port));
        const answer = await request('PUT', url, { ...turtle, host: `localhost:${ports[0]}` }, body);
        return answer.headers.etag!;
      };
      await hook(baseUrl, 'https://bob.example/', { topic, sendTo: receiver.url });
      const states = [await put(ports[1], ''), await put(ports[0], '<> a <#A>.')];
      assert.deepEqual([(await receiver.next()).state, (await receiver.next()).state], states);
      await one[Symbol.asyncDispose]();
      apps.splice(apps.indexOf(one), 1);
      const last = await put(ports[1], '<> a <#B>.');
      assert.equal((await receiver.next()).state, last);
      assert.deepEqual(receiver.inbox.rest, []);
    });
  });
});
