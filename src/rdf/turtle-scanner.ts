import type { ResolveIri } from './iri.ts';
import type { Sliced } from './slices.ts';
import { termKey } from './terms.ts';
import {
  expectChar, openText, readBase, readPredicateName, readPrefix, readTerm, skipBlank, takeChar, Unreadable,
  type Cursor,
} from './term-reader.ts';
import { rdf } from './vocabulary.ts';

/** Where something stands in the text: from `start` up to, not including, `end`. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** A term in the text, by the key of what it means; undefined for blank nodes, and for what stands in [ ] and ( ). */
export interface ScannedTerm extends Extent {
  readonly key: string | undefined;
}

/** A predicate with its objects, and where the commas between these and the semicolons after them stand. */
export interface ScannedPredicate {
  readonly verb: ScannedTerm;
  readonly objects: ScannedTerm[];
  readonly commas: number[];
  readonly semicolons: number[];
}

/** Triples with one subject, up to the dot. Of `[ … ] .` the predicates are empty. */
export interface ScannedStatement {
  readonly subject: ScannedTerm;
  readonly predicates: ScannedPredicate[];
  readonly dot: number;
  readonly scope: Scope;
}

/** The declarations in effect at one place. */
export interface Scope {
  readonly base: string;
  readonly resolve: ResolveIri;
  readonly prefixes: ReadonlyMap<string, string>;
}

/** What a document consists of, as far as it was asked for. */
export interface TurtleScan {
  /** The statements of the subjects asked for, in order. */
  readonly statements: ScannedStatement[];
  /** The first statements, which show how the document is laid out, and the very last. */
  readonly examples: ScannedStatement[];
  readonly last: ScannedStatement | undefined;
  /** The declarations in effect at the end. */
  readonly scope: Scope;
  /** The labels of blank nodes. */
  readonly labels: ReadonlySet<string>;
}

const maxExamples = 10;

/** A document that declares prefixes in more places than this between its statements is not scanned. */
const maxScopes = 100;

/** A document is scanned in slices of about this length. */
const charactersPerSlice = 4096;

interface Scanner extends Cursor {
  readonly labels: Set<string>;
  /** Where the slice ends that is being scanned. */
  sliceEnd: number;
}

/**
 * Finds where the triples of some subjects (by the keys of their terms) stand in the text of a Turtle document
 * (https://www.w3.org/TR/turtle/#sec-grammar).
 *
 * For documents that were read without error: it sees the structure, and accepts some that are not valid. Gives
 * undefined for what it does not know, such as the triple terms of RDF 1.2.
 */
export function* scanTurtle(
  text: string, base: string, subjects: ReadonlySet<string>,
): Sliced<TurtleScan | undefined> {
  const scanner: Scanner = { ...openText(text, base), labels: new Set(), sliceEnd: charactersPerSlice };
  const statements: ScannedStatement[] = [];
  const examples: ScannedStatement[] = [];
  let last: ScannedStatement | undefined;
  let scope: Scope = { base, resolve: scanner.resolve, prefixes: scanner.prefixes };
  let scopes = 1;
  try {
    for (skipBlank(scanner); scanner.at < text.length; skipBlank(scanner)) {
      const directive = takeDirective(scanner);
      if (directive) {
        if (last?.scope === scope) {
          scopes += 1;
          if (scopes > maxScopes) return undefined;
          scanner.prefixes = new Map(scope.prefixes);
        }
        readDirective(scanner, directive);
        scope = { base: scanner.resolve(''), resolve: scanner.resolve, prefixes: scanner.prefixes };
        continue;
      }
      last = yield* readStatement(scanner, scope);
      if (last.subject.key !== undefined && subjects.has(last.subject.key)) statements.push(last);
      if (examples.length < maxExamples) examples.push(last);
    }
    return { statements, examples, last, scope, labels: scanner.labels };
  } catch (error) {
    // V8 throws a RangeError for a token too long for its regular expressions.
    if (error instanceof Unreadable || error instanceof RangeError) return undefined;
    throw error;
  }
}

