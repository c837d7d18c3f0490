import { rootPath } from '../pods/path.ts';
import { nameOf } from './account-pods.ts';
import { sizeOf } from './size.ts';
import { within } from './route.ts';
import type { OwnCall } from './route.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';

const done: Readonly<Record<string, string>> = {
  'pod-made': 'Your pod is made.',
  'pod-deleted': 'The pod is deleted, with all that was in it.',
};

/** The page of all pods of an account. */
export async function showPods(call: OwnCall, trouble?: Trouble): Promise<void> {
  const { parts, ctx } = call;
  const account = await parts.people.accounts.get(call.account.id) ?? call.account;
  showPage(call, 'pods', {
    title: 'Pods',
    done: trouble === undefined ? done[String(ctx.query['done'])] : undefined,
    pods: await podsOf({ ...call, account }), webIds: account.webIds, action: within(call, 'pod'),
  }, trouble);
}

/** The pods of an account, as pages show them. One that is being deleted is left out. */
export async function podsOf(call: OwnCall) {
  const { account, parts } = call;
  const found = await Promise.all(account.pods.map(async ({ id, base }) => {
    const sight = await parts.pods.look(base, rootPath);
    if (sight?.pod.id !== id || sight === undefined) return [];
    const { pod: { label, owners, quota = parts.quotaBytes }, tally } = sight;
    return [{
      id, base, owners, name: label ?? nameOf(base, parts.baseUrl), ...fullness(tally.bytes, quota),
      settings: within(call, 'pod', id), sharing: within(call, 'pod', id, 'sharing'),
    }];
  }));
  return found.flat();
}

/** How full a pod is: in words, and in percent where there is a limit. */
export function fullness(bytes: number, quota: number): { readonly words: string; readonly share: number | undefined } {
  if (quota === 0) return { words: `${sizeOf(bytes)} used`, share: undefined };
  const share = Math.min(100, (100 * bytes) / quota);
  return { words: `${sizeOf(bytes)} of ${sizeOf(quota)} used`, share: Number(share.toFixed(1)) };
}
