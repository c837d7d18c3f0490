import { RemoteError } from './remote-error.ts';

export interface GateLimits {
  /** How many may be inside at once for one origin. */
  readonly perOrigin: number;
  /** How many may be inside at once. */
  readonly inAll: number;
  /** How many may wait for one origin. */
  readonly waitingPerOrigin: number;
  /** How many may wait. */
  readonly waitingInAll: number;
}

interface Waiter {
  readonly origin: string;
  readonly enter: () => void;
}

/** Lets a limited number of requests out at once. Who comes first enters first, unless its origin is full. */
export class Gate {
  readonly #limits: GateLimits;
  readonly #inside = new Map<string, number>();
  #insideInAll = 0;
  readonly #waiting: Waiter[] = [];

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  /**
   * Resolves once there is room, to a function that makes room again. Rejects with an `unreachable` that was not asked
   * when `signal` aborts before, and at once when too many wait.
   */
  async enter(origin: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#hasRoom(origin)) this.#take(origin);
    else await this.#wait(origin, signal);
    return () => this.#leave(origin);
  }

  #hasRoom(origin: string): boolean {
    const inside = this.#inside.get(origin) ?? 0;
    return inside < this.#limits.perOrigin && this.#insideInAll < this.#limits.inAll;
  }

  #take(origin: string): void {
    this.#inside.set(origin, (this.#inside.get(origin) ?? 0) + 1);
    this.#insideInAll++;
  }

  #wait(origin: string, signal: AbortSignal): Promise<void> {
    const { waitingInAll, waitingPerOrigin } = this.#limits;
    const alike = this.#waiting.filter((waiter) => waiter.origin === origin).length;
    if (this.#waiting.length >= waitingInAll || alike >= waitingPerOrigin) {
      throw new RemoteError('unreachable', `Too many requests to ${origin} are waiting already.`, { asked: false });
    }
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new RemoteError('unreachable', `There was no room for a request to ${origin} in time.`,
          { asked: false, cause: signal.reason }));
      };
      const waiter = {
        origin,
        enter: () => {
          signal.removeEventListener('abort', giveUp);
          this.#take(origin);
          resolve();
        },
      };
      this.#waiting.push(waiter);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  #leave(origin: string): void {
    const inside = this.#inside.get(origin)! - 1;
    if (inside > 0) this.#inside.set(origin, inside);
    else this.#inside.delete(origin);
    this.#insideInAll--;
    const next = this.#waiting.findIndex((waiter) => this.#hasRoom(waiter.origin));
    if (next >= 0) this.#waiting.splice(next, 1)[0]!.enter();
  }
}
