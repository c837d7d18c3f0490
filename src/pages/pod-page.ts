import { lookAt, nameOf, showApps } from './account-pods.ts';
import { day } from './day.ts';
import { hostOf, wordsOf } from './granted.ts';
import { parseAuthority } from '../access/authority.ts';
import { fullness } from './pods-page.ts';
import { within } from './route.ts';
import type { OwnCall } from './route.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';

const done: Readonly<Record<string, string>> = {
  'renamed': 'That is what the pod is called from now on.',
  'policy-set': 'From now on, that holds for all apps.',
  'app-let-in': 'The app is let in.',
  'app-shown-out': 'The app has no access to this pod any more.',
  'acl-reset': 'The access is as in a new pod again.',
};

/** The page of a pod. */
export async function showPod(call: OwnCall, trouble?: Trouble): Promise<void> {
  const { parts, ctx, account } = call;
  const { pod, tally } = await lookAt(call);
  const { granted, policy } = await showApps(call);
  const name = nameOf(pod.base, parts.baseUrl);
  showPage(call, 'pod', {
    title: pod.label ?? name,
    done: trouble === undefined ? done[String(ctx.query['done'])] : undefined,
    base: pod.base, name, label: pod.label ?? '', owners: pod.owners, created: day(pod.created),
    ...fullness(tally.bytes, pod.quota ?? parts.quotaBytes), resources: tally.resources,
    pods: within(call, 'pod'), policy,
    address: within(call, 'pod', pod.id), sharing: within(call, 'pod', pod.id, 'sharing'),
    granted: granted.map(({ client, at, details, resource }) => ({
      client, resource, name: hostOf(client) ?? client, since: day(at),
      may: details === undefined ? ['all that its users may']
        : parseAuthority(details, pod.base).map(({ locations, modes }) => `${wordsOf(modes)}: ${locations.join(', ')}`),
    })),
    webIds: account.webIds.filter((webId) => webId.startsWith(pod.base)),
    onlyWebIds: account.webIds.length > 0 && account.webIds.every((webId) => webId.startsWith(pod.base)),
    email: account.logins[0]?.email, secondFactor: account.secondFactor === true,
  }, trouble);
}
