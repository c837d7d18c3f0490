import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { blobTime, MissingBlob, newBlobId, type BlobId, type BlobStore } from '../../src/storage/blobs.ts';
import { collect } from './database-contract.ts';

export async function* chunks(...parts: (Uint8Array | string)[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

/** What every blob store does. `open` is called once for each test and gives an empty store. */
export function blobsContract(name: string, open: () => Promise<BlobStore>): void {
  describe(`${name} as a blob store`, () => {
    let blobs: BlobStore;
    beforeEach(async () => {
      blobs = await open();
    });
    afterEach(() => blobs[Symbol.asyncDispose]());

    const read = async (id: BlobId, range?: { start: number; end: number }): Promise<Buffer> =>
      Buffer.concat(await collect(await blobs.get(id, range)));

    it('gives back the bytes and tells their number', async () => {
      const large = randomBytes(1_500_000);
      const cases = [[], [Buffer.alloc(0)], [Buffer.from('a'), Buffer.from('bc')], [large, large.subarray(1)]];
      for (const parts of cases) {
        const whole = Buffer.concat(parts);
        const { id, size } = await blobs.put(chunks(...parts));
        assert.equal(size, whole.length);
        assert.equal(Buffer.compare(await read(id), whole), 0);
      }
    });

    it('gives a range, both ends included', async () => {
      const { id } = await blobs.put(chunks('0123', '456789'));
      const cases = [[0, 0, '0'], [0, 9, '0123456789'], [3, 5, '345'], [9, 9, '9']] as const;
      for (const [start, end, expected] of cases) assert.equal((await read(id, { start, end })).toString(), expected);
    });

    it('keeps nothing when the bytes break off, and passes the error on', async () => {
      const reason = new Error('the sender went away');
      const broken = async function* (): AsyncIterable<Uint8Array> {
        yield Buffer.alloc(100_000);
        throw reason;
      };
      await assert.rejects(blobs.put(broken()), (error) => error === reason);
      assert.deepEqual(await collect(blobs.list()), []);
    });

    it('takes the next bytes only when it has dealt with those before', async () => {
      let given = 0;
      let release = (): void => {};
      const gate = new Promise<void>((resolve) => { release = resolve; });
      const source = async function* (): AsyncIterable<Uint8Array> {
        for (; given < 3; given += 1) {
          if (given === 2) await gate;
          yield Buffer.alloc(10);
        }
      };
      const putting = blobs.put(source());
      await wait(20);
      assert.equal(given, 2);
      assert.deepEqual(await collect(blobs.list()), [], 'half a blob is not listed');
      release();
      assert.equal((await putting).size, 30);
    });

    it('rejects with MissingBlob before anything is streamed', async () => {
      const { id } = await blobs.put(chunks('here'));
      await blobs.delete(id);
      for (const missing of [id, newBlobId(), '../../etc/passwd' as BlobId, '' as BlobId]) {
        await assert.rejects(blobs.get(missing), MissingBlob);
      }
    });

    it('deletes, also what is not there', async () => {
      const { id } = await blobs.put(chunks('gone'));
      const { id: kept } = await blobs.put(chunks('kept'));
      for (const gone of [id, id, newBlobId(), '../x' as BlobId]) await blobs.delete(gone);
      assert.deepEqual(await collect(blobs.list()), [{ id: kept, size: 4 }]);
    });

    it('reads a blob to its end that is deleted in the meantime', async () => {
      const bytes = randomBytes(400_000);
      const { id } = await blobs.put(chunks(bytes));
      const stream = await blobs.get(id);
      await blobs.delete(id);
      assert.equal(Buffer.compare(Buffer.concat(await collect(stream)), bytes), 0);
    });

    it('lists all blobs, oldest first, or those after one', async () => {
      const ids: BlobId[] = [];
      for (let count = 0; count < 12; count += 1) {
        ids.push((await blobs.put(chunks('x'.repeat(count)))).id);
        await wait(2);
      }
      const listed = await collect(blobs.list());
      assert.deepEqual(listed, ids.map((id, index) => ({ id, size: index })));
      assert.deepEqual((await collect(blobs.list(ids[4]))).map(({ id }) => id), ids.slice(5));
      assert.deepEqual(await collect(blobs.list(ids.at(-1))), []);
    });

    it('takes many at once', async () => {
      const stored = await Promise.all(Array.from({ length: 40 }, (_, index) => blobs.put(chunks(`blob ${index}`))));
      const found = await Promise.all(stored.map(({ id }) => read(id)));
      assert.deepEqual(found.map(String), stored.map((_, index) => `blob ${index}`));
      assert.equal((await collect(blobs.list())).length, 40);
    });

    it('names a blob by the time when its bytes were complete', async () => {
      let complete = 0;
      const { id } = await blobs.put((async function* () {
        yield Buffer.from('first');
        await wait(20);
        complete = Date.now();
        yield Buffer.from('last');
      })());
      assert.ok(blobTime(id).getTime() >= complete && blobTime(id).getTime() <= Date.now());
    });
  });
}
