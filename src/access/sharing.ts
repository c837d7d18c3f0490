import type { Quad } from '@rdfjs/types';
import { DataFactory } from 'n3';
import { auxiliaryPath, rootPath, subjectOf } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';
import type { Pod } from '../pods/pod.ts';
import type { Guard, Pods, Text } from '../pods/pods.ts';
import { urlOf } from '../pods/sight.ts';
import { Problem } from '../problem.ts';
import { formatOf } from '../rdf/formats.ts';
import type { Patch } from '../rdf/patch.ts';
import { patchDocument } from '../rdf/patch-document.ts';
import { readRdf } from '../rdf/read.ts';
import { acl, foaf, rdf } from '../rdf/vocabulary.ts';
import type { Access } from './access.ts';
import { isForSomebody, parseAcl } from './acl.ts';
import { sharedBy } from './explain.ts';
import type { Share, Unreadable } from './explain.ts';
import { normalIri } from './iri.ts';
import { control, includes } from './modes.ts';

/** How many ACL documents are looked at for one page, however few of them share something. */
const maxLookedAt = 1_000;
/** More statements than this are no access control list; see `parseAcl`. */
const maxAclQuads = 10_000;
/** How many documents are changed in one go. */
const maxChanged = 1_000;

/** With whom something is shared: a person by WebID, a group by IRI, everybody, or everybody who is logged in. */
export interface Party {
  readonly kind: 'agent' | 'group' | 'class';
  /** Of a class: `everybody` or `everybody who signed in`. */
  readonly name: string;
}

/** What one ACL document shares, or why nothing can be read in it. */
export interface Sharing {
  readonly resource: string;
  /** Whether there is such a resource; an ACL document may wait for one. */
  readonly exists: boolean;
  readonly acl: string;
  /** Tells this state of the document from every other. */
  readonly version: string;
  readonly with: readonly { readonly party: Party; readonly rules: readonly Share[] }[];
  readonly mistake?: string;
}

/** Some of what is shared, and behind which resource the next page begins, if there is one. */
export interface SharingPage {
  readonly shared: readonly Sharing[];
  readonly next?: ResourcePath;
}

/** What is shared in a pod with others than its owners, by resource: up to `limit` of them behind `after`. */
export async function sharingPage(
  access: Pick<Access, 'rules'>, pods: Pods, pod: Pod, { after, limit }: { after?: ResourcePath; limit: number },
): Promise<SharingPage> {
  const shared: Sharing[] = [];
  let looked = 0;
  for await (const { acl: stored, exists } of pods.acls(pod, after)) {
    const shares = await sharedBy(access, pod, stored, exists);
    if (shares.length > 0) shared.push(sharingOf(pod, shares, String(stored.document.revision)));
    looked += 1;
    if (shared.length >= limit || looked >= maxLookedAt) return { shared, next: subjectOf(stored.document.path)! };
  }
  return { shared };
}

function sharingOf(pod: Pod, shares: readonly (Share | Unreadable)[], version: string): Sharing {
  const { resource, exists, acl: document } = shares[0]!;
  const mistake = shares.flatMap((share) => ('mistake' in share ? [share.mistake] : []))[0];
  const owners = pod.owners.map(normalIri);
  const found = new Map<string, { party: Party; rules: Share[] }>();
  for (const share of shares) {
    if ('mistake' in share) continue;
    for (const party of partiesOf(share)) {
      if (party.kind === 'agent' && owners.includes(party.name)) continue;
      const key = `${party.kind} ${party.name}`;
      const entry = found.get(key) ?? { party, rules: [] };
      entry.rules.push(share);
      found.set(key, entry);
    }
  }
  return {
    resource, exists, acl: document, version, with: [...found.values()], ...(mistake !== undefined && { mistake }),
  };
}

function partiesOf({ classes = [], groups = [], agents = [] }: Share): Party[] {
  return [
    ...classes.map((name) => ({ kind: 'class' as const, name })),
    ...groups.map((name) => ({ kind: 'group' as const, name })),
    ...agents.map((name) => ({ kind: 'agent' as const, name })),
  ];
}

/**
 * Takes back what the ACL document of `resource` gives somebody: the statements that name them are taken out of its
 * authorizations, and all else stays. `version`: of what whoever asks has seen. Throws `missing` when there is no such
 * document, `conflict` when it is another by now, `unprocessable` for an owner, `unsupported` or `invalid` when it
 * cannot be read. Resolves to whether there was anything to take back.
 */
