import assert from 'node:assert/strict';
import { latestFirst, LatestFirstIds } from '../../src/storage/latest-first.ts';

const now = Date.UTC(2026, 10, 26);

describe('LatestFirstIds', () => {
  it('sort with the latest first, also those of one millisecond', () => {
    const ids = new LatestFirstIds();
    const inTurn = [now - 1, ...Array.from({ length: 1_000 }, (_, i) => now + i / 1_000), now + 1, now + 2]
      .map((at) => ids.next(at));
    assert.deepEqual([...inTurn].sort(), inTurn.toReversed());
  });

  it('are not those of another process', () => {
    assert.notEqual(new LatestFirstIds().next(now), new LatestFirstIds().next(now));
  });

  it('sort before what all ids of an earlier time begin with, and behind that of their own', () => {
    const id = new LatestFirstIds().next(now);
    assert.ok(latestFirst(now) < id && id < latestFirst(now - 1));
  });

  it('are told from other texts', () => {
    const texts = [new LatestFirstIds().next(now), '', '1', '../../account', `${latestFirst(now)}-`];
    assert.deepEqual(texts.filter((text) => LatestFirstIds.is(text)), texts.slice(0, 1));
  });
});
