import { Recent } from '../recent.ts';

/**
 * The form of an IRI in which two that mean the same are equal as strings (RFC 3986, section 6.2.2 and 6.2.3): scheme
 * and host in lower case, no default port, no dot segments, escapes in upper case and none for unreserved characters.
 * A slash at the end stays as it is: `/notes` and `/notes/` are two resources. What is no absolute IRI is given back.
 */
export function normalIri(iri: string): string {
  let normal = known.get(iri);
  if (normal === undefined) known.set(iri, normal = normalise(iri));
  return normal;
}

/** How much is remembered, in characters, and how many an IRI takes beside its own. */
const maxKnown = 4 * 1024 * 1024;
const overhead = 100;

/** The same few people, apps and owners are asked about with every request. */
const known = new Recent<string>(maxKnown, (iri, normal) => iri.length + normal.length + overhead);

function normalise(iri: string): string {
  if (!URL.canParse(iri)) return iri;
  return new URL(iri).href.replace(/%[0-9a-f]{2}/gi, normalEscape);
}

function normalEscape(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  return /[\w.~-]/.test(character) ? character : escape.toUpperCase();
}
