import type { Readable } from 'node:stream';

/**
 * The contract of the blob store: nameless, immutable bytes, for what is too large for the database.
 *
 * Implementations: `memory-blobs.ts` (tests), `files.ts`. `test/storage/blobs-contract.ts` is the suite they pass.
 */

/** Names a blob; starts with the time it was made (see `newBlobId`), so that ids sort by age. Safe as a file name. */
export type BlobId = string & { readonly [blobId]: true };
declare const blobId: unique symbol;

/** Bytes `start` to `end`, both included, counted from 0, within the blob. */
export interface ByteRange { readonly start: number; readonly end: number }

export interface BlobStore extends AsyncDisposable {
  /**
   * Stores the bytes. Durable when it resolves; when `bytes` throws, nothing is kept and the error is passed on.
   * `size` is in bytes.
   */
  put(bytes: AsyncIterable<Uint8Array>): Promise<{ id: BlobId; size: number }>;
  /** The bytes, or those of `range`. Resolves once the blob is open; rejects with `MissingBlob` when there is none. */
  get(id: BlobId, range?: ByteRange): Promise<Readable>;
  /** Deletes the blob; done also when there is none. A stream that is being read is read to its end. */
  delete(id: BlobId): Promise<void>;
  /** All blobs, oldest first; those after `after` only. Half-written ones never appear. */
  list(after?: BlobId): AsyncIterable<{ id: BlobId; size: number }>;
}
