import type { Quad, Term } from '@rdfjs/types';
import { formatOf } from '../rdf/formats.ts';
import { readRdf } from '../rdf/read.ts';
import { termKey } from '../rdf/terms.ts';
import { acl, foaf, rdf } from '../rdf/vocabulary.ts';
import { Problem } from '../problem.ts';
import { normalIri } from './iri.ts';
import { append, control, none, read, write, type Modes } from './modes.ts';

/** More statements than this are no access control list that a person could answer for. */
const maxAclQuads = 10_000;
/** Of all groups in one ACL document: to decide about one request, each of them may have to be read. */
const maxAclGroups = 32;

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

/**
 * Some agents, clients or issuers: by name, by class, and as members of groups. IRIs are in the form of `normalIri`.
 */
export interface Parties {
  readonly iris: readonly string[];
  /** `foaf:Agent` is everybody, named or not; `acl:AuthenticatedAgent` is everybody with a name. Others are nobody. */
  readonly classes: readonly string[];
  readonly groups: readonly string[];
}

/** What an authorization can depend on beside the agent (WAC, Access Conditions). */
export type ConditionKind = 'client' | 'issuer';

/** One `acl:condition` of a type that is signalled: who the client, or the issuer, must be. */
export interface Condition extends Parties {
  readonly on: ConditionKind;
}

/** One `acl:Authorization` (WAC, Authorization Rule). IRIs are in the form of `normalIri`. */
export interface Authorization {
  /** Its own IRI; `_:` and a label for a blank node. */
  readonly iri: string;
  /** The resources that it is about. */
  readonly accessTo: readonly string[];
  /** The containers for whose members it holds where they have no ACL of their own. */
  readonly default: readonly string[];
  readonly modes: Modes;
  readonly agents: Parties;
  /** If there are any, a request that names its origin must name one of these. */
  readonly origins: readonly string[];
  /** All of them must hold. */
  readonly conditions: readonly Condition[];
  /** The types of those that are not signalled, which therefore are not used; `''` where there is no type. */
  readonly ignoredConditions: readonly string[];
}

const modeOf = new Map([[acl.Read, read], [acl.Append, append], [acl.Write, write], [acl.Control, control]]);

/**
 * The condition types that are evaluated, and so signalled (WAC, ACL Resource Condition Discovery), and their terms.
 */
const conditionTerms = new Map([
  [acl.ClientCondition, { on: 'client', iris: acl.client, classes: acl.clientClass, groups: acl.clientGroup }],
  [acl.IssuerCondition, { on: 'issuer', iris: acl.issuer, classes: acl.issuerClass, groups: acl.issuerGroup }],
] as const);

/** The condition types that are evaluated. */
export const conditionTypes: readonly string[] = [...conditionTerms.keys()];

/**
 * The authorizations in an ACL document. Other statements, unknown modes and unknown properties are passed over (WAC,
 * Extensions). Throws Problem `unsupported` if it is no RDF, `invalid` if it cannot be parsed, `too-large` if it holds
 * more than 10,000 statements or names more than 32 groups.
 */
export async function parseAcl(document: AclDocument): Promise<readonly Authorization[]> {
  const format = formatOf(document.mediaType);
  if (!format) throw new Problem('unsupported', `An ACL document must be RDF, not ${document.mediaType}.`);
  const { quads } = await readRdf(document.bytes, { format, base: document.url, maxQuads: maxAclQuads });

  const nodes = new Map<string, Node>();
  for (const quad of quads) {
    if (quad.graph.termType !== 'DefaultGraph') continue;
    const key = termKey(quad.subject);
    const node = nodes.get(key);
    if (node) node.push(quad);
    else nodes.set(key, [quad]);
  }
  const authorizations = [...nodes.values()]
    .filter((node) => named(node, rdf.type).includes(acl.Authorization))
    .map((node) => authorization(node, nodes));
  const groups = new Set(authorizations.flatMap(({ agents, conditions }) =>
    [agents, ...conditions].flatMap((parties) => parties.groups)));
  if (groups.size > maxAclGroups) {
    throw new Problem('too-large',
      `An ACL document may name at most ${maxAclGroups} groups; this one names ${groups.size}.`);
  }
  return authorizations;
}

/** The statements about one subject. */
type Node = Quad[];

function authorization(node: Node, nodes: ReadonlyMap<string, Node>): Authorization {
  const { conditions, ignored } = conditionsOf(node, nodes);
  return {
    iri: termKey(node[0]!.subject),
    accessTo: iris(node, acl.accessTo),
    // `defaultForNew` is its former name, found in pods that moved here.
    default: [...iris(node, acl.default), ...iris(node, acl.defaultForNew)],
    modes: named(node, acl.mode).reduce((modes, mode) => modes | (modeOf.get(mode) ?? none), none),
    agents: {
      iris: iris(node, acl.agent), classes: named(node, acl.agentClass), groups: iris(node, acl.agentGroup),
    },
    // An origin narrows, so one that is written as a literal by mistake must still count.
    origins: objects(node, acl.origin).map(({ value }) => normalIri(value)),
    conditions,
    ignoredConditions: ignored,
  };
}

/** A condition of two signalled types is two conditions; one of none is not used (WAC, Condition Evaluation). */
function conditionsOf(node: Node, nodes: ReadonlyMap<string, Node>): { conditions: Condition[]; ignored: string[] } {
  const conditions: Condition[] = [];
  const ignored: string[] = [];
  for (const term of objects(node, acl.condition)) {
    const condition = nodes.get(termKey(term)) ?? [];
    const types = named(condition, rdf.type);
    const before = conditions.length;
    for (const [type, terms] of conditionTerms) {
      if (!types.includes(type)) continue;
      conditions.push({
        on: terms.on,
        iris: iris(condition, terms.iris), classes: named(condition, terms.classes),
        groups: iris(condition, terms.groups),
      });
    }
    const others = types.filter((type) => !conditionTypes.includes(type));
    if (others.length > 0) ignored.push(...others);
    else if (conditions.length === before) ignored.push('');
  }
  return { conditions, ignored };
}

function objects(node: Node, predicate: string): Term[] {
  return node.filter((quad) => quad.predicate.value === predicate).map(({ object }) => object);
}

/** The IRIs among the objects, as they are written. */
function named(node: Node, predicate: string): string[] {
  return objects(node, predicate).filter(({ termType }) => termType === 'NamedNode').map(({ value }) => value);
}

/** The same in the form of `normalIri`. */
function iris(node: Node, predicate: string): string[] {
  return named(node, predicate).map(normalIri);
}

/** Whether there is anybody whom an authorization could let in (WAC, Access Subjects). */
export function isForSomebody({ agents: { iris: names, classes, groups } }: Authorization): boolean {
  return names.length > 0 || groups.length > 0
    || classes.includes(foaf.Agent) || classes.includes(acl.AuthenticatedAgent);
}
