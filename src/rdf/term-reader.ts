import type { BlankNode, Literal, NamedNode } from '@rdfjs/types';
import { iriResolver, type ResolveIri } from './iri.ts';
import { dataFactory } from './terms.ts';
import { rdf, xsd } from './vocabulary.ts';

/** A place in a text in the notation that Turtle and SPARQL share, with what names mean there. */
export interface Cursor {
  readonly text: string;
  at: number;
  resolve: ResolveIri;
  prefixes: Map<string, string>;
}

/** Thrown when the text at `at` is not what the notation allows there; `message` is the end of a sentence. */
export class Unreadable extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** A cursor at the start of a text, past a byte order mark, with no prefix declared. */
export function openText(text: string, base: string): Cursor {
  return { text, at: text.startsWith('\ufeff') ? 1 : 0, resolve: iriResolver(base), prefixes: new Map() };
}

const letters = 'A-Za-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D' +
  '\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const nameMarks = '\\u00B7\\u0300-\\u036F\\u203F\\u2040';
const nameChars = `${letters}_0-9\\-${nameMarks}`;
const escaped = '%[0-9A-Fa-f]{2}|\\\\[_~.\\-!$&\'()*+,;=/?#@%]';
const prefixName = `(?:[${letters}](?:[${nameChars}.]*[${nameChars}])?)?`;
const localStart = `(?:[${letters}_0-9:]|${escaped})`;
const localRest = `(?:[${nameChars}:]|${escaped}|\\.+(?=[${nameChars}:%\\\\]))`;
// No part of these can match the same text in two ways, so that no text makes them slow.
const patterns = {
  lineBreak: /[\r\n]/g,
  prefixDeclared: new RegExp(`(${prefixName}):`, 'uy'),
  // Most names, told by what follows them to be whole; the other pattern takes the rest, and much longer.
  plainName: /([A-Za-z][A-Za-z0-9_-]*|):([A-Za-z0-9_][A-Za-z0-9_-]*|)(?=[\s,;)\]]|\.\s)/y,
  prefixedName: new RegExp(`(${prefixName}):((?:${localStart}${localRest}*)?)`, 'uy'),
  blankLabel: new RegExp(`_:([${letters}_0-9](?:[${nameChars}]|\\.+(?=[${nameChars}]))*)`, 'uy'),
  variable: new RegExp(`[?$]([${letters}_0-9][${letters}_0-9${nameMarks}]*)`, 'uy'),
  // Not the start of a longer name.
  a: new RegExp(`a(?![${nameChars}:.%\\\\])`, 'uy'),
  number: /[+-]?(?:(\d+\.\d*[eE][+-]?\d+|\.?\d+[eE][+-]?\d+)|(\d*\.\d+)|\d+)/y,
  language: /@([A-Za-z]+(?:-[A-Za-z0-9]+)*)/y,
  word: /[A-Za-z]+/y,
};
const notInIri = /[\x00-\x20<>"{}|^`\\]/;
const stringEscapes: Readonly<Record<string, string>> = {
  t: '\t', b: '\b', n: '\n', r: '\r', f: '\f', '"': '"', "'": "'", '\\': '\\',
};

/** Matches a sticky pattern at the cursor, and moves past what it matched. */
function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match) cursor.at = pattern.lastIndex;
  return match;
}

/** Moves past white space and comments. */
export function skipBlank(cursor: Cursor): void {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      cursor.at += 1;
    } else if (code === 0x23) {
      patterns.lineBreak.lastIndex = cursor.at;
      cursor.at = patterns.lineBreak.exec(cursor.text)?.index ?? cursor.text.length;
    } else {
      return;
    }
  }
}

/** Moves past one character if it is next, and says whether it was. */
export function takeChar(cursor: Cursor, char: string): boolean {
  if (cursor.text[cursor.at] !== char) return false;
  cursor.at += 1;
  return true;
}

/** Moves past white space, comments and one character that must come next. */
export function expectChar(cursor: Cursor, char: string): void {
  skipBlank(cursor);
  if (!takeChar(cursor, char)) throw new Unreadable(cursor.at, `expected "${char}"`);
}

/** The ASCII letters at the cursor, without moving; empty when there are none. */
export function peekWord(cursor: Cursor): string {
  const { at } = cursor;
  const word = take(cursor, patterns.word)?.[0] ?? '';
  cursor.at = at;
  return word;
}

/** Reads the rest of a prefix declaration, from the name on, and gives the cursor the prefixes it has from there. */
export function readPrefix(cursor: Cursor): void {
  skipBlank(cursor);
  const name = take(cursor, patterns.prefixDeclared)?.[1];
  if (name === undefined) throw new Unreadable(cursor.at, 'expected a prefix that ends in ":"');
  skipBlank(cursor);
  cursor.prefixes.set(name, readIri(cursor).value);
}

/** Reads the rest of a base declaration. */
export function readBase(cursor: Cursor): void {
  skipBlank(cursor);
  cursor.resolve = iriResolver(readIri(cursor).value);
}

/** The variable at the cursor (`?x` or `$x`), by its name; undefined when there is none. */
export function takeVariable(cursor: Cursor): string | undefined {
  return take(cursor, patterns.variable)?.[1];
}

