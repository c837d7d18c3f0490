import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeChange, encodeChange } from '../../src/pods/change.ts';
import type { Change } from '../../src/pods/change.ts';
import type { ResourcePath } from '../../src/pods/path.ts';
import { decodePod, encodePod } from '../../src/pods/pod.ts';
import { decodeResource, encodeResource, Unwritten } from '../../src/pods/resource.ts';
import type { Resource } from '../../src/pods/resource.ts';
import { newBlobId } from '../../src/storage/blobs.ts';

const path = '/a/b' as ResourcePath;
const time = fc.nat({ max: 2 ** 42 });
const common = { path: fc.constant(path), created: time, modified: time, revision: fc.integer({ min: 1 }) };
const document = {
  ...common, kind: fc.constant('document' as const), mediaType: fc.string({ unit: 'binary' }), size: fc.maxSafeNat(),
};
const container = { ...common, kind: fc.constant('container' as const), members: fc.nat(), listed: time };
const plain = { noNullPrototype: true } as const;
const anyResource: fc.Arbitrary<Resource> = fc.oneof(
  fc.record(container, plain), fc.record(document, plain),
  fc.record({ ...document, blob: fc.constant(newBlobId()) }, plain));

/** Bytes as they come from the store: what they were made of is not known any more. */
const stored = (value: Uint8Array, version = 'v') => ({ key: ['any'], value: Uint8Array.from(value), version });

describe('the records of the database', () => {
  it('give a resource back as it was, its path from the key alone', () => {
    fc.assert(fc.property(anyResource, (resource) => {
      const record = encodeResource(resource);
      assert.deepEqual(decodeResource(path, stored(record)), resource);
      assert.ok(!Buffer.from(record).includes(path));
    }));
  });

  it('are read from a part of a larger buffer', () => {
    const resource: Resource = { path, kind: 'container', members: 1, created: 2, modified: 3, listed: 4, revision: 5 };
    const larger = Buffer.concat([Buffer.from('{"'), encodeResource(resource), Buffer.from('"}')]);
    assert.deepEqual(decodeResource(path, { ...stored(larger), value: larger.subarray(2, -2) }), resource);
  });

  it('tell what they say before they are encoded, and are encoded once', () => {
    let encoded = 0;
    const entry = new Unwritten(['any'], { path } as Resource, (what) => {
      encoded += 1;
      return encodeResource(what);
    });
    assert.equal(decodeResource(path, entry), entry.what);
    assert.equal(encoded, 0);
    assert.equal(entry.value, entry.value);
    assert.equal(encoded, 1);
  });

  it('give a change back as it was, its number from the key', () => {
    const change: Change = { sequence: 7, type: 'Update', path, at: 1_700_000_000_000 };
    assert.deepEqual(decodeChange(7, encodeChange(change)), change);
  });

  it('give a pod back as it was, with a quota and without', () => {
    for (const quota of [{}, { quota: 0 }]) {
      const pod = { id: 'x1', base: 'https://h/', owners: ['https://h/#me'], created: 5, version: 'v', ...quota };
      assert.deepEqual(decodePod('x1', stored(encodePod(pod))), pod);
    }
  });
});
