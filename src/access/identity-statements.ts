import { createHash, randomUUID } from 'node:crypto';
import type { Quad, Term } from '@rdfjs/types';
import { auxiliaryKind, isContainerPath, parsePath, rootPath, subjectOf } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';
import { Problem } from '../problem.ts';
import { termKey } from '../rdf/terms.ts';
import { cert, security, solid } from '../rdf/vocabulary.ts';
import { normalIri } from './iri.ts';

/** More statements than this are not compared: nobody has so many issuers and keys. */
const maxStatements = 1000;
/** How deep blank nodes may be within each other to be compared. */
const maxDepth = 16;

/**
 * The predicates of the statements that decide who someone is, with the names to tell people: who may vouch for them
 * (Solid-OIDC, section 5), and the keys by which they are known (WebID-TLS; W3C Controlled Identifiers).
 */
const decisive: ReadonlyMap<string, string> = new Map(Object.entries({
  'solid:oidcIssuer': solid.oidcIssuer,
  'cert:key': cert.key,
  'cert:modulus': cert.modulus,
  'cert:exponent': cert.exponent,
  'sec:publicKey': security.publicKey,
  'sec:publicKeyPem': security.publicKeyPem,
  'sec:publicKeyJwk': security.publicKeyJwk,
  'sec:publicKeyMultibase': security.publicKeyMultibase,
  'sec:publicKeyBase58': security.publicKeyBase58,
  'sec:verificationMethod': security.verificationMethod,
  'sec:authentication': security.authentication,
  'sec:assertionMethod': security.assertionMethod,
  'sec:keyAgreement': security.keyAgreement,
  'sec:capabilityInvocation': security.capabilityInvocation,
  'sec:capabilityDelegation': security.capabilityDelegation,
  'sec:controller': security.controller,
}).map(([name, iri]) => [iri, name]));

/**
 * The statements of a document that decide who someone is, as a digest for each predicate: it depends on the statements
 * with that predicate, whatever their subject and graph, and on all that is said of the blank nodes in them; not on the
 * names of blank nodes, nor on any order. What cannot be compared (blank nodes in a circle or too deep, too many
 * statements) has a digest that no other has.
 */
export type IdentityStatements = ReadonlyMap<string, string>;

/** Those of a document that has none, or that is not there. */
export const noIdentityStatements: IdentityStatements = new Map();

/** Finds the statements of a document that decide who someone is. Takes time in proportion to its length. */
export function identityStatements(quads: readonly Quad[]): IdentityStatements {
  const statements = statementsThatMatter(quads);
  const digests = statements.length > maxStatements ? undefined : blankNodeDigests(statements);
  const lines = new Map<string, string[]>();
  for (const quad of statements) {
    if (!decides(quad)) continue;
    append(lines, quad.predicate.value, digests === undefined ? randomUUID() : line(quad, digests));
  }
  return new Map([...lines].map(([predicate, its]) => [predicate, digest(its)]));
}

/** The names of the kinds of statement in which two documents differ; none when they agree. */
export function identityChanges(before: IdentityStatements, after: IdentityStatements): string[] {
  return [...decisive].filter(([predicate]) => before.get(predicate) !== after.get(predicate)).map(([, name]) => name);
}

/** Throws `forbidden` when two states of the document of some WebIDs differ in what decides who these are. */
export function refuseIdentityChange(
  webIds: readonly string[], before: IdentityStatements, after: IdentityStatements,
): void {
  const changes = identityChanges(before, after);
  if (changes.length === 0) return;
  throw new Problem('forbidden', `The statements that decide who ${namesOf(webIds)} is (${changes.join(', ')}) ` +
    'change only through the account, not with an app: leave them as they are.');
}

/** What is said to whoever would replace the document of some WebIDs with what is not read here as RDF. */
export function unreadableIdentity(webIds: readonly string[], mediaType: string): Problem {
  return new Problem('forbidden', `This document decides who ${namesOf(webIds)} is, which changes only through the ` +
    `account, not with an app. So it stays RDF in a format that is read here, which ${mediaType} is not.`);
}

function namesOf(webIds: readonly string[]): string {
  return webIds.map((webId) => `<${webId}>`).join(' or ');
}

/** WebIDs by where a write changes their document: see `withoutSlash`. */
export type IdentityDocuments = ReadonlyMap<string, readonly string[]>;

