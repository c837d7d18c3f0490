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
 * They are in two generations, as that costs a lookup next to nothing: what is used comes to the young one, and when
 * that has half of the bytes, the old one is forgotten and the young one is the old one.
 *
 * What is being written counts when it is written: until then everybody sees what was before. The store may show it
 * sooner, so it must not be read for such a key.
 */
export class EntryCache {
  readonly #maxBytes: number;
  /** By `nameOf` their keys. */
  #young = new Map<string, Known>();
  #old = new Map<string, Known>();
  #youngBytes = 0;
  readonly #readings = new Set<Reading>();
  #beingWritten: ReadonlyMap<string, Entry | undefined> = new Map();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What is known of a key: its entry, or that there is none. `undefined` when that has to be read. */
  find(name: string): Known | undefined {
    const known = this.#young.get(name);
    if (known !== undefined) return known;
    const old = this.#old.get(name);
    if (old !== undefined) this.#keep(name, old);
    return old;
  }

  /** Whether the store may show something else than what is committed. */
  isBeingWritten(name: string): boolean {
    return this.#beingWritten.has(name);
  }

  /** Remembers what was read this very moment. */
  remember(name: string, entry: Entry | undefined): void {
    this.#keep(name, { entry });
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
      else this.#forget(name);
      for (const { changed } of this.#readings) changed.add(name);
    }
    this.#beingWritten = new Map();
  }

  /** Forgets everything: the store is opened anew, and may turn out to hold what was thought to have failed. */
  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngBytes = 0;
    for (const reading of this.#readings) reading.void = true;
  }

  #keep(name: string, known: Known): void {
    const before = this.#young.get(name);
    this.#youngBytes += sizeOf(name, known) - (before === undefined ? 0 : sizeOf(name, before));
    this.#young.set(name, known);
    if (this.#youngBytes * 2 <= this.#maxBytes) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  #forget(name: string): void {
    const known = this.#young.get(name);
    if (known !== undefined) this.#youngBytes -= sizeOf(name, known);
    this.#young.delete(name);
    this.#old.delete(name);
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
