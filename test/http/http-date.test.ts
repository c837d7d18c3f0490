import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatHttpDate, parseHttpDate } from '../../src/http/http-date.ts';

describe('HTTP dates (RFC 9110, 5.6.7)', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const good: [text: string, iso: string][] = [
    ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
    ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
    ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37.000Z'],
    ['Sun Nov 16 08:49:37 1994', '1994-11-16T08:49:37.000Z'],
    ['Tuesday, 01-Jan-76 00:00:00 GMT', '2076-01-01T00:00:00.000Z'],
    ['Tuesday, 01-Jan-77 00:00:00 GMT', '1977-01-01T00:00:00.000Z'],
    ['Sat, 29 Feb 2020 12:00:00 GMT', '2020-02-29T12:00:00.000Z'],
    ['Sat, 31 Dec 2016 23:59:60 GMT', '2017-01-01T00:00:00.000Z'],
  ];
  for (const [text, iso] of good) {
    it(`are read from '${text}'`, () => assert.equal(parseHttpDate(text, now)?.toISOString(), iso));
  }
  const bad = [
    '', '0', '1994-11-06T08:49:37Z', 'Sun, 6 Nov 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 94 08:49:37 GMT', 'Sun, 31 Feb 1994 08:49:37 GMT', 'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT', 'sun, 06 nov 1994 08:49:37 gmt', 'Sun, 06 Nov 1994 08:49:37 +0000',
  ];
  for (const text of bad) it(`are not read from '${text}'`, () => assert.equal(parseHttpDate(text, now), undefined));

  it('come back as they went out, to the second', () => {
    const date = fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(fc.property(date, (moment) => {
      assert.equal(parseHttpDate(formatHttpDate(moment))?.getTime(), Math.floor(moment.getTime() / 1000) * 1000);
    }), { numRuns: 300 });
  });
});
