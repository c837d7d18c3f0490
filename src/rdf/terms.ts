import type { Quad, Term } from '@rdfjs/types';
import { DataFactory, Literal } from 'n3';

/**
 * A language-tagged string whose tag keeps the letter case in which it was written, where n3's own literals lose it.
 * Its `id`, by which n3 compares terms, holds the tag in lower case: tags that differ in case alone are the same tag
 * (RDF 1.1 Concepts, section 3.3).
 */
function taggedLiteral(value: string, language: string): Literal {
  const literal = new Literal(`"${value}"@${language.toLowerCase()}`);
  return Object.defineProperty(literal, 'language', { value: language, enumerable: true });
}

type Factory = typeof DataFactory;

/** n3's terms, except that language tags keep their letter case. Every parser of RDF is to be given this factory. */
export const dataFactory: Factory = {
  ...DataFactory,
  literal(value, languageOrDatatype) {
    return typeof languageOrDatatype === 'string' && languageOrDatatype !== languageOrDatatype.toLowerCase()
      ? taggedLiteral(String(value), languageOrDatatype)
      : DataFactory.literal(value, languageOrDatatype);
  },
};

/** The characters that neither Turtle nor RFC 3987, section 2.2 allows in IRIs. */
export const notInIris = /[\u0000-\u0020<>"{}|\\^`]/;

/**
 * The most characters that the terms of a document may have together, each written out. A short text can stand for more
 * than any memory holds: a long prefix that is used many times.
 */
export const maxTermCharacters = 256 * 1024 * 1024;

/** How many characters the terms of a statement have together, each written out. */
export function charactersOf({ subject, predicate, object, graph }: Quad): number {
  return termKey(subject).length + termKey(predicate).length + termKey(object).length + termKey(graph).length;
}

/**
 * A string that two terms of `dataFactory` share exactly if they are the same term; blank nodes are told apart by their
 * labels. It is what n3 keeps of a term, and makes all else from.
 */
export function termKey(term: Term): string {
  return (term as Term & { readonly id: string }).id;
}
