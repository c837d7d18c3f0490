import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Level, type ChainedBatch } from 'level';
import { log } from '../log.ts';
import { Problem } from '../problem.ts';
import { holds, type Database, type Entry, type Key, type Version, type Write } from './database.ts';
import { encodeWrite, type EncodedWrite } from './encoded-write.ts';
import { EntryCache, nameOf, ownerOf, type Known } from './entry-cache.ts';
import { afterAllKeys, keyBytes, keyOf, rangeBounds } from './key-bytes.ts';
import { nextTurn, Pace, Turn } from './pace.ts';
import { versionText } from './version-text.ts';

type Store = Level<Buffer, Buffer>;
/** It takes its operations one by one, which is four times as fast as a list of them. */
type Batch = ChainedBatch<Store, Buffer, Buffer>;

/** Where the number of the last commit is kept: behind all keys, so that no range meets it. */
const lastVersionKey = Buffer.concat([afterAllKeys, Buffer.from('last version')]);

/** Each value begins with the number of its version, in as many bytes, the most significant first. */
const versionBytes = 8;

/** A group takes no further commits once it has this many bytes of keys and values. */
const groupBytes = 4 * 1024 * 1024;

/** A range reads ahead by this many entries, and by this many bytes, at most. */
const batchEntries = 100;
const batchBytes = 64 * 1024;

/** What is kept of what was read or written last, unless the operator says otherwise. */
const defaultCacheBytes = 64 * 1024 * 1024;

/** After a failure, how long until the store may be opened anew again. */
const reopenMilliseconds = 1_000;

/** What opening needs, generously: files open at once, and room for a table of what the log holds. */
const openingFiles = 16;
const openingBytes = 16 * 1024 * 1024;

/** How many entries are given before others come to their turn, as reads on the spot never wait. */
const entriesPerTurn = 4_000;

/** How many milliseconds the read of an entry may hold up everything else, on the average. */
const defaultPause = 0.2;

export interface LevelOptions {
  /** How much of the database is kept in memory, as it is in the store. */
  readonly cacheBytes?: number;
  /** See `Pace`. */
  readonly pause?: number;
}

/**
 * Opens the embedded database in `directory`, which is made when missing. Only one process can have it open; a second
 * gets an `Error` that says so.
 */
