import assert from 'node:assert/strict';
import { freePort } from '../../src/http/server.ts';
import { log } from '../../src/log.ts';
import { as, startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { request } from '../solid/request.ts';
import { newPostgresDatabase, query } from '../storage/postgres-server.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { connect, receiveFrom } from './subscribe.ts';
import type { Listening } from './subscribe.ts';

const turtle = { 'content-type': 'text/turtle' };

const cutSignals = `
  select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = 'freehold signal' and datname = current_database()`;

describe('Notifications of several processes on one PostgreSQL', function () {
  this.timeout(60_000);
  let databaseUrl: string;
  let one: TestServer;
  let other: TestServer;
  let otherPort: number;
  before(async () => {
    databaseUrl = await newPostgresDatabase();
    const shared = { database: 'postgres' as const, databaseUrl, data: await temporaryDirectory() };
    one = await startServer(shared);
    otherPort = await freePort();
    other = await startServer({ ...shared, baseUrl: one.url, port: otherPort });
  });
  after(async () => {
    await other[Symbol.asyncDispose]();
    await one[Symbol.asyncDispose]();
  });

  /** Subscribes at one process and connects to the other. */
  async function acrossProcesses(asked: object, headers = {}): Promise<Listening> {
    const address = new URL(await receiveFrom(one.url, 'WebSocketChannel2023', asked, headers));
    address.port = String(otherPort);
    return connect(address.href);
  }

  it('reach the sockets of all: subscribed here, connected there, changed here', async () => {
    const topic = `${one.open}shared.ttl`;
    using channel = await acrossProcesses({ topic });
    for (const type of ['Create', 'Update', 'Update']) {
      await request('PUT', topic, turtle, `# ${type} ${Math.random()}`);
      assert.equal((await channel.next()).type, type);
    }
  });

  it('arrive by the log when the hints are lost', async () => {
    const topic = `${one.open}unheard.ttl`;
    using channel = await acrossProcesses({ topic });
    const { level } = log;
    log.level = 'silent';
    try {
      assert((await query(databaseUrl, cutSignals)).length >= 2);
      await request('PUT', topic, turtle, '');
      assert.equal((await channel.next()).type, 'Create');
    } finally {
      log.level = level;
    }
  });

  it('end everywhere when the grant is withdrawn in one', async () => {
    const { accounts, issuer } = one.app.people;
    const account = (await accounts.accounts.byEmail('alice@example.org'))!;
    const { credential: { id } } = await accounts.credentials.create(account.id, one.owner, 'a script');
    using channel = await acrossProcesses({ topic: one.pod }, as(one.owner, { client: id, issuer: one.url }));
    await accounts.credentials.remove(account.id, id);
    issuer.ended();
    assert.equal(await channel.closed, 1008);
  });
});
