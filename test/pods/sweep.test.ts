import assert from 'node:assert/strict';
import { sweep } from '../../src/pods/sweep.ts';
import type { BlobId } from '../../src/storage/blobs.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { inlineBytes, openPod, sound } from './open-pod.ts';
import type { OpenPod } from './open-pod.ts';

const large = 'x'.repeat(inlineBytes + 1);
const graceSeconds = 60;
const goOn = new AbortController().signal;
/** Times at which what was written a moment ago is within the grace, and past it. */
const soon = (): number => Date.now() + (graceSeconds - 10) * 1000;
const late = (): number => Date.now() + (graceSeconds + 10) * 1000;

const sweepAt = ({ database, blobs }: OpenPod, now: number, signal = goOn): Promise<number> =>
  sweep(database, blobs, graceSeconds, signal, now);

/** A blob of a write that never came to its commit. */
const lose = ({ pods }: OpenPod): Promise<unknown> => pods.contents.keep(Buffer.from(large));

describe('the sweep', () => {
  it('leaves alone what resources hold, however old', async () => {
    const pod = await openPod();
    await pod.put('/a', large);
    assert.equal(await sweepAt(pod, Date.now() + 1e12), 0);
    assert.equal(await pod.text('/a'), large);
    await pod.sound();
  });

  const wastes: [string, (pod: OpenPod) => Promise<unknown>][] = [
    ['replaced by a large document', (pod) => pod.put('/a', `${large}y`)],
    ['replaced by a small one', (pod) => pod.put('/a', '')],
    ['replaced by an edit', (pod) => pod.append('/a', 'y')],
    ['removed', (pod) => pod.remove('/a')],
    ['removed with their subject', async (pod) => {
      await pod.put('/b', '');
      await pod.put('/b.meta', large);
      await pod.remove('/b');
    }],
    ['of writes that never came to their commit', lose],
  ];
  for (const [what, waste] of wastes) {
    it(`takes away blobs that were ${what}, after the grace and not before`, async () => {
      const pod = await openPod();
      await pod.put('/a', large);
      await waste(pod);
      const { waitingBlobs, blobs } = await pod.sound();
      assert.equal(waitingBlobs, 1);
      assert.equal(await sweepAt(pod, soon()), 0);
      assert.equal((await pod.sound()).waitingBlobs, 1);
      assert.equal(await sweepAt(pod, late()), 1);
      const after = await pod.sound();
      assert.deepEqual([after.waitingBlobs, after.blobs], [0, blobs]);
      assert.equal(await sweepAt(pod, late()), 0);
    });
  }

  it('takes away more than it looks up at a time', async () => {
    const pod = await openPod();
    for (let i = 0; i < 250; i += 1) await (i % 3 === 0 ? pod.put(`/${i}`, large) : lose(pod));
    assert.equal(await sweepAt(pod, late()), 166);
    assert.deepEqual(await pod.sound().then(({ blobs, waitingBlobs }) => [blobs, waitingBlobs]), [84, 0]);
  });

  it('goes on where a crash came between the blob and the note that it is garbage', async () => {
    const pod = await openPod();
    await pod.put('/a', large);
    const { blob } = await pod.resource('/a');
    await pod.remove('/a');
    await pod.blobs.delete(blob!);
    await sound(pod.database, pod.blobs);
    assert.equal(await sweepAt(pod, late()), 1);
    assert.deepEqual(await pod.database.get([keys.garbage(blob as BlobId)]), [undefined]);
  });

  it('stops when it is told to', async () => {
    const pod = await openPod();
    await pod.put('/a', large);
    await pod.remove('/a');
    await lose(pod);
    assert.equal(await sweepAt(pod, late(), AbortSignal.abort()), 0);
    assert.equal((await pod.sound()).waitingBlobs, 2);
  });
});
