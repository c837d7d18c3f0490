import type { Change } from '../pods/change.ts';
import { decodeChange } from '../pods/change.ts';
import { decodeTally } from '../pods/pod.ts';
import type { Log } from '../log.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Signal } from '../storage/signal.ts';
import { PodFeed } from './pod-feed.ts';
import type { Follower, PodFollowing } from './pod-feed.ts';
import type { Topic } from './concerns.ts';

/** How many entries of a change log are read at a time. */
const pageLength = 256;
/** How many pods are looked at in one read when it is tried whether a hint was lost. */
const podsPerLook = 500;

export interface FeedOptions {
  readonly database: Database;
  /** Gives the hint `changes/<pod>` after each commit. */
  readonly signal: Signal;
  /** How often the database is asked whether a hint was lost, in milliseconds. */
  readonly lookMilliseconds: number;
  readonly log: Log;
}

/** The topic of the signal that says that a pod has changed. */
export function changesTopic(pod: string): string {
  return `changes/${pod}`;
}

/**
 * The changes of pods, as they come. What is told is what the change logs say, in their order and without a gap: the
 * signal only says when to look. Each log is read once, however many follow it, and only while somebody does.
 */
export class Feed implements Disposable {
  readonly #options: FeedOptions;
  readonly #pods = new Map<string, { feed: PodFeed; listening: Disposable }>();
  readonly #timer: NodeJS.Timeout;
  #looking = false;
  #failing = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), options.lookMilliseconds).unref();
  }

  /**
   * Gives a follower all changes of a pod that concern a topic and come after the one with the sequence number `after`.
   * Dispose of the result to stop.
   */
  follow({ pod, path, deep }: Topic & { readonly pod: string }, after: number, follower: Follower): PodFollowing {
    const { feed } = this.#pods.get(pod) ?? this.#open(pod);
    const following = feed.follow({ path, deep }, after, follower);
    return {
      get after() { return following.after; },
      [Symbol.dispose]: () => {
        following[Symbol.dispose]();
        if (feed.isUnused) this.#close(pod, feed);
      },
    };
  }

  /** At most `limit` changes of a pod after the one with the number `after`, in their order. */
  async read(pod: string, after: number, limit = pageLength): Promise<Change[]> {
    const recent = this.#pods.get(pod)?.feed.recent(after, limit) ?? [];
    return recent.length > 0 ? recent : await this.#readLog(pod, after, limit);
  }

  /** Says that a pod may have changed. */
  wake(pod: string): void {
    this.#pods.get(pod)?.feed.wake();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const [pod, { feed }] of this.#pods) this.#close(pod, feed);
  }

  #open(pod: string): { feed: PodFeed; listening: Disposable } {
    const feed = new PodFeed({
      last: () => this.#last(pod),
      read: (after) => this.#readLog(pod, after, pageLength),
      ended: () => this.#close(pod, feed),
      failed: (error) => {
        this.#options.log.error({ err: error, pod }, 'a change log could not be read; it is tried again');
      },
    });
    // Listening begins before the number of the last change is read, so that none falls in between.
    const opened = { feed, listening: this.#options.signal.listen(changesTopic(pod), () => feed.wake()) };
    this.#pods.set(pod, opened);
    feed.wake();
    return opened;
  }

  #close(pod: string, feed: PodFeed): void {
    const open = this.#pods.get(pod);
    if (open?.feed !== feed) return;
    this.#pods.delete(pod);
    open.listening[Symbol.dispose]();
  }

  async #last(pod: string): Promise<number | undefined> {
    const [tally] = await this.#options.database.get([keys.tally(pod)]);
    return tally && decodeTally(tally).sequence;
  }

  /** By the numbers, which have no gaps: what was committed just now, the embedded database has at hand. */
  async #readLog(pod: string, after: number, limit: number): Promise<Change[]> {
    const last = await this.#last(pod);
    if (last === undefined || last <= after) return [];
    const numbers = Array.from({ length: Math.min(limit, last - after) }, (_, i) => after + 1 + i);
    const entries = await this.#options.database.get(numbers.map((number) => keys.change(pod, number)));
    const changes: Change[] = [];
    for (const [i, entry] of entries.entries()) {
      // The pod is being deleted.
      if (entry === undefined) break;
      changes.push(decodeChange(numbers[i]!, entry.value));
    }
    return changes;
  }

  /** The net below the signal: compares how far each log was read with how far it goes. */
  async #look(): Promise<void> {
    if (this.#looking || this.#pods.size === 0) return;
    this.#looking = true;
    try {
      const pods = [...this.#pods.keys()];
      for (let at = 0; at < pods.length; at += podsPerLook) {
        const some = pods.slice(at, at + podsPerLook);
        const tallies = await this.#options.database.get(some.map((pod) => keys.tally(pod)));
        some.forEach((pod, i) => {
          const tally = tallies[i];
          this.#pods.get(pod)?.feed.compare(tally && decodeTally(tally).sequence);
        });
      }
      this.#failing = false;
    } catch (error) {
      // Said once, until it succeeds.
      if (!this.#failing) {
        this.#options.log.error({ err: error }, 'a look at which pods have changed failed; the next one tries again');
      }
      this.#failing = true;
    } finally {
      this.#looking = false;
    }
  }
}
