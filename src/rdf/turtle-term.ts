import type { Literal, Term } from '@rdfjs/types';
import { relativeTo } from './relative-iri.ts';
import type { Scope } from './turtle-scanner.ts';
import { quoted } from './write-lines.ts';
import { rdf, xsd } from './vocabulary.ts';

// What the notation allows without quotes, and needs no escapes.
const bareLiterals: Readonly<Record<string, RegExp>> = {
  [xsd.boolean]: /^(?:true|false)$/,
  [xsd.integer]: /^[+-]?\d+$/,
  [xsd.decimal]: /^[+-]?\d*\.\d+$/,
  [xsd.double]: /^[+-]?(?:\d+\.\d*|\.?\d+)[eE][+-]?\d+$/,
};
const plainLocalName = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?$/;
const notInIri = /[\x00-\x20<>"{}|^`\\]/;

/** Whether a term can be written in Turtle 1.1 at all: IRIs with certain characters cannot. */
export function isWritable(term: Term): boolean {
  switch (term.termType) {
    case 'NamedNode': return !notInIri.test(term.value);
    case 'BlankNode': return true;
    case 'Literal': return isWritable(term.datatype);
    default: return false;
  }
}

/** How Turtle writes an IRI or a literal, with the prefixes declared and the base in effect. It must be writable. */
export function termText(term: Term, scope: Scope): string {
  return term.termType === 'Literal' ? literalText(term, scope) : nameText(term.value, scope);
}

/** How Turtle writes a predicate. */
export function predicateText(predicate: Term, scope: Scope): string {
  return predicate.value === rdf.type ? 'a' : nameText(predicate.value, scope);
}

function nameText(iri: string, scope: Scope): string {
  if (iri === scope.base) return '<>';
  let best: string | undefined;
  let namespaceLength = 0;
  for (const [prefix, namespace] of scope.prefixes) {
    if (namespace.length <= namespaceLength || !iri.startsWith(namespace)) continue;
    const local = iri.slice(namespace.length);
    if (!plainLocalName.test(local)) continue;
    best = `${prefix}:${local}`;
    namespaceLength = namespace.length;
  }
  if (best !== undefined) return best;
  return `<${relativeTo(scope.base)(iri)}>`;
}

function literalText({ value, language, datatype }: Literal, scope: Scope): string {
  if (bareLiterals[datatype.value]?.test(value)) return value;
  if (language !== '') return `${quoted(value)}@${language}`;
  return datatype.value === xsd.string ? quoted(value) : `${quoted(value)}^^${nameText(datatype.value, scope)}`;
}
