import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { log } from '../../src/log.ts';
import { Problem } from '../../src/problem.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { addOne } from './add-one.ts';
import { bytes, collect, databaseContract, textOf } from './database-contract.ts';
import { newPostgresDatabase, query } from './postgres-server.ts';

databaseContract('openPostgres', { durable: true }, async () => {
  const url = await newPostgresDatabase();
  return () => openPostgres(url);
});

describe('openPostgres', function () {
  this.timeout(30_000);
  let url: string;
  const { level } = log;
  before(async () => {
    url = await newPostgresDatabase();
    log.level = 'silent';
  });
  after(() => {
    log.level = level;
  });

  it('can be opened for the first time by many processes at once', async () => {
    const fresh = await newPostgresDatabase();
    const opened = await Promise.all(Array.from({ length: 8 }, () => openPostgres(fresh, { connections: 1 })));
    await Promise.all(opened.map((database, index) =>
      database.commit({ puts: [{ key: ['a', String(index)], value: bytes('') }] })));
    assert.equal((await collect(opened[0]!.range(['a']))).length, 8);
    for (const database of opened) await database[Symbol.asyncDispose]();
  });

  it('refuses tables of a newer version', async () => {
    const fresh = await newPostgresDatabase();
    await (await openPostgres(fresh))[Symbol.asyncDispose]();
    await query(fresh, 'insert into migrations (number) values (1000)');
    await assert.rejects(openPostgres(fresh), /made by a newer version/);
  });

  it('loses no commit and lets one win each race between two databases on the same keys', async () => {
    await using one = await openPostgres(url);
    await using other = await openPostgres(url, { connections: 3 });
    const counter = ['counter'];
    const versions = await Promise.all(Array.from({ length: 40 }, (_, index) =>
      addOne(index % 2 === 0 ? one : other, [counter])));
    const [entry] = await other.get([counter]);
    assert.equal(textOf(entry), '40');
    assert.equal(entry?.version, versions.toSorted().at(-1));
    for (let round = 0; round < 10; round += 1) {
      const key = ['made', String(round)];
      const results = await Promise.all(Array.from({ length: 8 }, (_, index) =>
        [one, other][index % 2]!.commit({ checks: [{ key, exists: false }], puts: [{ key, value: bytes('') }] })));
      assert.equal(results.filter((version) => version !== undefined).length, 1);
    }
  });

  it('keeps a rule over two keys that each of two commits checks and only one of them writes', async () => {
    await using one = await openPostgres(url);
    await using other = await openPostgres(url);
    for (let round = 0; round < 20; round += 1) {
      const [left, right] = [['left', String(round)], ['right', String(round)]];
      const value = bytes('');
      const results = await Promise.all([
        one.commit({ checks: [{ key: right, exists: false }], puts: [{ key: left, value }] }),
        other.commit({ checks: [{ key: left, exists: false }], puts: [{ key: right, value }] }),
      ]);
      assert.equal(results.filter((version) => version !== undefined).length, 1);
    }
  });

  it('loses no commit of two processes on the same key', async () => {
    const program = fileURLToPath(new URL('postgres-writer.ts', import.meta.url));
    const run = promisify(execFile);
    await Promise.all([1, 2].map(() => run(process.execPath, ['--import', 'tsx', program, url, '12'])));
    await using database = await openPostgres(url);
    assert.equal(textOf((await database.get([['shared counter']]))[0]), '24');
  });

  it('deletes and puts in opposite orders without a deadlock that shows', async () => {
    await using database = await openPostgres(url);
    const keys = Array.from({ length: 6 }, (_, index) => ['crossed', String(index)]);
    await Promise.all(Array.from({ length: 40 }, (_, index) => {
      const ordered = index % 2 === 0 ? keys : keys.toReversed();
      if (index % 4 === 3) return database.commit({ deletes: ordered });
      return database.commit({ puts: ordered.map((key) => ({ key, value: bytes(String(index)) })) });
    }));
    const found = await collect(database.range(['crossed']));
    assert.ok(found.length === 0 || found.length === keys.length);
    assert.ok(new Set(found.map(({ version }) => version)).size <= 1);
  });

  it('names the database, and not the password, when it cannot be reached', async () => {
    await assert.rejects(openPostgres('postgres://someone:secret@127.0.0.1:1/pods'), (error: Error) =>
      error.message.startsWith('The PostgreSQL database pods at 127.0.0.1:1 cannot be reached: ')
        && !error.message.includes('secret'));
    const nowhere = url.replace(/[^/]*$/, 'nowhere');
    await assert.rejects(openPostgres(nowhere), /nowhere at .* cannot be reached: .*does not exist/);
  });

  it('answers "busy" when the server goes away, and works again once it is back', async () => {
    await using database = await openPostgres(url, { connections: 2 });
    const key = ['outage'];
    await database.commit({ puts: [{ key, value: bytes('kept') }] });
    await database.get([key]);
    const name = url.replace(/.*\//, '');
    const server = url.replace(/[^/]*$/, 'postgres');
    await query(server, `alter database ${name} with allow_connections false`);
    await query(server, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const isBusy = (error: unknown): boolean => error instanceof Problem && error.kind === 'busy';
      await assert.rejects(database.get([key]), isBusy);
      await assert.rejects(database.commit({ deletes: [key] }), isBusy);
    }
    await query(server, `alter database ${name} with allow_connections true`);
    assert.equal(textOf((await database.get([key]))[0]), 'kept');
    assert.ok(await database.commit({ deletes: [key] }));
  });
});
