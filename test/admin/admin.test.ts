import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { AuditLog } from '../../src/admin/audit.ts';
import type { Deed } from '../../src/admin/audit.ts';
import { Lists } from '../../src/admin/blocks.ts';
import { Figures } from '../../src/admin/figures.ts';
import { Jobs } from '../../src/admin/jobs.ts';
import { NodeSettings } from '../../src/admin/settings.ts';
import { SetupLink } from '../../src/admin/setup.ts';
import type { Beside } from '../../src/pods/transaction.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { MemorySignal } from '../../src/storage/memory-signal.ts';
import { Problem } from '../../src/problem.ts';
import { collect } from '../storage/database-contract.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const begin = Date.UTC(2026, 10, 26);

describe('the audit log', () => {
  const outcomeOf = (): { outcome: 'refused'; why: string } => ({ outcome: 'refused', why: 'no' });

  it('has what was begun before it is done, and its outcome after', async () => {
    const audit = new AuditLog(new MemoryDatabase(), () => begin);
    const deed = { who: { account: 'a', role: 'admin' }, action: 'x', whom: 'b' };
    await audit.trace(deed, outcomeOf, async () => {
      assert.deepEqual((await collect(audit.list())).map(({ outcome }) => outcome), ['begun']);
    });
    await assert.rejects(audit.trace(deed, outcomeOf, async () => { throw new Error('broken'); }), /broken/);
    const entries = await collect(audit.list());
    assert.deepEqual(entries.map(({ outcome }) => outcome), ['refused', 'done']);
    assert.deepEqual(entries[0]!.details, { why: 'no' });
  });

  it('lists the latest first, by page and by filter, and trims the old', async () => {
    let now = begin;
    const audit = new AuditLog(new MemoryDatabase(), () => now);
    for (let i = 0; i < 10; i += 1) {
      await audit.trace({ who: { role: i % 2 === 0 ? 'owner' : 'support' }, action: `a${i}` }, outcomeOf, async () => undefined);
      now += day;
    }
    const entries = await collect(audit.list());
    assert.deepEqual(entries.map(({ action }) => action), Array.from({ length: 10 }, (_, i) => `a${9 - i}`));
    assert.deepEqual((await collect(audit.list({}, entries[6]!.id))).map(({ action }) => action), ['a2', 'a1', 'a0']);
    assert.deepEqual((await collect(audit.list({ who: 'support' }))).length, 5);
    assert.equal(await audit.trim(5.5), 5);
    assert.equal((await collect(audit.list())).length, 5);
  });

  it('trims by the time that an entry says, whatever the form of its id, and many at once', async () => {
    const database = new MemoryDatabase();
    const audit = new AuditLog(database, () => begin);
    const entries = Array.from({ length: 1_201 }, (_, i) => ({
      key: keys.audit(`9998${String(i).padStart(12, '0')}-${'0'.repeat(12)}`),
      value: Buffer.from(JSON.stringify({
        who: {}, action: `a${i}`, outcome: 'done', at: i === 7 ? begin : begin - 2 * day,
      })),
    }));
    await database.commit({ puts: entries });
    assert.equal(await audit.trim(1), 1_200);
    assert.deepEqual((await collect(audit.list())).map(({ action }) => action), ['a7']);
  });

  it('keeps of details as much as 500 characters each and 4 KiB together, and of whom it is about 2000', async () => {
    const audit = new AuditLog(new MemoryDatabase(), () => begin);
    const deeds: Partial<Deed>[] = [
      { details: { reason: 'r'.repeat(10_000) } }, { details: { reason: ['r'.repeat(10_000)] } },
      { details: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`d${i}`, 'r'.repeat(400)])) },
      { whom: 'w'.repeat(60_000) },
    ];
    for (const deed of deeds) await audit.trace({ who: {}, action: 'x', ...deed }, outcomeOf, async () => undefined);
    const entries = await collect(audit.list());
    assert.equal(entries.length, deeds.length);
    const left = { left: 'too long to be kept' };
    assert.deepEqual(entries.map(({ details }) => details).filter((details) => details !== undefined)
      .sort((one, other) => JSON.stringify(one).length - JSON.stringify(other).length),
    [left, left, { reason: 'r'.repeat(500) }]);
    assert.deepEqual(entries.flatMap(({ whom }) => whom ?? []), ['w'.repeat(2_000)]);
  });

  it('has room for a hundred refusals of an account in an hour', () => {
    let now = begin;
    const audit = new AuditLog(new MemoryDatabase(), () => now);
    for (let i = 0; i < 100; i += 1) {
      assert.ok(audit.hasRoom('a'), String(i));
      now += minute / 2;
    }
    assert.ok(!audit.hasRoom('a'));
    assert.ok(audit.hasRoom('b'));
    now += 9 * minute;
    assert.ok(!audit.hasRoom('a'));
    now += 2 * minute;
    assert.ok(audit.hasRoom('a'));
  });
});

