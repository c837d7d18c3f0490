import type { Literal, Term } from '@rdfjs/types';
import { type GraphShape, type Node, shapeOf } from './graph-shape.ts';
import { relativeTo } from './relative-iri.ts';
import { type BlankLabels, checkedIri, quoted } from './write-lines.ts';
import type { WritableDocument, WriteOptions } from './write.ts';
import { rdf, xsd } from './vocabulary.ts';

/** The forms in which Turtle writes literals bare, where these hold every character of the literal. */
const bareForms: ReadonlyMap<string, RegExp> = new Map([
  [xsd.boolean, /^(?:true|false)$/],
  [xsd.integer, /^-?(?:0|[1-9]\d*)$/],
  [xsd.decimal, /^-?\d+\.\d+$/],
  [xsd.double, /^-?\d+(?:\.\d+)?[eE][+-]?\d+$/],
]);

const prefixName = /^(?:[A-Za-z](?:[\w.-]*[\w-])?)?$/;
const localName = /^(?:\w(?:[\w.-]*[\w-])?)?$/;

/**
 * Writes Turtle or TriG, piece by piece, the prefixes that turned out to be used last: what the generator returns
 * belongs before all that it yielded.
 */
export function* turtlePieces(
  { quads, prefixes }: WritableDocument, { format, base }: WriteOptions, labels: BlankLabels,
): Generator<string | undefined, string> {
  const shape = yield* shapeOf(quads, format === 'turtle');
  const names = new Names(prefixes, base);
  const writer = new TurtleWriter(shape, names, labels);
  let separator = '';
  for (const { name, nodes } of shape.graphs.values()) {
    const named = name.termType !== 'DefaultGraph';
    if (named) {
      yield `${separator}${writer.label(name)} {\n`;
      separator = '';
    }
    for (const node of nodes.values()) {
      if (shape.inPlace(node.subject)) continue;
      yield separator;
      yield* writer.statement(node, named ? '    ' : '');
      separator = '\n';
    }
    if (named) yield '}\n';
    separator = '\n';
  }
  return names.declarations();
}

class TurtleWriter {
  readonly #shape: GraphShape;
  readonly #names: Names;
  readonly #labels: BlankLabels;

  constructor(shape: GraphShape, names: Names, labels: BlankLabels) {
    this.#shape = shape;
    this.#names = names;
    this.#labels = labels;
  }

  /** The name of a node, or the label of a blank one. */
  label(term: Term): string {
    return term.termType === 'BlankNode' ? `_:${this.#labels(term)}` : this.#names.iri(term.value);
  }

  /** All that is said of one subject, in pieces. */
  * statement({ subject, properties }: Node, indent: string): Generator<string> {
    const inner = `${indent}    `;
    yield indent + (this.#shape.isUnreferenced(subject) ? '[]' : this.label(subject));
    let separator = properties.size === 1 ? ' ' : `\n${inner}`;
    for (const [predicate, objects] of properties) {
      yield `${separator}${this.#predicate(predicate)} `;
      let comma = '';
      for (const object of objects.values()) {
        yield comma + this.#object(object, inner);
        comma = `,\n${inner}    `;
      }
      separator = ` ;\n${inner}`;
    }
    yield ' .\n';
  }

  #predicate(iri: string): string {
    return iri === rdf.type ? 'a' : this.#names.iri(iri);
  }

  #object(term: Term, indent: string): string {
    if (term.termType === 'Literal') return this.#literal(term);
    if (term.value === rdf.nil && term.termType === 'NamedNode') return '()';
    if (!this.#shape.inPlace(term)) return this.label(term);
    if (this.#shape.isList(term)) return this.#list(term, indent);
    return this.#blank(this.#shape.properties(term), indent);
  }

  #blank(properties: Node['properties'], indent: string): string {
    const inner = `${indent}    `;
    const lines = [...properties].map(([predicate, objects]) => {
      const texts = [...objects.values()].map((object) => this.#object(object, inner));
      return `${this.#predicate(predicate)} ${texts.join(`,\n${inner}    `)}`;
    });
    const [line] = lines;
    if (line === undefined) return '[]';
    return lines.length === 1 && !line.includes('\n')
      ? `[ ${line} ]`
      : `[\n${inner}${lines.join(` ;\n${inner}`)}\n${indent}]`;
  }

  #list(head: Term, indent: string): string {
    const inner = `${indent}    `;
    const items = this.#shape.items(head).map((item) => this.#object(item, inner));
    const line = `( ${items.join(' ')} )`;
    return line.length > 80 || line.includes('\n') ? `(\n${inner}${items.join(`\n${inner}`)}\n${indent})` : line;
  }

  #literal({ value, language, datatype }: Literal): string {
    if (language !== '') return `${quoted(value)}@${language}`;
    if (datatype.value === xsd.string) return quoted(value);
    if (bareForms.get(datatype.value)?.test(value)) return value;
    return `${quoted(value)}^^${this.#names.iri(datatype.value)}`;
  }
}

/** How the IRIs of a document are written: with its prefixes, or else relative to where it is. */
class Names {
  readonly #declared: ReadonlyMap<string, string>;
  /** The prefixes that can be used, longest namespace first. */
  readonly #prefixes: [name: string, namespace: string][];
  readonly #relative: (iri: string) => string;
  readonly #used = new Set<string>();
  readonly #known = new Map<string, string>();

  constructor(prefixes: ReadonlyMap<string, string>, base: string) {
    this.#declared = prefixes;
    this.#prefixes = [...prefixes]
      .filter(([name, namespace]) => prefixName.test(name) && namespace !== '')
      .toSorted(([, a], [, b]) => b.length - a.length);
    this.#relative = relativeTo(base);
  }

  iri(iri: string): string {
    let text = this.#known.get(iri);
    if (text === undefined) this.#known.set(iri, text = this.#prefixed(iri) ?? `<${this.#relative(checkedIri(iri))}>`);
    return text;
  }

  #prefixed(iri: string): string | undefined {
    for (const [name, namespace] of this.#prefixes) {
      const local = iri.startsWith(namespace) ? iri.slice(namespace.length) : undefined;
      if (local === undefined || !localName.test(local)) continue;
      this.#used.add(name);
      return `${name}:${local}`;
    }
    return undefined;
  }

  /** The declarations of the prefixes that were used, in the order in which the document had them. */
  declarations(): string {
    const lines = [...this.#declared]
      .filter(([name]) => this.#used.has(name))
      .map(([name, namespace]) => `@prefix ${name}: <${this.#relative(checkedIri(namespace))}> .\n`);
    return lines.length === 0 ? '' : `${lines.join('')}\n`;
  }
}
