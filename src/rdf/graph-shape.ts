import type { Quad, Term } from '@rdfjs/types';
import { termKey } from './terms.ts';
import { rdf } from './vocabulary.ts';

/** What a graph says of one subject: the objects of each predicate, all in order of first appearance, none twice. */
export interface Node {
  readonly subject: Term;
  readonly properties: Map<string, Map<string, Term>>;
}

/** How the statements of a dataset are best laid out in a format that can nest. */
export interface GraphShape {
  /** By the key of the graph's name (`''` is the default graph, and comes first), the nodes by key of the subject. */
  readonly graphs: ReadonlyMap<string, { readonly name: Term; readonly nodes: ReadonlyMap<string, Node> }>;
  /** Whether a term is a blank node that can be written in the one place where it is an object, without a label. */
  inPlace(term: Term): boolean;
  /** Whether a term is a blank node that is the start of a well-formed list, if written in place. */
  isList(term: Term): boolean;
  /** Whether a term is a blank node that nothing refers to. */
  isUnreferenced(term: Term): boolean;
  /** What is said of a blank node that is written in place, and nowhere else. */
  properties(term: Term): Node['properties'];
  /** The items of a list. */
  items(head: Term): Term[];
}

/** Blank nodes in blank nodes deeper than this have labels, so that no document makes writing or reading it deep. */
const maxNesting = 16;

interface Graph {
  readonly name: Term;
  readonly nodes: Map<string, Node>;
}

/** Where a blank node occurs. */
interface Occurrence {
  references: number;
  /** Whether it occurs in several graphs, or is the name of one. */
  scattered: boolean;
  /** The key of the graph in which it was found first. */
  graph: string;
  /** The last statement found that refers to it. */
  referrer: Quad | undefined;
}

/**
 * Works out the shape of a dataset. A generator, so that it can be left for other work in between: it yields nothing
 * and returns the shape.
 */
export function* shapeOf(quads: Iterable<Quad>, defaultGraphOnly: boolean): Generator<undefined, GraphShape> {
  const graphs = new Map<string, Graph>();
  const occurrences = new Map<string, Occurrence>();
  let count = 0;
  for (const quad of quads) {
    if (defaultGraphOnly && quad.graph.termType !== 'DefaultGraph') continue;
    add(graphs, quad);
    occur(occurrences, quad);
    count += 1;
    if (count % 1000 === 0) yield;
  }
  const lists = yield* findLists(graphs, occurrences);
  const depths = yield* nestingOf(occurrences, lists);
  return shapeFrom(graphs, occurrences, lists, depths);
}

function shapeFrom(
  graphs: ReadonlyMap<string, Graph>, occurrences: ReadonlyMap<string, Occurrence>,
  lists: ReadonlySet<string>, depths: ReadonlyMap<string, number>,
): GraphShape {
  const inDefault = graphs.get('');
  const properties = ({ value }: Term): Node['properties'] => (
    graphs.get(occurrences.get(value)?.graph ?? '')?.nodes.get(`_:${value}`)?.properties ?? new Map()
  );
  return {
    graphs: new Map([...(inDefault ? [['', inDefault] as const] : []), ...graphs]),
    inPlace: (term) => term.termType === 'BlankNode' && (depths.get(term.value) ?? 0) > 0,
    isList: (term) => term.termType === 'BlankNode' && lists.has(term.value),
    isUnreferenced: (term) => {
      const occurrence = term.termType === 'BlankNode' ? occurrences.get(term.value) : undefined;
      return occurrence?.references === 0 && !occurrence.scattered;
    },
    properties,
    items: (head) => {
      const items: Term[] = [];
      for (let cell: Term | undefined = head; cell?.termType === 'BlankNode';) {
        const said = properties(cell);
        items.push(...said.get(rdf.first)?.values() ?? []);
        [cell] = said.get(rdf.rest)?.values() ?? [];
      }
      return items;
    },
  };
}

