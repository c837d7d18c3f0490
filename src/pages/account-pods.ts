import type { z } from 'zod';
import { resetAcl } from '../pods/new-pod.ts';
import { isReserved, rootPath } from '../pods/path.ts';
import type { Sight } from '../pods/sight.ts';
import { Problem } from '../problem.ts';
import { confirmOwner } from './account-logins.ts';
import { FieldProblem } from './body-fields.ts';
import { describe } from './described.ts';
import type { podDeletion } from './pod-schemas.ts';
import { exceptSettings } from './later-pods.ts';
import { idOf, within } from './route.ts';
import type { OwnCall } from './route.ts';
import * as schemas from './schemas.ts';

export async function listPods(call: OwnCall) {
  return {
    ...describe(schemas.newPod),
    pods: Object.fromEntries(call.account.pods.map(({ id, base }) => [base, within(call, 'pod', id)])),
  };
}

interface PodFields {
  readonly name: string;
  readonly settings?: { readonly webId?: string | undefined; readonly name?: string | undefined } | undefined;
}

export async function addPod(call: OwnCall, { name, settings }: PodFields) {
  const { pod, webId, linked } = await call.parts.people.accounts.addPod(call.account.id, {
    name, webId: settings?.webId, label: settings?.name,
  });
  await exceptSettings(call.parts, call.account.id);
  return {
    pod: pod.base, webId, podResource: within(call, 'pod', pod.id),
    ...(linked ? { webIdResource: within(call, 'webid', idOf(webId)) } : {}),
  };
}

export async function showPod(call: OwnCall) {
  const { pod, tally } = await lookAt(call);
  const quota = pod.quota ?? call.parts.quotaBytes;
  return {
    ...describe(schemas.ownerChange),
    baseUrl: pod.base,
    ...(pod.label !== undefined && { label: pod.label }),
    owners: pod.owners.map((webId) => ({ webId, visible: false })),
    created: pod.created,
    storage: { bytes: tally.bytes, resources: tally.resources, ...(quota === 0 ? {} : { quota }) },
    apps: within(call, 'pod', pod.id, 'apps'),
    acl: within(call, 'pod', pod.id, 'acl'),
    sharing: within(call, 'pod', pod.id, 'sharing'),
  };
}

export async function setLabel(call: OwnCall, { label }: { label?: string | undefined }) {
  const { pod } = await lookAt(call);
  await call.parts.pods.label(pod.id, label === '' ? undefined : label);
  return {};
}

/** Deletes a pod, once its name and the password say that its owner means it. */
export async function removePod(call: OwnCall, fields: z.output<typeof podDeletion>) {
  const { name, evenLastWebId = false, ...proof } = fields;
  const { account, parts, visit } = call;
  const own = account.pods.find(({ id }) => id === call.ids['pod']);
  if (own === undefined) throw noPod();
  if (![own.base, nameOf(own.base, parts.baseUrl)].includes(name.trim())) {
    throw new FieldProblem({ name: 'This is not the name of this pod.' });
  }
  await confirmOwner(call, proof);
  await parts.people.accounts.removePod(account.id, own.id, { evenLastWebId, from: visit.from });
  parts.issuer.ended();
  return {};
}

/** What people know a pod by: its name in its address, or all of the address when that is the node's own. */
export function nameOf(base: string, node: string): string {
  const { hostname, pathname } = new URL(base);
  if (base === node) return hostname;
  return pathname.split('/').at(-2) || hostname.split('.', 1)[0]!;
}

/** So Community Solid Server adds and removes owners, and shows them to others. Here a pod keeps its owners. */
export async function changeOwner(
  call: OwnCall, fields: { webId: string; visible?: boolean | undefined; remove?: boolean | undefined },
) {
  const { pod: { owners } } = await lookAt(call);
  const { webId, visible = false, remove = false } = fields;
  const isOwner = owners.includes(webId);
  if (isOwner && remove && owners.length === 1) {
    throw new Problem('conflict', 'A pod needs an owner, and this is the only one.');
  }
  if (isOwner === remove || visible) {
    throw new Problem('unprocessable', 'The owners of a pod stay as they are here, and are not shown to others.');
  }
  return {};
}

export async function showApps(call: OwnCall) {
  const { pod } = await lookAt(call);
  const granted: { client: string; at: number; details?: unknown[]; resource: string }[] = [];
  for await (const grant of call.parts.apps.granted(pod)) {
    const { client, at, details } = grant;
    granted.push({ client, at, ...(details && { details: [...details] }), resource: addressOfApp(call, client) });
  }
  return { ...describe(schemas.newAppGrant), policy: pod.apps ?? 'everyone' as const, granted };
}

export async function setAppsPolicy(call: OwnCall, { policy }: { policy: 'everyone' | 'granted' }) {
  const { pod } = await lookAt(call);
  await call.parts.pods.restrictApps(pod, policy);
  return {};
}

export async function grantApp(call: OwnCall, { client, details }: { client: string; details?: object[] | undefined }) {
  const { pod } = await lookAt(call);
  await call.parts.apps.grant(pod, client, details);
  return { resource: addressOfApp(call, client) };
}

export async function withdrawApp(call: OwnCall) {
  const { pod } = await lookAt(call);
  await call.parts.apps.withdraw(pod, Buffer.from(call.ids['client'] ?? '', 'base64url').toString());
  return {};
}

/** Gives a resource the access that it has in a new pod. */
export async function resetAccess(call: OwnCall, { path }: { path: string }) {
  const { pod } = await lookAt(call);
  const relative = path.startsWith(pod.base) ? path.slice(pod.base.length) : path.replace(/^\//, '');
  try {
    // What people type is text, where a path has escapes; those that they typed stay.
    const parsed = call.parts.pods.parsePath(`/${encodeURI(relative.toWellFormed()).replaceAll('%25', '%')}`);
    if (isReserved(parsed)) throw new Problem('invalid', 'This address is the server\'s own.');
    return { outcome: await resetAcl(call.parts.pods, pod, parsed) };
  } catch (error) {
    if (error instanceof Problem && error.kind === 'invalid') throw new FieldProblem({ path: error.message });
    throw error;
  }
}

/** The pod of the path, if it is one of the account. */
export async function lookAt({ account, ids, parts }: OwnCall): Promise<Sight> {
  const own = account.pods.find(({ id }) => id === ids['pod']);
  const sight = own && await parts.pods.look(own.base, rootPath);
  if (sight?.pod.id !== own?.id || sight === undefined) throw noPod();
  return sight;
}

function noPod(): Problem {
  return new Problem('missing', 'This account has no such pod.');
}

/** The identifier of an app is an address itself, whose slashes not every proxy leaves alone. */
function addressOfApp(call: OwnCall, client: string): string {
  return within(call, 'pod', call.ids['pod']!, 'apps', Buffer.from(client).toString('base64url'));
}
