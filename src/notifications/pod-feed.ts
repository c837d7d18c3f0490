import type { Change } from '../pods/change.ts';
import { ByTopic, concerns } from './concerns.ts';
import type { Topic } from './concerns.ts';

/** How many changes are kept for those who are a little behind, so that they need not read the log each for himself. */
const recentLength = 1024;

/** Somebody who is told of changes. */
export interface Follower {
  /**
   * Takes some changes, in their order. The next ones are given only when it has resolved; until then they wait in the
   * log, so that a slow follower takes no memory. Rejecting ends the following.
   */
  take(changes: readonly Change[]): Promise<void>;
  /** The following has ended: the pod is gone or, with an error, could not be read, or `take` rejected. */
  lost(error?: unknown): void;
}

/** Where the changes of a pod come from. */
export interface PodSource {
  /** The number of the last change; `undefined` when the pod is gone. */
  last(): Promise<number | undefined>;
  /** Some changes after the one with this number, in their order; none when there are none. */
  read(after: number): Promise<readonly Change[]>;
  /** Called when there is nothing more to follow. */
  ended(): void;
  /** Called when the log could not be read; it is tried again when it is woken or compared. */
  failed(error: unknown): void;
}

/** What somebody follows who may stop. */
export interface PodFollowing extends Disposable {
  /** All changes up to this one were taken, or do not concern the topic; `undefined` while some are being taken. */
  readonly after: number | undefined;
}

interface Following {
  readonly topic: Topic;
  readonly follower: Follower;
  /** It has taken, or has no use for, all up to here; and up to where the log was read when it is not busy. */
  after: number;
  busy: boolean;
  closed: boolean;
}

/** The changes of one pod, for all who follow it. */
export class PodFeed {
  readonly #source: PodSource;
  readonly #followings = new ByTopic<Following>();
  /** How far the log was read; `undefined` until it is known where it ends. */
  #position: number | undefined;
  /** The last changes that were read. */
  #recent: Change[] = [];
  #reading = false;
  #again = false;

  constructor(source: PodSource) {
    this.#source = source;
  }

  get isUnused(): boolean {
    return this.#followings.size === 0;
  }

  /** All that concerns the topic and comes after the change with the number `after`. */
  follow(topic: Topic, after: number, follower: Follower): PodFollowing {
    const following: Following = { topic, follower, after, busy: true, closed: false };
    this.#followings.add(topic, following);
    if (this.#position !== undefined) void this.#catchUp(following, []);
    const position = (): number | undefined => this.#position;
    return {
      get after() { return following.busy ? undefined : position(); },
      [Symbol.dispose]: () => this.#remove(following),
    };
  }

  /** Looks whether the log has grown. */
  wake(): void {
    this.#again = true;
    if (!this.#reading) void this.#read();
  }

  /** Looks again when the log ends elsewhere than it was thought to. */
  compare(last: number | undefined): void {
    if (last !== this.#position) this.wake();
  }

  /** What comes after the change with the number `after`, when it is at hand. */
  recent(after: number, limit: number): Change[] | undefined {
    const first = this.#recent[0]?.sequence;
    if (this.#position === undefined || first === undefined || after + 1 < first || after > this.#position) {
      return undefined;
    }
    return this.#recent.slice(after + 1 - first, after + 1 - first + limit);
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      while (this.#again) {
        this.#again = false;
        if (this.#position === undefined) await this.#start();
        else await this.#readOn(this.#position);
      }
    } catch (error) {
      this.#source.failed(error);
    } finally {
      this.#reading = false;
    }
  }

  async #start(): Promise<void> {
    const last = await this.#source.last();
    if (last === undefined) return this.#end();
    this.#position = last;
    for (const following of this.#followings.all()) void this.#catchUp(following, []);
  }

  async #readOn(position: number): Promise<void> {
    const changes = await this.#source.read(position);
    if (changes.length > 0) {
      this.#position = changes.at(-1)!.sequence;
      this.#recent.push(...changes);
      if (this.#recent.length > 2 * recentLength) this.#recent = this.#recent.slice(-recentLength);
      this.#dispatch(changes);
      this.#again = true;
    } else if (await this.#source.last() === undefined) {
      this.#end();
    }
  }

  /** Gives changes to those who wait for them. Those who are busy find them in the log. */
  #dispatch(changes: readonly Change[]): void {
    const due = new Map<Following, Change[]>();
    for (const change of changes) {
      for (const following of this.#followings.of(change)) {
        if (following.busy || following.after >= change.sequence) continue;
        const its = due.get(following);
        if (its === undefined) due.set(following, [change]);
        else if (its.at(-1) !== change) its.push(change);
      }
    }
    for (const [following, its] of due) {
      following.busy = true;
      following.after = changes.at(-1)!.sequence;
      void this.#catchUp(following, its);
    }
  }

  /** Gives `changes`, and then what came meanwhile, until there is nothing more to give. */
  async #catchUp(following: Following, changes: readonly Change[]): Promise<void> {
    try {
      for (let next = changes; ;) {
        if (next.length > 0) await following.follower.take(next);
        if (following.closed || following.after >= this.#position!) break;
        const read = this.recent(following.after, recentLength) ?? await this.#source.read(following.after);
        if (following.closed || read.length === 0) break;
        following.after = read.at(-1)!.sequence;
        next = read.filter((change) => concerns(change, following.topic));
      }
      following.busy = false;
    } catch (error) {
      this.#lose(following, error);
    }
  }

  #lose(following: Following, error?: unknown): void {
    if (following.closed) return;
    this.#remove(following);
    following.follower.lost(error);
  }

  #remove(following: Following): void {
    following.closed = true;
    this.#followings.delete(following.topic, following);
  }

  #end(): void {
    this.#source.ended();
    for (const following of this.#followings.all()) this.#lose(following);
  }
}
