import type { Context } from 'koa';
import { conditionTypes } from '../access/acl.ts';
import { wacAllow } from '../access/modes.ts';
import type { Privileges } from '../access/modes.ts';
import { modesOn } from '../access/required-modes.ts';
import { link } from '../http/link.ts';
import { formatOf } from '../rdf/formats.ts';
import { acl, ldp, pim, solid } from '../rdf/vocabulary.ts';
import { auxiliaryKind, auxiliaryPath, descriptionPath, isContainerPath, rootPath, subjectOf } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';
import type { Resource } from '../pods/resource.ts';
import { urlOf } from '../pods/sight.ts';
import type { Sight } from '../pods/sight.ts';
import { Recent } from '../recent.ts';
import { aspectOf } from './exchange.ts';
import type { Discovery } from './storage-description.ts';

export const patchTypes = ['text/n3', 'application/sparql-update'];

/** Where new pods have their inbox (Linked Data Notifications section 3.1). */
const inboxPath = 'inbox/';

type Header = readonly [name: string, value: string | string[]];

/** Of how many addresses the headers are at hand. */
const maxKnown = 2_000;

/** By the pod, the version of its record, and the URL. */
const known = new Recent<readonly Header[]>(maxKnown);

/**
 * Headers that follow from the address alone, given on every answer, so that they tell nobody whether there is
 * something there: which methods and media types could be used, and what belongs to the resource.
 */
export function setAddressHeaders(ctx: Context, sight: Sight, discovery: Pick<Discovery, 'updatesVia'>): void {
  const name = `${sight.pod.id} ${sight.pod.version} ${urlOf(sight, sight.path)}`;
  let headers = known.get(name);
  if (headers === undefined) known.set(name, headers = addressHeaders(sight, discovery));
  for (const [header, value] of headers) ctx.res.setHeader(header, value);
}

function addressHeaders(sight: Sight, { updatesVia }: Pick<Discovery, 'updatesVia'>): Header[] {
  const { path } = sight;
  return [
    ...methodHeaders(path),
    // A browser or proxy may keep an answer, but must ask each time whether it still holds, and for whom.
    ['Cache-Control', 'private, no-cache'],
    ['Vary', 'Origin, Accept, Authorization'],
    // Live Updates (solid-0.1), the only notifications that rdflib knows
    ['Updates-Via', updatesVia],
    ['Link', [
      // Solid Protocol, Storage (server-storage-description): on GET, HEAD and OPTIONS
      link(urlOf(sight, descriptionPath), solid.storageDescription),
      link(ldp.Resource, 'type'),
      ...(isContainerPath(path) ? [link(ldp.Container, 'type'), link(ldp.BasicContainer, 'type')] : []),
      ...(path === rootPath ? [
        // server-link-storage; server-storage-link-owner; Linked Data Notifications section 3.1
        link(pim.Storage, 'type'),
        ...sight.pod.owners.map((owner) => link(owner, solid.owner)),
        link(sight.pod.base + inboxPath, ldp.inbox),
      ] : []),
      ...auxiliaryLinks(sight),
    ]],
  ];
}

/** Solid Protocol, Auxiliary Resources (server-link-auxiliary-type); an auxiliary resource has none of its own. */
function auxiliaryLinks(sight: Sight): string[] {
  const { path } = sight;
  const of = (kind: 'acl' | 'meta'): string => urlOf(sight, auxiliaryPath(subjectOf(path) ?? path, kind));
  switch (auxiliaryKind(path)) {
    // server-link-condition: which conditions in an ACL resource are evaluated
    case 'acl': return conditionTypes.map((type) => link(type, acl.condition));
    case 'meta': return [link(of('acl'), 'acl'), link(urlOf(sight, subjectOf(path)!), 'describes')];
    case undefined: return [link(of('acl'), 'acl'), link(of('meta'), 'describedby')];
  }
}

/** Which methods (server-allow-methods) and media types (server-accept-headers) there are for whatever is at a path. */
function methodHeaders(path: ResourcePath): Header[] {
  const container = isContainerPath(path);
  return [
    ['Allow', allowed(path, true)],
    ['Accept-Put', container || auxiliaryKind(path) !== undefined ? 'text/turtle, application/ld+json' : '*/*'],
    ...(container ? [['Accept-Post', '*/*'] as const] : []),
    ['Accept-Patch', patchTypes.join(', ')],
    ['MS-Author-Via', 'SPARQL'],
  ];
}

function allowed(path: ResourcePath, patchable: boolean): string {
  // server-delete-protect-root-container, server-disallow-delete
  const removable = path !== rootPath && path !== auxiliaryPath(rootPath, 'acl');
  return [
    'GET', 'HEAD', 'OPTIONS', 'PUT', ...(isContainerPath(path) ? ['POST'] : []), ...(patchable ? ['PATCH'] : []),
    ...(removable ? ['DELETE'] : []),
  ].join(', ');
}

/** What the address headers say of methods, narrowed to what can be done with what is there. */
export function setMethods(ctx: Context, { path }: Sight, resource: Resource | undefined): void {
  if (resource?.kind !== 'document' || formatOf(resource.mediaType) !== undefined) return;
  ctx.set('Allow', allowed(path, false));
  ctx.remove('Accept-Patch');
  ctx.remove('MS-Author-Via');
}

/** WAC section 8.1 (server-wac-allow): what the agent, and anybody, may do. */
export function setPrivileges(ctx: Context, { path }: Sight, { user, public: anybody }: Privileges): void {
  const aspect = aspectOf(path);
  ctx.set('WAC-Allow', wacAllow({ user: modesOn(aspect, user), public: modesOn(aspect, anybody) }));
}
