import type { Quad, Quad_Object, Quad_Predicate, Quad_Subject, Term } from '@rdfjs/types';
import { Problem } from '../problem.ts';
import { unboundVariables, type Patch, type PatchStep } from './patch.ts';
import { positionAt, syntaxProblem } from './syntax-problem.ts';
import {
  expectChar, openText, peekWord, readBase, readPredicateName, readPrefix, readTerm, skipBlank, takeChar, takeVariable,
  Unreadable, type Cursor,
} from './term-reader.ts';
import { dataFactory } from './terms.ts';
import { rdf } from './vocabulary.ts';

/** How deep `[ ]` and `( )` may be nested. */
const maxDepth = 100;

/** The keywords that begin what SPARQL has and a patch of one document does not. */
const refusedKeywords = new Set([
  'LOAD', 'CLEAR', 'CREATE', 'DROP', 'COPY', 'MOVE', 'ADD', 'WITH', 'USING', 'GRAPH', 'SERVICE', 'OPTIONAL', 'FILTER',
  'UNION', 'MINUS', 'BIND', 'VALUES', 'SELECT', 'CONSTRUCT', 'DESCRIBE', 'ASK',
]);

/** What triples may be made of in one part of an update, as errors call that part. */
interface Part {
  readonly name: string;
  readonly variables: boolean;
  readonly blankNodes: boolean;
}

const insertData: Part = { name: 'INSERT DATA', variables: false, blankNodes: true };
const deleteData: Part = { name: 'DELETE DATA', variables: false, blankNodes: false };
const deleteWhere: Part = { name: 'DELETE WHERE', variables: true, blankNodes: false };
const deleteTemplate: Part = { name: 'DELETE', variables: true, blankNodes: false };
const insertTemplate: Part = { name: 'INSERT', variables: true, blankNodes: true };
const wherePattern: Part = { name: 'WHERE', variables: true, blankNodes: true };

/** An update that is being read: the number of blocks `{ }` so far, and in which of them each label is used. */
interface Reader extends Cursor {
  block: number;
  readonly labels: Map<string, number>;
  anonymous: number;
}

// A path follows the predicate; `?x` and `+1` are objects.
const pathAhead = /\s*(?:[/|^]|[*?](?!\w)|\+(?![\d.]))/y;

/**
 * Reads a SPARQL 1.1 Update (section 3.1) of one graph: INSERT DATA, DELETE DATA, DELETE WHERE, and DELETE and INSERT
 * with a basic graph pattern as WHERE, one after the other. `base` is the absolute IRI against which relative ones
 * resolve. An update without operations is a patch without steps.
 *
 * The notation is read here, and not by a SPARQL library, because whoever may send a patch chooses the text: the time
 * this takes is proportional to its length.
 *
 * Throws Problem `invalid`, with line and column, for a syntax error; `unprocessable` for what SPARQL has beyond that.
 */
export function parseSparqlUpdate(text: string, base: string): Patch {
  const reader: Reader = { ...openText(text, base), block: 0, labels: new Map(), anonymous: 0 };
  const steps: PatchStep[] = [];
  try {
    for (let more = true; more;) {
      readPrologue(reader);
      if (reader.at < text.length && text[reader.at] !== ';') steps.push(readOperation(reader));
      skipBlank(reader);
      more = takeChar(reader, ';');
    }
    if (reader.at < text.length) throw new Unreadable(reader.at, 'expected ";" or the end of the update');
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    throw syntaxProblem('SPARQL update', positionAt(text, error.at), error.message);
  }
  return { steps: steps.filter((step) => step.where.length + step.deletes.length + step.inserts.length > 0) };
}

function refuse(what: string): never {
  throw new Problem('unprocessable', `A SPARQL update of one document cannot have ${what}.`);
}

/** Moves past a keyword, whatever its letter case, and says whether it was there. */
function takeWord(reader: Reader, word: string): boolean {
  skipBlank(reader);
  if (peekWord(reader).toUpperCase() !== word) return false;
  reader.at += word.length;
  return true;
}

function readPrologue(reader: Reader): void {
  for (;;) {
    if (takeWord(reader, 'PREFIX')) readPrefix(reader);
    else if (takeWord(reader, 'BASE')) readBase(reader);
    else return;
  }
}

function refuseKeyword(reader: Reader): void {
  skipBlank(reader);
  const word = peekWord(reader).toUpperCase();
  // A prefixed name may begin with the same letters.
  if (refusedKeywords.has(word) && !/[\w:.-]/.test(reader.text.charAt(reader.at + word.length))) refuse(word);
}

function readOperation(reader: Reader): PatchStep {
  refuseKeyword(reader);
  const step = { where: [], matches: 'all', deletes: [], inserts: [] } as const;
  let deletes: Quad[] | undefined;
  let inserts: Quad[] | undefined;
  if (takeWord(reader, 'DELETE')) {
    if (takeWord(reader, 'DATA')) return { ...step, deletes: readBlock(reader, deleteData) };
    if (takeWord(reader, 'WHERE')) {
      const where = readBlock(reader, deleteWhere);
      return { ...step, where, deletes: where };
    }
    deletes = readBlock(reader, deleteTemplate);
  }
  if (takeWord(reader, 'INSERT')) {
    if (!deletes && takeWord(reader, 'DATA')) return { ...step, inserts: readBlock(reader, insertData) };
    inserts = readBlock(reader, insertTemplate);
  }
  if (!deletes && !inserts) throw new Unreadable(reader.at, 'expected an operation, such as INSERT DATA');
  refuseKeyword(reader);
  if (!takeWord(reader, 'WHERE')) throw new Unreadable(reader.at, 'expected WHERE');
  const full: PatchStep = {
    ...step, where: readBlock(reader, wherePattern), deletes: deletes ?? [], inserts: inserts ?? [],
  };
  const [unbound] = unboundVariables(full);
  if (unbound !== undefined) refuse(`the variable ${unbound} in DELETE or INSERT when it is not in WHERE`);
  return full;
}

