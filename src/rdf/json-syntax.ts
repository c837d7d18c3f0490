import { setImmediate as nextTurn } from 'node:timers/promises';
import { Problem } from '../problem.ts';
import { positionAt, syntaxProblem } from './syntax-problem.ts';

const maxDepth = 100;
// What a context costs to process grows with the product of its terms and the contexts within it, in one go.
const maxContextLength = 32 * 1024;
const maxContextsInContext = 50;
// The parser of JSON-LD keeps about half a kilobyte for each value, and takes tens of seconds for so many.
const maxValues = 1_000_000;
const charactersPerTurn = 256 * 1024;

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const word = /true|false|null/y;
const escape = /\\(?:["\\/bfnrt]|u([0-9a-fA-F]{4}))/y;

/**
 * Holds a text against the grammar of JSON (RFC 8259), letting other work run in between when it is long.
 *
 * Beyond the grammar it refuses what could not be read faithfully: surrogates without their other half, whole numbers
 * that a double cannot hold, the member name `__proto__`, nesting deeper than 100, a root that is neither object nor
 * array; and JSON-LD contexts that are longer than 32 KiB or made of more than 50 others. Throws Problem `invalid`
 * with line and column, `too-large` for more than a million values.
 */
export async function checkJson(text: string): Promise<void> {
  const scanner = new JsonScanner(text);
  for (let pause = charactersPerTurn; !scanner.run(pause); pause += charactersPerTurn) await nextTurn();
}

class JsonScanner {
  readonly #text: string;
  #at = 0;
  /** The arrays and objects that are open, outermost first. */
  readonly #open: { array: boolean }[] = [];
  #values = 0;
  /** The outermost `@context` that is being read: where it is, at which depth, and how many contexts it is made of. */
  #context: { start: number; depth: number; contexts: number } | undefined;
  #expect: 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing' = 'value';

  constructor(text: string) {
    this.#text = text;
  }

  /** Scans on until past this offset. True when the whole text has been scanned. */
  run(until: number): boolean {
    while (this.#at < until) {
      this.#match(space);
      if (this.#at >= this.#text.length) {
        if (this.#expect !== 'nothing') this.#fail('the document ends too early');
        return true;
      }
      this.#step(this.#text.charAt(this.#at));
    }
    return false;
  }

  #step(character: string): void {
    const expect = this.#expect;
    if (expect === 'nothing') return this.#fail(`unexpected ${this.#here()} after the end of the document`);
    if (character === '}' || character === ']') return this.#close(character === ']');
    if (expect === 'colon') return this.#take(':', character, 'value');
    if (expect === 'comma or end') return this.#take(',', character, this.#open.at(-1)?.array ? 'value' : 'name');
    if (expect === 'name' || expect === 'name or end') return this.#name(character);
    this.#value(character);
  }

  #take(wanted: string, character: string, next: 'value' | 'name'): void {
    if (character !== wanted) this.#fail(`expected "${wanted}" but found ${this.#here()}`);
    this.#at += 1;
    this.#expect = next;
  }

  #name(character: string): void {
    if (character !== '"') this.#fail(`expected a name in double quotes but found ${this.#here()}`);
    const start = this.#at;
    this.#string();
    const name = JSON.parse(this.#text.slice(start, this.#at)) as string;
    if (name === '__proto__') this.#fail('the name "__proto__" is not accepted', start);
    if (name === '@context') {
      this.#context ??= { start: this.#at, depth: this.#open.length, contexts: 0 };
      this.#context.contexts += 1;
    }
    this.#expect = 'colon';
  }

  #value(character: string): void {
    if (character === '{' || character === '[') {
      if (this.#open.length === maxDepth) this.#fail(`nesting deeper than ${maxDepth} levels is not accepted`);
      this.#open.push({ array: character === '[' });
      this.#at += 1;
      this.#expect = character === '[' ? 'value or end' : 'name or end';
      return;
    }
    if (this.#open.length === 0) this.#fail(`expected an object or an array but found ${this.#here()}`);
    if (character === '"') this.#string();
    else if (!this.#number() && this.#match(word) === null) this.#fail(`unexpected ${this.#here()}`);
    this.#ended();
  }

  #close(array: boolean): void {
    const open = this.#open.at(-1);
    const mayEnd = this.#expect === 'comma or end' || this.#expect === (array ? 'value or end' : 'name or end');
    if (open?.array !== array || !mayEnd) return this.#fail(`unexpected ${this.#here()}`);
    this.#open.pop();
    this.#at += 1;
    this.#ended();
  }

  /** Notes that a value has been read. */
  #ended(): void {
    this.#expect = this.#open.length === 0 ? 'nothing' : 'comma or end';
    this.#values += 1;
    if (this.#values > maxValues) {
      throw new Problem('too-large', `The document holds more than ${maxValues} JSON values.`);
    }
    if (this.#context !== undefined) this.#contextPart(this.#context);
  }

  /** Notes that a value in a context, or the context itself, has been read. */
  #contextPart(context: { start: number; depth: number; contexts: number }): void {
    const depth = this.#open.length;
    if (depth === context.depth + 1 && this.#open[context.depth]?.array) context.contexts += 1;
    if (context.contexts > maxContextsInContext) {
      this.#fail(`a context made of more than ${maxContextsInContext} others is not accepted`, context.start);
    }
    if (this.#at - context.start > maxContextLength) {
      this.#fail(`a context longer than ${maxContextLength} characters is not accepted`, context.start);
    }
    if (depth === context.depth) this.#context = undefined;
  }

  #string(): void {
    const text = this.#text;
    for (let at = this.#at + 1; ;) {
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return;
      }
      if (code === 0x5c) at = this.#escape(at);
      else if (code >= 0x20) at += 1;
      else if (at >= text.length) this.#fail('this string is not closed', this.#at);
      else this.#fail('control characters in strings must be escaped', at);
    }
  }

  /** Checks the escape sequence at this offset; gives the offset after it. */
  #escape(at: number): number {
    const code = this.#escapedCode(at);
    if (code === undefined) return at + 2;
    const high = code >= 0xd800 && code <= 0xdbff;
    const low = code >= 0xdc00 && code <= 0xdfff;
    const next = high && this.#text.charAt(at + 6) === '\\' ? this.#escapedCode(at + 6) ?? 0 : 0;
    const paired = next >= 0xdc00 && next <= 0xdfff;
    if (low || (high && !paired)) this.#fail('this escape is half of a surrogate pair, not a character', at);
    return at + (high ? 12 : 6);
  }

  /** The code unit that a `\u` escape stands for; undefined for the short escapes. */
  #escapedCode(at: number): number | undefined {
    escape.lastIndex = at;
    const match = escape.exec(this.#text);
    if (match === null) this.#fail('this is not an escape sequence of JSON', at);
    return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 16);
  }

  #number(): boolean {
    const start = this.#at;
    const match = this.#match(number);
    if (match === null) return false;
    const value = Number(match[0]);
    const whole = match[1] === undefined && match[2] === undefined;
    if (whole ? !Number.isSafeInteger(value) : !Number.isFinite(value)) {
      this.#fail('this number is too large to be read exactly; write it as a string with a datatype', start);
    }
    return true;
  }

  #match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#text);
    if (match !== null) this.#at += match[0].length;
    return match;
  }

  #here(): string {
    return JSON.stringify(String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0));
  }

  #fail(what: string, at = this.#at): never {
    throw syntaxProblem('JSON-LD', positionAt(this.#text, at), what);
  }
}
