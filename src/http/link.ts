import { Problem } from '../problem.ts';
import { quotedString, tokenCharacter, unquote } from './field-values.ts';

/** Enough for a request with every link the specifications know, many times over. */
const maxLinks = 100;

/** A link that a client sent (RFC 8288, 3). */
export interface Link {
  /** The target as it came: a URI reference that is not yet resolved. */
  readonly target: string;
  /** Its relation types; those that are registered names in lower case, those that are URIs as they came. */
  readonly rels: readonly string[];
  /** Given when the link is about something else than the resource of the request: where it starts. */
  readonly anchor?: string;
}

/**
 * One value for the Link header: `<target>; rel="rel"`. The relation is the first parameter and quoted,
 * because clients in use find links with a regular expression that wants it so.
 */
export function link(target: string, rel: string): string {
  const safe = target.replace(/[^\x21-\x7e]|[<>"]/gu, encodeURIComponent);
  return `<${safe}>; rel="${rel}"`;
}

// Sticky: each match begins where the one before it ended. The grammar is that of RFC 8288, 3, with the leniency of its
// appendix B.2: empty members and parameters, and values that ought to be quoted.
const start = /[ \t,]*<([^<>]*)>/y;
const parameter = new RegExp(
  `[ \\t]*;[ \\t]*(?:(${tokenCharacter}+)[ \\t]*(?:=[ \\t]*(?:${quotedString}|([^ \\t",;]*)))?)?`, 'y',
);
const end = /[ \t,]*$|[ \t]*,/y;

/**
 * The links of a Link header, in order (RFC 8288, 3). A malformed header, or one with more than 100 links, is a Problem
 * of kind `invalid`.
 */
export function parseLinks(header: string | readonly string[] | undefined): Link[] {
  const text = typeof header === 'object' ? header.join(', ') : header ?? '';
  const links: Link[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  const malformed = (): Problem =>
    new Problem('invalid', `The Link header is malformed at character ${at + 1}: '${text.slice(at, at + 40)}'.`);

  for (;;) {
    const first = take(start);
    if (!first) break;
    if (links.length === maxLinks) throw new Problem('invalid', `The Link header has more than ${maxLinks} links.`);
    const parameters = new Map<string, string>();
    for (let match = take(parameter); match; match = take(parameter)) {
      const [, name, quoted, plain = ''] = match;
      // Of a parameter that comes twice, the first counts (RFC 8288, 3.3).
      const key = name?.toLowerCase();
      if (key === undefined || parameters.has(key)) continue;
      parameters.set(key, quoted === undefined ? plain : unquote(quoted));
    }
    links.push(linkOf(first[1] ?? '', parameters));
    if (!take(end)) throw malformed();
  }
  if (!/^[ \t,]*$/.test(text.slice(at))) throw malformed();
  return links;
}

function linkOf(target: string, parameters: ReadonlyMap<string, string>): Link {
  const anchor = parameters.get('anchor');
  const rels = (parameters.get('rel') ?? '').split(/\s+/).filter((rel) => rel !== '');
  return {
    target: target.trim(),
    rels: rels.map((rel) => rel.includes(':') ? rel : rel.toLowerCase()),
    ...(anchor === undefined ? {} : { anchor }),
  };
}
