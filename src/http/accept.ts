import { Problem } from '../problem.ts';
import { parseParameter, splitOutsideQuotes, tokenCharacter } from './field-values.ts';

/** One member of an Accept header: a type, a subtype (either may be `*`), parameters, and a weight from 0 to 1. */
interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

/**
 * Parameters in which a client states a preference within a type. An offer that says nothing about them fits:
 * our text is UTF-8, and a profile must not change what a document means (RFC 6906, 3).
 */
const preferences = new Set(['charset', 'profile']);

/** What a program asks for when it wants data rather than a page. */
const dataTypes = [
  'text/turtle', 'application/ld+json', 'application/json', 'application/problem+json', 'application/n-triples',
  'application/n-quads', 'application/trig', 'application/rdf+xml', 'text/n3',
];

/**
 * The offer that the client likes best (RFC 9110, 12.5.1), or undefined when it accepts none of them.
 *
 * `offers` are media types in the order of the server's own preference, which decides between equals; the first is the
 * stored form. Without an Accept header, or with an empty one, the client takes anything. A malformed member says
 * nothing and is skipped; a header without a single well-formed member counts as none.
 */
export function negotiate(accept: string | undefined, offers: readonly string[]): string | undefined {
  const ranges = parseAccept(accept);
  if (!ranges) return offers[0];
  let best: string | undefined;
  let bestWeight = 0;
  for (const offer of offers) {
    const weight = weigh(ranges, offer);
    if (weight > bestWeight) {
      best = offer;
      bestWeight = weight;
    }
  }
  return best;
}

/** The same, for what cannot be answered otherwise: throws Problem `unacceptable` that names the offers. */
export function negotiateOrRefuse(accept: string | undefined, offers: readonly string[]): string {
  const chosen = negotiate(accept, offers);
  if (chosen !== undefined) return chosen;
  throw new Problem('unacceptable',
    `This can be had as ${offers.join(', ')}, but the Accept header takes none of that.`);
}

/**
 * Whether a page is wanted rather than data: `text/html` has more weight than any form of RDF or JSON.
 * True for what browsers send on navigation (`text/html,…,*\/*;q=0.8`), false for `*\/*` and without a header.
 */
export function prefersHtml(accept: string | undefined): boolean {
  // Only a range that names it gives it more weight than text/turtle.
  if (!accept?.toLowerCase().includes('text/html')) return false;
  const ranges = parseAccept(accept) ?? [];
  const html = weigh(ranges, 'text/html');
  return dataTypes.every((type) => weigh(ranges, type) < html);
}

function parseAccept(accept: string | undefined): MediaRange[] | undefined {
  if (accept === undefined) return undefined;
  const ranges = splitOutsideQuotes(accept, ',').flatMap((member) => parseMediaRange(member) ?? []);
  return ranges.length > 0 ? ranges : undefined;
}

const typeAndSubtype = new RegExp(`^(${tokenCharacter}+)/(${tokenCharacter}+)$`);
const weightSyntax = /^(?:0(?:\.\d*)?|\.\d+|1(?:\.0*)?)$/;

function parseMediaRange(member: string): MediaRange | undefined {
  const [name = '', ...rest] = splitOutsideQuotes(member, ';');
  // Java's URLConnection sends a bare star.
  const [, type, subtype] = typeAndSubtype.exec(name === '*' ? '*/*' : name.toLowerCase()) ?? [];
  if (type === undefined || subtype === undefined || (type === '*' && subtype !== '*')) return undefined;

  const parameters = new Map<string, string>();
  for (const text of rest) {
    // A malformed parameter narrows nothing: in practice it is a profile that lacks its quotes.
    const parameter = parseParameter(text);
    if (parameter) parameters.set(parameter.name, parameter.value.toLowerCase());
  }
  const weight = parameters.get('q') ?? '1';
  parameters.delete('q');
  return weightSyntax.test(weight) ? { type, subtype, parameters, weight: Number(weight) } : undefined;
}

/** The weight that the most specific of the ranges that fit gives to the offer; 0 if none fits. */
function weigh(ranges: readonly MediaRange[], offer: string): number {
  const [name = '', ...rest] = splitOutsideQuotes(offer, ';');
  const [type = '', subtype = ''] = name.toLowerCase().split('/');
  const parameters = new Map(rest.map((text) => {
    const { name: key, value } = parseParameter(text) ?? { name: text, value: '' };
    return [key, value.toLowerCase()] as const;
  }));
  let weight = 0;
  let bestFit = 0;
  for (const range of ranges) {
    const fit = fitOf(range, type, subtype, parameters);
    if (fit === undefined || fit < bestFit) continue;
    if (fit > bestFit || range.weight > weight) {
      weight = range.weight;
      bestFit = fit;
    }
  }
  return weight;
}

/**
 * How specifically the range names the offer: 0 for `*\/*`, 1 for `text/*`, 2 for the type, one more for each
 * parameter; undefined if it does not fit.
 */
function fitOf(
  range: MediaRange, type: string, subtype: string, parameters: ReadonlyMap<string, string>,
): number | undefined {
  if (range.type !== '*' && range.type !== type) return undefined;
  if (range.subtype !== '*' && range.subtype !== subtype) return undefined;
  let fit = Number(range.type !== '*') + Number(range.subtype !== '*');
  for (const [name, value] of range.parameters) {
    const offered = parameters.get(name);
    if (offered === value) fit++;
    else if (offered !== undefined || !preferences.has(name)) return undefined;
  }
  return fit;
}
