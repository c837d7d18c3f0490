import type { z } from 'zod';
import type { GrantAbout } from '../access/grant.ts';
import { deviceOf } from '../accounts/device.ts';
import { Problem } from '../problem.ts';
import type * as schemas from './app-schemas.ts';
import { choiceOf } from './consent.ts';
import type { Choice } from './consent.ts';
import { agreement } from './consent-page.ts';
import { foldersIn } from './folder-tree.ts';
import { within } from './route.ts';
import type { OwnCall } from './route.ts';
import { appOf, wordsForApp } from './who-asks.ts';

type Fields<K extends keyof typeof schemas> = z.output<(typeof schemas)[K] & z.ZodType>;

/** Apps that register anew each time can be many. */
const maxListed = 1_000;

/** What the account granted apps that it logged in to; the latest first, and no more than `maxListed`. */
export async function listGrants(call: OwnCall) {
  return { apps: (await grantsOf(call)).map((grant) => shown(call, grant)) };
}

export async function showGrant(call: OwnCall) {
  const grant = await grantOf(call);
  const alive = await call.parts.issuer.alive(grant.id);
  return { ...shown(call, grant), alive, choice: wordsOf(choiceOf(grant)) };
}

/** Changes what an app may do. Who the person is to it stays as it is; whatever is not sent, too. */
export async function changeGrant(call: OwnCall, { all, folders, ...fields }: Fields<'appChange'>) {
  const { parts, account, visit } = call;
  const grant = await grantOf(call);
  const before = choiceOf(grant);
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const choice: Choice = { ...before, ...given, ...(folders && { rows: folders }) };
  const { webId: _, ...change } = await agreement(parts, account, choice, wishesOf(grant));
  for (const one of await sameApp(call, grant, all)) await parts.issuer.changeGrant(account.id, one.id, change);
  const about = wordsForApp(appOf(grant));
  await parts.people.securityLog.record(account.id, { kind: 'app-changed', about }, visit.from);
  return {};
}

export async function withdrawGrant(call: OwnCall, { all }: Fields<'appWithdrawal'>) {
  const { parts, account, visit } = call;
  const grant = await grantOf(call);
  for (const one of await sameApp(call, grant, all)) await parts.issuer.revokeGrant(account.id, one.id);
  const about = wordsForApp(appOf(grant));
  await parts.people.securityLog.record(account.id, { kind: 'app-withdrawn', about }, visit.from);
  return {};
}

export async function withdrawGrants({ account, parts, visit }: OwnCall) {
  let ended = 0;
  for await (const { id } of parts.issuer.grants(account.id)) {
    if (await parts.issuer.revokeGrant(account.id, id)) ended += 1;
  }
  const about = ended === 1 ? 'one app' : `all apps, ${ended}`;
  if (ended > 0) await parts.people.securityLog.record(account.id, { kind: 'app-withdrawn', about }, visit.from);
  return { ended };
}

/** The folders in a folder of one's own pods, `?of=` that. */
export async function listFolders({ ctx, parts, account }: OwnCall) {
  const { folders, more } = await foldersIn(parts.pods, account, String(ctx.query['of'] ?? ''));
  return { folders: [...folders], more };
}

/** The grant of the path. Throws `missing`. */
export async function grantOf({ account, parts, ids }: OwnCall): Promise<GrantAbout> {
  const grant = await parts.issuer.grant(account.id, ids['grant']!);
  if (grant === undefined) throw new Problem('missing', 'This app has nothing any more.');
  return grant;
}

/** What the app of a grant asked for so far. An end that it asked for and that has come does not count any more. */
export function wishesOf({ asked, askedDetails }: GrantAbout) {
  const now = Date.now() / 1000;
  const details = askedDetails.map((detail) => {
    const { exp, ...rest } = detail as { exp?: unknown };
    return typeof exp === 'number' && exp <= now ? rest : detail;
  });
  return { scopes: asked, ...(details.length > 0 && { authorizationDetails: details }) };
}

/** What an account granted, the latest first. */
export async function grantsOf({ account, parts }: OwnCall): Promise<GrantAbout[]> {
  const grants: GrantAbout[] = [];
  for await (const grant of parts.issuer.grants(account.id)) {
    grants.push(grant);
    if (grants.length >= maxListed) break;
  }
  return grants.sort((one, other) => other.since - one.since);
}

/** A grant, and with `all` those of the same app for the same WebID in other browsers. */
async function sameApp(call: OwnCall, grant: GrantAbout, all: boolean | undefined): Promise<readonly GrantAbout[]> {
  if (all !== true) return [grant];
  return (await grantsOf(call)).filter(({ client, webId }) => client === grant.client && webId === grant.webId);
}

function shown(call: OwnCall, { asked: _, lastFrom, authorizationDetails: details, ...grant }: GrantAbout) {
  return {
    ...grant, scopes: [...grant.scopes], askedDetails: [...grant.askedDetails], places: [...grant.places],
    ...(details && { authorizationDetails: [...details] }),
    ...(lastFrom && { lastAddress: lastFrom.address, lastDevice: deviceOf(lastFrom.agent) }),
    resource: within(call, 'app', grant.id),
  };
}

function wordsOf({ level, where, duration, away, rows, tell }: Choice) {
  return {
    level, where, duration, away, tell: [...tell],
    folders: rows.map(({ folder, actions }) => ({ folder, actions: [...actions] })),
  };
}
