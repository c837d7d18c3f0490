import type { Quad, Term } from '@rdfjs/types';
import { readRdf, type RdfDocument, type ReadOptions } from '../../src/rdf/read.ts';
import type { Sliced } from '../../src/rdf/slices.ts';
import { termKey } from '../../src/rdf/terms.ts';

export const base = 'http://pod.example/alice/profile/card';

/** Reads a text with options that suit most tests. */
export async function read(text: string, options: Partial<ReadOptions> = {}): Promise<RdfDocument> {
  return await readRdf(new TextEncoder().encode(text), { format: 'turtle', base, maxQuads: 1_000_000, ...options });
}

/** Does the whole of some sliced work, without other work in between. */
export function atOnce<Result>(work: Sliced<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Whether two sets of statements are the same but for the labels of their blank nodes (RDF 1.1 Concepts, 3.6). */
export function isomorphic(left: readonly Quad[], right: readonly Quad[]): boolean {
  const [a, b] = [distinct(left), distinct(right)];
  if (a.length !== b.length) return false;
  const [colorsA, colorsB] = [colors(a), colors(b)];
  const wanted = new Set(b.map((quad) => keyOf(quad, (label) => label)));
  const labels = [...colorsA.keys()];
  const mapping = new Map<string, string>();
  const match = (index: number): boolean => {
    const label = labels[index];
    if (label === undefined) return a.every((quad) => wanted.has(keyOf(quad, (own) => mapping.get(own) ?? own)));
    for (const [other, color] of colorsB) {
      if (color !== colorsA.get(label) || [...mapping.values()].includes(other)) continue;
      mapping.set(label, other);
      if (match(index + 1)) return true;
      mapping.delete(label);
    }
    return false;
  };
  return colorsA.size === colorsB.size && match(0);
}

function distinct(quads: readonly Quad[]): Quad[] {
  return [...new Map(quads.map((quad) => [keyOf(quad, (label) => label), quad])).values()];
}

function keyOf(quad: Quad, rename: (label: string) => string): string {
  return termsOf(quad).map((term) => (
    term.termType === 'BlankNode' ? `_:${rename(term.value)}` : exactKey(term)
  )).join(' ');
}

/** Tells literals apart to the letter, language tags with their case too. */
function exactKey(term: Term): string {
  return term.termType === 'Literal' ? `${termKey(term)} ${term.language}` : `<${termKey(term)}>`;
}

function termsOf({ subject, predicate, object, graph }: Quad): Term[] {
  return [subject, predicate, object, graph];
}

/** Gives each blank node a colour that says as much of its surroundings as a few rounds of looking around can tell. */
function colors(quads: readonly Quad[]): Map<string, string> {
  let known = new Map<string, string>();
  for (const quad of quads) for (const term of termsOf(quad)) if (term.termType === 'BlankNode') known.set(term.value,
    '');
  for (let round = 0; round < 4; round += 1) {
    const next = new Map<string, string[]>([...known.keys()].map((label) => [label, []]));
    for (const quad of quads) {
      for (const [position, term] of termsOf(quad).entries()) {
        if (term.termType !== 'BlankNode') continue;
        const own = term.value;
        next.get(own)?.push(`${position} ${keyOf(quad, (label) => label === own ? 'self' : known.get(label) ?? '')}`);
      }
    }
    const names = new Map<string, number>();
    for (const seen of [...next.values()].map((keys) => keys.sort().join('\n')).sort()) {
      if (!names.has(seen)) names.set(seen, names.size);
    }
    known = new Map([...next].map(([label, keys]) => [label, String(names.get(keys.join('\n')))]));
  }
  return known;
}
