import assert from 'node:assert/strict';
import { log } from '../../src/log.ts';
import { openPostgresSeen } from '../../src/storage/postgres-seen.ts';
import { newPostgresDatabase, query } from './postgres-server.ts';
import { busy, seenContract } from './seen-contract.ts';

function clock() {
  let time = Date.now();
  return { now: () => time, pass: (seconds: number) => { time += seconds * 1000; } };
}

seenContract('openPostgresSeen', async () => {
  const url = await newPostgresDatabase();
  const { now, pass } = clock();
  const [near, far] = await Promise.all([1, 2].map(() => openPostgresSeen(url, { limit: 100, now })));
  return { near: near!, far: far!, now, pass };
});

describe('openPostgresSeen', function () {
  this.timeout(30_000);
  let url: string;
  const { level } = log;
  beforeEach(async () => {
    url = await newPostgresDatabase();
    log.level = 'silent';
  });
  afterEach(() => {
    log.level = level;
  });

  it('keeps marks in a table that is not in the log of the database, so that none costs a write to disk', async () => {
    await using _seen = await openPostgresSeen(url, { limit: 100 });
    assert.deepEqual(await query(url, "select relpersistence from pg_class where relname = 'seen'"), [{ relpersistence: 'u' }]);
  });

  it('makes the table once when many processes start at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => openPostgresSeen(url, { limit: 100 })));
    const firsts = await Promise.all(all.map((seen) => seen.first('same', Date.now() + 60_000)));
    assert.equal(firsts.filter(Boolean).length, 1);
    for (const seen of all) await seen[Symbol.asyncDispose]();
  });

  it('takes marks that come at the same time in few statements', async () => {
    await using seen = await openPostgresSeen(url, { limit: 10_000 });
    const marks = Array.from({ length: 2_500 }, (_, i) => `mark ${i}`);
    const firsts = await Promise.all(marks.map((mark) => seen.first(mark, Date.now() + 60_000)));
    assert.ok(firsts.every(Boolean));
    assert.deepEqual(await query(url, 'select count(*)::int from seen'), [{ count: 2_500 }]);
  });

  it('deletes marks a while after their time is up, those of processes that are gone too', async () => {
    const { now, pass } = clock();
    const gone = await openPostgresSeen(url, { limit: 100, now });
    for (const mark of ['1', '2', '3']) await gone.first(mark, now() + 60_000);
    await gone[Symbol.asyncDispose]();
    await using seen = await openPostgresSeen(url, { limit: 100, now });
    pass(100);
    await seen.first('4', now() + 60_000);
    // A process whose clock is slow could still be shown them.
    assert.equal(await seen.first('1', now() + 60_000), false);
    pass(30);
    await seen.first('5', now() + 60_000);
    await seen.first('6', now() + 60_000);
    assert.deepEqual(await query(url, 'select encode(mark, $$escape$$) as mark from seen order by mark'),
      [{ mark: '4' }, { mark: '5' }, { mark: '6' }]);
  });

  it('is busy while the database is away, lets nothing pass, and goes on when it is back', async () => {
    await using seen = await openPostgresSeen(url, { limit: 100 });
    await query(url, 'alter table seen rename to other');
    await assert.rejects(seen.first('a defect', Date.now() + 60_000), /relation "seen" does not exist/);
    await query(url, 'alter table other rename to seen');
    const connections = "from pg_stat_activity where application_name = 'freehold seen' and datname = current_database()";
    const name = url.split('/').at(-1)!;
    const admin = `${url.slice(0, -name.length)}postgres`;
    await query(admin, `alter database ${name} with allow_connections false`);
    await query(admin, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    await busy(seen.first('while it is away', Date.now() + 60_000));
    await query(admin, `alter database ${name} with allow_connections true`);
    assert.equal(await seen.first('later', Date.now() + 60_000), true);
    assert.equal((await query(url, `select pid ${connections}`)).length, 1);
  });

  it('says which database cannot be reached', async () => {
    await assert.rejects(openPostgresSeen('postgres://nobody@127.0.0.1:1/nothing', { limit: 1 }), /nothing at 127.0.0.1:1/);
  });
});
