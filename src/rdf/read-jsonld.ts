import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BlankNode, Literal, NamedNode, Quad, Quad_Graph } from '@rdfjs/types';
import { JsonLdParser } from 'jsonld-streaming-parser';
import { Problem } from '../problem.ts';
import { bundledContexts } from './contexts/bundled.ts';
import { checkJson } from './json-syntax.ts';
import type { RdfDocument, ReadOptions } from './read.ts';
import { charactersOf, dataFactory, maxTermCharacters, notInIris } from './terms.ts';
import { TypeJobs, type ValueJob } from './type-jobs.ts';
import { rdf } from './vocabulary.ts';

/** The parser is given so much of a document at a time. */
const bytesPerWrite = 16 * 1024;
/** For so long the parser works before other work runs, and for so long on one document altogether. */
const millisecondsPerTurn = 10;
const millisecondsPerDocument = 8_000;

/**
 * Reads the text of a JSON-LD 1.1 document, with the contexts that are bundled and no others: none is loaded.
 *
 * Throws Problem `invalid`: for JSON that is malformed with line and column, for JSON-LD that is with the path of the
 * member. Throws `too-large` past `maxQuads` and `maxTermCharacters`, for more than a million JSON values, and when
 * reading takes tens of seconds.
 */
export async function readJsonLd(text: string, options: ReadOptions): Promise<RdfDocument> {
  await checkJson(text);
  const parser = new PacedParser(options);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length && parser.failure === undefined; at += bytesPerWrite) {
    await parser.yieldTurn();
    await new Promise<void>((resolve) => {
      parser.write(bytes.subarray(at, at + bytesPerWrite), (error) => {
        if (error) parser.fail(error);
        resolve();
      });
    });
  }
  if (parser.failure !== undefined) throw parser.failure;
  return { quads: parser.quads, prefixes: parser.prefixes };
}

type JsonLdFactory = NonNullable<NonNullable<ConstructorParameters<typeof JsonLdParser>[0]>['dataFactory']>;

/**
 * What JSON-LD says to ignore: members whose names mean nothing (JSON-LD 1.1 API, Expansion Algorithm, steps 13.3 and
 * 13.4). The rest of what its `strictValues` reports would lose statements without a word, so it is refused.
 */
const tolerated = /^(?:Invalid predicate IRI|Unknown keyword)/;

/** What the parser's types hide, and is needed to set it right. */
interface ParserInternals {
  readonly parsingContext: {
    readonly idStack: Quad_Graph[][];
    readonly graphStack: boolean[];
    topLevelProperties: boolean;
    getUnidentifiedGraphBufferSafe(depth: number): Pick<Quad, 'subject' | 'predicate' | 'object'>[];
    readonly unaliasedKeywordCacheStack: unknown[];
    parseContext(...parameters: unknown[]): Promise<unknown>;
  };
  readonly util: {
    unaliasKeyword(key: unknown, keys: unknown[], depth: number, uncached?: boolean): Promise<unknown>;
    getDepthOffsetGraph(depth: number, keys: unknown[]): Promise<number>;
  };
  readonly contextJobs: (ValueJob['job'][] | undefined)[];
  readonly contextAwaitingJobs: ValueJob[];
}

/** The predicates of list cells. */
const cellPredicates: ReadonlySet<string> = new Set([rdf.first, rdf.rest]);

/**
 * The parser, with its hands tied: it pauses so that other work can run, stops at the limits, keeps its quads instead
 * of streaming them, and tells at which path of the document something is wrong.
 */
class PacedParser extends JsonLdParser {
  readonly quads: Quad[] = [];
  readonly prefixes = new Map<string, string>();
  /** Why the document cannot be read; further input is pointless then. */
  failure: Problem | undefined;
  readonly #maxQuads: number;
  /** The keys that lead to the value at hand. */
  #path: readonly unknown[] = [];
  /** Parts of lists, whose graph is not yet known. */
  readonly #cells: Quad[] = [];
  #characters = 0;
  #turnStarted = performance.now();
  #spent = 0;

  constructor({ base, maxQuads }: ReadOptions) {
    super({
      baseIRI: base,
      dataFactory: freshFactory(),
      documentLoader: { load: async (url) => this.#bundledContext(url) },
      rdfstar: false,
      strictValues: true,
    });
    this.#maxQuads = maxQuads;
    this.on('error', (error: Error) => {
      if (!tolerated.test(error.message)) this.fail(error);
    });
    const { parsingContext } = this.#internals;
    const parseContext = parsingContext.parseContext.bind(parsingContext);
    parsingContext.parseContext = async (...parameters) => {
      await this.yieldTurn();
      return await parseContext(...parameters);
    };
    this.on('context', (context: unknown) => { collectPrefixes(context, this.prefixes); });
  }

  override async newOnValueJob(
    keys: unknown[], value: unknown, depth: number, lastDepthCheck: boolean,
  ): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    await this.yieldTurn();
    const outer = this.#path;
    this.#path = keys.slice(1, depth + 1);
    try {
      const empty = isEmptyNode(value);
      if (empty) this.#forgetInner(depth);
      await super.newOnValueJob(keys as string[], value, depth, lastDepthCheck);
      if (empty) this.#forgetInner(depth);
      await this.#settleGraph(keys, depth);
    } catch (error) {
      throw this.fail(error as Error);
    }
    this.#path = outer;
  }