export async function takeBack(
  pods: Pods, pod: Pod, resource: ResourcePath, party: Party, version?: string,
): Promise<boolean> {
  if (party.kind === 'agent' && pod.owners.some((owner) => isParty(party, owner))) {
    throw new Problem('unprocessable', 'Owners of a pod keep what they may do there.');
  }
  const path = auxiliaryPath(resource, 'acl');
  const guard: Guard = ({ resource: document }) => {
    if (document === undefined) throw new Problem('missing', 'There are no access rules at this address any more.');
    if (version !== undefined && String(document.revision) !== version) {
      throw new Problem('conflict', 'These access rules have changed meanwhile. Look again at what is shared.');
    }
  };
  let changed = false;
  await pods.edit(pod, path, guard, async (current) => {
    const next = await without(pod, path, current!, party);
    changed = next !== current;
    return next;
  });
  return changed;
}

/** Takes back what a whole pod gives somebody, document by document. Resolves to how many documents were changed. */
export async function takeAllBack(
  access: Pick<Access, 'rules'>, pods: Pods, pod: Pod, party: Party,
): Promise<{ readonly changed: number; readonly more: boolean }> {
  let changed = 0;
  for await (const { acl: stored, exists } of pods.acls(pod)) {
    const shares = await sharedBy(access, pod, stored, exists);
    const names = shares.some((share) => 'authorization' in share
      && partiesOf(share).some(({ kind, name }) => kind === party.kind && name === party.name));
    if (!names) continue;
    if (changed >= maxChanged) return { changed, more: true };
    if (await takeBack(pods, pod, subjectOf(stored.document.path)!, party)) changed += 1;
  }
  return { changed, more: false };
}

/** An ACL document in which no authorization names the party; the same when none does. */
async function without(pod: Pod, path: ResourcePath, current: Text, party: Party): Promise<Text> {
  const { mediaType, bytes } = current;
  const format = formatOf(mediaType);
  if (format === undefined) throw new Problem('unsupported', `An ACL document must be RDF, not ${mediaType}.`);
  const options = { format, base: urlOf({ pod }, path), maxQuads: maxAclQuads };
  const { quads } = await readRdf(bytes, options);
  const next = await patchDocument(bytes, removal(quads, party), options);
  if (!next.changed) return current;
  if (path !== auxiliaryPath(rootPath, 'acl') || await givesControl(pod, path, next.bytes, mediaType)) {
    return { mediaType, bytes: next.bytes };
  }
  const kept = await patchDocument(next.bytes, ownersControl(pod), options);
  return { mediaType, bytes: kept.bytes };
}

/** Whether the ACL document of the root gives somebody Control of it. */
async function givesControl(pod: Pod, path: ResourcePath, bytes: Uint8Array, mediaType: string): Promise<boolean> {
  const rules = await parseAcl({ url: urlOf({ pod }, path), mediaType, bytes, version: '', subject: pod.base });
  const root = normalIri(pod.base);
  return rules.some((rule) => includes(rule.modes, control) && rule.accessTo.includes(root) && isForSomebody(rule));
}

/** What owners have anyway, as it has to be in the document (WAC, server-root-container-acl-authorization-control). */
function ownersControl({ base, owners }: Pod): Patch {
  const { namedNode, quad } = DataFactory;
  const rule = DataFactory.blankNode('owners');
  const about: [string, string][] = [
    [rdf.type, acl.Authorization], ...owners.map((owner): [string, string] => [acl.agent, owner]),
    [acl.accessTo, base], [acl.mode, acl.Control],
  ];
  const inserts = about.map(([predicate, object]) => quad(rule, namedNode(predicate), namedNode(object)));
  return { steps: [{ where: [], matches: 'one', deletes: [], inserts }] };
}

/** The patch that takes a party out of all authorizations, also those that are blank nodes. */
function removal(quads: readonly Quad[], party: Party): Patch {
  const { agent, agentGroup, agentClass } = acl;
  const predicate = DataFactory.namedNode({ agent, group: agentGroup, class: agentClass }[party.kind]);
  // An IRI can be spelled in several ways.
  const named = quads.filter((quad) => quad.predicate.equals(predicate) && quad.object.termType === 'NamedNode');
  const objects = new Set(named.map(({ object }) => object.value).filter((iri) => isParty(party, iri)));
  const rule = DataFactory.variable('rule');
  const is = DataFactory.quad(rule, DataFactory.namedNode(rdf.type), DataFactory.namedNode(acl.Authorization));
  return {
    steps: [...objects].map((object) => {
      const names = DataFactory.quad(rule, predicate, DataFactory.namedNode(object));
      return { where: [is, names], matches: 'all' as const, deletes: [names], inserts: [] };
    }),
  };
}

const classes: Readonly<Record<string, string>> = {
  'everybody': foaf.Agent, 'everybody who signed in': acl.AuthenticatedAgent,
};

function isParty({ kind, name }: Party, iri: string): boolean {
  return kind === 'class' ? iri === classes[name] : normalIri(iri) === normalIri(name);
}