/** Reads triples between braces. */
function readBlock(reader: Reader, part: Part): Quad[] {
  expectChar(reader, '{');
  reader.block += 1;
  const triples: Quad[] = [];
  for (;;) {
    refuseKeyword(reader);
    if (takeChar(reader, '}')) return triples;
    if (takeChar(reader, '{')) {
      refuseKeyword(reader);
      refuse('a group within a group, as UNION and subqueries have');
    }
    readStatement(reader, part, triples);
    skipBlank(reader);
    if (takeChar(reader, '.')) continue;
    refuseKeyword(reader);
    if (!'{}'.includes(reader.text.charAt(reader.at) || ' ')) throw new Unreadable(reader.at, 'expected "." or "}"');
  }
}

function readStatement(reader: Reader, part: Part, triples: Quad[]): void {
  const isNode = reader.text[reader.at] === '[' || reader.text[reader.at] === '(';
  const before = triples.length;
  const subject = readNode(reader, part, triples, 0);
  if (subject.termType === 'Literal') throw new Unreadable(reader.at, 'a literal cannot be a subject');
  skipBlank(reader);
  // A node with triples of its own, such as [ a :Person ], may stand alone.
  if (isNode && triples.length > before && '.}'.includes(reader.text.charAt(reader.at))) return;
  readPredicates(reader, part, subject, triples, 0);
}

/** Reads what is said of a subject: predicates with objects, separated by semicolons. */
function readPredicates(reader: Reader, part: Part, subject: Term, triples: Quad[], depth: number): void {
  do {
    const predicate = readPredicate(reader, part);
    do {
      skipBlank(reader);
      const object = readNode(reader, part, triples, depth);
      triples.push(triple(subject, predicate, object));
      skipBlank(reader);
    } while (takeChar(reader, ','));
    if (reader.text[reader.at] !== ';') return;
    while (takeChar(reader, ';')) skipBlank(reader);
  } while (!'.]}{'.includes(reader.text.charAt(reader.at)));
}

function triple(subject: Term, predicate: Term, object: Term): Quad {
  return dataFactory.quad(subject as Quad_Subject, predicate as Quad_Predicate, object as Quad_Object);
}

function readPredicate(reader: Reader, part: Part): Term {
  skipBlank(reader);
  const { text, at } = reader;
  const variable = takeOwnVariable(reader, part);
  if (variable) return variable;
  if (part === wherePattern && /[(^!]/.test(text.charAt(at))) refuse('property paths');
  const predicate = readPredicateName(reader);
  pathAhead.lastIndex = reader.at;
  if (part === wherePattern && pathAhead.test(text)) refuse('property paths');
  return predicate;
}

function takeOwnVariable(reader: Reader, part: Part): Term | undefined {
  const { at } = reader;
  const name = takeVariable(reader);
  if (name === undefined) return undefined;
  if (!part.variables) throw new Unreadable(at, `${part.name} cannot have variables`);
  return dataFactory.variable(name);
}

/** Reads a term, or a node in brackets whose own triples join the others. */
function readNode(reader: Reader, part: Part, triples: Quad[], depth: number): Term {
  const { at } = reader;
  const isList = takeChar(reader, '(');
  if (!isList && !takeChar(reader, '[')) {
    const term = takeOwnVariable(reader, part) ?? readTerm(reader);
    return term.termType === 'BlankNode' ? labelledNode(reader, part, term.value, at) : term;
  }
  if (depth === maxDepth) refuse(`brackets nested more than ${maxDepth} deep`);
  skipBlank(reader);
  if (isList) return readList(reader, part, triples, depth, at);
  const node = anonymousNode(reader, part, at);
  if (takeChar(reader, ']')) return node;
  readPredicates(reader, part, node, triples, depth + 1);
  expectChar(reader, ']');
  return node;
}

function readList(reader: Reader, part: Part, triples: Quad[], depth: number, at: number): Term {
  const items: Term[] = [];
  while (!takeChar(reader, ')')) {
    items.push(readNode(reader, part, triples, depth + 1));
    skipBlank(reader);
  }
  return items.reduceRight<Term>((rest, item) => {
    const cell = anonymousNode(reader, part, at);
    triples.push(triple(cell, dataFactory.namedNode(rdf.first), item));
    triples.push(triple(cell, dataFactory.namedNode(rdf.rest), rest));
    return cell;
  }, dataFactory.namedNode(rdf.nil));
}

/** A node that a label stands for. Within one block it is the same node; a label used in two would mislead. */
function labelledNode(reader: Reader, part: Part, label: string, at: number): Term {
  if (!part.blankNodes) throw new Unreadable(at, `${part.name} cannot have blank nodes`);
  const block = reader.labels.get(label) ?? reader.block;
  if (block !== reader.block) refuse(`the blank node _:${label} in two blocks, where it would be two different nodes`);
  reader.labels.set(label, block);
  return dataFactory.blankNode(label);
}

/** A node without a label, which gets one that no label in the text can be. */
function anonymousNode(reader: Reader, part: Part, at: number): Term {
  if (!part.blankNodes) throw new Unreadable(at, `${part.name} cannot have blank nodes`);
  reader.anonymous += 1;
  return dataFactory.blankNode(`anonymous ${reader.anonymous}`);
}
