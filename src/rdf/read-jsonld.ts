import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BlankNode, Literal, NamedNode, Quad } from '@rdfjs/types';
import { JsonLdParser } from 'jsonld-streaming-parser';
import { Problem } from '../problem.ts';
import { bundledContexts } from './contexts/bundled.ts';
import { checkJson, type JsonOutline, rootItems, type Span } from './json-syntax.ts';
import type { RdfDocument, ReadOptions } from './read.ts';
import { dataFactory, notInIris } from './terms.ts';

/** Documents with many nodes are read in parts of about this length: the parser's work grows with the square. */
const charactersPerPart = 16 * 1024;
/** For so long the parser works before other work runs, and for so long on one document altogether. */
const millisecondsPerTurn = 10;
const millisecondsPerDocument = 20_000;

/**
 * Reads the text of a JSON-LD 1.1 document, with the contexts that are bundled and no others: none is loaded.
 *
 * Throws Problem `invalid`: for JSON that is malformed with line and column, for JSON-LD that is with the path of the
 * member. Throws `too-large` past `maxQuads`, and when contexts are so made that reading takes tens of seconds.
 */
export async function readJsonLd(text: string, options: ReadOptions): Promise<RdfDocument> {
  const outline = await checkJson(text);
  const work: Work = {
    options,
    quads: [],
    prefixes: new Map(),
    blankNodes: new Map(),
    turnStarted: performance.now(),
    spent: 0,
  };
  for (const part of parts(text, outline)) await readPart(part, work);
  return { quads: work.quads, prefixes: work.prefixes };
}

/** What the reading of one document shares among its parts. */
interface Work {
  readonly options: ReadOptions;
  readonly quads: Quad[];
  readonly prefixes: Map<string, string>;
  readonly blankNodes: Map<string, BlankNode>;
  turnStarted: number;
  spent: number;
}

/** A document that says what some of the items of a longer one say, and the index of the first of them. */
interface Part {
  readonly text: string;
  readonly first: number;
}

/** Divides a document that is an array of nodes, or no more than a context and a graph of nodes. */
function* parts(text: string, { members, items }: JsonOutline): Generator<Part> {
  const array = members.size === 0 && items.has(rootItems);
  const graph = members.has('@graph') && [...members.keys()].every((name) => name === '@graph' || name === '@context');
  const nodes = items.get(array ? rootItems : '@graph') ?? [];
  if (text.length <= charactersPerPart || nodes.length < 2 || !(array || graph)) {
    yield { text, first: 0 };
    return;
  }
  const context = members.get('@context');
  const head = context === undefined ? '' : `"@context":${text.slice(context.start, context.end)},`;
  for (const { start, end, first } of groups(nodes)) {
    const body = text.slice(start, end);
    yield { text: array ? `[${body}]` : `{${head}"@graph":[${body}]}`, first };
  }
}

/** Groups neighbouring items to stretches of about the length of a part. */
function* groups(items: readonly Span[]): Generator<Span & { first: number }> {
  let first = 0;
  for (const [index, { end }] of items.entries()) {
    const start = items[first]?.start ?? 0;
    if (end - start < charactersPerPart && index < items.length - 1) continue;
    yield { start, end, first };
    first = index + 1;
  }
}

async function readPart(part: Part, work: Work): Promise<void> {
  const parser = new PacedParser(part, work);
  const bytes = Buffer.from(part.text);
  for (let at = 0; at < bytes.length && parser.failure === undefined; at += charactersPerPart) {
    await new Promise<void>((resolve) => {
      parser.write(bytes.subarray(at, at + charactersPerPart), (error) => {
        if (error) parser.fail(error);
        resolve();
      });
    });
  }
  if (parser.failure !== undefined) throw parser.failure;
}

type JsonLdFactory = NonNullable<NonNullable<ConstructorParameters<typeof JsonLdParser>[0]>['dataFactory']>;

/**
 * What JSON-LD says to ignore: members whose names mean nothing (JSON-LD 1.1 API, Expansion Algorithm, steps 13.3 and
 * 13.4). The rest of what its `strictValues` reports would lose statements without a word, so it is refused.
 */
const tolerated = /^(?:Invalid predicate IRI|Unknown keyword)/;

interface ParserInternals {
  readonly parsingContext: {
    readonly idStack: unknown[];
    parseContext(...parameters: unknown[]): Promise<unknown>;
  };
}

/**
 * The parser, with its hands tied: it pauses so that other work can run, stops at the limits, gives its quads to the
 * work at hand instead of streaming them, and tells at which path of the document something is wrong.
 */
class PacedParser extends JsonLdParser {
  /** Why the document cannot be read; further input is pointless then. */
  failure: Problem | undefined;
  readonly #part: Part;
  readonly #work: Work;
  #path = '';

