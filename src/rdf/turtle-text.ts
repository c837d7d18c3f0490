import type { Quad, Term } from '@rdfjs/types';
import { tripleKey, type GraphChange } from './patch.ts';
import type { Sliced } from './slices.ts';
import { termKey } from './terms.ts';
import {
  scanTurtle, type Extent, type ScannedPredicate, type ScannedStatement, type ScannedTerm, type Scope, type TurtleScan,
} from './turtle-scanner.ts';
import { isWritable, predicateText, termText } from './turtle-term.ts';

/** A stretch of the text and what stands there instead. */
interface Edit extends Extent {
  readonly text: string;
}

/** The triples to insert with one subject, by their predicate. */
interface Insertion {
  readonly subject: Term;
  readonly byPredicate: Map<string, InsertedObjects>;
}

interface InsertedObjects {
  readonly predicate: Term;
  readonly objects: Term[];
}

/** How the document is laid out: what goes before its punctuation, and how it begins a line. */
interface Style {
  readonly newline: string;
  readonly indent: string;
  readonly beforeDot: string;
  readonly beforeSemicolon: string;
}

/**
 * A Turtle document with some triples taken out and others put in, as a change of its text: comments, prefixes, order,
 * indentation and line endings stay. A new triple takes the place of a deleted one of the same subject and predicate,
 * or goes to the triples of its subject, or to the end, and is written with the prefixes the document declares.
 *
 * `base` is the IRI of the document. Blank nodes to insert are written as new ones. Gives undefined when the change
 * cannot be made in this way: a triple to delete is not found, as those with blank nodes never are, or a term cannot
 * be written. A text that another reader finds wrong, or reads differently, may give a wrong text: read the result.
 *
 * The text is scanned in slices. The change is then made in one go, and must not be large.
 */
export function* editTurtle(
  text: string, change: GraphChange, { base }: { base: string },
): Sliced<string | undefined> {
  const terms = change.inserts.flatMap(({ subject, predicate, object }) => [subject, predicate, object]);
  const subjects = new Set([...change.deletes, ...change.inserts].map(({ subject }) => termKey(subject)));
  const scan = terms.every(isWritable) ? yield* scanTurtle(text, base, subjects) : undefined;
  const deleted = scan && findTriples(scan, change.deletes);
  if (!scan || !deleted) return undefined;

  const style = styleOf(text, scan);
  const write = termWriter(scan);
  const insertions = bySubject(change.inserts);
  const replacements = replaceDeleted(scan, deleted, insertions, write);
  const isKept = (object: ScannedTerm): boolean => !deleted.has(object);
  const additions = extendSubjects(text, scan, isKept, insertions, style, write);
  const edited = applyEdits(text, [...replacements, ...additions, ...removals(text, scan, isKept)]);
  return edited === undefined ? undefined : edited + newBlocks(edited, text, scan, insertions, style, write);
}

type WriteTerm = (term: Term, scope: Scope) => string;

/** Writes terms; blank nodes get labels that the document does not use. */
function termWriter(scan: TurtleScan): WriteTerm {
  const labels = new Map<string, string>();
  let count = 0;
  const newLabel = (): string => {
    do count += 1; while (scan.labels.has(`b${count}`));
    return `_:b${count}`;
  };
  return (term, scope) => {
    if (term.termType !== 'BlankNode') return termText(term, scope);
    const label = labels.get(term.value) ?? newLabel();
    labels.set(term.value, label);
    return label;
  };
}

/** The objects in the text whose triples are among those given; undefined when one of these is not in the text. */
function findTriples(scan: TurtleScan, triples: readonly Quad[]): Set<ScannedTerm> | undefined {
  const sought = new Set(triples.map(tripleKey));
  const seen = new Set<string>();
  const found = new Set<ScannedTerm>();
  for (const { subject, predicates } of scan.statements) {
    for (const { verb, objects } of predicates) {
      for (const object of objects) {
        const key = `${subject.key} ${verb.key} ${object.key}`;
        if (object.key === undefined || !sought.has(key)) continue;
        seen.add(key);
        found.add(object);
      }
    }
  }
  return seen.size === sought.size ? found : undefined;
}

function bySubject(triples: readonly Quad[]): Map<string, Insertion> {
  const insertions = new Map<string, Insertion>();
  for (const { subject, predicate, object } of triples) {
    const insertion = insertions.get(termKey(subject)) ?? { subject, byPredicate: new Map() };
    insertions.set(termKey(subject), insertion);
    const group = insertion.byPredicate.get(predicate.value) ?? { predicate, objects: [] };
    insertion.byPredicate.set(predicate.value, group);
    group.objects.push(object);
  }
  return insertions;
}