export async function openLevel(
  directory: string, { cacheBytes = defaultCacheBytes, pause = defaultPause }: LevelOptions = {},
): Promise<Database> {
  const store: Store = new Level(directory, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  try {
    await store.open();
  } catch (error) {
    throw new Error(whyNotOpened(directory, error), { cause: error });
  }
  return new LevelDatabase(directory, store, await lastNumber(store), new EntryCache(cacheBytes), new Pace(pause));
}

const nothing: Known = { entry: undefined };

interface WaitingCommit extends EncodedWrite {
  resolve(version: Version | undefined): void;
  reject(error: unknown): void;
}

/**
 * Commits are written in groups: those that arrive while a group is being written wait, and are the next group. So
 * one wait for the disk serves all who were waiting, and the checks of a group can be judged one after the other
 * without any other write coming between.
 *
 * After a failed batch nothing more is written before the store was opened anew: LevelDB's log may end in half a
 * record, and what it would append behind that could be dropped at the next opening although it was acknowledged.
 * Opening begins a new log.
 */
class LevelDatabase implements Database {
  readonly #directory: string;
  readonly #store: Store;
  readonly #cache: EntryCache;
  readonly #waiting: WaitingCommit[] = [];
  #last: bigint;
  #writing: Promise<void> | undefined;
  /** Fulfilled when what is being written is, or is not going to be. */
  #batch: Promise<unknown> | undefined;
  readonly #pace: Pace;
  readonly #turn = new Turn(entriesPerTurn);
  /** Why nothing may be written before the store was opened anew, and from when on that may be tried. */
  #failure: { readonly cause: unknown; readonly retryAt: number } | undefined;
  #reopening: Promise<void> | undefined;
  #closed = false;

  constructor(directory: string, store: Store, last: bigint, cache: EntryCache, pace: Pace) {
    this.#directory = directory;
    this.#store = store;
    this.#last = last;
    this.#cache = cache;
    this.#pace = pace;
  }

  /**
   * One moment: that in which it is called, or after a wait begins anew. classic-level reads the keys of one `getMany`
   * from a snapshot that it makes when it is called, and nothing that is read is being written then.
   */
  async get(keys: readonly Key[]): Promise<(Entry | undefined)[]> {
    const names = keys.map(nameOf);
    if (this.#turn.isOver(keys.length)) await nextTurn();
    for (;;) {
      while (this.#store.status !== 'open') await this.#reopen();
      const known = names.map((name) => this.#cache.find(name));
      const missing = names.flatMap((_, index) => (known[index] === undefined ? [index] : []));
      if (missing.some((index) => this.#cache.isBeingWritten(names[index]!))) {
        await this.#batch;
        continue;
      }
      if (missing.length > 0) await this.#read(keys, names, known, missing);
      return known.map((one) => one!.entry);
    }
  }

  /** Reads from the store what is missing in `known`. */
  #read(
    keys: readonly Key[], names: readonly string[], known: (Known | undefined)[], missing: readonly number[],
  ): Promise<void> | undefined {
    if (this.#pace.isSlow()) return this.#readAside(keys, names, known, missing);
    const begun = performance.now();
    let reads = 0;
    for (const index of missing) {
      known[index] = this.#ownerless(keys[index]!) ?? this.#readOne(keys[index]!, names[index]!);
      if (known[index] !== nothing) reads += 1;
    }
    if (reads > 0) this.#pace.took((performance.now() - begun) / reads);
    return undefined;
  }

  /** The same in another thread. */
  async #readAside(
    keys: readonly Key[], names: readonly string[], known: (Known | undefined)[], missing: readonly number[],
  ): Promise<void> {
    const bytes = missing.map((index) => keyBytes(keys[index]!));
    const reading = this.#cache.begin();
    const found = new Map<string, Entry | undefined>();
    try {
      const values = await this.#store.getMany(bytes);
      missing.forEach((index, i) => {
        const value = values[i];
        const one = value && entry(keys[index]!, value);
        found.set(names[index]!, one);
        known[index] = { entry: one };
      });
    } finally {
      this.#cache.end(reading, found);
    }
  }

  async *range(prefix: Key, { after, limit = Infinity }: { after?: Key; limit?: number } = {}): AsyncIterable<Entry> {
    // It shows what the store holds when it is made, which must be nothing that is not committed yet.
    while (this.#store.status !== 'open' || this.#batch !== undefined) await (this.#batch ?? this.#reopen());
    const iterator = this.#store.iterator({ ...rangeBounds(prefix, after), limit, highWaterMarkBytes: batchBytes });
    try {
      for (;;) {
        const batch = await iterator.nextv(batchEntries).catch(explainCutOff);
        if (batch.length === 0) return;
        for (const [key, stored] of batch) yield entry(keyOf(key), stored);
      }
    } finally {
      await iterator.close();
    }
  }

  commit(write: Write): Promise<Version | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw this.#closedError();
      this.#waiting.push({ ...encodeWrite(write), resolve, reject });
      this.#writing ??= this.#writeWaiting();
    });
  }

  /** Writes what is waiting, then closes; reads that are in flight are done first too, ranges are cut off. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#reopening?.catch(() => undefined);
    await this.#store.close();
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup();
      try {
        const versions = await this.#writeGroup(group);
        for (const commit of group) commit.resolve(versions.get(commit));
      } catch (error) {
        for (const commit of group) commit.reject(error);
      }
    }
    this.#writing = undefined;
  }

  #nextGroup(): WaitingCommit[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && bytes < groupBytes) bytes += sizeOf(this.#waiting[count++]!);
    return this.#waiting.splice(0, count);
  }

  /**
   * Judges the commits of a group in their order, each on what is stored and what those before it in the group will
   * have written, and writes all that pass in one batch. Gives the versions of those.
   */
  async #writeGroup(group: readonly WaitingCommit[]): Promise<Map<WaitingCommit, Version>> {
    if (this.#failure !== undefined || this.#store.status !== 'open') await this.#reopen();
    const versions = new Map<WaitingCommit, Version>();
    let batch: Batch | undefined;
    const changed = new Map<string, Entry | undefined>();
    for (const commit of group) {
      if (!this.#isUpheld(commit, changed)) continue;
      batch ??= this.#store.batch();
      this.#last += 1n;
      const number = numberBytes(this.#last);
      const version = versionText(this.#last);
      for (const { bytes, name } of commit.deletes) {
        batch.del(bytes);
        changed.set(name, undefined);
      }
      for (const { key, bytes, name, value } of commit.puts) {
        batch.put(bytes, Buffer.concat([number, value]));
        changed.set(name, { key, value, version });
      }
      versions.set(commit, version);
    }
    if (batch !== undefined) await this.#writeBatch(batch.put(lastVersionKey, numberBytes(this.#last)), changed);
    return versions;
  }

  /** Whether all that a commit checks is true; one that checks what is no key is rejected. Nothing is written now. */
  #isUpheld({ checks, reject }: WaitingCommit, changed: ReadonlyMap<string, Entry | undefined>): boolean {
    try {
      return checks.every((check) => {
        const name = nameOf(check.key);
        const known = this.#cache.find(name) ?? this.#ownerless(check.key) ?? this.#readOne(check.key, name);
        return holds(check, (changed.has(name) ? changed.get(name) : known.entry)?.version);
      });
    } catch (error) {
      reject(error);
      return false;
    }
  }

  /** On the spot, as it was read a moment ago in most cases. */
  #readOne(key: Key, name: string): Known {
    const value = this.#store.getSync(keyBytes(key));
    const known = { entry: value && entry(key, value) };
    this.#cache.remember(name, known.entry);
    return known;
  }

  /** What there is under a key whose owner is known not to be there; `undefined` when that is not known. */
  #ownerless(key: Key): Known | undefined {
    const owner = ownerOf(key);
    const known = owner && this.#cache.find(nameOf(owner));
    return known !== undefined && known.entry === undefined ? nothing : undefined;
  }

  /** When it fails, the write may have been done all the same, which `full` would deny. */
  async #writeBatch(batch: Batch, changed: ReadonlyMap<string, Entry | undefined>): Promise<void> {
    this.#cache.writing(changed);
    const writing = batch.write({ sync: true });
    this.#batch = writing.catch(() => undefined);
    try {
      await writing;
      this.#cache.written(true);
    } catch (cause) {
      this.#cache.written(false);
      log.error({ err: cause, directory: this.#directory }, 'the database failed to write');
      this.#failure = { cause, retryAt: 0 };
      throw busy(cause);
    } finally {
      this.#batch = undefined;
    }
  }

  /** Opens the store anew; whoever needs that meanwhile waits for the same attempt. Throws `busy` or `full`. */
  #reopen(): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closedError());
    if (this.#reopening !== undefined) return this.#reopening;
    if (this.#failure !== undefined && performance.now() < this.#failure.retryAt) {
      return Promise.reject(refusal(this.#failure.cause));
    }
    this.#reopening = this.#closeAndOpen().finally(() => { this.#reopening = undefined; });
    return this.#reopening;
  }

  async #closeAndOpen(): Promise<void> {
    const directory = this.#directory;
    try {
      await probe(directory);
      await this.#store.close();
      this.#cache.clear();
      // Where the files are gone, an empty database would look like a sound one.
      await this.#store.open({ createIfMissing: false });
      const last = await lastNumber(this.#store);
      if (last > this.#last) this.#last = last;
      this.#failure = undefined;
      log.info({ directory }, 'the database was opened anew and takes writes');
    } catch (cause) {
      log.error({ err: cause, directory }, 'the database cannot be opened anew');
      this.#failure = { cause, retryAt: performance.now() + reopenMilliseconds };
      throw refusal(cause);
    }
  }

  #closedError(): Error {
    return new Error(`The database in ${this.#directory} is closed.`);
  }
}

/** The number of the last commit that is stored. */
async function lastNumber(store: Store): Promise<bigint> {
  const [last] = await store.getMany([lastVersionKey]);
  return last === undefined ? 0n : last.readBigUInt64BE();
}

/**
 * Fails when the files and the room that opening needs are not to be had. A store that cannot write can still be read,
 * but closed, without being opened again, it could not.
 */
async function probe(directory: string): Promise<void> {
  const path = join(directory, 'probe');
  const files: FileHandle[] = [];
  try {
    while (files.length < openingFiles) files.push(await open(path, 'w'));
    await files[0]!.writeFile(Buffer.alloc(openingBytes));
    await files[0]!.sync();
  } finally {
    await Promise.all(files.map((file) => file.close()));
    await rm(path, { force: true });
  }
}

/** For a write that was not even tried. */
function refusal(cause: unknown): Problem {
  if (!isDiskFull(cause)) return busy(cause);
  return Object.assign(new Problem('full', 'The server has no room left to store this.'), { cause });
}

function busy(cause: unknown): Problem {
  const detail = 'The database is not available for the moment. Try again in a moment.';
  return Object.assign(new Problem('busy', detail, { 'retry-after': '1' }), { cause });
}

/** LevelDB gives the system's words, Node its code; `level` wraps either. */
function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /No space left|Disk quota exceeded|ENOSPC|EDQUOT/.test(error.message) || isDiskFull(error.cause);
}

function explainCutOff(error: Error & { code?: string }): never {
  throw error.code === 'LEVEL_ITERATOR_NOT_OPEN'
    ? new Error('The database was closed, or opened anew, while a range of it was read.', { cause: error })
    : error;
}

function entry(key: Key, stored: Buffer): Entry {
  return { key, value: stored.subarray(versionBytes), version: versionOf(stored) };
}

function versionOf(stored: Buffer): Version {
  // The digits of `versionText`.
  return stored.toString('hex', 0, versionBytes);
}

function numberBytes(number: bigint): Buffer {
  const bytes = Buffer.alloc(versionBytes);
  bytes.writeBigUInt64BE(number);
  return bytes;
}

function sizeOf({ puts, deletes }: EncodedWrite): number {
  const deleted = deletes.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return puts.reduce((sum, { bytes, value }) => sum + bytes.length + value.length, deleted);
}

function whyNotOpened(directory: string, error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED') {
    return `The database in ${directory} is in use by another process.`;
  }
  return `The database in ${directory} cannot be opened: ${cause instanceof Error ? cause.message : String(error)}`;
}
