import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';

/**
 * The contract of the blob store: nameless, immutable bytes, for what is too large for the database.
 *
 * Implementations: `memory-blobs.ts` (tests), `files.ts`. `test/storage/blobs-contract.ts` is the suite they pass.
 */

/** Names a blob; starts with the time it was made (see `newBlobId`), so that ids sort by age. Safe as a file name. */
export type BlobId = string & { readonly [blobId]: true };
declare const blobId: unique symbol;

/** Hexadecimal digits of the time in an id: milliseconds since 1970 in 48 bits, enough for eight thousand years. */
const timeDigits = 12;

/** Random bytes in an id: 80 bits, so that blobs made within the same millisecond anywhere do not meet. */
const randomness = 10;

/** An id for a blob that is complete now: the time, then randomness, as 32 lower-case hexadecimal digits. */
export function newBlobId(): BlobId {
  return (Date.now().toString(16).padStart(timeDigits, '0') + randomBytes(randomness).toString('hex')) as BlobId;
}

/** Whether `text` has the form of an id; only then is it safe in a path. */
export function isBlobId(text: string): text is BlobId {
  return /^[0-9a-f]{32}$/.test(text);
}

/** When the blob was complete, by the clock of the process that took it in. */
export function blobTime(id: BlobId): Date {
  return new Date(Number.parseInt(id.slice(0, timeDigits), 16));
}

/** There is no blob of this id. */
export class MissingBlob extends Error {
  override readonly name = 'MissingBlob';

  constructor(id: string) {
    super(`There is no blob ${id}.`);
  }
}

/** Bytes `start` to `end`, both included, counted from 0, within the blob. */
export interface ByteRange { readonly start: number; readonly end: number }

export interface BlobStore extends AsyncDisposable {
  /**
   * Stores the bytes. Durable when it resolves; when `bytes` throws, nothing is kept and the error is passed on.
   * `size` is in bytes.
   */
  put(bytes: AsyncIterable<Uint8Array>): Promise<{ id: BlobId; size: number }>;
  /**
   * The bytes, or those of `range`. Resolves once the blob is open; rejects with `MissingBlob` when there is none.
   * The stream holds the blob open until it was read to its end or destroyed.
   */
  get(id: BlobId, range?: ByteRange): Promise<Readable>;
  /** Deletes the blob; done also when there is none. A stream that is being read is read to its end. */
  delete(id: BlobId): Promise<void>;
  /** All blobs, oldest first; those after `after` only. Half-written ones never appear. */
  list(after?: BlobId): AsyncIterable<{ id: BlobId; size: number }>;
}
