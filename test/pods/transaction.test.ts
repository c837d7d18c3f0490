import assert from 'node:assert/strict';
import type { Document } from '../../src/pods/resource.ts';
import { Transaction } from '../../src/pods/transaction.ts';
import type { Database, Key } from '../../src/storage/database.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { newBlobId } from '../../src/storage/blobs.ts';
import { openPod, problem } from './open-pod.ts';

const text = { mediaType: 'text/plain', content: { bytes: Buffer.from('x') } };

/** What was read, key by key. */
class CountedDatabase extends MemoryDatabase {
  readonly reads: Key[] = [];

  override get(wanted: readonly Key[]): ReturnType<Database['get']> {
    this.reads.push(...wanted);
    return super.get(wanted);
  }
}

describe('a transaction', () => {
  it('reads each key once', async () => {
    const database = new CountedDatabase();
    const transaction = new Transaction(database, 'p');
    await transaction.read([['a'], ['b'], ['a']]);
    await transaction.read([['b'], ['c']]);
    assert.deepEqual(database.reads.map((key) => key.join()), ['a', 'b', 'c']);
  });

  it('checks all that it read, what was missing too, once it writes', async () => {
    const { database, pod, path } = await openPod();
    const [there, missing] = [keys.pod(pod.id), keys.host('http://nowhere/')];
    const [entry] = await database.get([there]);
    const transaction = new Transaction(database, pod.id);
    await transaction.read([there, missing]);
    assert.equal(transaction.toWrite(), undefined);
    await transaction.attempt((own) => own.createContainer(path('/a/')));
    const { checks = [] } = transaction.toWrite()!;
    assert.deepEqual(checks.slice(0, 2), [{ key: there, version: entry!.version }, { key: missing, exists: false }]);
    assert.ok(checks.some(({ key }) => key.join() === keys.tally(pod.id).join()));
  });

  it('is refused when anything that it read has changed since', async () => {
    const { database, pod, path, put } = await openPod();
    const transaction = new Transaction(database, pod.id);
    await transaction.look(path('/elsewhere'));
    await transaction.attempt((own) => own.createContainer(path('/a/')));
    await put('/elsewhere', 'now there');
    assert.equal(await database.commit(transaction.toWrite()!), undefined);
  });

  it('sees what it wrote before it is committed, deletions too', async () => {
    const { database, pod, path, resource, put } = await openPod();
    await put('/old', 'old');
    const transaction = new Transaction(database, pod.id);
    await transaction.attempt(async (own) => {
      await own.remove(await resource('/old'));
      await own.createContainer(path('/new/'));
      await own.putDocument(path('/new/x'), text, undefined);
    });
    assert.equal((await transaction.look(path('/old'))).resource, undefined);
    const inside = await transaction.look(path('/new/x'));
    assert.equal(Buffer.from(inside.bytes!).toString(), 'x');
    assert.equal(inside.ancestors[0]!.members, 1);
    assert.equal((await database.get([keys.record(pod.id, { family: 'resource', parent: '/new/', name: 'x' })]))[0], undefined);
  });

  it('keeps nothing of work that throws, and all of the work before and after it', async () => {
    const { database, pod, path, names, sound } = await openPod();
    const transaction = new Transaction(database, pod.id);
    await transaction.attempt((own) => own.createContainer(path('/a/')));
    await assert.rejects(transaction.attempt(async (own) => {
      await own.createContainer(path('/b/'));
      throw new RangeError('no');
    }), RangeError);
    await transaction.attempt((own) => own.createContainer(path('/c/')));
    assert.ok(await database.commit(transaction.toWrite()!));
    assert.deepEqual(await names('/'), ['a/', 'c/']);
    await sound();
  });

  it('makes and removes the same thing any number of times in one commit', async () => {
    const { database, blobs, pod, path, resource, names, sound } = await openPod();
    const { id, size } = await blobs.put((async function* bytes() { yield Buffer.from('large'); })());
    const transaction = new Transaction(database, pod.id);
    await transaction.attempt(async (own) => {
      const first = await own.putDocument(path('/x'), text, undefined);
      await own.remove(first);
      const second = await own.putDocument(path('/x'), { ...text, content: { blob: id, size } }, undefined);
      await own.putDocument(path('/x'), text, second);
    });
    assert.ok(await database.commit(transaction.toWrite()!));
    assert.deepEqual(await names('/'), ['x']);
    assert.equal((await resource('/x')).size, 1);
    const [garbage, held] = await database.get([keys.garbage(id), keys.blob(id)]);
    assert.ok(garbage !== undefined && held === undefined);
    await sound();
  });

  it('finds the ACLs below a container that it wrote itself when it removes the container', async () => {
    const { database, pod, path, resource, sound } = await openPod();
    const transaction = new Transaction(database, pod.id);
    await transaction.attempt(async (own) => {
      await own.createContainer(path('/a/'));
      await own.putDocument(path('/a/later.acl'), text, undefined);
    });
    await transaction.attempt(async (own) => own.remove((await own.look(path('/a/'))).resource!));
    assert.ok(await database.commit(transaction.toWrite()!));
    assert.equal((await resource('/')).kind, 'container');
    await sound();
  });

  it('shows an ACL that it wrote without a version, and one that is committed with one that no other state has', async () => {
    const { database, pod, path } = await openPod();
    const versions = new Set<string>();
    for (const round of [1, 2]) {
      const transaction = new Transaction(database, pod.id);
      const old = (await transaction.look(path('/.acl'))).resource as Document;
      await transaction.attempt((own) => own.putDocument(path('/.acl'), text, old));
      assert.equal((await transaction.look(path('/'))).acls[0]!.version, '');
      assert.ok(await database.commit(transaction.toWrite()!));
      versions.add((await new Transaction(database, pod.id).look(path('/'))).acls[0]!.version);
      assert.equal(versions.size, round);
    }
    assert.ok(!versions.has(''));
  });

  it('refuses to look into a pod that is gone', async () => {
    const { path } = await openPod();
    const transaction = new Transaction(new MemoryDatabase(), newBlobId());
    await assert.rejects(transaction.look(path('/')), problem('missing', /storage/));
  });
});
