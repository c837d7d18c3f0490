import assert from 'node:assert/strict';
import { nextTurn, Pace, Turn } from '../../src/storage/pace.ts';

describe('the pace of reads', () => {
  const share = (pace: Pace): number => Array.from({ length: 3_200 }, () => pace.isSlow()).filter(Boolean).length / 3_200;

  it('is slow when they take longer than they may on the average, and then one in 32 is tried all the same', () => {
    const pace = new Pace(1);
    for (let i = 0; i < 200; i += 1) pace.took(0.9);
    assert.equal(share(pace), 0);
    for (let i = 0; i < 200; i += 1) pace.took(1.1);
    assert.equal(share(pace), 31 / 32);
    for (let i = 0; i < 200; i += 1) pace.took(0.9);
    assert.equal(share(pace), 0);
  });

  it('is not slow for long because of one that took very long', () => {
    const pace = new Pace(1);
    for (let i = 0; i < 20; i += 1) pace.took(0.01);
    pace.took(10_000);
    for (let i = 0; i < 3; i += 1) pace.took(0.01);
    assert.equal(pace.isSlow(), false);
  });
});

describe('a turn of the event loop', () => {
  it('is over when so much is done as may be, and then another one begins', async () => {
    const turn = new Turn(10);
    assert.deepEqual([turn.isOver(4), turn.isOver(6), turn.isOver(1), turn.isOver(1)], [false, false, true, true]);
    await nextTurn();
    await nextTurn();
    assert.deepEqual([turn.isOver(10), turn.isOver(1)], [false, true]);
  });
});
