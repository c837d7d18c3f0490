import { LRUCache } from 'lru-cache';

/** How many receivers are remembered as slow; the one that was not used for longest is forgotten. */
const maxSlow = 10_000;

export interface TurnsLimits {
  /** How many may be under way. */
  readonly inAll: number;
  /** How many of these to one receiver's host. */
  readonly perHost: number;
  /** How many of these to hosts that were slow, or failed, the last time. */
  readonly toSlow: number;
}

/** Ends a turn. `well`: whether the host answered soon and well; absent when it was not asked. */
export type EndTurn = (well?: boolean) => void;

/**
 * Whose turn it is to be sent to. Hosts take turns, however many wait for each; and those that are slow or fail have
 * only a part of the places, so that they can hold up nobody but each other.
 */
export class Turns {
  readonly #limits: TurnsLimits;
  /** What lets those in who wait, by host; the host whose turn is next first. */
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #inside = new Map<string, number>();
  readonly #slow = new LRUCache<string, true>({ max: maxSlow });
  #insideInAll = 0;
  #insideSlow = 0;

  constructor(limits: TurnsLimits) {
    this.#limits = limits;
  }

  /** Resolves when it is the turn of one for `host`, to what ends it; rejects when `signal` aborts before. */
  async take(host: string, signal: AbortSignal): Promise<EndTurn> {
    signal.throwIfAborted();
    if (!this.#hasRoom(host) || this.#waiting.has(host)) return this.#wait(host, signal);
    return this.#enter(host);
  }

  #hasRoom(host: string): boolean {
    const { inAll, perHost, toSlow } = this.#limits;
    return this.#insideInAll < inAll && (this.#inside.get(host) ?? 0) < perHost
      && (!this.#slow.has(host) || this.#insideSlow < toSlow);
  }

  #enter(host: string): EndTurn {
    const slow = this.#slow.has(host);
    this.#inside.set(host, (this.#inside.get(host) ?? 0) + 1);
    this.#insideInAll += 1;
    if (slow) this.#insideSlow += 1;
    return (well) => {
      const inside = this.#inside.get(host)! - 1;
      if (inside > 0) this.#inside.set(host, inside);
      else this.#inside.delete(host);
      this.#insideInAll -= 1;
      if (slow) this.#insideSlow -= 1;
      if (well === true) this.#slow.delete(host);
      else if (well === false) this.#slow.set(host, true);
      this.#admit();
    };
  }

  /** Lets in whoever has room now. A host that has had its turn goes to the end. */
  #admit(): void {
    for (const [host, waiters] of this.#waiting) {
      if (this.#insideInAll >= this.#limits.inAll) return;
      if (!this.#hasRoom(host)) continue;
      const [first] = waiters;
      this.#waiting.delete(host);
      waiters.delete(first!);
      if (waiters.size > 0) this.#waiting.set(host, waiters);
      first!();
    }
  }

  #wait(host: string, signal: AbortSignal): Promise<EndTurn> {
    const waiters = this.#waiting.get(host) ?? new Set();
    this.#waiting.set(host, waiters);
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(this.#enter(host));
      };
      const giveUp = (): void => {
        waiters.delete(enter);
        if (waiters.size === 0 && this.#waiting.get(host) === waiters) this.#waiting.delete(host);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      waiters.add(enter);
    });
  }
}
