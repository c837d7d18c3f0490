import { randomUUID } from 'node:crypto';
import { encodeJson } from '../pods/resource.ts';
import type { Check, Database, Version } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';

export interface LeaseOptions {
  /** For how long a process that shows no sign of life keeps it, in milliseconds. */
  readonly milliseconds: number;
  /** Milliseconds of a steady clock. */
  readonly now?: () => number;
}

/**
 * What only one of several processes may do at a time. Whoever holds it shows now and then that it is alive; when there
 * was no such sign for long enough, by the clock of the one who waits for it, another takes over. No clock is compared
 * with that of another machine. What the holder commits rests on `check`, so that one that was out of its senses for
 * too long can write nothing any more.
 */
export class Lease {
  readonly #database: Database;
  readonly #milliseconds: number;
  readonly #now: () => number;
  readonly #holder: readonly string[];
  readonly #beat: readonly string[];
  #held: { readonly version: Version; readonly until: number } | undefined;
  /** The last sign of life of another that was seen, and when it was seen first. */
  #seen: { readonly version: Version | undefined; readonly at: number } | undefined;

  constructor(database: Database, work: string, { milliseconds, now = () => performance.now() }: LeaseOptions) {
    this.#database = database;
    this.#milliseconds = milliseconds;
    this.#now = now;
    this.#holder = keys.lease(work, 'holder');
    this.#beat = keys.lease(work, 'beat');
  }

  /** What commits of the holder check; `undefined` when it is not held, or was not renewed in time. */
  get check(): Check | undefined {
    return this.#held !== undefined && this.#now() < this.#held.until
      ? { key: this.#holder, version: this.#held.version } : undefined;
  }

  /**
   * Renews it, or takes it when nobody has it; to be called several times while it lasts. Resolves to whether it is
   * held.
   */
  async tend(): Promise<boolean> {
    const began = this.#now();
    const [holder, beat] = await this.#database.get([this.#holder, this.#beat]);
    if (this.#held !== undefined) {
      const renewed = holder?.version !== this.#held.version ? undefined : await this.#database.commit({
        checks: [{ key: this.#holder, version: holder.version }], puts: [this.#sign(this.#beat)],
      });
      this.#held = renewed === undefined ? undefined : { ...this.#held, until: began + this.#milliseconds };
      return this.#held !== undefined;
    }
    if (holder !== undefined) {
      if (this.#seen === undefined || this.#seen.version !== beat?.version) {
        this.#seen = { version: beat?.version, at: began };
      }
      if (began - this.#seen.at < this.#milliseconds) return false;
    }
    const version = await this.#database.commit({
      checks: [
        holder === undefined ? { key: this.#holder, exists: false } : { key: this.#holder, version: holder.version },
        beat === undefined ? { key: this.#beat, exists: false } : { key: this.#beat, version: beat.version },
      ],
      puts: [this.#sign(this.#holder), this.#sign(this.#beat)],
    });
    this.#held = version === undefined ? undefined : { version, until: began + this.#milliseconds };
    this.#seen = undefined;
    return this.#held !== undefined;
  }

  /** Leaves it to others. */
  async release(): Promise<void> {
    const { check } = this;
    this.#held = undefined;
    if (check !== undefined) await this.#database.commit({ checks: [check], deletes: [this.#holder, this.#beat] });
  }

  /** What is put under a key. */
  #sign(key: readonly string[]) {
    return { key, value: encodeJson({ process: process.pid, sign: randomUUID() }) };
  }
}
