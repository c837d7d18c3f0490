import type { BlankNode, Term } from '@rdfjs/types';
import { Problem } from '../problem.ts';
import type { WritableDocument, WriteOptions } from './write.ts';
import { notInIris } from './terms.ts';
import { xsd } from './vocabulary.ts';

/** Gives each blank node the label it is written with, without `_:`. */
export type BlankLabels = (node: BlankNode) => string;

/** Labels `b0`, `b1`… in order of first use, so that the same document is always written the same. */
export function blankLabels(): BlankLabels {
  const labels = new Map<string, string>();
  return ({ value }) => {
    let label = labels.get(value);
    if (label === undefined) labels.set(value, label = `b${labels.size}`);
    return label;
  };
}

/** Writes N-Triples or N-Quads, line by line. */
export function* linePieces(
  { quads }: WritableDocument, { format }: WriteOptions, labels: BlankLabels,
): Generator<string> {
  for (const { subject, predicate, object, graph } of quads) {
    const terms: Term[] = [subject, predicate, object];
    if (graph.termType !== 'DefaultGraph') {
      if (format === 'ntriples') continue;
      terms.push(graph);
    }
    yield `${terms.map((term) => termText(term, labels)).join(' ')} .\n`;
  }
}

function termText(term: Term, labels: BlankLabels): string {
  switch (term.termType) {
    case 'BlankNode':
      return `_:${labels(term)}`;
    case 'Literal':
      if (term.language !== '') return `${quoted(term.value)}@${term.language}`;
      if (term.datatype.value === xsd.string) return quoted(term.value);
      return `${quoted(term.value)}^^<${checkedIri(term.datatype.value)}>`;
    default:
      return `<${checkedIri(term.value)}>`;
  }
}

/** An IRI that can be written between `<` and `>`; throws Problem `invalid` for one with characters that IRIs lack. */
export function checkedIri(iri: string): string {
  if (!notInIris.test(iri)) return iri;
  throw new Problem('invalid', `${JSON.stringify(iri)} cannot be written: it holds a character that IRIs do not hold.`);
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f',
};

/** The string in double quotes, escaped as Turtle and N-Triples both read it. */
export function quoted(value: string): string {
  const escaped = value.replaceAll(/["\\\u0000-\u001f\u007f]/g, (character) => (
    escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
  ));
  return `"${escaped}"`;
}