function add(graphs: Map<string, Graph>, { subject, predicate, object, graph }: Quad): void {
  const { nodes } = getOrSet(graphs, termKey(graph), () => ({ name: graph, nodes: new Map() }));
  const { properties } = getOrSet(nodes, termKey(subject), () => ({ subject, properties: new Map() }));
  const objects = getOrSet(properties, predicate.value, () => new Map<string, Term>());
  getOrSet(objects, termKey(object), () => object);
}

function getOrSet<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}

function occur(occurrences: Map<string, Occurrence>, quad: Quad): void {
  const graph = termKey(quad.graph);
  const note = (term: Term): Occurrence | undefined => {
    if (term.termType !== 'BlankNode') return undefined;
    const occurrence = getOrSet(occurrences, term.value, (): Occurrence => (
      { references: 0, scattered: false, graph, referrer: undefined }
    ));
    if (occurrence.graph !== graph) occurrence.scattered = true;
    return occurrence;
  };
  note(quad.subject);
  const object = note(quad.object);
  if (object !== undefined) {
    object.references += 1;
    object.referrer = quad;
  }
  const name = note(quad.graph);
  if (name !== undefined) name.scattered = true;
}

function isSingle({ references, scattered }: Occurrence): boolean {
  return references === 1 && !scattered;
}

/** The labels of the blank nodes from which a chain of rdf:first and rdf:rest, with nothing else, leads to rdf:nil. */
function* findLists(
  graphs: ReadonlyMap<string, Graph>, occurrences: ReadonlyMap<string, Occurrence>,
): Generator<undefined, ReadonlySet<string>> {
  const cells = new Set<string>();
  const last: string[] = [];
  let count = 0;
  for (const { nodes } of graphs.values()) {
    for (const { subject, properties } of nodes.values()) {
      count += 1;
      if (count % 1000 === 0) yield;
      const rest = properties.get(rdf.rest);
      const isCell = subject.termType === 'BlankNode' && properties.size === 2
        && rest?.size === 1 && properties.get(rdf.first)?.size === 1;
      if (!isCell) continue;
      cells.add(subject.value);
      if (rest.has(rdf.nil)) last.push(subject.value);
    }
    yield;
  }
  const lists = new Set<string>();
  for (const label of last) {
    for (let cell: string | undefined = label; cell !== undefined;) {
      lists.add(cell);
      const occurrence = occurrences.get(cell);
      const referrer: Quad | undefined = occurrence && isSingle(occurrence) ? occurrence.referrer : undefined;
      const before: string | undefined = referrer?.predicate.value === rdf.rest ? referrer.subject.value : undefined;
      cell = before !== undefined && cells.has(before) ? before : undefined;
    }
    if (lists.size % 1000 === 0) yield;
  }
  return lists;
}

/** By label, how deep a blank node is nested when written in place; 0 if it has to have a label. */
function* nestingOf(
  occurrences: ReadonlyMap<string, Occurrence>, lists: ReadonlySet<string>,
): Generator<undefined, ReadonlyMap<string, number>> {
  const depths = new Map<string, number>();
  for (const start of occurrences.keys()) {
    const chain: { label: string; referrer: Quad }[] = [];
    const seen = new Set<string>();
    for (let label = start; !depths.has(label);) {
      const occurrence = occurrences.get(label);
      const referrer = occurrence && isSingle(occurrence) ? occurrence.referrer : undefined;
      if (referrer === undefined || seen.has(label)) {
        depths.set(label, 0);
        break;
      }
      seen.add(label);
      chain.push({ label, referrer });
      if (referrer.subject.termType !== 'BlankNode') break;
      label = referrer.subject.value;
    }
    for (const { label, referrer: { subject, predicate } } of chain.toReversed()) {
      if (depths.has(label)) continue;
      const around = subject.termType === 'BlankNode' ? depths.get(subject.value) ?? 0 : 0;
      const sameList = around > 0 && predicate.value === rdf.rest && lists.has(label) && lists.has(subject.value);
      const depth = sameList ? around : around + 1;
      depths.set(label, depth > maxNesting ? 0 : depth);
    }
    if (depths.size % 1000 === 0) yield;
  }
  return depths;
}
