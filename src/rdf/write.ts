import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Quad } from '@rdfjs/types';
import type { RdfFormat } from './formats.ts';
import { jsonLdPieces } from './write-jsonld.ts';
import { blankLabels, linePieces } from './write-lines.ts';
import { turtlePieces } from './write-turtle.ts';

/** For so long a document is written before other work runs. */
const millisecondsPerTurn = 10;

/** What is to be written: statements, and the prefixes (by name without colon) that Turtle and TriG may use. */
export interface WritableDocument {
  readonly quads: Iterable<Quad>;
  readonly prefixes: ReadonlyMap<string, string>;
}

export interface WriteOptions {
  readonly format: RdfFormat;
  /** The absolute IRI of the document, relative to which Turtle and TriG write IRIs. */
  readonly base: string;
}

/**
 * Writes a document in one of the formats. Reading the text gives the same statements: literals keep their form and
 * language tags their letter case, blank nodes are labelled anew. Statements keep their order as far as grouping them
 * by subject allows. Formats without named graphs are given the default graph only. Long documents are written in
 * slices between which other work runs. Throws Problem `invalid` for an IRI that no format could hold.
 */
export async function writeRdf(document: WritableDocument, options: WriteOptions): Promise<string> {
  const labels = blankLabels();
  switch (options.format) {
    case 'turtle':
    case 'trig':
      return await collect(turtlePieces(document, options, labels));
    case 'jsonld':
      return await collect(jsonLdPieces(document, labels));
    case 'ntriples':
    case 'nquads':
      return await collect(linePieces(document, options, labels));
  }
}

/** Joins the pieces that a generator yields, after the one that it returns. */
async function collect(pieces: Generator<string | undefined, string | void>): Promise<string> {
  let written: string[] = [];
  let text = '';
  let turnStarted = performance.now();
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return (value ?? '') + text + written.join('');
    if (value !== undefined) written.push(value);
    if (performance.now() - turnStarted < millisecondsPerTurn) continue;
    text += written.join('');
    written = [];
    await nextTurn();
    turnStarted = performance.now();
  }
}
