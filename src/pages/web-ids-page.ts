import { ProofProblem } from './account-web-ids.ts';
import { day } from './day.ts';
import { idOf, within } from './route.ts';
import type { OwnCall } from './route.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';

const done: Readonly<Record<string, string>> = {
  'webid-linked': 'The WebID is linked.',
  'webid-unlinked': 'The WebID is not linked any more.',
  'script-removed': 'Those client credentials are removed.',
};

/** The page of the WebIDs of an account. */
export async function showWebIds(call: OwnCall, trouble?: Trouble): Promise<void> {
  const { parts, ctx } = call;
  const account = await parts.people.accounts.get(call.account.id) ?? call.account;
  const { problem } = trouble ?? {};
  showPage(call, 'webids', {
    title: 'WebIDs',
    done: trouble === undefined ? done[String(ctx.query['done'])] : undefined,
    action: within(call, 'webid'),
    proof: problem instanceof ProofProblem ? problem.statement : undefined,
    webIds: account.webIds.map((webId) => ({
      webId, resource: within(call, 'webid', idOf(webId)),
      pod: account.pods.find(({ base }) => webId.startsWith(base))?.base,
    })),
  }, trouble);
}

/** The page of the client credentials of an account. */
export async function showScripts(call: OwnCall, trouble?: Trouble): Promise<void> {
  const { parts, ctx } = call;
  const account = await parts.people.accounts.get(call.account.id) ?? call.account;
  const credentials = await parts.people.credentials.list(account.id);
  showPage(call, 'scripts', {
    title: 'Scripts',
    done: trouble === undefined ? done[String(ctx.query['done'])] : undefined,
    action: within(call, 'client-credentials'), webIds: account.webIds, pods: within(call, 'pod'),
    credentials: credentials.map(({ id, label, webId, created, lastUsed }) => ({
      name: label || id, webId, created: day(created), resource: within(call, 'client-credentials', id),
      lastUsed: lastUsed === undefined ? 'never used' : `last used ${day(lastUsed)}`,
    })),
  }, trouble);
}

/** The secret of new client credentials, which is shown once. */
export function showSecret(call: OwnCall, { id, secret }: Readonly<Record<string, string>>): void {
  showPage(call, 'secret', { title: 'Client credentials', id, secret, back: within(call, 'client-credentials') });
}
