import type { Quad } from '@rdfjs/types';
import { Problem } from '../problem.ts';
import { formats, type RdfFormat } from './formats.ts';
import { readJsonLd } from './read-jsonld.ts';
import { readTurtle } from './read-turtle.ts';

/**
 * What a document says: its statements, and the prefixes that it declares, by name without colon (`''` is a name).
 * Blank nodes have labels that no other document of this process has.
 */
export interface RdfDocument {
  readonly quads: Quad[];
  readonly prefixes: ReadonlyMap<string, string>;
}

export interface ReadOptions {
  readonly format: RdfFormat;
  /** The absolute IRI against which relative ones resolve (RFC 3986, section 5). */
  readonly base: string;
  readonly maxQuads: number;
}

/**
 * Reads an RDF document. Long ones are read in slices between which other work runs.
 *
 * Throws Problem `invalid` when the bytes are not UTF-8 or not a document of that format (the detail tells line and
 * column, for the meaning of JSON-LD the path), and `too-large` when there are more than `maxQuads` statements.
 */
export async function readRdf(bytes: Uint8Array, options: ReadOptions): Promise<RdfDocument> {
  const text = decodeUtf8(bytes, formats[options.format].label);
  return options.format === 'jsonld' ? await readJsonLd(text, options) : await readTurtle(text, options);
}

function decodeUtf8(bytes: Uint8Array, label: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const repaired = new TextEncoder().encode(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
    let offset = 0;
    while (bytes[offset] === repaired[offset]) offset += 1;
    throw new Problem('invalid', `${label} must be UTF-8, which the byte at offset ${offset} is not.`);
  }
}
