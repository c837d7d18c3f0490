import assert from 'node:assert/strict';
import { join } from 'node:path';
import { destroy, finishDestroyed } from '../../src/pods/destroy.ts';
import { checkStore } from '../../src/pods/check.ts';
import { placeOf } from '../../src/pods/path.ts';
import { sweep } from '../../src/pods/sweep.ts';
import type { Database, Key } from '../../src/storage/database.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { openLevel } from '../../src/storage/level.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { base, inlineBytes, openPod, problem, sound } from './open-pod.ts';
import type { OpenPod } from './open-pod.ts';

const large = 'x'.repeat(inlineBytes + 1);
const goOn = new AbortController().signal;

/** More resources than are deleted in one commit, some of them large, and another pod beside it. */
async function filled(stores: { readonly database?: Database } = {}): Promise<OpenPod> {
  const pod = await openPod({}, stores);
  for (let i = 0; i < 210; i += 1) await pod.put(`/c${i % 3}/${i}`, i % 20 === 0 ? large : 'small');
  await pod.put('/c1/1.meta', '');
  await pod.put('/later.acl', '');
  await pod.database.commit({ puts: [{ key: keys.grant(pod.pod.id, 'https://app.example/'), value: Buffer.from('{}') }] });
  const acl = { path: '.acl', mediaType: 'text/turtle', bytes: Buffer.from('') };
  const bob = await pod.pods.create({ base: 'http://localhost:3000/bob/', owners: ['x:'] }, [acl]);
  await pod.pods.put(bob, pod.path('/kept'), () => {}, { mediaType: 'text/plain', content: await pod.pods.contents.keep(Buffer.from(large)) });
  return pod;
}

async function keysWith(database: Database, id: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of database.range([])) if (key.includes(id)) found.push(key.join('/'));
  return found;
}

/** The database, in which the process is killed before the commit of a number. */
class Killed extends MemoryDatabase {
  left = Infinity;
  override async commit(write: Parameters<MemoryDatabase['commit']>[0]): Promise<string | undefined> {
    if (this.left <= 0) throw new Error('killed');
    this.left -= 1;
    return super.commit(write);
  }
}

describe('destroying a pod', () => {
  const stores: [string, () => Promise<Database>][] = [
    ['in memory', async () => new MemoryDatabase()],
    ['on disk', async () => openLevel(join(await temporaryDirectory(), 'database'))],
  ];
  for (const [where, open] of stores) {
    it(`leaves nothing of it, and other pods as they were, ${where}`, async () => {
      await using database = await open();
      const pod = await filled({ database });
      await pod.pods.destroy(pod.pod.id);
      assert.deepEqual(await keysWith(database, pod.pod.id), []);
      assert.equal(await pod.pods.look(base, pod.path('/')), undefined);
      const { pods, blobs, waitingBlobs } = await sound(database, pod.blobs);
      assert.deepEqual([pods.map((one) => one.base), blobs, waitingBlobs], [['http://localhost:3000/bob/'], 1, 11]);
      assert.equal(await sweep(database, pod.blobs, 1, goOn, Date.now() + 10_000), 11);
    });
  }

  it('gives the address free, and the new pod there has nothing of the old one', async () => {
    const pod = await filled();
    await pod.pods.destroy(pod.pod.id);
    const again = await pod.pods.create({ base, owners: ['x:'] }, [{ path: '.acl', mediaType: 'text/turtle', bytes: Buffer.from('') }]);
    assert.notEqual(again.id, pod.pod.id);
    assert.equal((await pod.pods.look(base, pod.path('/c1/1')))!.resource, undefined);
    await sound(pod.database, pod.blobs);
  });

  it('does nothing when there is no such pod', async () => {
    const pod = await openPod();
    await pod.pods.destroy('0'.repeat(20));
    assert.equal((await pod.sound()).pods.length, 1);
  });

  it('refuses each write that comes after, and those under way', async () => {
    const pod = await filled();
    const writes = Promise.allSettled(Array.from({ length: 50 }, (_, i) => pod.put(`/c0/${i}x`, large)));
    await pod.pods.destroy(pod.pod.id);
    for (const result of await writes) if (result.status === 'rejected') problem('missing')(result.reason);
    await assert.rejects(pod.put('/c0/late', 'x'), problem('missing', /no such storage/));
    assert.deepEqual(await keysWith(pod.database, pod.pod.id), []);
    await sound(pod.database, pod.blobs);
  });

  it('can be read no more from the first commit on, goes on after a crash at any commit, and is sound in between', async () => {
    const commits = 8;
    for (let before = 0; before <= commits; before += 1) {
      const database = new Killed();
      const pod = await filled({ database });
      database.left = before;
      if (before < commits) await assert.rejects(pod.pods.destroy(pod.pod.id), /killed/);
      else await pod.pods.destroy(pod.pod.id); // So there are no more commits than were tried.
      assert.equal(await pod.pods.look(base, pod.path('/')) === undefined, before > 0);
      await sound(database, pod.blobs);
      database.left = Infinity;
      assert.equal(await finishDestroyed(database), before > 0 && before < commits ? 1 : 0);
      if (before > 0) assert.deepEqual(await keysWith(database, pod.pod.id), []);
      await sound(database, pod.blobs);
    }
  });

  it('stops when it is told to, and another call goes on', async () => {
    const pod = await filled();
    await destroy(pod.database, pod.pod.id, AbortSignal.abort());
    assert.ok((await keysWith(pod.database, pod.pod.id)).length > 200);
    await sound(pod.database, pod.blobs);
    assert.equal(await finishDestroyed(pod.database, AbortSignal.abort()), 0);
    await Promise.all([destroy(pod.database, pod.pod.id), destroy(pod.database, pod.pod.id)]);
    assert.deepEqual(await keysWith(pod.database, pod.pod.id), []);
    await sound(pod.database, pod.blobs);
  });

  it('is found out when the pod is there all the same, and when something is left', async () => {
    const pod = await openPod();
    const findings = async (puts: Key[], deletes: Key[]): Promise<string[]> => {
      const found: string[] = [];
      await pod.database.commit({ puts: puts.map((key) => ({ key, value: Buffer.from('{}') })), deletes });
      await checkStore(pod.database, pod.blobs, (finding) => found.push(finding));
      return found;
    };
    assert.match((await findings([keys.destroyed(pod.pod.id)], [])).join(), /is being destroyed all the same/);
    const left = await findings([keys.content('0'.repeat(20), placeOf(pod.path('/a')))], [keys.destroyed(pod.pod.id)]);
    assert.match(left.join(), /entries of the family "content" of the pod 0{20}/);
  });
});
