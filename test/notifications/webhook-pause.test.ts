import assert from 'node:assert/strict';
import { longestPause, longestRetryAfter, pauseAfter, readRetryAfter } from '../../src/notifications/webhook-pause.ts';

describe('the pause after a failure', () => {
  it('is twice as long each time, up to an hour, and half of it is up to chance', () => {
    for (const [failures, most] of [[1, 2_000], [2, 4_000], [5, 32_000], [12, longestPause], [100_000, longestPause]] as const) {
      const pauses = Array.from({ length: 200 }, () => pauseAfter(failures, 2_000));
      assert(Math.min(...pauses) >= most / 2, `${failures}: ${Math.min(...pauses)}`);
      assert(Math.max(...pauses) <= most, `${failures}: ${Math.max(...pauses)}`);
      assert(new Set(pauses).size > 100);
    }
  });

  it('is as long as the receiver asked for, when that is longer, up to six hours', () => {
    assert.equal(pauseAfter(1, 2_000, 60_000), 60_000);
    assert.equal(pauseAfter(1, 2_000, longestRetryAfter), longestRetryAfter);
    assert.equal(pauseAfter(1, 2_000, longestRetryAfter + 1), longestRetryAfter);
  });

  const now = Date.UTC(2026, 10, 26, 2);
  for (const [text, expected] of [
    ['120', 120_000], ['0', 0], [new Date(now + 5_000).toUTCString(), 5_000], [new Date(now - 5_000).toUTCString(), 0],
    [null, undefined], ['', undefined], ['-1', undefined], ['soon', undefined], ['9999999999', undefined],
  ] as const) {
    it(`takes ${JSON.stringify(text)} for ${expected} milliseconds (RFC 9110, 10.2.3)`, () => {
      assert.equal(readRetryAfter(text, now), expected);
    });
  }
});
