import type { Quad, Term } from '@rdfjs/types';
import { Problem } from '../problem.ts';
import { each, type Sliced } from './slices.ts';
import { termKey } from './terms.ts';

/** What the variables and blank nodes of some patterns stand for, by their keys. */
export type Bindings = ReadonlyMap<string, Term>;

/** The work that applying one patch may take, measured in triples looked at: well under a second. */
const maxWork = 5_000_000;

/** What it costs to make one solution or one triple, measured in triples looked at. */
export const creationCost = 20;

/** The most patterns that one where clause may have. */
export const maxPatterns = 1000;

/** Counts the work that applying one patch takes, and throws Problem `unprocessable` when it is too much. */
export class Work {
  #left = maxWork;

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) {
      throw new Problem('unprocessable', 'Matching the patterns of this patch takes too much work.');
    }
  }
}

/**
 * Every way in which patterns match a graph (SPARQL 1.1 Query, section 18.3: a basic graph pattern). Variables and
 * blank nodes of a pattern match any term. Works by hash join, the patterns with the fewest candidates first,
 * in slices.
 */
export function* solve(patterns: readonly Quad[], triples: readonly Quad[], work: Work): Sliced<Bindings[]> {
  if (patterns.length > maxPatterns) {
    throw new Problem('unprocessable', `A where clause may have at most ${maxPatterns} patterns.`);
  }
  const waiting: { pattern: Quad; candidates: readonly Quad[]; open: string[] }[] = [];
  for (const pattern of patterns) {
    work.spend(triples.length);
    waiting.push({ pattern, candidates: candidatesFor(pattern, triples), open: openTerms(pattern) });
    yield;
  }
  waiting.sort((a, b) => a.candidates.length - b.candidates.length);

  let solutions: Bindings[] = [new Map()];
  const bound = new Set<string>();
  while (waiting.length > 0 && solutions.length > 0) {
    // A pattern that shares no variable multiplies the solutions: first take those that share one.
    const connected = waiting.findIndex(({ open }) => open.some((key) => bound.has(key)));
    const [next] = waiting.splice(Math.max(connected, 0), 1);
    solutions = yield* join(solutions, next!.pattern, next!.candidates, bound, work);
    next!.open.forEach((key) => bound.add(key));
  }
  return solutions;
}

const positions = ['subject', 'predicate', 'object'] as const;

function isOpen(term: Term): boolean {
  return term.termType === 'Variable' || term.termType === 'BlankNode';
}

function openTerms(pattern: Quad): string[] {
  return positions.map((position) => pattern[position]).filter(isOpen).map(termKey);
}

function candidatesFor(pattern: Quad, triples: readonly Quad[]): readonly Quad[] {
  const { subject, predicate, object } = pattern;
  const [anySubject, anyPredicate, anyObject] = [isOpen(subject), isOpen(predicate), isOpen(object)];
  return triples.filter((triple) =>
    (anySubject || triple.subject.equals(subject)) &&
    (anyPredicate || triple.predicate.equals(predicate)) &&
    (anyObject || triple.object.equals(object)));
}

function* join(
  solutions: Bindings[], pattern: Quad, candidates: readonly Quad[], bound: ReadonlySet<string>, work: Work,
): Sliced<Bindings[]> {
  const open = positions.filter((position) => isOpen(pattern[position]))
    .map((position) => ({ position, key: termKey(pattern[position]) }));
  const shared = open.filter(({ key }) => bound.has(key));
  const added = open.filter(({ key }) => !bound.has(key));

  const byShared = new Map<string, Quad[]>();
  work.spend(candidates.length * open.length);
  yield* each(candidates, (candidate) => {
    const joinKey = shared.map(({ position }) => termKey(candidate[position])).join('\n');
    const same = byShared.get(joinKey);
    if (same) same.push(candidate);
    else byShared.set(joinKey, [candidate]);
  });
  const joined: Bindings[] = [];
  for (const solution of solutions) {
    const joinKey = shared.map(({ key }) => termKey(solution.get(key)!)).join('\n');
    yield* each(byShared.get(joinKey) ?? [], (candidate) => {
      work.spend(creationCost + solution.size);
      const extended = new Map(solution);
      if (added.every(({ position, key }) => bind(extended, key, candidate[position]))) joined.push(extended);
    });
    yield;
  }
  return joined;
}

/** Binds a variable, and says whether that was possible: the same one may occur twice in a pattern. */
function bind(bindings: Map<string, Term>, key: string, term: Term): boolean {
  const existing = bindings.get(key);
  if (existing) return existing.equals(term);
  bindings.set(key, term);
  return true;
}
