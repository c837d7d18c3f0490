import assert from 'node:assert/strict';
import { expiryEntry, expiryKey, sweepExpired } from '../../src/accounts/expiry.ts';
import type { Database, Key, Write } from '../../src/storage/database.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { entriesOf } from './open-room.ts';

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const put = (database: Database, key: Key, expires: number) =>
  database.commit({ puts: [{ key, value: json({ expires }) }, expiryEntry(key, expires)] });
const left = async (database: Database): Promise<string[]> => (await entriesOf(database)).map(({ key }) => key.join('/'));

describe('the sweep of what has expired', () => {
  it('deletes what ends now or before, with its index, and nothing else', async () => {
    const database = new MemoryDatabase();
    for (const at of [999, 1000, 1001]) await put(database, ['token', String(at)], at);
    assert.equal(await sweepExpired(database, 1000, 10), 2);
    assert.deepEqual(await left(database), ['expiry/0000000000001001/token/1001', 'token/1001']);
  });

  it('leaves what ends later than the index says, and drops that entry of the index', async () => {
    const database = new MemoryDatabase();
    await put(database, ['token', 'a'], 1000);
    await put(database, ['token', 'a'], 2000);
    assert.equal(await sweepExpired(database, 1500, 10), 1);
    assert.deepEqual(await left(database), ['expiry/0000000000002000/token/a', 'token/a']);
    await sweepExpired(database, 2000, 10);
    assert.deepEqual(await left(database), []);
  });

  it('deletes what is due twice', async () => {
    const database = new MemoryDatabase();
    await put(database, ['token', 'a'], 1000);
    await put(database, ['token', 'a'], 1200);
    assert.equal(await sweepExpired(database, 1500, 10), 2);
    assert.deepEqual(await left(database), []);
  });

  for (const value of ['{}', '{"expires":"1"}', 'null', 'not JSON']) {
    it(`leaves ${value}, which does not say when it ends`, async () => {
      const database = new MemoryDatabase();
      await database.commit({ puts: [{ key: ['token', 'a'], value: Buffer.from(value) }, expiryEntry(['token', 'a'], 1)] });
      await sweepExpired(database, 1500, 10);
      assert.deepEqual(await left(database), ['token/a']);
    });
  }

  it('deletes with a record what its family says goes with it', async () => {
    const database = new MemoryDatabase();
    await put(database, ['oidc', 'Session', 'a'], 1000);
    await database.commit({ puts: [{ key: ['uid', 'u'], value: json(1) }, { key: ['uid', 'v'], value: json(1) }] });
    await sweepExpired(database, 1500, 10, { oidc: { also: () => [['uid', 'u'], ['oidc', 'Session', 'a']] } });
    assert.deepEqual(await left(database), ['uid/v']);
  });

  it('goes on behind what cannot be ended, tells of it, and calls it again', async () => {
    const database = new MemoryDatabase();
    await database.commit({ puts: [expiryEntry(['account', 'a'], 1), expiryEntry(['account', 'b'], 2)] });
    await put(database, ['token', 'c'], 3);
    const calls: string[] = [];
    const end = async ([, id = '']: Key): Promise<boolean> => {
      calls.push(id);
      if (id === 'a') throw new Error('not yet');
      return calls.length > 2;
    };
    await assert.rejects(sweepExpired(database, 10, 10, { account: { end } }), /not yet/);
    await assert.rejects(sweepExpired(database, 10, 10, { account: { end } }), /not yet/);
    assert.deepEqual(calls, ['a', 'b', 'a', 'b']);
    assert.deepEqual(await left(database), ['expiry/0000000000000001/account/a']);
  });

  it('looks at no more than it may, the longest expired first', async () => {
    const database = new MemoryDatabase();
    for (let i = 0; i < 250; i += 1) await put(database, ['token', String(i).padStart(3, '0')], 1000 - i);
    assert.equal(await sweepExpired(database, 1000, 120), 120);
    assert.equal((await entriesOf(database, ['token'])).at(-1)!.key[1], '129');
    assert.equal(await sweepExpired(database, 1000, 1000), 130);
    assert.equal(await sweepExpired(database, 1000, 1000), 0);
  });

  it('leaves a record that is renewed while it looks, and takes the others', async () => {
    class Renewing extends MemoryDatabase {
      renewed = false;
      override async commit(write: Write): Promise<string | undefined> {
        if (!this.renewed && write.deletes !== undefined) {
          this.renewed = true;
          await put(this, ['token', 'a'], 5000);
        }
        return super.commit(write);
      }
    }
    const database = new Renewing();
    for (const name of ['a', 'b', 'c']) await put(database, ['token', name], 1000);
    await sweepExpired(database, 1500, 10);
    assert.deepEqual(await left(database), ['expiry/0000000000005000/token/a', 'token/a']);
  });

  it('finds its entries by the key of the record', () => {
    assert.deepEqual(expiryKey(keys.token('x'), 12.5), ['expiry', '0000000000000013', 'token', 'x']);
  });
});