  /**
   * Handles the values of the document when all have been seen: contexts first, then the others in order, each after
   * the types of the nodes that it is in, which may bring contexts of their own. The parser's own way to do so takes
   * time with the square of the number of types, and loses some.
   */
  protected override async executeBufferedJobs(): Promise<void> {
    const { parsingContext, util, contextJobs, contextAwaitingJobs } = this.#internals;
    for (const job of contextJobs.flatMap((jobs) => jobs ?? [])) await job();
    parsingContext.unaliasedKeywordCacheStack.splice(0);
    const isType = async (keys: unknown[], depth: number): Promise<boolean> => (
      await util.unaliasKeyword(keys[depth], keys, depth, true) === '@type'
    );
    const types = new TypeJobs();
    const others: ValueJob[] = [];
    for (const value of contextAwaitingJobs) {
      await this.yieldTurn();
      const { keys, depth, job } = value;
      const item = typeof keys[depth] === 'number';
      if (await isType(keys, depth) || (item && await isType(keys, depth - 1))) types.add(keys.slice(0, -1), job);
      else others.push(value);
    }
    for (const { keys, job } of others) {
      for (const typeJob of types.take(keys)) await typeJob();
      await job();
    }
  }

  override push(quad: Quad | null): boolean {
    if (quad === null) return super.push(null);
    const cell = quad.graph.termType === 'DefaultGraph' && cellPredicates.has(quad.predicate.value);
    if (cell) this.#cells.push(quad);
    else this.#keep(quad);
    return true;
  }

  #keep(quad: Quad): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.quads.length >= this.#maxQuads) {
      throw new Problem('too-large', `The document holds more than ${this.#maxQuads} statements.`);
    }
    this.#characters += charactersOf(quad);
    if (this.#characters > maxTermCharacters) {
      const detail = `With its terms written out, the document has more than ${maxTermCharacters} characters.`;
      throw new Problem('too-large', detail);
    }
    for (const { termType, value } of [quad.subject, quad.predicate, quad.object, quad.graph]) {
      if (termType === 'NamedNode' && notInIris.test(value)) {
        throw new Error(`${JSON.stringify(value)} is not a valid IRI`);
      }
    }
    this.quads.push(quad);
  }

  /** Lets other work run if it is time to. Throws the failure when reading has taken too long altogether. */
  async yieldTurn(): Promise<void> {
    const worked = performance.now() - this.#turnStarted;
    if (worked < millisecondsPerTurn) return;
    this.#spent += worked;
    if (this.#spent > millisecondsPerDocument) {
      const detail = 'This JSON-LD takes too long to read; divide it, or simplify its contexts.';
      throw this.fail(new Problem('too-large', detail));
    }
    await nextTurn();
    this.#turnStarted = performance.now();
  }

  /**
   * Forgets the identity of the node that was read last at the depth of a value's members. An empty node has none that
   * would make the parser do so, and takes that identity for its own, or leaves its own to the node that follows.
   */
  #forgetInner(depth: number): void {
    this.#internals.parsingContext.idStack.splice(depth + 1);
  }

  /**
   * Sees to it that statements get into the graph that they are in: the parser puts the cells of lists into the default
   * graph, and the members that follow a graph in its node into the graph; and it overlooks that a root has a label.
   */
  async #settleGraph(keys: unknown[], depth: number): Promise<void> {
    const { parsingContext, util } = this.#internals;
    parsingContext.graphStack.length = 0;
    const labelled = depth === 1 && await util.unaliasKeyword(keys[1], keys, 1, true) === '@id';
    if (labelled) parsingContext.topLevelProperties = true;
    if (this.#cells.length === 0) return;
    const cells = this.#cells.splice(0);
    const offset = await util.getDepthOffsetGraph(depth, keys);
    parsingContext.unaliasedKeywordCacheStack.splice(depth - 1);
    const node = depth - offset - 1;
    const names = offset < 0 ? [dataFactory.defaultGraph()] : parsingContext.idStack[node];
    for (const cell of cells) {
      if (names === undefined) parsingContext.getUnidentifiedGraphBufferSafe(node).push(cell);
      names?.forEach((name) => this.#keep(dataFactory.quad(cell.subject, cell.predicate, cell.object, name)));
    }
  }

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
      : new Problem('invalid', `JSON-LD, at ${pathOf(this.#path)}: ${reason(error)}`);
    return this.failure;
  }
}

function pathOf(keys: readonly unknown[]): string {
  return `$${keys.map((key) => `[${JSON.stringify(key)}]`).join('')}`;
}

/** The terms for one document: its blank nodes are fresh, one for each label. */
function freshFactory(): JsonLdFactory {
  const blankNodes = new Map<string, BlankNode>();
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
