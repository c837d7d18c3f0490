import { Problem } from '../problem.ts';
import type { Seen } from './seen.ts';

export interface MemorySeenOptions {
  /** How many marks are remembered; more are refused as `busy`. One takes about a hundred bytes. */
  readonly limit: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Marks are forgotten together with all whose time is up within the same span, in milliseconds. */
const span = 10_000;

/** What was seen by this process. */
export class MemorySeen implements Seen {
  readonly #seen = new Set<string>();
  /** The same marks by the end of the span in which their time is up: a dozen lists when that is in two minutes. */
  readonly #ends = new Map<number, string[]>();
  readonly #limit: number;
  readonly #now: () => number;

  constructor({ limit, now = Date.now }: MemorySeenOptions) {
    this.#limit = limit;
    this.#now = now;
  }

  async first(mark: string, until: number): Promise<boolean> {
    this.#forget();
    if (this.#seen.has(mark)) return false;
    if (this.#seen.size >= this.#limit) {
      throw new Problem('busy', 'This server has too many requests to keep track of. Try again in a moment.',
        { 'retry-after': String(span / 1000) });
    }
    const end = Math.ceil(until / span) * span;
    const marks = this.#ends.get(end);
    if (marks) marks.push(mark);
    else this.#ends.set(end, [mark]);
    this.#seen.add(mark);
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#seen.clear();
    this.#ends.clear();
  }

  #forget(): void {
    const now = this.#now();
    for (const [end, marks] of this.#ends) {
      if (end >= now) continue;
      this.#ends.delete(end);
      for (const mark of marks) this.#seen.delete(mark);
    }
  }
}