const directiveAhead = /@?(?:prefix|base)(?=[\s#<])/iy;

function takeDirective(scanner: Scanner): string | undefined {
  directiveAhead.lastIndex = scanner.at;
  const directive = directiveAhead.exec(scanner.text)?.[0];
  scanner.at += directive?.length ?? 0;
  return directive;
}

function readDirective(scanner: Scanner, directive: string): void {
  if (directive.toLowerCase().endsWith('prefix')) readPrefix(scanner);
  else readBase(scanner);
  if (directive.startsWith('@')) expectChar(scanner, '.');
}

function* readStatement(scanner: Scanner, scope: Scope): Sliced<ScannedStatement> {
  const subject = atBracket(scanner) ? yield* scanBrackets(scanner) : scanTerm(scanner);
  const predicates: ScannedPredicate[] = [];
  for (skipBlank(scanner); scanner.text[scanner.at] !== '.'; skipBlank(scanner)) {
    if (predicates.at(-1)?.semicolons.length === 0) throw new Unreadable(scanner.at, 'expected ";" or "."');
    predicates.push(yield* readPredicate(scanner));
  }
  const dot = scanner.at;
  scanner.at += 1;
  return { subject, predicates, dot, scope };
}

function* readPredicate(scanner: Scanner): Sliced<ScannedPredicate> {
  const start = scanner.at;
  const verb = { start, key: readPredicateName(scanner).value, end: scanner.at };
  const objects: ScannedTerm[] = [];
  const commas: number[] = [];
  const semicolons: number[] = [];
  do {
    skipBlank(scanner);
    objects.push(atBracket(scanner) ? yield* scanBrackets(scanner) : scanTerm(scanner));
    if (isSliceEnd(scanner)) yield;
    skipBlank(scanner);
    if (scanner.text[scanner.at] === ',') commas.push(scanner.at);
  } while (takeChar(scanner, ','));
  while (takeChar(scanner, ';')) {
    semicolons.push(scanner.at - 1);
    skipBlank(scanner);
  }
  return { verb, objects, commas, semicolons };
}

/** Whether the slice that is being scanned is long enough. Then the next one begins. */
function isSliceEnd(scanner: Scanner): boolean {
  if (scanner.at < scanner.sliceEnd) return false;
  scanner.sliceEnd = scanner.at + charactersPerSlice;
  return true;
}

function atBracket({ text, at }: Scanner): boolean {
  return text[at] === '[' || text[at] === '(';
}

function scanTerm(scanner: Scanner): ScannedTerm {
  const start = scanner.at;
  return { start, key: readKey(scanner), end: scanner.at };
}

function readKey(scanner: Scanner): string | undefined {
  const term = readTerm(scanner);
  if (term.termType !== 'BlankNode') return termKey(term);
  scanner.labels.add(term.value);
  return undefined;
}

/** Moves past a bracket and what is in it, up to the bracket that closes it. */
function* scanBrackets(scanner: Scanner): Sliced<ScannedTerm> {
  const start = scanner.at;
  let depth = 0;
  do {
    const char = scanner.text.charAt(scanner.at);
    if (char !== '' && '[('.includes(char)) depth += 1;
    if (char !== '' && '])'.includes(char)) depth -= 1;
    if (char !== '' && '[](),;'.includes(char)) scanner.at += 1;
    else if (char === 'a') readPredicateName(scanner);
    else readKey(scanner);
    if (depth > 0) skipBlank(scanner);
    if (isSliceEnd(scanner)) yield;
  } while (depth > 0);
  const isEmptyList = scanner.text[start] === '(' && scanner.text.slice(start + 1, scanner.at - 1).trim() === '';
  return { start, end: scanner.at, key: isEmptyList ? rdf.nil : undefined };
}
