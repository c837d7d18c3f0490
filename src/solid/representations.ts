import { LRUCache } from 'lru-cache';
import { negotiateOrRefuse } from '../http/accept.ts';
import type { RdfFormat } from '../rdf/formats.ts';
import { formatOf, mediaTypeOf } from '../rdf/formats.ts';
import { readRdf } from '../rdf/read.ts';
import { inTurn } from '../rdf/turn.ts';
import { writeRdf } from '../rdf/write.ts';

/** A format that a client shall get, and the media type to call it by. */
export interface Choice {
  readonly format: RdfFormat;
  readonly mediaType: string;
}

/**
 * Content negotiation (RFC 9110 section 12.5.1) among formats of RDF. The first is preferred, and keeps the media type
 * of what is stored. `application/json` is taken to mean JSON-LD by clients that know no better.
 */
export function choose(
  accept: string, formats: readonly [RdfFormat, ...RdfFormat[]], storedType?: string,
): Choice {
  const [first] = formats;
  const chosen = negotiateOrRefuse(accept, [...formats.map(mediaTypeOf), 'application/json']);
  if (chosen === mediaTypeOf(first)) return { format: first, mediaType: storedType ?? chosen };
  return { format: formatOf(chosen) ?? 'jsonld', mediaType: chosen };
}

/** How much converted text is kept, in bytes. */
const cacheBytes = 32 * 1024 * 1024;

/** Documents in RDF formats other than their own. Kept by entity tag, so that none goes stale; but not the largest. */
export class Representations {
  /** While it is being written, a text has the size of 1. */
  readonly #converted = new LRUCache<string, Promise<Buffer>>({ maxSize: cacheBytes, maxEntrySize: cacheBytes / 4 });
  readonly #maxQuads: number;

  constructor(maxQuads: number) {
    this.#maxQuads = maxQuads;
  }

  /** The document of `from` written in the format `to`. `load` gives its bytes when they are needed. */
  convert(
    tag: string, base: string, from: RdfFormat, to: RdfFormat, load: () => Promise<Uint8Array>,
  ): Promise<Buffer> {
    const name = `${base} ${tag}`;
    const known = this.#converted.get(name);
    if (known !== undefined) return known;
    const converting = this.#convert(base, from, to, load);
    this.#converted.set(name, converting, { size: 1 });
    converting.then(
      ({ length }) => this.#converted.set(name, converting, { size: Math.max(1, length) }),
      () => this.#converted.delete(name));
    return converting;
  }

  async #convert(base: string, from: RdfFormat, to: RdfFormat, load: () => Promise<Uint8Array>): Promise<Buffer> {
    const bytes = await load();
    return inTurn(bytes.byteLength, async () => {
      const document = await readRdf(bytes, { format: from, base, maxQuads: this.#maxQuads });
      return Buffer.from(await writeRdf(document, { format: to, base }));
    });
  }
}