  constructor(part: Part, work: Work) {
    super({
      baseIRI: work.options.base,
      dataFactory: factoryFor(work.blankNodes),
      documentLoader: { load: async (url) => this.#bundledContext(url) },
      rdfstar: false,
      strictValues: true,
    });
    this.#part = part;
    this.#work = work;
    this.on('error', (error: Error) => {
      if (!tolerated.test(error.message)) this.fail(error);
    });
    const { parsingContext } = this.#internals;
    const parseContext = parsingContext.parseContext.bind(parsingContext);
    parsingContext.parseContext = async (...parameters) => {
      await this.#pause();
      return await parseContext(...parameters);
    };
    this.on('context', (context: unknown) => { collectPrefixes(context, work.prefixes); });
  }

  override async newOnValueJob(
    keys: unknown[], value: unknown, depth: number, lastDepthCheck: boolean,
  ): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    await this.#pause();
    const outer = this.#path;
    this.#path = this.#pathOf(keys.slice(1, depth + 1));
    try {
      const empty = isEmptyNode(value);
      if (empty) this.#forgetInner(depth);
      await super.newOnValueJob(keys as string[], value, depth, lastDepthCheck);
      if (empty) this.#forgetInner(depth);
    } catch (error) {
      throw this.fail(error as Error);
    }
    this.#path = outer;
  }

  override push(quad: Quad | null): boolean {
    if (quad === null) return super.push(null);
    if (this.failure !== undefined) throw this.failure;
    const { quads, options: { maxQuads } } = this.#work;
    if (quads.length >= maxQuads) {
      throw new Problem('too-large', `The document holds more than ${maxQuads} statements.`);
    }
    for (const { termType, value } of [quad.subject, quad.predicate, quad.object, quad.graph]) {
      if (termType === 'NamedNode' && notInIris.test(value)) {
        throw new Error(`${JSON.stringify(value)} is not a valid IRI`);
      }
    }
    quads.push(quad);
    return true;
  }

  async #pause(): Promise<void> {
    const work = this.#work;
    const worked = performance.now() - work.turnStarted;
    if (worked < millisecondsPerTurn) return;
    work.spent += worked;
    if (work.spent > millisecondsPerDocument) {
      const detail = 'This JSON-LD takes too long to read; divide it, or simplify its contexts.';
      throw this.fail(new Problem('too-large', detail));
    }
    await nextTurn();
    work.turnStarted = performance.now();
  }

  /**
   * Forgets the identity of the node that was read last at the depth of a value's members. An empty node has none that
   * would make the parser do so, and takes that identity for its own, or leaves its own to the node that follows.
   */
  #forgetInner(depth: number): void {
    this.#internals.parsingContext.idStack.splice(depth + 1);
  }

  /** What the parser's types hide, and is needed to set it right. */
  get #internals(): ParserInternals {
    return this as unknown as ParserInternals;
  }

  #bundledContext(url: string): { '@context': object } {
    const context = bundledContexts.get(url);
    if (context === undefined) {
      throw this.fail(new Error(`the context <${shorten(url)}> is not known here, and contexts are not loaded from `
        + 'elsewhere; put its terms into the document'));
    }
    return { '@context': context };
  }

  /** Notes the first reason for failing, as the problem that is to be thrown. */
  fail(error: Error): Problem {
    this.failure ??= error instanceof Problem
      ? error
      : new Problem('invalid', `JSON-LD, at ${this.#path}: ${reason(error)}`);
    return this.failure;
  }

  #pathOf(keys: readonly unknown[]): string {
    const shifted = keys.map((key, index) => {
      const counted = index === 0 || (index === 1 && keys[0] === '@graph');
      return typeof key === 'number' && counted ? key + this.#part.first : key;
    });
    return `$${shifted.map((key) => `[${JSON.stringify(key)}]`).join('')}`;
  }
}

/** The terms for one document: blank nodes are fresh, but the same for the same label in each of its parts. */
function factoryFor(blankNodes: Map<string, BlankNode>): JsonLdFactory {
  const factory = {
    ...dataFactory,
    blankNode(label?: string): BlankNode {
      const known = label === undefined ? undefined : blankNodes.get(label);
      if (known !== undefined) return known;
      const node = dataFactory.blankNode();
      if (label !== undefined) blankNodes.set(label, node);
      return node;
    },
    // Base directions are not part of RDF 1.1 and dropped unless asked for otherwise (JSON-LD 1.1 API, rdfDirection).
    literal(value: string, suffix?: string | NamedNode | { language: string } | null): Literal {
      const direction = suffix !== null && typeof suffix === 'object' && 'language' in suffix;
      return dataFactory.literal(value, (direction ? suffix.language : suffix) || undefined);
    },
  };
  return factory;
}

function isEmptyNode(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

/** The parser's own words, unless it tripped over an input that it did not foresee. */
function reason(error: Error): string {
  const foreseen = !(error instanceof TypeError || error instanceof RangeError);
  return foreseen ? shorten(error.message.replaceAll(/\s+/g, ' ')) : 'this cannot be read as JSON-LD';
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

const prefixName = /^[A-Za-z][\w-]*$/;
const namespace = /^[a-z][a-z0-9+.-]*:[^\s"<>\\^`{|}]*[#/:]$/i;

/** Adds what a context declares that can serve as prefixes: simple terms for IRIs that end like a namespace. */
function collectPrefixes(context: unknown, prefixes: Map<string, string>): void {
  if (Array.isArray(context)) {
    for (const item of context) collectPrefixes(item, prefixes);
  } else if (typeof context === 'string') {
    collectPrefixes(bundledContexts.get(context), prefixes);
  } else if (typeof context === 'object' && context !== null) {
    for (const [name, iri] of Object.entries(context)) {
      if (prefixName.test(name) && typeof iri === 'string' && namespace.test(iri)) prefixes.set(name, iri);
    }
  }
}