/** Puts new objects in the place of deleted ones, and takes both off the lists of what is left to do. */
function replaceDeleted(
  scan: TurtleScan, deleted: Set<ScannedTerm>, insertions: Map<string, Insertion>, write: WriteTerm,
): Edit[] {
  const edits: Edit[] = [];
  const used = new Map<InsertedObjects, number>();
  for (const { subject, predicates, scope } of scan.statements) {
    for (const { verb, objects } of predicates) {
      const group = insertions.get(subject.key!)?.byPredicate.get(verb.key!);
      for (const object of group ? objects : []) {
        const replacement = deleted.has(object) ? group!.objects[used.get(group!) ?? 0] : undefined;
        if (!replacement) continue;
        edits.push({ start: object.start, end: object.end, text: write(replacement, scope) });
        deleted.delete(object);
        used.set(group!, (used.get(group!) ?? 0) + 1);
      }
    }
  }
  for (const [group, count] of used) group.objects.splice(0, count);
  for (const [key, { byPredicate }] of insertions) {
    for (const [predicate, { objects }] of byPredicate) if (objects.length === 0) byPredicate.delete(predicate);
    if (byPredicate.size === 0) insertions.delete(key);
  }
  return edits;
}

/** Adds triples to those of the same subject, and takes them off the list of what is left to insert. */
function extendSubjects(
  text: string, scan: TurtleScan, isKept: (object: ScannedTerm) => boolean, insertions: Map<string, Insertion>,
  style: Style, write: WriteTerm,
): Edit[] {
  const hosts = new Map<string, ScannedStatement>();
  for (const statement of scan.statements) {
    const key = statement.subject.key!;
    const isHost = insertions.has(key) && statement.predicates.some(({ objects }) => objects.some(isKept));
    if (isHost) hosts.set(key, statement);
  }
  return [...hosts].flatMap(([key, { predicates, scope }]) => {
    const { byPredicate } = insertions.get(key)!;
    insertions.delete(key);
    const kept = predicates.filter(({ objects }) => objects.some(isKept));
    const edits: Edit[] = [];
    const lastOf = new Map(kept.map((predicate) => [predicate.verb.key, predicate]));
    const separator = predicateSeparator(text, kept, style);
    let added = '';
    for (const [predicateKey, { predicate, objects }] of byPredicate) {
      const written = objects.map((object) => write(object, scope));
      const existing = lastOf.get(predicateKey);
      if (existing) {
        const comma = objectSeparator(text, existing, style);
        edits.push(insertAt(existing.objects.findLast(isKept)!.end, written.map((object) => comma + object).join('')));
      } else {
        added += `${separator}${predicateText(predicate, scope)} ${written.join(', ')}`;
      }
    }
    edits.push(insertAt(kept.at(-1)!.objects.findLast(isKept)!.end, added));
    return edits;
  });
}

/** The triples that are left to insert, as statements of their own for the end of the text. */
function newBlocks(
  edited: string, text: string, scan: TurtleScan, insertions: Map<string, Insertion>, style: Style, write: WriteTerm,
): string {
  if (insertions.size === 0) return '';
  const blocks = [...insertions.values()].map(({ subject, byPredicate }) => {
    const name = write(subject, scan.scope);
    const predicates = [...byPredicate.values()].map(({ predicate, objects }) =>
      `${predicateText(predicate, scan.scope)} ${objects.map((object) => write(object, scan.scope)).join(', ')}`);
    const list = predicates.join(`${style.beforeSemicolon};${style.newline}${style.indent}`);
    return `${name} ${list}${style.beforeDot}.${style.newline}`;
  });
  const apart = scan.last ? endsInBlankLine(text, lineStart(text, scan.last.subject.start)) : edited !== '';
  const start = edited === '' || /[\r\n]$/.test(edited) ? '' : style.newline;
  const blankLine = apart && !endsInBlankLine(edited, edited.length) ? style.newline : '';
  return start + blankLine + blocks.join(apart ? style.newline : '');
}

function insertAt(position: number, text: string): Edit {
  return { start: position, end: position, text };
}

function styleOf(text: string, { examples }: TurtleScan): Style {
  const dot = examples[0]?.dot;
  const semicolon = examples.find(({ predicates }) => predicates[0]?.semicolons.length)?.predicates[0]?.semicolons[0];
  const spaceBefore = (position: number): string => /\s/.test(text.charAt(position - 1)) ? ' ' : '';
  const indented = ({ predicates }: ScannedStatement): ScannedPredicate | undefined =>
    predicates.find(({ verb }, index) => index > 0 && indentAt(text, verb.start) !== undefined);
  const example = examples.find(indented);
  const beforeDot = dot === undefined ? ' ' : spaceBefore(dot);
  return {
    newline: text.includes('\r\n') ? '\r\n' : '\n',
    indent: example ? indentAt(text, indented(example)!.verb.start)! : '    ',
    beforeDot,
    beforeSemicolon: semicolon === undefined ? beforeDot : spaceBefore(semicolon),
  };
}

/** What goes before one more predicate: a new line, unless the subject has its predicates on one line. */
function predicateSeparator(text: string, kept: readonly ScannedPredicate[], style: Style): string {
  const lastIndent = indentAt(text, kept.at(-1)!.verb.start) ?? (kept.length > 1 ? undefined : style.indent);
  return `${style.beforeSemicolon};${lastIndent === undefined ? ' ' : style.newline + lastIndent}`;
}

