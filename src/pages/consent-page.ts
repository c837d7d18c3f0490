import type { GrantAbout } from '../access/grant.ts';
import type { Account } from '../accounts/account.ts';
import { isContainerPath } from '../pods/path.ts';
import { choiceForm, indexesOf } from './choice-form.ts';
import { decide, firstChoice, levelsFor, readChoice, wantsMore } from './consent.ts';
import type { Choice } from './consent.ts';
import { foldersIn } from './folder-tree.ts';
import { accountOf, step } from './interaction.ts';
import type { Asked } from './interaction.ts';
import { sendLogo } from './logo.ts';
import type { ClientAbout, Consent, InteractionResult, Parts } from './parts.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';
import { showApp, wordsForApp } from './who-asks.ts';
import { day } from './day.ts';

/** More people than this use an app before it is told that they do: of fewer, one could be guessed. */
const fewPeople = 3;

/** Takes the answer to what an app asks for; `undefined` when there is a page with more to choose from. */
export async function takeConsent(asked: Asked, typed: URLSearchParams): Promise<InteractionResult | undefined> {
  if (wantsMore(typed)) {
    await showConsent(asked, undefined, typed);
    return undefined;
  }
  if (typed.get('decision') !== 'allow') return { error: 'access_denied' };
  const account = await accountOf(asked);
  return { consent: await agreement(asked.parts, account, readChoice(typed), asked.details) };
}

/** What a choice means for the issuer, in the pods as they are. Throws a `FieldProblem`. */
export async function agreement(
  parts: Parts, account: Account, choice: Choice,
  { scopes, authorizationDetails }: { scopes: readonly string[]; authorizationDetails?: readonly object[] | undefined },
): Promise<Consent> {
  const chosen = decide(choice, {
    scopes, authorizationDetails, pods: account.pods.map(({ base }) => base), now: Date.now(),
    indexes: choice.level === 'everything' ? await indexesOf(parts, account) : [],
  });
  const details = chosen.authorizationDetails
    && await Promise.all(chosen.authorizationDetails.map((detail) => settle(parts, account, detail)));
  return { ...chosen, ...(details && { authorizationDetails: details }) };
}

/** Who forgets the slash of a folder means the folder. */
async function settle(parts: Parts, { pods }: Account, detail: object): Promise<object> {
  const { locations } = detail as { locations: readonly string[] };
  return { ...detail, locations: await Promise.all(locations.map(async (location) => {
    const pod = pods.find(({ base }) => location.startsWith(base) && location !== base);
    if (pod === undefined) return location;
    const path = parts.pods.parsePath(location.slice(pod.base.length - 1));
    if (isContainerPath(path)) return location;
    const sight = await parts.pods.look(pod.base, path);
    return sight?.resource === undefined && sight?.twin?.kind === 'container' ? `${location}/` : location;
  })) };
}

/** `sent`: what was chosen so far, to choose from more. */
export async function showConsent(asked: Asked, trouble?: Trouble, sent?: URLSearchParams): Promise<void> {
  const { details, parts } = asked;
  const account = await accountOf(asked);
  const { webIds } = account;
  const before = details.granted ?? await lastGrant(parts, account, details.client.id);
  const typed = sent ?? (trouble?.form === 'consent' ? trouble.typed : undefined);
  const choice = typed === undefined ? firstChoice(details, webIds, before) : readChoice(typed);
  const needsPod = webIds.length === 0 && levelsFor(details).length > 0;
  const app = showApp(details.client);
  showPage(asked, needsPod ? 'first-pod' : 'consent', {
    title: 'An app asks for access', client: app, email: account.logins[0]?.email, webIds, images: true, alone: true,
    ...(!needsPod && { scripts: ['consent'] }),
    ...await choiceForm(parts, account, choice, details, { open: openIn(typed), before }),
    ...await whatIsKnown(parts, details.client, before),
    news: before && newsOf(asked, before), scopes: details.scopes, redirectHost: details.client.redirectHost,
    logo: logoAddress(asked), foldersAt: step(asked, 'folders'),
    action: step(asked, 'consent'), makePod: step(asked, 'pod'), others: step(asked, 'login'),
  }, trouble);
}

/** The folders that are to be shown open: those that were, and the one that was asked for. */
export function openIn(typed: URLSearchParams | undefined): readonly string[] {
  return typed === undefined ? [] : [...new Set([...typed.getAll('open'), ...typed.getAll('opened')])];
}

/** The folders in a folder, for the script of the page. */
export async function sendFolders(asked: Asked): Promise<void> {
  asked.ctx.body = await foldersIn(asked.parts.pods, await accountOf(asked), String(asked.ctx.query['of'] ?? ''));
}

/** The picture of the app that asks. */
export async function sendAppLogo(asked: Asked): Promise<void> {
  await sendLogo(asked, asked.details.client);
}

/** Only the picture of an app that is known by a document is shown: any other could show that of another app. */
function logoAddress(asked: Asked): string | undefined {
  const { kind, logo } = asked.details.client;
  return kind === 'document' && logo !== undefined ? step(asked, 'logo') : undefined;
}

/** The last grant of an account to an app, if it is in another browser or of another time. */
async function lastGrant(parts: Parts, account: Account, client: string): Promise<GrantAbout | undefined> {
  let last: GrantAbout | undefined;
  for await (const grant of parts.issuer.grants(account.id)) {
    if (grant.client === client && (last === undefined || grant.since > last.since)) last = grant;
  }
  return last;
}

async function whatIsKnown(parts: Parts, { id, registered }: ClientAbout, before: GrantAbout | undefined) {
  const people = await parts.issuer.people(id);
  return {
    people: people > fewPeople ? people : undefined,
    registered: registered === undefined ? undefined : day(registered),
    since: before && day(before.since),
    lastUsed: before?.lastUsed === undefined ? undefined : day(before.lastUsed),
  };
}

/** What has changed since the app was let in, besides the folders that it asks for; undefined when nothing has. */
function newsOf({ details }: Asked, before: GrantAbout) {
  const { client, scopes } = details;
  const app = showApp(client);
  const was = showApp({ ...client, name: before.clientName ?? '' });
  const renamed = before.clientName !== undefined && was.name !== app.name;
  const place = client.redirectHost;
  const moved = place !== undefined && before.places.length > 0 && !before.places.includes(place);
  const tells = scopes.filter((scope) => ['profile', 'email'].includes(scope) && !before.asked.includes(scope));
  const asks = (details.authorizationDetails ?? []).some((detail) =>
    !before.askedDetails.some((known) => JSON.stringify(known) === JSON.stringify(detail)));
  return {
    name: renamed ? was.name : undefined,
    place: moved ? { now: place, before: before.places.join(', ') } : undefined,
    tells, asks, any: renamed || moved || tells.length > 0 || asks,
  };
}

/** Tells the person, in the log and by mail, that an app was let in for the first time. */
export async function noteFirstConsent(asked: Asked): Promise<() => Promise<void>> {
  const { parts, details, visit } = asked;
  const account = await accountOf(asked);
  if (await lastGrant(parts, account, details.client.id) !== undefined) return async () => {};
  const about = wordsForApp(showApp(details.client));
  return () => parts.people.securityLog.record(account.id, { kind: 'app', about }, visit.from);
}
