import type { Term } from '@rdfjs/types';
import { type GraphShape, type Node, shapeOf } from './graph-shape.ts';
import { type BlankLabels, checkedIri } from './write-lines.ts';
import type { WritableDocument } from './write.ts';
import { rdf, xsd } from './vocabulary.ts';

/** Writes JSON-LD in expanded form, piece by piece: no context, absolute IRIs, values as strings with datatype. */
export function* jsonLdPieces({ quads }: WritableDocument, labels: BlankLabels): Generator<string | undefined, string> {
  const shape = yield* shapeOf(quads, false);
  const writer = new JsonLdWriter(shape, labels);
  let comma = '';
  for (const { name, nodes } of shape.graphs.values()) {
    if (name.termType !== 'DefaultGraph') {
      yield `${comma}{"@id":${JSON.stringify(writer.id(name))},"@graph":[\n`;
      comma = '';
    }
    for (const node of nodes.values()) {
      if (shape.inPlace(node.subject)) continue;
      yield comma;
      yield* writer.node(node);
      comma = ',\n';
    }
    if (name.termType !== 'DefaultGraph') yield '\n]}';
    comma = ',\n';
  }
  yield ']\n';
  return '[';
}

class JsonLdWriter {
  readonly #shape: GraphShape;
  readonly #labels: BlankLabels;

  constructor(shape: GraphShape, labels: BlankLabels) {
    this.#shape = shape;
    this.#labels = labels;
  }

  id(term: Term): string {
    return term.termType === 'BlankNode' ? `_:${this.#labels(term)}` : checkedIri(term.value);
  }

  /** The node object of a subject, in pieces. */
  * node({ subject, properties }: Node): Generator<string> {
    yield this.#shape.isUnreferenced(subject) ? '{' : `{"@id":${JSON.stringify(this.id(subject))}`;
    let comma = this.#shape.isUnreferenced(subject) ? '' : ',';
    for (const [predicate, objects] of properties) {
      const types = predicate === rdf.type && this.#areTypes(objects);
      yield `${comma}${JSON.stringify(types ? '@type' : checkedIri(predicate))}:[`;
      comma = '';
      for (const object of objects.values()) {
        yield comma + JSON.stringify(types ? this.id(object) : this.#object(object));
        comma = ',';
      }
      yield ']';
      comma = ',';
    }
    yield '}';
  }

  /** Whether these can be the value of `@type`, which holds names and labels. */
  #areTypes(objects: ReadonlyMap<string, Term>): boolean {
    return [...objects.values()].every((object) => object.termType !== 'Literal' && !this.#shape.inPlace(object));
  }

  #object(term: Term): object {
    if (term.termType === 'Literal') {
      const { value, language, datatype } = term;
      if (language !== '') return { '@value': value, '@language': language };
      return datatype.value === xsd.string
        ? { '@value': value }
        : { '@value': value, '@type': checkedIri(datatype.value) };
    }
    if (!this.#shape.inPlace(term)) return { '@id': this.id(term) };
    return this.#shape.isList(term) ? { '@list': this.#items(term) } : this.#blank(term);
  }

  #blank(term: Term): object {
    const entries = [...this.#shape.properties(term)].map(([predicate, objects]) => {
      const types = predicate === rdf.type && this.#areTypes(objects);
      const values = [...objects.values()].map((object) => types ? this.id(object) : this.#object(object));
      return [types ? '@type' : checkedIri(predicate), values] as const;
    });
    return Object.fromEntries(entries);
  }

  #items(head: Term): object[] {
    return this.#shape.items(head).map((item) => this.#object(item));
  }
}