/**
 * The documents of some WebIDs in the pod at the base URL `base`. The document of a WebID is at its URL without the
 * fragment, or, as there are redirects, at that with its slash added or taken away; that of a container is the
 * container's description.
 */
export function identityDocuments(base: string, webIds: readonly string[]): IdentityDocuments {
  const documents = new Map<string, string[]>();
  for (const webId of webIds) {
    const path = pathOf(webId, base);
    if (path !== undefined) append(documents, withoutSlash(path), webId);
  }
  return documents;
}

/** The WebIDs whose document is what a write to `path` changes. */
export function webIdsAt(documents: IdentityDocuments, path: ResourcePath): readonly string[] {
  return documents.get(withoutSlash(path)) ?? [];
}

/** The path, or that of the container it describes, without a slash at its end. */
function withoutSlash(path: ResourcePath): string {
  const subject = auxiliaryKind(path) === 'meta' ? subjectOf(path)! : path;
  return (isContainerPath(subject) ? subject : path).replace(/\/$/, '');
}

/** Where in the pod at `base` an IRI leads; `undefined` when nothing of this pod can be there. */
function pathOf(iri: string, base: string): ResourcePath | undefined {
  const [url = ''] = normalIri(iri).split(/[?#]/, 1);
  const root = normalIri(base);
  if (`${url}/` === root) return rootPath;
  if (!url.startsWith(root)) return undefined;
  try {
    return parsePath(`/${url.slice(root.length)}`, { maxPathLength: Infinity, maxPathDepth: Infinity });
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

function decides({ predicate }: Quad): boolean {
  return decisive.has(predicate.value);
}

/**
 * The statements with a decisive predicate, and all about the blank nodes that are objects of these, or of those found
 * so; each once. When there are more than `maxStatements`, the first of them, and one too many.
 */
function statementsThatMatter(quads: readonly Quad[]): Quad[] {
  const waiting = quads.filter(decides);
  if (waiting.length === 0) return [];
  const aboutBlankNodes = byBlankSubject(quads);
  const found = new Map<string, Quad>();
  for (const quad of waiting) {
    found.set(JSON.stringify([quad.subject, quad.predicate, quad.object, quad.graph].map(termKey)), quad);
    if (found.size > maxStatements) break;
    const { termType, value } = quad.object;
    if (termType !== 'BlankNode') continue;
    for (const about of aboutBlankNodes.get(value) ?? []) waiting.push(about);
    aboutBlankNodes.delete(value);
  }
  return [...found.values()];
}

/** For each blank node of which something is said, by its label, a digest of what is said. */
function blankNodeDigests(statements: readonly Quad[]): Map<string, string> {
  const digests = new Map<string, string>();
  const open = byBlankSubject(statements);
  const isKnown = ({ object }: Quad): boolean => object.termType !== 'BlankNode' || !open.has(object.value);
  for (let depth = 0; depth < maxDepth && open.size > 0; depth += 1) {
    for (const [label, about] of open) {
      if (!about.every(isKnown)) continue;
      digests.set(label, digest(about.map((quad) => JSON.stringify(
        [quad.predicate.value, text(quad.object, digests), graphText(quad)]))));
      open.delete(label);
    }
  }
  for (const label of open.keys()) digests.set(label, randomUUID());
  return digests;
}

function byBlankSubject(quads: readonly Quad[]): Map<string, Quad[]> {
  const about = new Map<string, Quad[]>();
  for (const quad of quads) if (quad.subject.termType === 'BlankNode') append(about, quad.subject.value, quad);
  return about;
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** A statement with blank nodes replaced by what is said of them. */
function line(quad: Quad, digests: ReadonlyMap<string, string>): string {
  return JSON.stringify([text(quad.subject, digests), text(quad.object, digests), graphText(quad)]);
}

function text(term: Term, digests: ReadonlyMap<string, string>): string {
  return term.termType === 'BlankNode' ? `[${digests.get(term.value) ?? ''}]` : termKey(term);
}

/** A graph without a name of its own is not told from others such. */
function graphText({ graph }: Quad): string {
  return graph.termType === 'BlankNode' ? '[]' : termKey(graph);
}

function digest(lines: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(lines.toSorted())).digest('base64');
}
