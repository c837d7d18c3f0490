import { lookAt, showApps } from './account-pods.ts';
import { hostOf, wordsOf } from './granted.ts';
import { parseAuthority } from '../access/authority.ts';
import { day } from './home-page.ts';
import { within } from './route.ts';
import type { OwnCall } from './route.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';

const done: Readonly<Record<string, string>> = {
  'policy-set': 'From now on, that holds for all apps.',
  'app-let-in': 'The app is let in.',
  'app-shown-out': 'The app has no access to this pod any more.',
  'acl-reset': 'The access is as in a new pod again.',
};

/** The page of a pod. */
export async function showPod(call: OwnCall, trouble?: Trouble): Promise<void> {
  const { parts, ctx } = call;
  const { pod, tally } = await lookAt(call);
  const { granted, policy } = await showApps(call);
  const quota = pod.quota ?? parts.quotaBytes;
  showPage(call, 'pod', {
    title: 'Your pod',
    done: trouble === undefined ? done[String(ctx.query['done'])] : undefined,
    base: pod.base, owners: pod.owners, created: day(pod.created),
    resources: tally.resources, used: sizeOf(tally.bytes), quota: quota === 0 ? undefined : sizeOf(quota),
    home: within(call), policy, address: within(call, 'pod', pod.id),
    granted: granted.map(({ client, at, details, resource }) => ({
      client, resource, name: hostOf(client) ?? client, since: day(at),
      may: details === undefined ? ['all that its users may']
        : parseAuthority(details, pod.base).map(({ locations, modes }) => `${wordsOf(modes)}: ${locations.join(', ')}`),
    })),
  }, trouble);
}

/** A size, for people: to three digits. */
export function sizeOf(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < units.length - 1) [size, unit] = [size / 1000, unit + 1];
  return `${unit === 0 ? size : Number(size.toPrecision(3))} ${units[unit]}`;
}
