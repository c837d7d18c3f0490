import type { GrantAbout } from '../access/grant.ts';
import { deviceOf } from '../accounts/device.ts';
import { rootPath } from '../pods/path.ts';
import { grantOf, grantsOf, wishesOf } from './account-apps.ts';
import { choiceForm } from './choice-form.ts';
import { choiceOf, readChoice } from './consent.ts';
import { openIn } from './consent-page.ts';
import { durationWords, whatItMay } from './granted.ts';
import { day } from './day.ts';
import { sendLogo } from './logo.ts';
import { within } from './route.ts';
import type { OwnCall } from './route.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';
import { appOf } from './who-asks.ts';

/** What a page says when something was done, by what its address says. */
const done: Readonly<Record<string, string>> = {
  'withdrawn': 'Taken back. Here the app can do nothing any more; at other servers its last token ends within a '
    + 'quarter of an hour. What it has copied, it keeps.',
  'all-withdrawn': 'Taken back from all apps. What they have copied, they keep.',
  'changed': 'Changed. It holds from now on.',
  'webhook-ended': 'That webhook is ended: nothing is sent there any more.',
};

/** The page of the apps that one let in. */
export async function showApps(call: OwnCall, trouble?: Trouble): Promise<void> {
  const { parts, ctx } = call;
  const account = await parts.people.accounts.get(call.account.id) ?? call.account;
  const grants = await grantsOf(call);
  const credentials = await parts.people.credentials.list(account.id);
  const pods = await Promise.all(account.pods.map(async ({ id, base }) => ({
    base, settings: within(call, 'pod', id),
    onlyGranted: (await parts.pods.look(base, rootPath))?.pod.apps === 'granted',
  })));
  const webhooks = await parts.subscriptions.of(account.webIds);
  const shown = await Promise.all(grants.map((grant) => describe(call, grant)));
  showPage(call, 'apps', {
    title: 'Connected apps', images: true, all: within(call, 'app'),
    done: trouble === undefined ? done[String(ctx.query['done'])] : undefined,
    apps: byApp(shown.filter(({ mayNothing }) => !mayNothing)),
    logins: byApp(shown.filter(({ mayNothing }) => mayNothing)),
    webhooks: webhooks.map((hook) => ({
      ...hook, since: day(hook.since), until: day(hook.until), resource: within(call, 'subscription', hook.id),
      app: shown.find(({ client }) => client === hook.client)?.name ?? hook.client ?? 'no app that is known',
      last: hook.lastDelivery === undefined ? 'nothing sent yet' : `last sent ${day(hook.lastDelivery)}`,
    })),
    programs: credentials.map(({ id, label, webId, lastUsed }) => ({
      label: label || id, webId, lastUsed: lastUsed === undefined ? 'never used' : `last used ${day(lastUsed)}`,
    })),
    programsAt: within(call, 'client-credentials'), pods,
  }, trouble);
}

/** The page of one app, to change what it may do. `sent`: what was chosen so far, to choose from more. */
export async function showApp(call: OwnCall, trouble?: Trouble, sent?: URLSearchParams): Promise<void> {
  const { parts } = call;
  const account = await parts.people.accounts.get(call.account.id) ?? call.account;
  const grant = await grantOf(call);
  const typed = sent ?? (trouble?.form === 'consent' ? trouble.typed : undefined);
  const choice = typed === undefined ? choiceOf(grant) : readChoice(typed);
  const same = (await grantsOf(call)).filter(({ client, webId }) => client === grant.client && webId === grant.webId);
  showPage(call, 'app', {
    title: 'A connected app', images: true, scripts: ['consent'], back: within(call, 'app'),
    ...await choiceForm(parts, account, choice, wishesOf(grant), { open: openIn(typed) }),
    app: await describe(call, grant), others: same.length - 1,
    all: typed === undefined || typed.has('all'), foldersAt: within(call, 'folders'),
  }, trouble);
}

/** The picture of an app that was let in. */
export async function sendGrantLogo(call: OwnCall): Promise<void> {
  const { client, logo } = await grantOf(call);
  await sendLogo(call, { id: client, ...(logo !== undefined && { logo }) });
}

async function describe(call: OwnCall, grant: GrantAbout) {
  const { id, webId, since, until, lastUsed, lastFrom, client } = grant;
  const { name, host, letter, logo, development } = appOf(grant);
  const { may, folders } = whatItMay(grant);
  const { duration } = choiceOf(grant);
  const from = lastFrom === undefined ? '' : `, ${deviceOf(lastFrom.agent)}, ${lastFrom.address}`;
  return {
    name, host, letter, development, client, webId, may, folders, mayNothing: may.includes('may do nothing'),
    logo: host !== undefined && logo !== undefined ? within(call, 'app', id, 'logo') : undefined,
    since: day(since), until: day(until), duration: durationWords[duration],
    chosenEnd: ['day', 'month', 'year'].includes(duration),
    lastUsed: lastUsed === undefined ? 'not used yet' : `last used ${day(lastUsed)}${from}`,
    alive: await call.parts.issuer.alive(id), resource: within(call, 'app', id),
  };
}

type Described = Awaited<ReturnType<typeof describe>>;

/** The same app in several browsers is one app, with a grant in each. */
function byApp(grants: readonly Described[]): readonly (Described & { readonly grants: readonly Described[] })[] {
  const apps = new Map<string, Described[]>();
  for (const grant of grants) apps.set(grant.client, [...apps.get(grant.client) ?? [], grant]);
  return [...apps.values()].map((all) => ({ ...all[0]!, grants: all }));
}
