import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Quad } from '@rdfjs/types';
import { Parser } from 'n3';
import { Problem } from '../problem.ts';
import { formats, type RdfFormat } from './formats.ts';
import type { RdfDocument, ReadOptions } from './read.ts';
import { offsetAt, positionAt, syntaxProblem } from './syntax-problem.ts';
import { charactersOf, dataFactory, maxTermCharacters } from './terms.ts';

/** Texts up to this length are parsed in one go, in some 30 ms at most. */
const charactersAtOnce = 256 * 1024;
/** Longer ones are parsed in slices of this length, between which other work runs. */
const charactersPerTurn = 64 * 1024;

// What n3 2.x offers beyond the types published for it: a parser that is fed through a source of chunks, and that
// shows each token. Lines start at 1, columns at 0; `endLine` is there when a token spans lines.
interface Token {
  readonly type: string;
  readonly value: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly endLine?: number;
}

type SourceEvent = 'data' | 'end' | 'error';

interface Source {
  on(event: SourceEvent, listener: (chunk: string) => void): void;
}

interface ParseCallbacks {
  onQuad(error: (Error & { context?: ErrorContext }) | null, quad: Quad | null): void;
  onPrefix(name: string, iri: { value: string }): void;
  onToken(token: Token): void;
}

interface ErrorContext {
  readonly token?: Token;
  readonly previousToken?: Token;
}

interface ChunkParser {
  parse(source: Source, callbacks: ParseCallbacks): void;
}

/**
 * Reads the text of a Turtle, TriG, N-Triples or N-Quads document (RDF 1.1). Throws Problem `invalid` with line and
 * column where it breaks the grammar, `too-large` when it holds more than `maxQuads` statements or stands for more than
 * `maxTermCharacters`.
 */
export async function readTurtle(text: string, options: ReadOptions): Promise<RdfDocument> {
  const { mediaType, label } = formats[options.format];
  const quads: Quad[] = [];
  let characters = 0;
  const prefixes = new Map<string, string>();

  const parser = new Parser({
    baseIRI: options.base, format: mediaType, factory: dataFactory,
  }) as unknown as ChunkParser;
  const feed = {} as Record<SourceEvent, (chunk: string) => void>;
  parser.parse({ on: (event, listener) => { feed[event] = listener; } }, {
    onQuad(error, quad) {
      if (error !== null) throw grammarProblem(label, text, error.message, error.context);
      if (quad === null) return;
      if (quads.length >= options.maxQuads) {
        throw new Problem('too-large', `The document holds more than ${options.maxQuads} statements.`);
      }
      characters += charactersOf(quad);
      if (characters > maxTermCharacters) throw new Problem('too-large', tooLong);
      quads.push(quad);
    },
    onPrefix: (name, iri) => prefixes.set(name, iri.value),
    onToken: tokenCheck(options.format, label),
  });

  const step = text.length > charactersAtOnce ? charactersPerTurn : charactersAtOnce;
  for (let at = 0; at < text.length; at += step) {
    if (at > 0) await nextTurn();
    feed.data(text.slice(at, at + step));
  }
  feed.end('');
  return { quads, prefixes };
}

const tooLong = `With its prefixes written out, the document has more than ${maxTermCharacters} characters.`;

/** The tokens of RDF 1.2, which RDF 1.1 documents cannot hold. */
const newerTokens = new Set(['<<', '<<(', '~', '{|', 'dircode', 'VERSION', '@version']);

/** A check of what n3 lets pass: refuses RDF 1.2 syntax, and in the line-based formats statements that share a line. */
function tokenCheck(format: RdfFormat, label: string): (token: Token) => void {
  const perLine = format === 'ntriples' || format === 'nquads';
  let line = 0;
  let ended = true;
  return (token) => {
    if (newerTokens.has(token.type)) {
      throw syntaxProblem(label, startOf(token), 'syntax of RDF 1.2 is not accepted, only that of RDF 1.1');
    }
    if (!perLine || token.type === 'eof') return;
    if (ended ? token.line === line : token.line !== line) {
      throw syntaxProblem(label, startOf(token), ended
        ? 'each statement must be on a line of its own'
        : 'a statement must not be broken into lines');
    }
    line = token.line;
    ended = token.type === '.';
  };
}

function startOf(token: Token): { line: number; column: number } {
  return { line: token.line, column: token.start + 1 };
}

/** The problem for an error of n3: its grammar names the token it tripped over, its lexer only the one before. */
function grammarProblem(label: string, text: string, message: string, context?: ErrorContext): Problem {
  const token = context?.token;
  if (token !== undefined) return syntaxProblem(label, startOf(token), sentence(message, token));
  const previous = context?.previousToken;
  const after = previous === undefined
    ? 0
    : offsetAt(text, { line: previous.endLine ?? previous.line, column: previous.end + 1 });
  const offset = afterSeparators(text, after);
  return syntaxProblem(label, positionAt(text, offset), unexpected(text.slice(offset, offset + 200)));
}

/** The offset of what follows the white space and the comments at this one. */
function afterSeparators(text: string, offset: number): number {
  const separator = /[ \t\r\n]+|#[^\r\n]*/y;
  separator.lastIndex = offset;
  let end = offset;
  while (separator.test(text)) end = separator.lastIndex;
  return end;
}

function sentence(message: string, token: Token): string {
  const plain = message.replace(/ on line \d+\.$/, '')
    .replace(/^Expected entity/, 'Expected a term')
    .replace(/\beof$/, 'the end of the document');
  if (plain === 'Invalid IRI') return `<${token.value}> is not a valid IRI here`;
  return plain.charAt(0).toLowerCase() + plain.slice(1);
}

/** What is wrong with a text that does not begin with a token. */
function unexpected(text: string): string {
  const shown = JSON.stringify(/^\S{0,40}/.exec(text)?.[0]);
  if (text.startsWith('<')) return `this is not a valid IRI: ${JSON.stringify(/^<[^>\n\r]{0,80}>?/.exec(text)?.[0])}`;
  if (/^["']/.test(text)) return `this string is not closed, or holds a line break or a wrong escape: ${shown}`;
  return text === '' ? 'unexpected end of the document' : `unexpected ${shown}`;
}
