import assert from 'node:assert/strict';
import { SigningKeys } from '../../src/identity/keys.ts';
import type { KeyAbout } from '../../src/identity/keys.ts';
import { sharedSecret } from '../../src/identity/secrets.ts';
import { Problem } from '../../src/problem.ts';
import type { Database } from '../../src/storage/database.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { databaseWithKeys } from './prepared-keys.ts';

const day = 86_400_000;

/** A clock that all processes of a test have in common. */
function clock() {
  let time = Date.now();
  return { now: () => time, pass: (milliseconds: number) => { time += milliseconds; } };
}

function states(list: readonly KeyAbout[], algorithm = 'ES256'): string[] {
  return list.filter((key) => key.algorithm === algorithm).map(({ state }) => state);
}

function kid(list: readonly KeyAbout[], state: KeyAbout['state'], algorithm = 'ES256'): string {
  return list.find((key) => key.algorithm === algorithm && key.state === state)!.kid;
}

describe('Signing keys', () => {
  let database: Database;
  let time: ReturnType<typeof clock>;
  const open = () => SigningKeys.open(database, { keyDays: 90, now: time.now });

  beforeEach(async () => {
    database = await databaseWithKeys();
    time = clock();
  });

  it('are one that signs and a next one, for ES256 and for RS256', async () => {
    await using signing = await open();
    assert.deepEqual(states(signing.list(), 'ES256'), ['signing', 'next']);
    assert.deepEqual(states(signing.list(), 'RS256'), ['signing', 'next']);
    assert.deepEqual(signing.publicKeys.keys.map(({ alg, kty, use }) => [alg, kty, use]), [
      ['ES256', 'EC', 'sig'], ['ES256', 'EC', 'sig'], ['RS256', 'RSA', 'sig'], ['RS256', 'RSA', 'sig'],
    ]);
  });

  it('have names that no command takes for an option', async () => {
    await using signing = await open();
    for (const { kid } of signing.list()) assert.match(kid, /^[0-9a-f]+$/);
  });

  it('are published without their private members', async () => {
    await using signing = await open();
    for (const key of signing.publicKeys.keys) {
      assert.deepEqual(Object.keys(key).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name)), []);
    }
    for (const key of signing.privateKeys) assert.equal(typeof key.d, 'string');
  });

  it('are the same after a restart', async () => {
    const before = await (async () => { await using signing = await open(); return signing.publicKeys; })();
    await using signing = await open();
    assert.deepEqual(signing.publicKeys, before);
  });

  it('are the same for processes that start at once on an empty database', async () => {
    database = new MemoryDatabase();
    const [one, ...others] = await Promise.all([open(), open(), open()]);
    for (const other of others) assert.deepEqual(other.publicKeys, one.publicKeys);
    for (const each of [one, ...others]) await each[Symbol.asyncDispose]();
  }).timeout(30_000);

  it('take over after 90 days, having been published all the time', async () => {
    await using signing = await open();
    const [first, next] = [kid(signing.list(), 'signing'), kid(signing.list(), 'next')];
    time.pass(89 * day);
    await signing.refresh();
    assert.equal(kid(signing.list(), 'signing'), first);
    time.pass(1.1 * day);
    await signing.refresh();
    assert.deepEqual(states(signing.list()), ['retired', 'signing', 'next']);
    assert.equal(kid(signing.list(), 'signing'), next);
    assert.equal(signing.privateKeys[0]!.kid, next);
    assert.ok(signing.publicKeys.keys.some((key) => key.kid === first), 'the old one is still published');
  });

  it('are kept until nothing that they signed is of use any more', async () => {
    await using signing = await open();
    const first = kid(signing.list(), 'signing');
    time.pass(90.1 * day);
    await signing.refresh();
    time.pass(13 * day);
    await signing.refresh();
    assert.ok(signing.list().some((key) => key.kid === first));
    time.pass(2 * day);
    await signing.refresh();
    assert.ok(!signing.list().some((key) => key.kid === first));
    assert.deepEqual(states(signing.list()), ['signing', 'next']);
  });

  it('go on when the server was off for longer than a key signs', async () => {
    await (await open())[Symbol.asyncDispose]();
    time.pass(400 * day);
    await using signing = await open();
    const list = signing.list().filter(({ algorithm }) => algorithm === 'ES256');
    assert.deepEqual(states(list), ['signing', 'next']);
    assert.ok(list.at(-1)!.from >= time.now() + day, 'the new next one is published for a day at least');
  });

  it('rotate when told to, as soon as the next ones have been published for a day', async () => {
    await using signing = await open();
    const next = kid(signing.list(), 'next');
    const told = await signing.rotate();
    assert.deepEqual(states(told), ['signing', 'next']);
    assert.ok(told.find((key) => key.kid === next)!.from <= time.now() + day);
    time.pass(day);
    await signing.refresh();
    assert.equal(kid(signing.list(), 'signing'), next);
    const later = kid(signing.list(), 'next');
    time.pass(2 * day);
    assert.equal(kid(await signing.rotate(), 'signing'), later);
  });

  it('rotate at once when that is urgent', async () => {
    await using signing = await open();
    const next = kid(signing.list(), 'next');
    assert.equal(kid(await signing.rotate({ urgent: true }), 'signing'), next);
    assert.deepEqual(states(signing.list(), 'RS256'), ['retired', 'signing', 'next']);
  });

  it('are revoked at once; the next one takes over', async () => {
    await using signing = await open();
    const [first, next] = [kid(signing.list(), 'signing'), kid(signing.list(), 'next')];
    const list = await signing.revoke(first);
    assert.equal(kid(list, 'signing'), next);
    assert.deepEqual(states(list), ['signing', 'next']);
    assert.ok(!signing.publicKeys.keys.some((key) => key.kid === first));
    await assert.rejects(signing.revoke(first), (error) => error instanceof Problem && error.kind === 'missing');
  });

  it('reach the other processes', async () => {
    await using one = await open();
    await using other = await open();
    let told = 0;
    other.onChange(() => { told += 1; });
    await one.revoke(kid(one.list(), 'signing'));
    await other.refresh();
    assert.deepEqual(other.publicKeys, one.publicKeys);
    assert.equal(told, 1);
    await other.refresh();
    assert.equal(told, 1);
  });

  it('reach the other processes by themselves', async () => {
    await using one = await open();
    await using other = await SigningKeys.open(database, { keyDays: 90, now: time.now, refreshSeconds: 0.02 });
    const changed = new Promise<void>((resolve) => { other.onChange(resolve); });
    await one.revoke(kid(one.list(), 'signing'));
    await changed;
    assert.deepEqual(other.publicKeys, one.publicKeys);
  });

  it('agree when two processes change them at once', async () => {
    await using one = await open();
    await using other = await open();
    await Promise.all([one.revoke(kid(one.list(), 'signing')), other.rotate({ urgent: true }),
      one.rotate({ urgent: true })]);
    await Promise.all([one.refresh(), other.refresh()]);
    assert.deepEqual(one.list(), other.list());
    assert.equal(states(one.list()).filter((state) => state === 'signing').length, 1);
    assert.equal(states(one.list()).filter((state) => state === 'next').length, 1);
  }).timeout(30_000);
});

describe('A shared secret', () => {
  it('is the same for all who ask, at once and later', async () => {
    const database = new MemoryDatabase();
    const asked = await Promise.all(Array.from({ length: 5 }, () => sharedSecret(database, 'cookies')));
    for (const secret of [...asked, await sharedSecret(database, 'cookies')]) assert.deepEqual(secret, asked[0]);
    assert.equal(asked[0]!.length, 32);
    assert.notDeepEqual(await sharedSecret(database, 'other'), asked[0]);
  });
});
