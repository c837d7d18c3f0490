import type { Quad, Quad_Object, Quad_Subject, Term } from '@rdfjs/types';
import { DataFactory } from 'n3';
import { Problem } from '../problem.ts';
import { creationCost, solve, Work, type Bindings } from './graph-match.ts';
import { each, type Sliced } from './slices.ts';
import { charactersOf, termKey } from './terms.ts';

/**
 * One change of a graph: where its patterns match, take away `deletes`, then add `inserts`.
 *
 * Variables stand for what `where` finds, as blank nodes in `where` do. Blank nodes in `inserts` stand for new ones;
 * `deletes` has none. With no patterns, the change is made as it stands.
 */
export interface PatchStep {
  readonly where: readonly Quad[];
  /** Whether the variables must match in one way only (N3 Patch), or the change is made for every match (SPARQL). */
  readonly matches: 'one' | 'all';
  readonly deletes: readonly Quad[];
  readonly inserts: readonly Quad[];
}

/** What an N3 Patch or a SPARQL update asks for: changes made one after the other, all of them or none. */
export interface Patch {
  readonly steps: readonly PatchStep[];
}

/** The triples that a patch takes from a graph, all of which are in it, and those it adds, none of which are. */
export interface GraphChange {
  readonly deletes: Quad[];
  readonly inserts: Quad[];
}

/** A string that two triples share exactly when they are the same triple, as `termKey` is for terms. */
export function tripleKey(triple: Quad): string {
  return `${termKey(triple.subject)} ${termKey(triple.predicate)} ${termKey(triple.object)}`;
}

/**
 * The kinds of access that a patch needs (Solid Protocol, section 5.3.1): conditions read, insertions append, and
 * deletions both read, since their failing tells what is there, and write. An empty patch needs none.
 */
export function patchNeeds(patch: Patch): { read: boolean; append: boolean; write: boolean } {
  const write = patch.steps.some((step) => step.deletes.length > 0);
  return {
    read: write || patch.steps.some((step) => step.where.length > 0),
    append: patch.steps.some((step) => step.inserts.length > 0),
    write,
  };
}

/** The variables of `deletes` and `inserts` that `where` does not bind, as they are written. A patch must have none. */
export function unboundVariables(step: PatchStep): string[] {
  const bound = new Set(step.where.flatMap(variablesOf));
  return [...step.deletes, ...step.inserts].flatMap(variablesOf).filter((name) => !bound.has(name));
}

function variablesOf({ subject, predicate, object }: Quad): string[] {
  return [subject, predicate, object].filter((term) => term.termType === 'Variable').map(termKey);
}

/**
 * What a patch changes in a graph, all steps taken together, worked out in slices; nothing is changed by this function.
 * The graph of each quad is not looked at, and a triple that is there already is not added again.
 *
 * Throws Problem `conflict` when a triple to delete is missing or the patterns do not match as they must,
 * `unprocessable` when matching them would take too much work.
 */
export function* applyPatch(quads: readonly Quad[], patch: Patch): Sliced<GraphChange> {
  const graph = new ChangingGraph(quads);
  const newNodes = freshBlankNodes(quads);
  const unconditional = patch.steps.filter((step) => step.where.length === 0);
  unconditional.forEach((step) => spendOnTerms(graph.work, [...step.deletes, ...step.inserts]));
  yield* graph.lookUp(unconditional.flatMap((step) => [...step.deletes, ...step.inserts]));
  for (const step of patch.steps) {
    const solutions = step.where.length === 0 ? [new Map<string, Term>()] : yield* matchesOf(step, graph);
    const deletes: Quad[] = [];
    const inserts: Quad[] = [];
    for (const solution of solutions) {
      yield* each(step.deletes, (triple) => deletes.push(fill(triple, solution)));
      const created = new Map<string, Term>();
      const nodeFor = (label: string): Term => {
        const node = created.get(label) ?? newNodes();
        created.set(label, node);
        return node;
      };
      yield* each(step.inserts, (triple) => inserts.push(fill(triple, solution, nodeFor)));
      yield;
    }
    if (step.where.length > 0) {
      spendOnTerms(graph.work, [...deletes, ...inserts]);
      yield* graph.lookUp([...deletes, ...inserts]);
    }
    yield* each(deletes, (triple) => {
      if (graph.has(triple)) return;
      throw new Problem('conflict', `The triple to delete is not in the document: ${describeTriple(triple)}.`);
    });
    yield* each(deletes, (triple) => graph.delete(triple));
    yield* each(inserts, (triple) => graph.add(triple));
    yield;
  }
  return { deletes: [...graph.deleted.values()], inserts: [...graph.added.values()] };
}

/** The triples of a graph after a change, in their order, new ones at the end; worked out in slices. */
export function* changedTriples(quads: readonly Quad[], change: GraphChange): Sliced<Quad[]> {
  const deleted = new Set<string>();
  const subjects = new Set<string>();
  yield* each(change.deletes, (triple) => {
    deleted.add(tripleKey(triple));
    subjects.add(triple.subject.value);
  });
  const kept: Quad[] = [];
  yield* each(quads, (quad) => {
    if (!subjects.has(quad.subject.value) || !deleted.has(tripleKey(quad))) kept.push(quad);
  });
  return kept.concat(change.inserts);
}

/** As many characters of terms take about as much work as looking at one triple. */
const charactersPerStep = 16;

