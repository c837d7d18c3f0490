import assert from 'node:assert/strict';
import { freshSeconds } from '../../src/remote/freshness.ts';

describe('How long an answer is fresh (RFC 9111, 4.2)', () => {
  const cases: [headers: Record<string, string>, seconds: number][] = [
    [{}, 30],
    [{ 'cache-control': 'max-age=600' }, 600],
    [{ 'cache-control': 'public, Max-Age=600, must-revalidate' }, 600],
    [{ 'cache-control': 'max-age="600"' }, 600],
    [{ 'cache-control': 'max-age=600, max-age=900' }, 600],
    [{ 'cache-control': 's-maxage=600' }, 30],
    [{ 'cache-control': 'max-age=60, s-maxage=600' }, 60],
    [{ 'cache-control': 'private, max-age=600' }, 600],
    [{ 'cache-control': 'max-age=0' }, 30],
    [{ 'cache-control': 'max-age=29' }, 30],
    [{ 'cache-control': 'max-age=31536000, immutable' }, 86_400],
    [{ 'cache-control': `max-age=${'9'.repeat(400)}` }, 86_400],
    [{ 'cache-control': 'no-store, max-age=600' }, 30],
    [{ 'cache-control': 'max-age=600, no-cache' }, 30],
    [{ 'cache-control': 'no-cache="set-cookie", max-age=600' }, 30],
    [{ 'cache-control': 'max-age=-1' }, 30],
    [{ 'cache-control': 'max-age=soon' }, 30],
    [{ 'cache-control': 'max-age=' }, 30],
    [{ 'cache-control': 'x-max-age=600' }, 30],
    [{ 'cache-control': 'max-age=600', 'age': '100' }, 500],
    [{ 'cache-control': 'max-age=600', 'age': '1000' }, 30],
    [{ 'cache-control': 'max-age=600', 'age': '-1000' }, 600],
    [{ 'cache-control': 'max-age=31536000', 'age': '3600' }, 86_400],
    [{ 'cache-control': 'max-age=600', 'age': 'old' }, 600],
    [{ expires: 'Fri, 01 Jan 2100 00:00:00 GMT' }, 30],
  ];
  for (const [headers, seconds] of cases) {
    it(`is ${seconds} seconds for ${JSON.stringify(headers).slice(0, 80)}`, () => {
      assert.equal(freshSeconds(new Headers(headers)), seconds);
    });
  }
});
