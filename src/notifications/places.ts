import { Problem } from '../problem.ts';

export interface PlacesOptions {
  /** Channels of one agent. */
  readonly maxChannelsPerAgent: number;
  /** Channels in all. */
  readonly maxChannels: number;
}

/**
 * How many channels there are, by those for whose number they count. In this process: where several run, each has its
 * own counts.
 */
export class Places {
  readonly #options: PlacesOptions;
  /** By agent, then by channel: until when the place is taken, in milliseconds since 1970. */
  readonly #taken = new Map<string, Map<string, number>>();
  #count = 0;

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** Takes the place of a channel, or keeps it until another time. Throws `too-many` or `busy` when there is none. */
  take(by: string, id: string, until: number): void {
    const its = this.#taken.get(by) ?? new Map<string, number>();
    if (!its.has(id)) {
      if (its.size >= this.#options.maxChannelsPerAgent) this.#forgetEnded(by, its);
      if (its.size >= this.#options.maxChannelsPerAgent) {
        throw new Problem('too-many', `You have ${its.size} channels of notifications already. Close some first.`,
          { 'retry-after': '60' });
      }
      if (this.#count >= this.#options.maxChannels) {
        for (const [agent, channels] of this.#taken) this.#forgetEnded(agent, channels);
      }
      if (this.#count >= this.#options.maxChannels) {
        throw new Problem('busy', 'There are too many channels of notifications. Try again later.',
          { 'retry-after': '60' });
      }
      this.#count += 1;
    }
    its.set(id, until);
    this.#taken.set(by, its);
  }

  release(by: string, id: string): void {
    const its = this.#taken.get(by);
    if (its?.delete(id) !== true) return;
    this.#count -= 1;
    if (its.size === 0) this.#taken.delete(by);
  }

  #forgetEnded(by: string, its: ReadonlyMap<string, number>): void {
    const now = Date.now();
    for (const [id, until] of its) if (until <= now) this.release(by, id);
  }
}