/** Triples are told apart by their terms written out, and what a variable stands for can make much of little. */
function spendOnTerms(work: Work, triples: readonly Quad[]): void {
  work.spend(triples.reduce((sum, triple) => sum + charactersOf(triple), 0) / charactersPerStep);
}

function* matchesOf(step: PatchStep, graph: ChangingGraph): Sliced<Bindings[]> {
  const solutions = yield* solve(step.where, yield* graph.triples(), graph.work);
  const templateSize = step.deletes.length + step.inserts.length;
  if (solutions.length === 0) {
    throw new Problem('conflict', 'The patterns of the patch (where) do not match the document.');
  }
  if (step.matches === 'all') {
    graph.work.spend(solutions.length * templateSize * creationCost);
    return solutions;
  }
  // Blank nodes in the patterns say that something exists: only what the variables stand for makes matches differ.
  const variables = [...new Set(step.where.flatMap(variablesOf))];
  const distinct = new Map<string, Bindings>();
  yield* each(solutions, (solution) => {
    distinct.set(JSON.stringify(variables.map((name) => termKey(solution.get(name)!))), solution);
  });
  if (distinct.size > 1) {
    throw new Problem('conflict',
      `The patterns of the patch (where) match the document in ${distinct.size} ways; they must match in one.`);
  }
  return [...distinct.values()];
}

/** A triple of a patch with its variables replaced by what they stand for. */
function fill(triple: Quad, solution: Bindings, newNode?: (label: string) => Term): Quad {
  const filled = (term: Term): Term => {
    if (term.termType === 'Variable') return solution.get(termKey(term))!;
    return term.termType === 'BlankNode' && newNode ? newNode(term.value) : term;
  };
  const subject = filled(triple.subject);
  const predicate = filled(triple.predicate);
  if (subject.termType === 'Literal' || subject.termType === 'Quad' || predicate.termType !== 'NamedNode') {
    throw new Problem('conflict',
      `With what its variables stand for, ${describeTriple(triple)} is not a triple: ` +
      'its subject would have to be an IRI or a blank node, and its predicate an IRI.');
  }
  return DataFactory.quad(subject as Quad_Subject, predicate, filled(triple.object) as Quad_Object);
}

/** Gives blank nodes whose labels do not occur in a graph. */
function freshBlankNodes(quads: readonly Quad[]): () => Term {
  let taken: Set<string> | undefined;
  let count = 0;
  return () => {
    taken ??= labelsOf(quads);
    do count += 1; while (taken.has(`new${count}`));
    return DataFactory.blankNode(`new${count}`);
  };
}

function labelsOf(quads: readonly Quad[]): Set<string> {
  const labels = new Set<string>();
  for (const { subject, object } of quads) {
    if (subject.termType === 'BlankNode') labels.add(subject.value);
    if (object.termType === 'BlankNode') labels.add(object.value);
  }
  return labels;
}

/** A graph and the changes made to it so far. Of the original, it knows only the triples that were looked up. */
class ChangingGraph {
  readonly deleted = new Map<string, Quad>();
  readonly added = new Map<string, Quad>();
  readonly work = new Work();
  readonly #original: readonly Quad[];
  readonly #found = new Map<string, Quad>();
  readonly #sought = new Set<string>();

  constructor(original: readonly Quad[]) {
    this.#original = original;
  }

  /**
   * Finds out which of some triples are in the original, which `has`, `delete` and `add` go by. One pass over the
   * graph, which makes keys only for triples of the subjects sought: an index of all of it would cost more.
   */
  * lookUp(triples: readonly Quad[]): Sliced<void> {
    const wanted = new Set<string>();
    const subjects = new Set<string>();
    yield* each(triples, (triple) => {
      const key = tripleKey(triple);
      if (this.#sought.has(key)) return;
      this.#sought.add(key);
      wanted.add(key);
      subjects.add(triple.subject.value);
    });
    if (wanted.size === 0) return;
    this.work.spend(this.#original.length);
    yield* each(this.#original, (quad) => {
      if (!subjects.has(quad.subject.value)) return;
      const key = tripleKey(quad);
      if (wanted.has(key)) this.#found.set(key, quad);
    });
  }

  has(triple: Quad): boolean {
    const key = tripleKey(triple);
    return this.added.has(key) || (this.#found.has(key) && !this.deleted.has(key));
  }

  delete(triple: Quad): void {
    const key = tripleKey(triple);
    const original = this.#found.get(key);
    if (!this.added.delete(key) && original) this.deleted.set(key, original);
  }

  add(triple: Quad): void {
    const key = tripleKey(triple);
    if (!this.deleted.delete(key) && !this.#found.has(key)) this.added.set(key, triple);
  }

  /** The triples of the graph as it is now. */
  * triples(): Sliced<readonly Quad[]> {
    if (this.deleted.size === 0 && this.added.size === 0) return this.#original;
    this.work.spend(this.#original.length);
    const change = { deletes: [...this.deleted.values()], inserts: [...this.added.values()] };
    return yield* changedTriples(this.#original, change);
  }
}

const describedLength = 200;

/** A triple as a reader of messages would write it, cut short if it is long. */
function describeTriple({ subject, predicate, object }: Quad): string {
  const text = [subject, predicate, object].map((term) =>
    term.termType === 'NamedNode' ? `<${term.value}>` : termKey(term)).join(' ');
  return text.length > describedLength ? `${text.slice(0, describedLength)}…` : text;
}