/** What goes before one more object: a new line only if the last of several objects has its own. */
function objectSeparator(text: string, { objects }: ScannedPredicate, style: Style): string {
  const lastIndent = objects.length > 1 ? indentAt(text, objects.at(-1)!.start) : undefined;
  return `,${lastIndent === undefined ? ' ' : style.newline + lastIndent}`;
}

function lineStart(text: string, position: number): number {
  let start = position;
  while (start > 0 && (text[start - 1] === ' ' || text[start - 1] === '\t')) start -= 1;
  return start;
}

/** The white space before a position when nothing else is before it on its line, else undefined. */
function indentAt(text: string, position: number): string | undefined {
  const start = lineStart(text, position);
  return start === 0 || '\r\n'.includes(text.charAt(start - 1)) ? text.slice(start, position) : undefined;
}

/** Whether the line that ends right before a position is blank, or there is none. */
function endsInBlankLine(text: string, position: number): boolean {
  return position === 0 || /(?:^|\n)[ \t]*\r?\n$/.test(text.slice(Math.max(0, position - 200), position));
}

/** Takes deleted objects out of the text, with the punctuation, predicates and subjects that they leave alone. */
function removals(text: string, scan: TurtleScan, isKept: (object: ScannedTerm) => boolean): Edit[] {
  const extents = scan.statements.flatMap((statement) =>
    statement.predicates.every(({ objects }) => objects.every(isKept)) ? [] : removedFrom(text, statement, isKept));
  const merged: Extent[] = [];
  for (const extent of extents.sort((a, b) => a.start - b.start)) {
    const previous = merged.at(-1);
    if (previous && isBlank(text, previous.end, extent.start)) {
      merged[merged.length - 1] = { start: previous.start, end: extent.end };
    } else {
      merged.push(extent);
    }
  }
  return merged.map((extent) => removal(text, extent));
}

function isBlank(text: string, start: number, end: number): boolean {
  return /^\s*$/.test(text.slice(start, end));
}

/** The parts of a statement to remove, each without white space and comments around it. */
function removedFrom(text: string, statement: ScannedStatement, isKept: (object: ScannedTerm) => boolean): Extent[] {
  const { subject, predicates, dot } = statement;
  const hasKept = ({ objects }: ScannedPredicate): boolean => objects.some(isKept);
  const kept = predicates.filter(hasKept);
  const removed = predicates.filter((predicate) => !hasKept(predicate))
    .flatMap(({ verb, objects, commas, semicolons }) => [verb, ...objects, ...[...commas, ...semicolons].map(mark)]);
  if (kept.length === 0) return [subject, ...removed, mark(dot)];

  for (const { objects, commas } of kept) {
    const lastKept = objects.findLastIndex(isKept);
    objects.forEach((object, index) => {
      if (!isKept(object)) removed.push(object);
      const comma = commas[index];
      if (comma !== undefined && (!isKept(object) || index >= lastKept)) removed.push(mark(comma));
    });
    const firstKept = objects.findIndex(isKept);
    removed.push(...blankAfter(text, commas[firstKept - 1], objects[firstKept]!.start));
  }
  const last = kept.at(-1)!;
  const endsInSemicolon = last === predicates.at(-1) || predicates.at(-1)!.semicolons.length > 0;
  const beforeKept = predicates[predicates.indexOf(kept[0]!) - 1];
  return [
    ...removed, ...endsInSemicolon ? [] : last.semicolons.map(mark),
    ...blankAfter(text, beforeKept?.semicolons.at(-1), kept[0]!.verb.start),
  ];
}

function mark(position: number): Extent {
  return { start: position, end: position + 1 };
}

/** The white space between a separator that goes and the first item that stays, which moves up to take its place. */
function blankAfter(text: string, separator: number | undefined, next: number): Extent[] {
  if (separator === undefined || !isBlank(text, separator + 1, next)) return [];
  return [{ start: separator + 1, end: next }];
}

/** Removes a stretch with the white space and the line that would be left over. */
function removal(text: string, { start, end }: Extent): Edit {
  const from = lineStart(text, start);
  let to = end;
  while (text[to] === ' ' || text[to] === '\t') to += 1;
  const endsLine = to === text.length || '\r\n'.includes(text.charAt(to));
  if (indentAt(text, start) !== undefined) {
    if (!endsLine) return { start, end: to, text: '' };
    to = afterLineBreak(text, to);
    const lineAfter = /[ \t]*(?:\r\n|\r|\n)/y;
    lineAfter.lastIndex = to;
    const end = endsInBlankLine(text, from) && lineAfter.test(text) ? lineAfter.lastIndex : to;
    return { start: from, end, text: '' };
  }
  if (endsLine || /^(?:[;,#]|\.(?!\d))/.test(text.slice(to, to + 2))) return { start: from, end, text: '' };
  return { start, end: to, text: from === start ? ' ' : '' };
}

function afterLineBreak(text: string, position: number): number {
  if (text.startsWith('\r\n', position)) return position + 2;
  return Math.min(position + 1, text.length);
}

/** Makes edits that do not overlap; undefined if they do. */
function applyEdits(text: string, edits: readonly Edit[]): string | undefined {
  let result = '';
  let position = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < position) return undefined;
    result += text.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  return result + text.slice(position);
}