/** Reads an IRI, a prefixed name, a literal or a blank node label. Throws Unreadable for anything else. */
export function readTerm(cursor: Cursor): NamedNode | Literal | BlankNode {
  const char = cursor.text[cursor.at];
  if (char === '<') return readIri(cursor);
  if (char === '"' || char === "'") return readStringLiteral(cursor);
  if (char === '_') {
    const label = take(cursor, patterns.blankLabel)?.[1];
    if (label === undefined) throw new Unreadable(cursor.at, 'expected a blank node label');
    return dataFactory.blankNode(label);
  }
  const number = char !== undefined && '+-.0123456789'.includes(char) && take(cursor, patterns.number);
  if (number) {
    const datatype = number[1] !== undefined ? xsd.double : number[2] !== undefined ? xsd.decimal : xsd.integer;
    return dataFactory.literal(number[0], dataFactory.namedNode(datatype));
  }
  const name = takePrefixedName(cursor);
  if (name) return name;
  const word = peekWord(cursor).toLowerCase();
  if (word !== 'true' && word !== 'false') throw new Unreadable(cursor.at, 'expected a term');
  cursor.at += word.length;
  return dataFactory.literal(word, dataFactory.namedNode(xsd.boolean));
}

/** Reads an IRI or a prefixed name, or `a` for the predicate rdf:type. */
export function readPredicateName(cursor: Cursor): NamedNode {
  const isA = cursor.text[cursor.at] === 'a' && take(cursor, patterns.a);
  const name = isA ? dataFactory.namedNode(rdf.type) : takeName(cursor);
  if (!name) throw new Unreadable(cursor.at, 'expected a predicate');
  return name;
}

function takeName(cursor: Cursor): NamedNode | undefined {
  return cursor.text[cursor.at] === '<' ? readIri(cursor) : takePrefixedName(cursor);
}

function takePrefixedName(cursor: Cursor): NamedNode | undefined {
  const { at } = cursor;
  const match = take(cursor, patterns.plainName) ?? take(cursor, patterns.prefixedName);
  if (!match) return undefined;
  const [, prefix = '', local = ''] = match;
  const namespace = cursor.prefixes.get(prefix);
  if (namespace === undefined) throw new Unreadable(at, `the prefix "${prefix}:" is not declared`);
  return dataFactory.namedNode(namespace + (local.includes('\\') ? local.replace(/\\(.)/g, '$1') : local));
}

function readIri(cursor: Cursor): NamedNode {
  const { text, at } = cursor;
  const end = text[at] === '<' ? text.indexOf('>', at) : -1;
  if (end < 0) throw new Unreadable(at, 'expected an IRI between "<" and ">"');
  const written = text.slice(at + 1, end);
  const reference = written.includes('\\') ? unescaped(written, at + 1, {}) : written;
  const wrong = notInIri.exec(reference);
  if (wrong) throw new Unreadable(at, `an IRI cannot contain ${JSON.stringify(wrong[0])}`);
  cursor.at = end + 1;
  return dataFactory.namedNode(cursor.resolve(reference));
}

function readStringLiteral(cursor: Cursor): Literal {
  const value = readString(cursor);
  const { at } = cursor;
  skipBlank(cursor);
  const language = take(cursor, patterns.language)?.[1];
  if (language !== undefined) {
    if (cursor.text.startsWith('--', cursor.at)) throw new Unreadable(cursor.at, 'a base direction is not supported');
    return dataFactory.literal(value, language);
  }
  if (cursor.text.startsWith('^^', cursor.at)) {
    cursor.at += 2;
    skipBlank(cursor);
    const datatype = takeName(cursor);
    if (!datatype) throw new Unreadable(cursor.at, 'expected a datatype');
    return dataFactory.literal(value, datatype);
  }
  cursor.at = at;
  return dataFactory.literal(value);
}

function readString(cursor: Cursor): string {
  const { text, at } = cursor;
  const quote = text.charAt(at);
  const long = text.startsWith(quote.repeat(3), at);
  const closing = long ? quote.repeat(3) : quote;
  const start = at + closing.length;
  for (let end = text.indexOf(closing, start); end >= 0; end = text.indexOf(closing, end + 1)) {
    let backslashes = 0;
    while (text[end - backslashes - 1] === '\\') backslashes += 1;
    if (backslashes % 2 === 1) continue;
    const written = text.slice(start, end);
    if (!long && /[\r\n]/.test(written)) break;
    cursor.at = end + closing.length;
    return written.includes('\\') ? unescaped(written, start, stringEscapes) : written;
  }
  throw new Unreadable(at, `expected a string that ends in ${closing}`);
}

function unescaped(written: string, start: number, escapes: Readonly<Record<string, string>>): string {
  return written.replace(
    /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]?))/g,
    (_all, short: string | undefined, long: string | undefined, char: string | undefined, offset: number) => {
      const point = Number.parseInt(short ?? long ?? '', 16);
      const isCharacter = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
      const value = isCharacter ? String.fromCodePoint(point) : escapes[char ?? ''];
      if (value !== undefined) return value;
      throw new Unreadable(start + offset, 'this escape sequence is not allowed here');
    },
  );
}
