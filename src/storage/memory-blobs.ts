import { Readable } from 'node:stream';
import { MissingBlob, newBlobId, type BlobId, type BlobStore, type ByteRange } from './blobs.ts';

/** Blobs in the memory of this process, for tests. */
export class MemoryBlobs implements BlobStore {
  readonly #blobs = new Map<BlobId, Buffer>();

  async put(bytes: AsyncIterable<Uint8Array>): Promise<{ id: BlobId; size: number }> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    const id = newBlobId();
    const blob = Buffer.concat(chunks);
    this.#blobs.set(id, blob);
    return { id, size: blob.length };
  }

  async get(id: BlobId, range?: ByteRange): Promise<Readable> {
    const blob = this.#blobs.get(id);
    if (blob === undefined) throw new MissingBlob(id);
    const wanted = range === undefined ? blob : blob.subarray(range.start, range.end + 1);
    return Readable.from(wanted.length === 0 ? [] : [wanted], { objectMode: false });
  }

  async delete(id: BlobId): Promise<void> {
    this.#blobs.delete(id);
  }

  async *list(after?: BlobId): AsyncIterable<{ id: BlobId; size: number }> {
    for (const id of [...this.#blobs.keys()].sort()) {
      const blob = this.#blobs.get(id);
      if (blob !== undefined && (after === undefined || id > after)) yield { id, size: blob.length };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
