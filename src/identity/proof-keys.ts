import { LRUCache } from 'lru-cache';
import type { SigningKey } from './signing-key.ts';

/** How many characters of headers are remembered. */
const maxKnown = 4 * 1024 * 1024;

/**
 * Keys that are ready to check signatures, by the header of the proofs that they came in: those used last. A client's
 * proofs have the same header each time, and to make its key ready takes longer than to check a signature.
 */
export class ProofKeys {
  readonly #keys = new LRUCache<string, SigningKey>({ maxSize: maxKnown });

  get(header: string): SigningKey | undefined {
    return this.#keys.get(header);
  }

  add(header: string, key: SigningKey): void {
    // A copy: what is cut from a text keeps the whole of it in memory.
    this.#keys.set(Buffer.from(header, 'latin1').toString('latin1'), key, { size: header.length });
  }
}
