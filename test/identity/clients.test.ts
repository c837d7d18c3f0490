import assert from 'node:assert/strict';
import { sweepExpired } from '../../src/accounts/expiry.ts';
import { oidcEnds, OidcRecords } from '../../src/identity/adapter.ts';
import { ClientDocuments } from '../../src/identity/client-documents.ts';
import { Clients } from '../../src/identity/clients.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { openRemote } from '../remote/servers.ts';

const day = 86_400_000;

describe('Registered apps', () => {
  let now: number;
  let database: MemoryDatabase;
  let clients: Clients;
  const remote = openRemote();
  after(() => remote[Symbol.asyncDispose]());

  beforeEach(() => {
    now = Date.now();
    database = new MemoryDatabase();
    clients = new Clients(new OidcRecords(database, () => now), {
      credential: async () => undefined,
      verifyCredential: async () => false,
      clientDocuments: new ClientDocuments({ remote, staleSeconds: 60 }),
    });
  });

  const sweep = () => sweepExpired(database, now, 1000, { oidc: oidcEnds });

  it('are not forgotten as long as they are used once a year', async () => {
    await clients.upsert('app', { client_id: 'app', redirect_uris: ['https://app.example/'] });
    for (let year = 0; year < 3; year += 1) {
      now += 364 * day;
      await sweep();
      assert.equal((await clients.find('app'))?.client_id, 'app');
    }
  });

  it('are forgotten when nobody used them for a year', async () => {
    await clients.upsert('app', { client_id: 'app' });
    now += 366 * day;
    assert.equal(await clients.find('app'), undefined);
    await sweep();
    for await (const { key } of database.range([])) assert.fail(key.join('/'));
  });

  it('are written once a day, however often they are used', async () => {
    await clients.upsert('app', { client_id: 'app' });
    const version = async () => {
      for await (const entry of database.range(['oidc', 'Client'])) return entry.version;
      return undefined;
    };
    const first = await version();
    now += day / 2;
    await clients.find('app');
    assert.equal(await version(), first);
    now += day;
    await clients.find('app');
    const second = await version();
    assert.notEqual(second, first);
    await clients.find('app');
    assert.equal(await version(), second);
  });

  it('have secrets of which only the hash is stored', async () => {
    await clients.upsert('app', { client_id: 'app', client_secret: 'a secret of an app' });
    const found = await clients.find('app');
    assert.ok(!JSON.stringify(found).includes('a secret of an app'));
    assert.equal(await clients.hasSecret('app', found!.client_secret, 'a secret of an app'), true);
    for (const wrong of ['a secret of an ap', '', found!.client_secret!]) {
      assert.equal(await clients.hasSecret('app', found!.client_secret, wrong), false);
    }
    assert.equal(await clients.hasSecret('app', undefined, ''), false);
  });
});
