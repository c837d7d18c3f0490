import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobTime, isBlobId, newBlobId, type BlobId } from '../../src/storage/blobs.ts';
import { openFiles } from '../../src/storage/files.ts';
import { blobsContract, chunks } from './blobs-contract.ts';
import { collect } from './database-contract.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const day = 24 * 60 * 60 * 1000;

blobsContract('openFiles', async () => openFiles(join(await temporaryDirectory(), 'blobs')));

describe('openFiles', () => {
  it('keeps a blob as a file below two directories of its time', async () => {
    const directory = await temporaryDirectory();
    await using blobs = await openFiles(directory);
    const { id } = await blobs.put(chunks('x'));
    assert.deepEqual((await readdir(directory)).sort(), [id.slice(0, 5), 'incoming'].sort());
    assert.deepEqual(await readdir(join(directory, id.slice(0, 5), id.slice(5, 8))), [id]);
  });

  it('leaves no file behind when the bytes break off', async () => {
    const directory = await temporaryDirectory();
    await using blobs = await openFiles(directory);
    await assert.rejects(blobs.put((async function* () {
      yield Buffer.from('half');
      throw new Error('gone');
    })()));
    assert.deepEqual(await readdir(directory, { recursive: true }), ['incoming']);
  });

  it('removes at opening what crashed runs left, but not what another process is writing', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'incoming'));
    for (const name of ['abandoned', 'being written']) await writeFile(join(directory, 'incoming', name), 'half');
    const old = new Date(Date.now() - day - 60_000);
    await utimes(join(directory, 'incoming', 'abandoned'), old, old);
    await using _blobs = await openFiles(directory);
    assert.deepEqual(await readdir(join(directory, 'incoming')), ['being written']);
  });

  it('lists across directories by age, and passes over what is no blob', async () => {
    const directory = await temporaryDirectory();
    await using blobs = await openFiles(directory);
    const ages = [0, 1, 1.0001, 2, 40, 400, 4000];
    const ids = await Promise.all(ages.map((days) => storeAsOf(directory, Date.now() - days * day)));
    await writeFile(join(directory, 'README'), '');
    await writeFile(join(directory, ids[0]!.slice(0, 5), 'notes'), '');
    await writeFile(join(directory, ids[0]!.slice(0, 5), ids[0]!.slice(5, 8), 'notes'), '');
    const ordered = ids.toReversed();
    assert.deepEqual((await collect(blobs.list())).map(({ id }) => id), ordered);
    for (const [index, id] of ordered.entries()) {
      assert.deepEqual((await collect(blobs.list(id))).map((blob) => blob.id), ordered.slice(index + 1));
    }
  });

  it('removes directories that a delete leaves empty, once their time is over', async () => {
    const directory = await temporaryDirectory();
    await using blobs = await openFiles(directory);
    const time = Date.now() - 40 * day;
    const [old, neighbour] = [await storeAsOf(directory, time), await storeAsOf(directory, time)];
    const { id: recent } = await blobs.put(chunks('x'));
    await blobs.delete(old);
    assert.deepEqual((await collect(blobs.list())).map(({ id }) => id), [neighbour, recent]);
    await blobs.delete(neighbour);
    await blobs.delete(recent);
    assert.deepEqual((await readdir(directory, { recursive: true })).sort(),
      ['incoming', recent.slice(0, 5), join(recent.slice(0, 5), recent.slice(5, 8))].sort());
    assert.equal((await blobs.put(chunks('again'))).size, 5);
  });
});

describe('blob ids', () => {
  it('are 32 digits that sort by time and are never the same', () => {
    const ids = Array.from({ length: 1_000 }, newBlobId);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every(isBlobId));
    assert.deepEqual(ids.map((id) => id.slice(0, 12)), ids.map((id) => id.slice(0, 12)).sort());
    assert.ok(Math.abs(blobTime(ids[0]!).getTime() - Date.now()) < 5_000);
    const others = ['', '../../../../../../../../../etc/p', 'A'.repeat(32), `${ids[0]}0`];
    assert.ok(!others.some(isBlobId));
  });
});

/** Puts a file where a blob of that time would be. */
async function storeAsOf(directory: string, time: number): Promise<BlobId> {
  const id = time.toString(16).padStart(12, '0') + newBlobId().slice(12) as BlobId;
  const home = join(directory, id.slice(0, 5), id.slice(5, 8));
  await mkdir(home, { recursive: true });
  await writeFile(join(home, id), 'x');
  return id;
}
