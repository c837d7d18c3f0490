import type { z } from 'zod';
import { sharingPage, takeAllBack, takeBack as takeBackIn } from '../access/sharing.ts';
import type { Party, SharingPage } from '../access/sharing.ts';
import { isReserved } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';
import type { Pod } from '../pods/pod.ts';
import { urlOf } from '../pods/sight.ts';
import { Problem } from '../problem.ts';
import { lookAt } from './account-pods.ts';
import type { takenBack } from './pod-schemas.ts';
import { within } from './route.ts';
import type { OwnCall } from './route.ts';

/** How many resources one page lists. */
export const sharedPerPage = 50;

/** Where the sharing of each pod is. */
export async function listSharing(call: OwnCall) {
  const { pods } = call.account;
  return { pods: Object.fromEntries(pods.map(({ id, base }) => [base, within(call, 'pod', id, 'sharing')])) };
}

/** What is shared in a pod, `?after=` some resource. */
export async function showSharing(call: OwnCall) {
  const { shared, next } = await sharingOf(call);
  return {
    shared: shared.map((one) => ({
      ...one, with: one.with.map(({ party: { kind, name }, rules }) => ({
        [kind]: name, rules: rules.map((rule) => ({ ...rule, modes: [...rule.modes], about: [...rule.about] })),
      })),
    })),
    ...(next !== undefined && { next }),
  };
}

/** The page of what is shared that a request asks for; `next`: the address of the one behind it. */
export async function sharingOf(call: OwnCall): Promise<Pick<SharingPage, 'shared'> & { readonly next?: string }> {
  const { ctx, parts } = call;
  const { pod } = await lookAt(call);
  const { after } = ctx.query;
  const { shared, next } = await sharingPage(parts.access, parts.pods, pod, {
    limit: sharedPerPage, ...(typeof after === 'string' && { after: pathOf(call, pod, after) }),
  });
  if (next === undefined) return { shared };
  const behind = encodeURIComponent(urlOf({ pod }, next));
  return { shared, next: `${within(call, 'pod', pod.id, 'sharing')}?after=${behind}` };
}

/** Takes back what somebody may do with a resource, or in all of the pod. */
export async function takeBack(call: OwnCall, { resource, version, ...who }: z.output<typeof takenBack>) {
  const { access, pods } = call.parts;
  const { pod } = await lookAt(call);
  const party = partyIn(who);
  if (resource === undefined) return takeAllBack(access, pods, pod, party);
  const changed = await takeBackIn(pods, pod, pathOf(call, pod, resource), party, version);
  return { changed: changed ? 1 : 0, more: false };
}

function partyIn(who: Pick<z.output<typeof takenBack>, 'agent' | 'group' | 'class'>): Party {
  const named = (['agent', 'group', 'class'] as const).filter((kind) => who[kind] !== undefined);
  const [kind] = named;
  if (kind === undefined || named.length > 1) {
    throw new Problem('invalid', 'Say from whom to take it back, with one of agent, group and class.');
  }
  return { kind, name: who[kind]! };
}

function pathOf({ parts }: OwnCall, pod: Pod, url: string): ResourcePath {
  if (!url.startsWith(pod.base)) throw new Problem('invalid', `This is not in the pod ${pod.base}`);
  const path = parts.pods.parsePath(`/${url.slice(pod.base.length)}`);
  if (isReserved(path)) throw new Problem('invalid', 'This address is the server\'s own.');
  return path;
}
