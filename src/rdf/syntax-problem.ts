import { Problem } from '../problem.ts';

/** A place in a text as people count it: lines and columns (in UTF-16 code units) start at 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const lineBreak = /\r\n|\n|\r/g;

/** The line and column at which the character with this offset stands. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let start = 0;
  for (const match of text.slice(0, offset).matchAll(lineBreak)) {
    line += 1;
    start = match.index + match[0].length;
  }
  return { line, column: offset - start + 1 };
}

/** The offset of the character at this line and column. */
export function offsetAt(text: string, { line, column }: Position): number {
  let start = 0;
  let left = line - 1;
  for (const match of left > 0 ? text.matchAll(lineBreak) : []) {
    start = match.index + match[0].length;
    left -= 1;
    if (left === 0) break;
  }
  return Math.min(start + column - 1, text.length);
}

/** The problem of a document that breaks the grammar of its format, with the place where it does. */
export function syntaxProblem(label: string, { line, column }: Position, what: string): Problem {
  return new Problem('invalid', `${label}, line ${line}, column ${column}: ${what}`);
}
