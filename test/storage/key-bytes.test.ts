import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterAllKeys, keyBytes, keyOf, rangeBounds } from '../../src/storage/key-bytes.ts';
import { versionNumber, versionText } from '../../src/storage/version-text.ts';

const part = fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => !/\0|\p{Surrogate}/u.test(text));
const key = fc.array(part, { minLength: 1, maxLength: 4 });

describe('keyBytes', () => {
  it('ends each part with a zero byte', () => {
    assert.deepEqual(keyBytes(['a', '', 'é']), Buffer.from([0x61, 0, 0, 0xc3, 0xa9, 0]));
  });

  it('can be undone', () => {
    fc.assert(fc.property(key, (parts) => assert.deepEqual(keyOf(keyBytes(parts)), parts)));
  });

  it('orders keys as their parts are ordered, one after the other', () => {
    fc.assert(fc.property(key, key, (one, other) => {
      const differing = one.findIndex((text, index) => text !== other[index]);
      const expected = differing === -1 ? one.length - other.length
        : differing >= other.length ? 1
        : Buffer.compare(Buffer.from(one[differing]!), Buffer.from(other[differing]!));
      assert.equal(Math.sign(Buffer.compare(keyBytes(one), keyBytes(other))), Math.sign(expected));
    }));
  });
});

describe('rangeBounds', () => {
  it('takes in exactly the keys that are longer than the prefix and begin with it', () => {
    fc.assert(fc.property(fc.array(part, { maxLength: 2 }), key, fc.boolean(), (prefix, parts, below) => {
      const candidate = below ? [...prefix, ...parts] : parts;
      const { gt, lt } = rangeBounds(prefix);
      const bytes = keyBytes(candidate);
      const inside = Buffer.compare(bytes, gt) > 0 && Buffer.compare(bytes, lt) < 0;
      const begins = prefix.every((text, index) => text === candidate[index]);
      assert.equal(inside, begins && candidate.length > prefix.length);
      assert.ok(Buffer.compare(bytes, afterAllKeys) < 0);
    }));
  });
});

describe('versionText', () => {
  it('sorts as the numbers do, and can be undone', () => {
    const number = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });
    fc.assert(fc.property(number, number, (one, other) => {
      assert.equal(versionText(one) < versionText(other), one < other);
      assert.equal(versionNumber(versionText(one)), one);
    }));
  });

  it('knows what is no version', () => {
    for (const text of ['', '1', 'x'.repeat(16), 'f'.repeat(16), '0'.repeat(17), '-000000000000001']) {
      assert.equal(versionNumber(text), undefined, text);
    }
  });
});
