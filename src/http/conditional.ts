import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../problem.ts';
import { parseHttpDate } from './http-date.ts';

/** An entity tag (RFC 9110, 8.8.3). `value` is what stands between the quotes. */
export interface EntityTag { readonly weak: boolean; readonly value: string }

/** The state of the target of a request, as far as a precondition can ask for it. */
export interface Current {
  /** The entity tag, without quotes, of the representation that a GET with these headers is answered with. */
  readonly tag: string;
  /** Whether an entity tag (without quotes) is that of any representation of the current state. */
  isCurrent(tag: string): boolean;
  readonly lastModified: Date;
}

/** Sticky: each match begins where the one before it ended. A list may have empty members (RFC 9110, 5.6.1). */
const listMember = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(,|$)/y;

/** What proxies append to a tag when they compress (Apache, Jetty, and others). */
const codingSuffix = /(?:--?|;)(?:gzip|br|deflate|zstd)$/;

/**
 * Reads the value of If-Match or If-None-Match: `*`, or a list of at least one entity tag.
 * Anything else is a Problem of kind `invalid`.
 */
export function parseEntityTags(header: string): '*' | EntityTag[] {
  if (header.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  listMember.lastIndex = 0;
  for (;;) {
    const at = listMember.lastIndex;
    const member = listMember.exec(header);
    if (!member) {
      const found = header.slice(at, at + 40).trim();
      throw new Problem('invalid', `'${found}' is not an entity tag, which looks like "abc" with its quotes.`);
    }
    const [, weak, value, separator] = member;
    if (value !== undefined) tags.push({ weak: weak !== undefined, value });
    if (separator === '') break;
  }
  if (tags.length === 0) throw new Problem('invalid', 'The list of entity tags is empty.');
  return tags;
}

/** Strong comparison (RFC 9110, 8.8.3.2): a weak tag never matches. */
function anyMatchesStrongly(tags: '*' | EntityTag[], matches: (tag: string) => boolean): boolean {
  return tags === '*' || tags.some(({ weak, value }) => !weak && matches(value));
}

/** Weak comparison (RFC 9110, 8.8.3.2), which sees the same tag also where a proxy weakened or renamed it. */
function anyMatchesWeakly(tags: '*' | EntityTag[], matches: (tag: string) => boolean): boolean {
  return tags === '*' || tags.some(({ value }) => matches(value) || matches(value.replace(codingSuffix, '')));
}

/**
 * Judges the preconditions of a request in the order of RFC 9110, 13.2.2. `current` is undefined when there is nothing
 * at the target. To be called once the request is known to be allowed, and otherwise sure to succeed (13.2.1).
 *
 * `not-modified` (GET and HEAD only) asks for a 304. A failed precondition is a Problem of kind `stale`; a malformed
 * entity tag one of kind `invalid`; an invalid date is ignored. Dates count whole seconds: a client that must see
 * every change uses entity tags.
 */
export function evaluatePreconditions(
  method: string, headers: IncomingHttpHeaders, current: Current | undefined,
): 'proceed' | 'not-modified' {
  if (method === 'OPTIONS') return 'proceed';
  const reading = method === 'GET' || method === 'HEAD';
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];

  if (ifMatch !== undefined) {
    const tags = parseEntityTags(ifMatch);
    if (!current) throw new Problem('stale', 'If-Match asks for something that exists, and there is nothing here.');
    if (!anyMatchesStrongly(tags, (tag) => current.isCurrent(tag))) {
      throw new Problem('stale', 'If-Match does not name the current state: it was changed since you read it.');
    }
  } else if (current && modifiedSince(current, headers['if-unmodified-since']) === true) {
    throw new Problem('stale', 'It was changed since the time in If-Unmodified-Since.');
  }

  if (ifNoneMatch !== undefined) {
    const tags = parseEntityTags(ifNoneMatch);
    if (!current) return 'proceed';
    // A reader has what it asks for only in the very representation; a writer is to stop at any of this state.
    if (!anyMatchesWeakly(tags, (tag) => reading ? tag === current.tag : current.isCurrent(tag))) return 'proceed';
    if (reading) return 'not-modified';
    throw new Problem('stale', tags === '*'
      ? 'If-None-Match asks that there be nothing here, and there is something.'
      : 'If-None-Match names the current state.');
  }
  if (reading && current && modifiedSince(current, headers['if-modified-since']) === false) return 'not-modified';
  return 'proceed';
}

/**
 * Whether If-Range allows a part to be sent (RFC 9110, 13.1.5): it is absent, or the strong tag of the representation
 * that would be sent. Otherwise the answer is to be the whole. So too for a date: two representations may follow each
 * other within its second, and their parts must not be joined.
 */
export function ifRangeHolds(header: string | undefined, current: Pick<Current, 'tag'>): boolean {
  return header === undefined || header.trim() === `"${current.tag}"`;
}

/** Undefined without a header, or when it holds no valid date. */
function modifiedSince(current: Current, header: string | undefined): boolean | undefined {
  const date = header === undefined ? undefined : parseHttpDate(header);
  return date && wholeSeconds(current.lastModified) > date.getTime();
}

/** In milliseconds, as everywhere; but without what an HTTP date cannot say. */
function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}
