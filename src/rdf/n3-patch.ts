import type { Quad, Term } from '@rdfjs/types';
import { Parser } from 'n3';
import { Problem } from '../problem.ts';
import { unboundVariables, type Patch, type PatchStep } from './patch.ts';
import { syntaxProblem } from './syntax-problem.ts';
import { dataFactory, termKey } from './terms.ts';
import { rdf, solid, xsd } from './vocabulary.ts';

/**
 * Reads an N3 Patch (Solid Protocol, section 5.3.1). `base` is the absolute IRI against which relative ones resolve:
 * that of the resource to be patched. The statements of the patch may come in any order.
 *
 * Throws Problem `invalid` when the text is not N3, `unprocessable` when it is N3 but not one well-formed patch.
 */
export function parseN3Patch(text: string, base: string): Patch {
  const quads = readN3(text, base);
  const document = quads.filter((quad) => quad.graph.termType === 'DefaultGraph');
  const patch = patchResource(document);
  const step: PatchStep = {
    where: formula('where', patch, document, quads),
    matches: 'one',
    deletes: formula('deletes', patch, document, quads),
    inserts: formula('inserts', patch, document, quads),
  };
  if (quads.length > document.length + step.where.length + step.deletes.length + step.inserts.length) {
    refuse('A patch must have no formulae but those of where, deletes and inserts, which must not be nested.');
  }
  const [unbound] = unboundVariables(step);
  if (unbound !== undefined) refuse(`The variable ${unbound} is used, but does not occur in the where formula.`);
  if (blankLabels(step.deletes).size > 0) refuse('The deletes formula must not contain blank nodes.');
  const inWhere = blankLabels(step.where);
  const outside = blankLabels(document);
  const shared = [...inWhere].find((label) => outside.has(label)) ??
    [...blankLabels(step.inserts)].find((label) => outside.has(label) || inWhere.has(label));
  if (shared !== undefined) {
    refuse(`The blank node _:${shared} must not be used in two formulae, or in one and outside of it: use a variable.`);
  }
  const isEmpty = step.deletes.length === 0 && step.inserts.length === 0 && step.where.length === 0;
  return { steps: isEmpty ? [] : [step] };
}

/** N3 reads `{}` as the literal true; a formula that has triples is the blank node whose graph they are in. */
const emptyFormula = `"true"^^${xsd.boolean}`;

// Options of n3 2.x that the types published for it lack.
const readOptions = { blankNodePrefix: 'document.', emptyFormulaAsTrue: true };

/** Where n3 met an error. It counts columns from 0, and names the token before when it could not read one. */
interface N3ErrorContext {
  readonly line: number;
  readonly token?: { readonly start: number };
  readonly previousToken?: { readonly line: number; readonly end: number };
}

function readN3(text: string, base: string): Quad[] {
  try {
    return new Parser({ format: 'text/n3', baseIRI: base, factory: dataFactory, ...readOptions }).parse(text);
  } catch (error) {
    // n3 trips over some mistakes, such as a statement that lacks its object, without saying where.
    const { context, message } = error as Error & { context?: N3ErrorContext };
    if (context === undefined) throw new Problem('invalid', 'N3 Patch: a statement is not complete.');
    const { line, token, previousToken } = context;
    const column = 1 + (token?.start ?? (previousToken?.line === line ? previousToken.end : 0));
    throw syntaxProblem('N3 Patch', { line, column }, message.replace(/ on line \d+\.$/, ''));
  }
}

function refuse(rule: string): never {
  throw new Problem('unprocessable', `${rule} (Solid Protocol, N3 Patch)`);
}

/** The one patch resource, which has a type or parts of a patch. What else the document says does not matter. */
function patchResource(document: readonly Quad[]): Term {
  const parts: string[] = [solid.where, solid.deletes, solid.inserts];
  const types: string[] = [solid.InsertDeletePatch, solid.Patch];
  const isPart = ({ predicate, object }: Quad): boolean =>
    parts.includes(predicate.value) || (predicate.value === rdf.type && types.includes(object.value));
  const [patch, ...others] = new Map(document.filter(isPart).map(({ subject }) => [subject.value, subject])).values();

  if (!patch) refuse('The document contains no patch: nothing in it is a solid:InsertDeletePatch.');
  if (others.length > 0) refuse('The document must contain exactly one patch resource.');
  if (patch.termType !== 'NamedNode' && patch.termType !== 'BlankNode') {
    refuse('The patch resource must be an IRI or a blank node.');
  }
  const isTyped = document.some(({ predicate, object }) =>
    predicate.value === rdf.type && object.value === solid.InsertDeletePatch);
  if (!isTyped) refuse('The patch resource must have the type solid:InsertDeletePatch.');
  return patch;
}

/** The triples and patterns of one formula of the patch; none when the patch does not have it. */
function formula(part: 'where' | 'deletes' | 'inserts', patch: Term, document: readonly Quad[], quads: Quad[]): Quad[] {
  const named = document.filter(({ subject, predicate }) => subject.equals(patch) && predicate.value === solid[part]);
  if (named.length === 0) return [];
  if (named.length > 1) refuse(`The patch must contain at most one triple with solid:${part}.`);
  const { object } = named[0]!;
  if (termKey(object) === emptyFormula) return [];
  const triples = object.termType === 'BlankNode' ? quads.filter(({ graph }) => graph.equals(object)) : [];
  if (triples.length === 0) refuse(`The object of solid:${part} must be a formula: triples between { and }.`);
  const allowed: Readonly<Record<'subject' | 'predicate' | 'object', readonly string[]>> = {
    subject: ['NamedNode', 'BlankNode', 'Variable'],
    predicate: ['NamedNode', 'Variable'],
    object: ['NamedNode', 'BlankNode', 'Variable', 'Literal'],
  };
  const isPattern = ({ subject, predicate, object }: Quad): boolean => allowed.subject.includes(subject.termType) &&
    allowed.predicate.includes(predicate.termType) && allowed.object.includes(object.termType) &&
    !(object.termType === 'Literal' && object.direction);
  if (!triples.every(isPattern)) refuse(`The ${part} formula must consist of triples and triple patterns only.`);
  return triples;
}

/**
 * The labels of the blank nodes in some triples, as they are written in the text: n3 puts the scope in front of each
 * (`document.` or that of the formula), which tells apart what N3 tells apart, but not what a patch must not share.
 */
function blankLabels(triples: readonly Quad[]): Set<string> {
  const labels = new Set<string>();
  for (const { subject, object } of triples) {
    for (const { termType, value } of [subject, object]) {
      if (termType === 'BlankNode') labels.add(value.slice(value.indexOf('.') + 1));
    }
  }
  return labels;
}
