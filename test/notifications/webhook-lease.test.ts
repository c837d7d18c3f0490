import assert from 'node:assert/strict';
import { Lease } from '../../src/notifications/webhook-lease.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';

describe('the lease on what one process does', () => {
  /** Two processes, each with a clock of its own. */
  function open() {
    const database = new MemoryDatabase();
    const clocks = [0, 5_000_000];
    const [one, other] = clocks.map((_, i) =>
      new Lease(database, 'work', { milliseconds: 1_000, now: () => clocks[i]! }));
    const pass = (milliseconds: number): void => { clocks.forEach((time, i) => { clocks[i] = time + milliseconds; }); };
    return { database, one: one!, other: other!, pass };
  }

  it('is held by one, for as long as that one shows that it is alive', async () => {
    const { one, other, pass } = open();
    assert.equal(await one.tend(), true);
    for (let i = 0; i < 5; i += 1) {
      assert.equal(await other.tend(), false);
      pass(900);
      assert.equal(await one.tend(), true);
    }
    assert(one.check);
    assert.equal(other.check, undefined);
  });

  it('is taken over from one that shows no sign of life for long enough, by the clock of the other', async () => {
    const { database, one, other, pass } = open();
    await one.tend();
    const { check } = one;
    assert.equal(await other.tend(), false);
    pass(999);
    assert(one.check);
    assert.equal(await other.tend(), false);
    pass(1);
    assert.equal(one.check, undefined);
    assert.equal(await other.tend(), true);
    const late = { checks: [check!], puts: [{ key: keys.health, value: new Uint8Array() }] };
    assert.equal(await database.commit(late), undefined, 'what the first one still wants to write');
    assert.equal(await one.tend(), false);
    assert.equal(await one.tend(), false);
  });

  it('goes to one of two who want it at the same time', async () => {
    const { one, other } = open();
    assert.deepEqual((await Promise.all([one.tend(), other.tend()])).toSorted((a, b) => Number(a) - Number(b)), [false, true]);
  });

  it('is free at once when it was released', async () => {
    const { one, other } = open();
    await one.tend();
    await other.tend();
    await one.release();
    assert.equal(one.check, undefined);
    assert.equal(await other.tend(), true);
    await one.release();
    assert.equal(await one.tend(), false);
  });
});
