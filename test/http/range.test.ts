import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseRange } from '../../src/http/range.ts';
import { Problem } from '../../src/problem.ts';

const digits = '9'.repeat(400);

describe('A range of bytes (RFC 9110, 14.1.2)', () => {
  const parts: [header: string, size: number, start: number, end: number][] = [
    ['bytes=0-499', 1000, 0, 499],
    ['bytes=500-999', 1000, 500, 999],
    ['bytes=0-0', 1000, 0, 0],
    ['bytes=0-', 1000, 0, 999],
    ['bytes=999-', 1000, 999, 999],
    ['bytes=900-5000', 1000, 900, 999],
    [`bytes=0-${digits}`, 1000, 0, 999],
    ['bytes=-1', 1000, 999, 999],
    ['bytes=-1000', 1000, 0, 999],
    ['bytes=-5000', 1000, 0, 999],
    [`bytes=-${digits}`, 1000, 0, 999],
    ['BYTES=1-2', 1000, 1, 2],
    [' bytes= 1-2 ', 1000, 1, 2],
    ['bytes=0-0', 1, 0, 0],
  ];
  for (const [header, size, start, end] of parts) {
    it(`of ${size} bytes, '${header.slice(0, 20)}' is ${start} to ${end}`, () => {
      assert.deepEqual(parseRange(header, size), { start, end });
    });
  }

  const whole: [header: string | undefined, size: number][] = [
    [undefined, 10], ['', 10], ['bytes', 10], ['bytes=', 10], ['bytes=-', 10], ['bytes=a-b', 10], ['bytes=5-4', 10],
    ['bytes=20-10', 10], ['bytes=0-1,3-4', 10], ['bytes=0x1-2', 10], ['bytes=1.0-2', 10], ['bytes=--1', 10],
    ['bytes 0-1', 10], ['lines=0-1', 10], ['bytes=0-1;', 10], ['bytes=0-', 0], ['bytes=-5', 0], ['bytes=3-4', 0],
  ];
  for (const [header, size] of whole) {
    it(`'${header}' of ${size} bytes is answered in full`, () => assert.equal(parseRange(header, size), undefined));
  }

  for (const header of ['bytes=1000-', 'bytes=1000-1001', 'bytes=-0', `bytes=${digits}-`]) {
    it(`'${header.slice(0, 20)}' of 1000 bytes is beyond the end`, () => {
      assert.throws(() => parseRange(header, 1000), (error) =>
        error instanceof Problem && error.kind === 'range' && error.headers['content-range'] === 'bytes */1000');
    });
  }

  it('lies within the representation, whatever the header', () => {
    const number = fc.oneof(
      fc.nat(20), fc.bigInt({ min: 0n }).map(String), fc.constant(''), fc.string({ maxLength: 2 }),
    );
    const unit = fc.constantFrom('bytes=', 'bytes=', 'bytes = ', 'x=');
    const header = fc.tuple(unit, number, fc.constantFrom('-', '-', ' -', ','), number);
    fc.assert(fc.property(header, fc.nat(20), (text, size) => {
      try {
        const range = parseRange(text.join(''), size);
        if (range) assert.ok(0 <= range.start && range.start <= range.end && range.end < size, JSON.stringify(range));
      } catch (error) {
        assert.ok(error instanceof Problem && error.kind === 'range', String(error));
      }
    }), { numRuns: 1000 });
  });
});
