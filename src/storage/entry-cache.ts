import { LRUCache } from 'lru-cache';
import type { Entry, Key } from './database.ts';

/** What an entry takes beside its key and value, in bytes, roughly. */
const overhead = 200;

/** That there is this entry, or none. */
export interface Known {
  readonly entry: Entry | undefined;
}

/** A read that is under way: what is committed meanwhile it may have seen or not, and so is not remembered. */
export interface Reading {
  /** The names of keys. */
  readonly changed: Set<string>;
  /** Nobody knows any more what of it is true. */
  void: boolean;
}

/**
 * Entries of a database that one process alone writes, as they are committed: those last used, up to `maxBytes`.
 *
 * What is being written is in doubt: the store may show it before the writer knows that it is done. It is neither given
 * nor remembered until then, so that nobody sees a state after having seen the next.
 */
export class EntryCache {
  /** By `nameOf` their keys. */
  readonly #entries: LRUCache<string, Known>;
  readonly #readings = new Set<Reading>();
  #inDoubt: ReadonlyMap<string, Entry | undefined> = new Map();

  constructor(maxBytes: number) {
    this.#entries = new LRUCache({
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: ({ entry }, key) => 2 * key.length + (entry?.value.byteLength ?? 0) + overhead,
    });
  }

  /** What is known of a key: its entry, or that there is none. `undefined` when that has to be read. */
  find(name: string): Known | undefined {
    return this.#inDoubt.has(name) ? undefined : this.#entries.get(name);
  }

  /** To be called before a read of the store. */
  begin(): Reading {
    const reading: Reading = { changed: new Set(), void: false };
    this.#readings.add(reading);
    return reading;
  }

  /** To be called after it: remembers what it has found, by name, unless that changed meanwhile. */
  end(reading: Reading, found: ReadonlyMap<string, Entry | undefined>): void {
    this.#readings.delete(reading);
    if (reading.void) return;
    for (const [name, entry] of found) {
      if (!reading.changed.has(name) && !this.#inDoubt.has(name)) this.#entries.set(name, { entry });
    }
  }

  /** To be called before entries are written (`undefined`: deleted), by name, once those before them are. */
  writing(entries: ReadonlyMap<string, Entry | undefined>): void {
    this.#inDoubt = entries;
    this.#disturb();
  }

  /** To be called when they are; or when that failed, so that nobody knows what is in the store. */
  written(done: boolean): void {
    for (const [name, entry] of this.#inDoubt) {
      if (done) this.#entries.set(name, { entry });
      else this.#entries.delete(name);
    }
    this.#disturb();
    this.#inDoubt = new Map();
  }

  /** Forgets everything: the store is opened anew, and may turn out to hold what was thought to have failed. */
  clear(): void {
    this.#entries.clear();
    for (const reading of this.#readings) reading.void = true;
  }

  #disturb(): void {
    for (const { changed } of this.#readings) for (const name of this.#inDoubt.keys()) changed.add(name);
  }
}

/**
 * The key as a text that is no other key's, nor that of what is none: a part that holds U+0000 would make fewer parts of
 * the same characters.
 */
export function nameOf(key: Key): string {
  return `${key.length}\0${key.join('\0')}`;
}
