/**
 * The contract of the database: an ordered map from keys to bytes, changed only by atomic conditional writes.
 *
 * Implementations: `memory.ts` (tests), `level.ts` (embedded, one process), `postgres.ts` (shared by many).
 * `test/storage/database-contract.ts` is the suite that each of them passes.
 */

/**
 * Keys are compared part by part, each part in the byte order of its UTF-8 form; a key sorts before the longer keys
 * that begin with it. A key has at least one part (a prefix may have none). A part is any well-formed string without
 * U+0000, possibly empty. Anything else is a `TypeError` of the caller, and so is a key longer than `keyLimit`. Who reads
 * a key may keep on it, under a symbol, what was made of it; who builds it, the key of what it belongs to.
 */
export type Key = readonly string[];

/**
 * The most bytes a key may have: its parts in UTF-8, and one byte more for each part. What fits here fits an index
 * page of PostgreSQL (2,704 bytes), so that data can move between the engines.
 */
export const keyLimit = 2_600;

/** Opaque. Each commit has a new one, which all entries that it put carry. */
export type Version = string;

export interface Entry {
  readonly key: Key;
  readonly value: Uint8Array;
  readonly version: Version;
}

/** What must be true at the moment of a commit: the key has this very version, or exists at all, or does not. */
export type Check =
  | { readonly key: Key; readonly version: Version }
  | { readonly key: Key; readonly exists: boolean };

/** Whether `check` is true of a key that has `version`, or of one that does not exist (`undefined`). */
export function holds(check: Check, version: Version | undefined): boolean {
  return 'version' in check ? check.version === version : check.exists === (version !== undefined);
}

/**
 * No key appears twice among `puts` and `deletes`: a `TypeError`. All checks are judged on the state before the write,
 * so a key may be checked and put. The bytes of the values are the database's from then on, which may keep them at hand
 * and give them to those who read: nobody changes them.
 */
export interface Write {
  readonly checks?: readonly Check[];
  readonly puts?: readonly { readonly key: Key; readonly value: Uint8Array }[];
  readonly deletes?: readonly Key[];
}

export interface Database extends AsyncDisposable {
  /** The entries of `keys`, in their order, as they were at one moment; `undefined` where is none. One round trip. */
  get(keys: readonly Key[]): Promise<(Entry | undefined)[]>;

  /**
   * The entries whose keys begin with the parts of `prefix` and have at least one part more, in key order.
   * `after` (a whole key) and `limit` (entries) make a page of it. An entry written or deleted while the range is
   * read may or may not appear; every other appears exactly once. Memory stays constant whatever the length.
   */
  range(prefix: Key, page?: { readonly after?: Key; readonly limit?: number }): AsyncIterable<Entry>;

  /**
   * Does all of `write`, or nothing. Durable when it resolves: it outlives a crash of the process and of the machine.
   * Resolves to `undefined` when a check failed (nothing was written), else to the commit's version. Of two commits
   * of which the second began after the first resolved, or that put a common key, the later has the greater version
   * in string order. A delete of what does not exist is no failure.
   *
   * When it rejects for another reason than a mistake of the caller, the write may have been done (the connection
   * broke before the answer came), but never in part: who must know reads again.
   */
  commit(write: Write): Promise<Version | undefined>;
}