describe('the setup link', () => {
  it('is good for nothing where there is an owner, however it was made', async () => {
    const database = new MemoryDatabase();
    const link = new SetupLink(database);
    const secret = await link.make();
    await link.check(secret);
    await assert.rejects(link.check('x'), Problem);
    const writes = (): Beside => ({
      read: (wanted) => database.get(wanted), put: () => assert.fail(), delete: (key) => assert.deepEqual(key, keys.setup),
    });
    await link.use(writes(), secret);
    await database.commit({ puts: [{ key: keys.owners, value: Buffer.from('["a"]') }] });
    for (const one of [secret, await link.make()]) {
      await assert.rejects(link.check(one), Problem);
      await assert.rejects(link.use(writes(), one), Problem);
    }
  });
});

describe('the settings of a node', () => {
  it('are what whoever starts it says, or else what administrators set, or else the default', async () => {
    const database = new MemoryDatabase();
    const signal = new MemorySignal();
    using settings = await NodeSettings.open(database, signal, {
      fixed: { mailFrom: 'a@example.org' }, defaults: { signUp: 'invite', quotaBytes: 10 },
    });
    assert.deepEqual(settings.current, { signUp: 'invite', quotaBytes: 10, mailFrom: 'a@example.org' });
    await settings.set({ signUp: 'open', quotaBytes: 20 });
    await assert.rejects(settings.set({ mailFrom: 'b@example.org' }), (error) => error instanceof Problem && error.kind === 'conflict');
    assert.deepEqual(settings.current, { signUp: 'open', quotaBytes: 20, mailFrom: 'a@example.org' });
    await settings.set({ signUp: null });
    assert.equal(settings.current.signUp, 'invite');
  });

  it('are told to the other processes', async () => {
    const database = new MemoryDatabase();
    const signal = new MemorySignal();
    const open = () => NodeSettings.open(database, signal, { fixed: {}, defaults: {} });
    using one = await open();
    using other = await open();
    const told = new PassThrough();
    other.onChange(() => told.emit('told'));
    const heard = once(told, 'told');
    await one.set({ message: 'Closed on Sunday.' });
    await heard;
    assert.equal(other.current.message, 'Closed on Sunday.');
  });
});

describe('the lists of a node', () => {
  it('block apps and issuers, and trust only those that are allowed, if there are any', async () => {
    let changes = 0;
    using lists = await Lists.open(new MemoryDatabase(), new MemorySignal(), async () => { changes += 1; });
    assert.equal(lists.appBlocked('https://app.example/id'), undefined);
    await lists.add('blocked-app', 'https://app.example/id', 'spam');
    assert.equal(lists.appBlocked('https://app.example/id'), 'spam');
    await lists.add('blocked-issuer', 'https://bad.example');
    assert.match(lists.issuerRefused('https://bad.example/')!, /does not take/);
    assert.equal(lists.issuerRefused('https://good.example/'), undefined);
    await lists.add('allowed-issuer', 'https://good.example/');
    assert.equal(lists.issuerRefused('https://good.example'), undefined);
    assert.match(lists.issuerRefused('https://third.example/')!, /some issuers only/);
    await lists.remove('allowed-issuer', 'https://good.example/');
    assert.equal(lists.issuerRefused('https://third.example/'), undefined);
    assert.equal(changes, 4);
    for (const what of ['', 'no address', 'ftp://x.example/', `https://x.example/${'y'.repeat(2_000)}`]) {
      await assert.rejects(lists.add('blocked-issuer', what), Problem);
    }
    await assert.rejects(lists.remove('blocked-app', 'https://other.example/'), Problem);
  });
});

