/** How many of the last reads count. */
const memory = 16;
/** While reads are slow, one in so many is made on the spot all the same, to see whether they still are. */
const probe = 32;

/**
 * Whether reads on the spot, during which nothing else goes on in this process, take so long that they are better made
 * in another thread: as they do when a disk has to be waited for.
 */
export class Pace {
  readonly #most: number;
  #mean = 0;
  #turns = 0;

  /** `most`: how many milliseconds a read may take on the average. */
  constructor(most: number) {
    this.#most = most;
  }

  isSlow(): boolean {
    if (this.#mean <= this.#most) return false;
    this.#turns += 1;
    return this.#turns % probe !== 0;
  }

  /** One that the process was interrupted in does not count for more than a few. */
  took(milliseconds: number): void {
    this.#mean += (Math.min(milliseconds, memory * this.#most) - this.#mean) / memory;
  }
}

/** The next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}

/** Counts what is done in one turn of the event loop. */
export class Turn {
  readonly #most: number;
  #done = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether `more` is to wait for the next turn. */
  isOver(more: number): boolean {
    if (this.#done === 0) setImmediate(() => { this.#done = 0; }).unref();
    this.#done += more;
    return this.#done > this.#most;
  }
}
