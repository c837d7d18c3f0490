import assert from 'node:assert/strict';
import { Pods } from '../../src/pods/pods.ts';
import { WriteQueue } from '../../src/pods/write-queue.ts';
import type { Transaction } from '../../src/pods/transaction.ts';
import type { Database, Key, Write } from '../../src/storage/database.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { defaults, openPod, problem, usePod } from './open-pod.ts';
import type { OpenPod } from './open-pod.ts';

/** A database that tells what is committed, and lets a test come between. */
class WatchedDatabase extends MemoryDatabase {
  readonly writes: Write[] = [];
  before: (write: Write) => void | Promise<void> = () => {};

  override async commit(write: Write): Promise<string | undefined> {
    await this.before(write);
    this.writes.push(write);
    return super.commit(write);
  }
}

const containerPath = (pod: OpenPod, name: string) => pod.path(`/${name}/`);
const creating = (pod: OpenPod, name: string) => (transaction: Transaction) =>
  transaction.createContainer(containerPath(pod, name));

/** A promise that is resolved from outside. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => { open = resolve; });
  return { opened, open };
}

describe('the write queue', () => {
  it('puts all that wait into one commit, in their order', async () => {
    const database = new WatchedDatabase();
    const pod = await openPod({}, { database });
    database.writes.length = 0;
    const written = await Promise.all(Array.from({ length: 50 }, (_, i) => pod.put(`/a${i}`, String(i))));
    assert.equal(database.writes.length, 1);
    const revisions = written.map(({ resource }) => resource.revision);
    assert.deepEqual(revisions, revisions.toSorted((one, other) => one - other));
    await pod.sound();
  });

  it('waits a moment for others before it commits', async () => {
    const database = new WatchedDatabase();
    const pod = await openPod({}, { database });
    database.writes.length = 0;
    const soon = new Promise(setImmediate).then(() => pod.put('/b', 'b'));
    await Promise.all([pod.put('/a', 'a'), soon]);
    assert.equal(database.writes.length, 1);
  });

  it('does not let the writes of one pod wait for those of another', async () => {
    const database = new WatchedDatabase();
    const alice = await openPod({}, { database });
    const bob = usePod(alice.pods, await alice.pods.create({ base: 'http://localhost:3000/bob/', owners: ['x:'] }, []), alice);
    const held = gate();
    database.before = (write) => (write.puts?.some(({ key }) => key[1] === alice.pod.id) ? held.opened : undefined);
    const waiting = alice.put('/a', 'a');
    await bob.pods.put(bob.pod, bob.path('/b'), () => {}, { mediaType: 'text/plain', content: { bytes: Buffer.from('b') } });
    held.open();
    await waiting;
    assert.equal(await alice.text('/a'), 'a');
  });

  it('leaves nothing of a job that throws, and keeps the others of its commit', async () => {
    const pod = await openPod();
    const queue = new WriteQueue(pod.database, 10);
    const outcomes = await Promise.allSettled([
      queue.run(pod.pod.id, [], creating(pod, 'first')),
      queue.run(pod.pod.id, [], creating(pod, 'second')),
      queue.run(pod.pod.id, [], async (transaction) => {
        await transaction.createContainer(containerPath(pod, 'broken'));
        throw new RangeError('no');
      }),
      queue.run(pod.pod.id, [], creating(pod, 'third')),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    assert.deepEqual(await pod.names('/'), ['first/', 'second/', 'third/']);
    await pod.sound();
  });

  it('commits nothing for jobs that only look', async () => {
    const database = new WatchedDatabase();
    const pod = await openPod({}, { database });
    database.writes.length = 0;
    const queue = new WriteQueue(database, 10);
    assert.equal(await queue.run(pod.pod.id, [], async () => 'looked'), 'looked');
    assert.equal(database.writes.length, 0);
  });

  it('tries again when another process was faster, on what that wrote', async () => {
    const database = new WatchedDatabase();
    const one = await openPod({}, { database });
    const other = usePod(new Pods(database, one.blobs, defaults), one.pod, one);
    let races = 0;
    database.before = async () => {
      races += 1;
      if (races === 1) await other.append('/a', 'other ');
    };
    await one.append('/a', 'one ');
    assert.equal(await one.text('/a'), 'other one ');
    await one.sound();
  });

  it('gives up as busy when others were faster each time', async () => {
    const database = new WatchedDatabase();
    const pod = await openPod({}, { database });
    const touched: Key = keys.tally(pod.pod.id);
    let attempts = 0;
    database.before = async () => {
      attempts += 1;
      const [tally] = await database.get([touched]);
      await MemoryDatabase.prototype.commit.call(database, { puts: [tally!] });
    };
    await assert.rejects(pod.put('/a', 'a'), problem('busy', /too many places/));
    assert.equal(attempts, 12);
    database.before = () => {};
    assert.equal(await pod.text('/a'), undefined);
    await pod.put('/a', 'a');
    await pod.sound();
  });

  it('lets two processes write to one pod at the same time', async () => {
    const database = new MemoryDatabase();
    const one = await openPod({}, { database });
    const other = usePod(new Pods(database, one.blobs, defaults), one.pod, one);
    for (let round = 0; round < 20; round += 1) {
      await Promise.all([one, other].flatMap((pod, who) => [0, 1, 2].map((i) => pod.append('/a', `${who}.${round}.${i} `))));
    }
    const words = (await one.text('/a'))!.trim().split(' ');
    assert.equal(new Set(words).size, 120);
    await one.sound();
  });

  it('is busy when as many wait as may, and not before', async () => {
    const database = new WatchedDatabase();
    const maxWaitingWrites = 3;
    const pod = await openPod({ maxWaitingWrites }, { database });
    const [begun, held] = [gate(), gate()];
    database.before = () => {
      begun.open();
      return held.opened;
    };
    const underWay = pod.put('/under-way', '');
    await begun.opened;
    const waiting = Array.from({ length: maxWaitingWrites }, (_, i) => pod.put(`/waiting-${i}`, ''));
    await new Promise(setImmediate);
    await assert.rejects(pod.put('/too-many', ''), (error) => problem('busy', /Too many writes/)(error)
      && (error as { headers: Record<string, string> }).headers['retry-after'] === '1');
    held.open();
    await Promise.all([underWay, ...waiting]);
    await pod.put('/later', '');
    assert.equal((await pod.names('/')).length, maxWaitingWrites + 2);
    await pod.sound();
  });

  it('rejects all jobs of a commit that failed, and goes on with the next', async () => {
    const database = new WatchedDatabase();
    const pod = await openPod({}, { database });
    const failure = new Error('the disk is gone');
    database.before = () => { throw failure; };
    const outcomes = await Promise.allSettled(['/a', '/b', '/c'].map((path) => pod.put(path, '')));
    assert.deepEqual(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason as unknown : undefined)),
      [failure, failure, failure]);
    database.before = () => {};
    await pod.put('/d', '');
    assert.deepEqual(await pod.names('/'), ['d']);
    await pod.sound();
  });

  it('rejects all jobs when what they read cannot be read', async () => {
    const failure = new Error('no connection');
    const database: Database = Object.assign(new MemoryDatabase(), { get: () => Promise.reject(failure) });
    const queue = new WriteQueue(database, 10);
    const looks = [1, 2].map(() => queue.run('pod', [], async () => 'never'));
    assert.deepEqual((await Promise.allSettled(looks)).map(({ status }) => status), ['rejected', 'rejected']);
  });
});