describe('figures', () => {
  it('add up what several processes counted, by minutes, hours and days', async () => {
    const database = new MemoryDatabase();
    let now = begin;
    const [one, other] = [new Figures(database, () => now), new Figures(database, () => now)];
    for (let i = 0; i < 3; i += 1) {
      one.request(10, false);
      other.request(100, i === 0);
      other.count('logins');
      await one.flush();
      await other.flush();
      now += 2 * 60 * minute;
    }
    for (const span of ['day', 'month', 'years'] as const) {
      const { series } = await one.read(span);
      const sum = (name: string): number => series[name]!.reduce((total, { value }) => total + value, 0);
      assert.deepEqual([sum('requests'), sum('errors'), sum('logins')], [6, 1, 3], span);
    }
    const { series: { 'latency-p50': half, 'latency-p99': most } } = await one.read('years');
    assert(half![0]!.value >= 9 && half![0]!.value <= 13, String(half![0]!.value));
    assert(most![0]!.value >= 90 && most![0]!.value <= 130);
  });

  it('go on in a time that is not over, also with what is counted while they are kept', async () => {
    const database = new MemoryDatabase();
    const figures = new Figures(database, () => begin);
    for (let i = 0; i < 3; i += 1) {
      figures.request(10, true);
      const kept = figures.flush();
      figures.count('logins');
      await kept;
    }
    const { series } = await figures.read('day');
    assert.deepEqual(['requests', 'errors', 'logins'].map((name) => series[name]), Array(3).fill([{ at: begin, value: 3 }]));
    assert.equal((await collect(database.range(['figure']))).length, 3);
  });

  it('show what was measured last, not its sum', async () => {
    const figures = new Figures(new MemoryDatabase(), () => begin);
    figures.measure({ people: 5 });
    figures.measure({ people: 7, bytes: 100 });
    const { series } = await figures.read('day');
    assert.deepEqual([series['people']!.map(({ value }) => value), series['bytes']!.map(({ value }) => value)], [[7], [100]]);
  });

  it('are trimmed when they are kept for long enough, and have no more points than a plot can show', async () => {
    const database = new MemoryDatabase();
    let now = begin;
    const figures = new Figures(database, () => now);
    for (let i = 0; i < 26 * 60; i += 1) {
      figures.count('requests');
      await figures.flush();
      now += minute;
    }
    await figures.trim();
    const { series } = await figures.read('day');
    assert(series['requests']!.length <= 289, String(series['requests']!.length));
    const kept = await collect(database.range(['figure', 'minute']));
    assert(kept.length <= 24 * 60 + 1 && kept.length >= 24 * 60 - 1, String(kept.length));
  });
});

describe('jobs', () => {
  it('are done again and again, also after one that failed, until it is told to stop', async () => {
    const lines: string[] = [];
    const jobs = new Jobs(pino({}, { write: (line: string) => lines.push(line) }));
    const turns = new PassThrough();
    let done = 0;
    jobs.add({ name: 'x', about: 'X.', everySeconds: 0.001, work: async () => {
      done += 1;
      if (done === 3) turns.emit('thrice');
      if (done === 1) throw new Error('the disk is gone');
    } });
    await once(turns, 'thrice');
    await jobs[Symbol.asyncDispose]();
    const after = done;
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /the disk is gone/);
    await new Promise((resolve) => { setImmediate(resolve); });
    assert.equal(done, after);
  });

  it('tell how it went, and are done now when somebody wants it', async () => {
    await using jobs = new Jobs(pino({ level: 'silent' }));
    let broken = false;
    jobs.add({ name: 'x', about: 'X.', everySeconds: 1_000, work: async () => { if (broken) throw new Error('no'); } });
    await jobs.run('x');
    assert.equal(jobs.list()[0]!.outcome, 'done');
    broken = true;
    await assert.rejects(jobs.run('x'), /no/);
    assert.deepEqual([jobs.list()[0]!.outcome, jobs.list()[0]!.error], ['failed', 'no']);
    await assert.rejects(jobs.run('y'), Problem);
  });
});
