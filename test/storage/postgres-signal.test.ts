import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { log } from '../../src/log.ts';
import { openPostgresSignal } from '../../src/storage/postgres-signal.ts';
import { newPostgresDatabase, query } from './postgres-server.ts';
import { signalContract, wakeCounter } from './signal-contract.ts';

const terminate = `
  select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = 'freehold signal' and datname = current_database()`;

signalContract('openPostgresSignal', async () => {
  const url = await newPostgresDatabase();
  return [await openPostgresSignal(url), await openPostgresSignal(url)];
});

describe('openPostgresSignal', function () {
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

  it('connects again when the connection breaks, and wakes everyone then', async () => {
    await using near = await openPostgresSignal(url);
    await using far = await openPostgresSignal(url);
    const [one, other] = [wakeCounter(), wakeCounter()];
    using _one = far.listen('one', one.wake);
    using _other = far.listen('other', other.wake);
    assert.equal((await query(url, terminate)).length, 2);
    await Promise.all([one.more(0), other.more(0)]);
    const before = one.count();
    for (; one.count() === before; await wait(50)) near.notify('one');
  });

  it('wakes listeners of its own process, and never throws, while the database is away', async () => {
    await using signal = await openPostgresSignal(url);
    const here = wakeCounter();
    using _here = signal.listen('here', here.wake);
    await query(url, terminate);
    for (let round = 0; round < 20; round += 1) {
      const before = here.count();
      signal.notify('here');
      await here.more(before);
    }
  });

  it('closes while it is connecting again', async () => {
    const signal = await openPostgresSignal(url);
    await query(url, terminate);
    await wait(20);
    await signal[Symbol.asyncDispose]();
    await wait(300);
    assert.deepEqual(await query(url, `select pid from pg_stat_activity where application_name = 'freehold signal'
      and datname = current_database()`), []);
  });

  it('names the database when it cannot be reached', async () => {
    await assert.rejects(openPostgresSignal('postgres://someone:secret@127.0.0.1:1/pods'), (error: Error) =>
      error.message.startsWith('The PostgreSQL database pods at 127.0.0.1:1 cannot be reached: ')
        && !error.message.includes('secret'));
  });
});
