import assert from 'node:assert/strict';
import { Feed, changesTopic } from '../../src/notifications/feed.ts';
import type { Change } from '../../src/pods/change.ts';
import type { ResourcePath } from '../../src/pods/path.ts';
import { Pods } from '../../src/pods/pods.ts';
import { log } from '../../src/log.ts';
import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { MemorySignal } from '../../src/storage/memory-signal.ts';
import type { Key } from '../../src/storage/database.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import type { Signal } from '../../src/storage/signal.ts';
import { defaults, openPod, usePod } from '../pods/open-pod.ts';
import type { OpenPod } from '../pods/open-pod.ts';
import { Inbox } from './subscribe.ts';

/** A signal of which every hint is lost, as the contract allows. */
class LosingSignal extends MemorySignal {
  override notify(): void {}
}

/** A database of which change logs cannot be read now and then. */
class FailingDatabase extends MemoryDatabase {
  failing = false;
  readonly failures = new Inbox<null>();

  override async get(wanted: readonly Key[]): ReturnType<MemoryDatabase['get']> {
    if (this.failing && wanted.some(([family]) => family === 'change')) {
      this.failures.put(null);
      throw new Error('The database cannot be reached.');
    }
    return super.get(wanted);
  }
}

const root = '/' as ResourcePath;
const never = 1_000_000;

/** A pod whose commits give hints, and a feed of it. `signal`: who gets the hints. */
async function openFeed(
  signal: Signal = new MemorySignal(), lookMilliseconds = never, database: MemoryDatabase = new MemoryDatabase(),
) {
  const blobs = new MemoryBlobs();
  const { pod } = await openPod({}, { database, blobs });
  const pods = new Pods(database, blobs, defaults, (id) => signal.notify(changesTopic(id)));
  const feed = new Feed({ database, signal, lookMilliseconds, log });
  return { feed, pod: usePod(pods, pod, { database, blobs }), [Symbol.dispose]: () => feed[Symbol.dispose]() };
}

/** Follows; gives changes one by one. */
function follow(feed: Feed, { pod }: OpenPod, after: number, path = root, deep = true) {
  const inbox = new Inbox<Change>();
  const lost = new Inbox<unknown>();
  const following = feed.follow({ pod: pod.id, path, deep }, after, {
    take: async (changes) => { for (const change of changes) inbox.put(change); },
    lost: (error) => lost.put(error),
  });
  return { inbox, lost, [Symbol.dispose]: () => following[Symbol.dispose]() };
}

