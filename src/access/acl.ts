import { formatOf } from '../rdf/formats.ts';
import { readRdf } from '../rdf/read.ts';
import { acl, rdf } from '../rdf/vocabulary.ts';
import { Problem } from '../problem.ts';
import { normalIri } from './iri.ts';
import { append, control, none, read, write, type Modes } from './modes.ts';

/** More statements than this are no access control list that a person could answer for. */
const maxAclQuads = 10_000;

/** An ACL document as it is stored. */
export interface AclDocument {
  /** Its absolute URL. */
  readonly url: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** Tells this state of the document from every other one; `''` for a state that may never come to be. */
  readonly version: string;
  /** The absolute URL of the resource that it belongs to, always spelled in the same way. */
  readonly subject: string;
}

/** One `acl:Authorization` (WAC, Authorization Rule). IRIs are in the form of `normalIri`. */
export interface Authorization {
  /** The resources that it is about. */
  readonly accessTo: readonly string[];
  /** The containers for whose members it holds where they have no ACL of their own. */
  readonly default: readonly string[];
  readonly modes: Modes;
  readonly agents: readonly string[];
  readonly agentClasses: readonly string[];
  readonly groups: readonly string[];
  /** If there are any, a request that names its origin must name one of these. */
  readonly origins: readonly string[];
}

const modeOf = new Map([[acl.Read, read], [acl.Append, append], [acl.Write, write], [acl.Control, control]]);

/**
 * The authorizations in an ACL document. Other statements, unknown modes and unknown properties are passed over (WAC,
 * Extensions). Throws Problem `unsupported` if it is no RDF, `invalid` if it cannot be parsed, `too-large` if it holds
 * more than 10,000 statements.
 */
export async function parseAcl(document: AclDocument): Promise<readonly Authorization[]> {
  const format = formatOf(document.mediaType);
  if (!format) throw new Problem('unsupported', `An ACL document must be RDF, not ${document.mediaType}.`);
  const { quads } = await readRdf(document.bytes, { format, base: document.url, maxQuads: maxAclQuads });

  const statements = quads.filter(({ graph }) => graph.termType === 'DefaultGraph');
  const nodes = new Map<string, ReturnType<typeof emptyAuthorization>>();
  for (const { subject, predicate, object } of statements) {
    const typed = predicate.value === rdf.type && object.termType === 'NamedNode' && object.value === acl.Authorization;
    if (typed) nodes.set(`${subject.termType} ${subject.value}`, emptyAuthorization());
  }
  for (const { subject, predicate, object } of statements) {
    const authorization = nodes.get(`${subject.termType} ${subject.value}`);
    if (!authorization) continue;
    const iri = normalIri(object.value);
    // An origin narrows, so one that is written as a literal by mistake must still count.
    if (predicate.value === acl.origin) authorization.origins.push(iri);
    if (object.termType !== 'NamedNode') continue;
    switch (predicate.value) {
      case acl.accessTo: authorization.accessTo.push(iri); break;
      case acl.default:
      case acl.defaultForNew: authorization.default.push(iri); break;  // its former name, found in pods that moved here
      case acl.mode: authorization.modes |= modeOf.get(object.value) ?? none; break;
      case acl.agent: authorization.agents.push(iri); break;
      case acl.agentClass: authorization.agentClasses.push(object.value); break;
      case acl.agentGroup: authorization.groups.push(iri); break;
    }
  }
  return [...nodes.values()];
}

function emptyAuthorization() {
  const iris = (): string[] => [];
  return {
    accessTo: iris(), default: iris(), modes: none,
    agents: iris(), agentClasses: iris(), groups: iris(), origins: iris(),
  };
}
