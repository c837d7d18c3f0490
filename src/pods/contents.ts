import type { Readable } from 'node:stream';
import type { BlobStore, ByteRange } from '../storage/blobs.ts';
import type { Content, Held } from './resource.ts';

/**
 * Where the bytes of documents are: small ones in memory until they are in the database, others in the blob store. They
 * are brought in before a write begins, so that no write waits for a client or a disk of another kind.
 */
export class Contents {
  readonly #blobs: BlobStore;
  readonly #inlineBytes: number;

  /** `inlineBytes`: how many bytes are small. */
  constructor(blobs: BlobStore, inlineBytes: number) {
    this.#blobs = blobs;
    this.#inlineBytes = inlineBytes;
  }

  /** Takes in bytes as they come. */
  async receive(bytes: AsyncIterable<Uint8Array>): Promise<Content> {
    const source = bytes[Symbol.asyncIterator]();
    const first: Uint8Array[] = [];
    let size = 0;
    while (size <= this.#inlineBytes) {
      const next = await source.next();
      if (next.done === true) return { bytes: Buffer.concat(first) };
      first.push(next.value);
      size += next.value.byteLength;
    }
    const { id, size: total } = await this.#blobs.put(chain(first, source));
    return { blob: id, size: total };
  }

  /** Takes in bytes that are at hand. */
  async keep(bytes: Uint8Array): Promise<Content> {
    return bytes.byteLength <= this.#inlineBytes ? { bytes } : this.keepAsBlob(bytes);
  }

  /** The same, whatever their number. */
  async keepAsBlob(bytes: Uint8Array): Promise<Content> {
    const { id, size } = await this.#blobs.put(chain([bytes]));
    return { blob: id, size };
  }

  /** Lets go of what was taken in for a write that was not done. */
  async discard(content: Content | undefined): Promise<void> {
    if (content !== undefined && 'blob' in content) await this.#blobs.delete(content.blob);
  }

  /** The bytes of a document, or those of `range`: at once when they are in the database, else as a stream. */
  async open({ document, bytes }: Held, range?: ByteRange): Promise<Uint8Array | Readable> {
    if (document.blob !== undefined) return this.#blobs.get(document.blob, range);
    if (bytes === undefined) throw new Error(`the content of ${document.path} is missing`);
    return range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
  }

  /** All bytes of a document that is known to be small enough for memory. */
  async read(held: Held): Promise<Uint8Array> {
    const opened = await this.open(held);
    return opened instanceof Uint8Array ? opened : Buffer.concat(await opened.toArray());
  }
}

async function* chain(first: readonly Uint8Array[], rest?: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* first;
  if (rest !== undefined) yield* { [Symbol.asyncIterator]: () => rest };
}
