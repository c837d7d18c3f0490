import { Recent } from '../recent.ts';
import type { Entry, Key } from './database.ts';

/** What an entry takes beside its key and value, in bytes, roughly. */
const overhead = 200;

/** That there is this entry, or none. */
export interface Known {
  readonly entry: Entry | undefined;
}

/** A read that is under way: what is written meanwhile is not remembered as it was. */
export interface Reading {
  /** The names of keys. */
  readonly changed: Set<string>;
  /** Nobody knows any more what of it is true. */
  void: boolean;
}

/**
 * Entries of a database that one process alone writes, as they are committed: those last used, up to `maxBytes`.
 *
 * What is being written counts when it is written: until then everybody sees what was before. The store may show it
 * sooner, so it must not be read for such a key.
 */
export class EntryCache {
  /** By `nameOf` their keys. */
  readonly #known: Recent<Known>;
  readonly #readings = new Set<Reading>();
  #beingWritten: ReadonlyMap<string, Entry | undefined> = new Map();

  constructor(maxBytes: number) {
    this.#known = new Recent(maxBytes, sizeOf);
  }

  /** What is known of a key: its entry, or that there is none. `undefined` when that has to be read. */
  find(name: string): Known | undefined {
    return this.#known.get(name);
  }

  /** Whether the store may show something else than what is committed. */
  isBeingWritten(name: string): boolean {
    return this.#beingWritten.has(name);
  }

  /** Remembers what was read this very moment. */
  remember(name: string, entry: Entry | undefined): void {
    this.#known.set(name, { entry });
  }

  /** To be called before a read of the store that takes a while. */
  begin(): Reading {
    const reading: Reading = { changed: new Set(), void: false };
    this.#readings.add(reading);
    return reading;
  }

  /** To be called after it: remembers what it has found, by name, unless that changed meanwhile. */
  end(reading: Reading, found: ReadonlyMap<string, Entry | undefined>): void {
    this.#readings.delete(reading);
    if (reading.void) return;
    for (const [name, entry] of found) if (!reading.changed.has(name)) this.remember(name, entry);
  }

  /** To be called before entries are written (`undefined`: deleted), by name, once those before them are. */
  writing(entries: ReadonlyMap<string, Entry | undefined>): void {
    this.#beingWritten = entries;
  }

  /** To be called when they are; or when that failed, so that nobody knows what is in the store. */
  written(done: boolean): void {
    for (const [name, entry] of this.#beingWritten) {
      if (done) this.remember(name, entry);
      else this.#known.delete(name);
      for (const { changed } of this.#readings) changed.add(name);
    }
    this.#beingWritten = new Map();
  }

  /** Forgets everything: the store is opened anew, and may turn out to hold what was thought to have failed. */
  clear(): void {
    this.#known.clear();
    for (const reading of this.#readings) reading.void = true;
  }
}

function sizeOf(name: string, { entry }: Known): number {
  return 2 * name.length + (entry?.value.byteLength ?? 0) + overhead;
}

/** Where a key keeps its name: to look for it anywhere else takes as long as to make it. */
const named = Symbol('name');

/**
 * The key as a text that is no other key's, nor that of what is none: a part that holds U+0000 would make fewer parts
 * of the same characters. A key that comes again has it at hand.
 */
export function nameOf(key: Key & { [named]?: string }): string {
  return key[named] ??= `${key.length}\0${key.join('\0')}`;
}

/** Where a key keeps the one of its owner. */
const owner = Symbol('owner');

/** The key, of what exists only as long as there is something under the key of its owner. */
export function ownedBy(key: Key, of: Key): Key {
  return Object.assign(key, { [owner]: of });
}

/** The key of the owner of what is under a key; `undefined` where none was named. */
export function ownerOf(key: Key & { [owner]?: Key }): Key | undefined {
  return key[owner];
}