async function last({ look }: OpenPod): Promise<number> {
  return (await look('/')).tally.sequence;
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

describe('The feed of changes', () => {
  it('gives every change once, in order, to those who came before and after it was made', async () => {
    using opened = await openFeed();
    const { feed, pod } = opened;
    const start = await last(pod);
    using early = follow(feed, pod, start);
    await Promise.all(numbers(1, 700).map((i) => pod.put(`/a${i}`, 'x')));
    const end = await last(pod);
    using late = follow(feed, pod, start);
    using middle = follow(feed, pod, start + 300);
    for (const [{ inbox }, from] of [[early, start], [late, start], [middle, start + 300]] as const) {
      const taken = await inbox.take(end - from);
      assert.deepEqual(taken.map(({ sequence }) => sequence), numbers(from + 1, end));
    }
    await pod.put('/last', 'x');
    for (const { inbox } of [early, late, middle]) assert.equal((await inbox.next()).path, '/last');
  });

  it('gives only what concerns the topic: itself, its members as they come and go, and the rules that hold for it', async () => {
    using opened = await openFeed();
    const { feed, pod } = opened;
    await pod.put('/box/a', 'x');
    using document = follow(feed, pod, await last(pod), '/box/a' as ResourcePath, false);
    using container = follow(feed, pod, await last(pod), '/box/' as ResourcePath, false);
    using deep = follow(feed, pod, await last(pod), '/box/' as ResourcePath, true);
    const written = '/box/a /other /box/.acl /box/in/b /box/in/b /.acl /box/a.acl /box/.meta /box/b';
    for (const path of written.split(' ')) await pod.put(path, path);
    const paths = async ({ inbox }: { inbox: Inbox<Change> }, count: number): Promise<string[]> =>
      (await inbox.take(count)).map(({ path }) => path);
    await pod.put('/box/a', 'again');
    await pod.put('/box/z', 'x');
    assert.deepEqual(await paths(deep, 11), ['/box/a', '/box/.acl', '/box/in/', '/box/in/b', '/box/in/b', '/.acl',
      '/box/a.acl', '/box/.meta', '/box/b', '/box/a', '/box/z']);
    assert.deepEqual(await paths(container, 6), ['/box/.acl', '/box/in/', '/.acl', '/box/.meta', '/box/b', '/box/z']);
    assert.deepEqual(await paths(document, 5), ['/box/a', '/box/.acl', '/.acl', '/box/a.acl', '/box/a']);
    for (const { inbox } of [document, container, deep]) assert.deepEqual(inbox.rest, []);
  });

  it('gives a follower that is slow the rest from the log when it is ready, and lets nobody else wait', async () => {
    using opened = await openFeed();
    const { feed, pod } = opened;
    const start = await last(pod);
    const takes: Change[][] = [];
    let ready = (): void => undefined;
    const all = new Inbox<null>();
    using _ = feed.follow({ pod: pod.pod.id, path: root, deep: true }, start, {
      take: (changes) => new Promise((resolve) => {
        takes.push([...changes]);
        ready = resolve;
        all.put(null);
      }),
      lost: (error) => assert.fail(String(error)),
    });
    using quick = follow(feed, pod, start);
    await pod.put('/first', 'x');
    await all.next();
    for (const i of numbers(1, 50)) await pod.put(`/a${i}`, 'x');
    await quick.inbox.take(51);
    assert.equal(takes.length, 1, 'nothing is handed over while it is busy');
    ready();
    await all.next();
    assert.deepEqual(takes[1]!.map(({ path }) => path), numbers(1, 50).map((i) => `/a${i}`));
  });

  it('finds what no hint told of', async () => {
    using opened = await openFeed(new LosingSignal(), 10);
    const { feed, pod } = opened;
    using follower = follow(feed, pod, await last(pod));
    await pod.put('/unheard', 'x');
    assert.equal((await follower.inbox.next()).path, '/unheard');
  });

  it('goes on when the database is back that could not be read', async () => {
    const database = new FailingDatabase();
    using opened = await openFeed(new LosingSignal(), 10, database);
    const { feed, pod } = opened;
    using follower = follow(feed, pod, await last(pod));
    const { level } = log;
    log.level = 'silent';
    await pod.put('/before', 'x');
    await follower.inbox.next();
    database.failing = true;
    await pod.put('/meanwhile', 'x');
    await database.failures.take(2);
    database.failing = false;
    assert.equal((await follower.inbox.next()).path, '/meanwhile');
    assert.deepEqual(follower.lost.rest, []);
    log.level = level;
  });

  it('ends when the pod is gone, for those who follow and those who come', async () => {
    using opened = await openFeed();
    const { feed, pod } = opened;
    using follower = follow(feed, pod, await last(pod));
    await pod.put('/a', 'x');
    await follower.inbox.next();
    await pod.pods.destroy(pod.pod.id);
    feed.wake(pod.pod.id);
    assert.equal(await follower.lost.next(), undefined);
    using late = follow(feed, pod, 0);
    assert.equal(await late.lost.next(), undefined);
  });

  it('ends for a follower that fails, with what it threw, and goes on for the others', async () => {
    using opened = await openFeed();
    const { feed, pod } = opened;
    const lost = new Inbox<unknown>();
    const failure = new Error('cannot take it');
    using _ = feed.follow({ pod: pod.pod.id, path: root, deep: true }, await last(pod), {
      take: async () => { throw failure; }, lost: (error) => lost.put(error),
    });
    using other = follow(feed, pod, await last(pod));
    await pod.put('/a', 'x');
    assert.equal(await lost.next(), failure);
    assert.equal((await other.inbox.next()).path, '/a');
  });

  it('reads pages of the log, from memory or not, after any number', async () => {
    using opened = await openFeed();
    const { feed, pod } = opened;
    await Promise.all(numbers(1, 20).map((i) => pod.put(`/a${i}`, 'x')));
    const end = await last(pod);
    for (const following of [false, true]) {
      using follower = following ? follow(feed, pod, end) : undefined;
      if (follower !== undefined) {
        await pod.put('/b', 'x');
        await follower.inbox.next();
      }
      const to = await last(pod);
      for (const after of [0, 5, to - 1, to]) {
        assert.deepEqual((await feed.read(pod.pod.id, after, 4)).map(({ sequence }) => sequence),
          numbers(after + 1, Math.min(after + 4, to)));
      }
    }
  });
});
