import { Problem } from '../problem.ts';
import type { GrantAbout } from './parts.ts';
import { within } from './route.ts';
import type { OwnCall } from './route.ts';

/** Apps that register anew each time can be many. */
const maxListed = 1_000;

export async function showAccount({ account }: OwnCall) {
  const { logins, pods, webIds, ...rest } = account;
  return {
    ...rest, webIds: [...webIds], pods: pods.map(({ base }) => base),
    logins: logins.map(({ email, verified }) => ({ email, verified })),
  };
}

export async function listSessions(call: OwnCall) {
  const { account, parts, visit } = call;
  const sessions = await parts.people.sessions.list(account.id);
  return {
    sessions: sessions.map(({ account: _, ...session }) => ({
      ...session, current: session.id === visit.session?.id, resource: within(call, 'session', session.id),
    })),
  };
}

/** Ends all sessions but this one, and logs out the browsers that apps brought here. */
export async function endSessions({ account, parts, visit }: OwnCall) {
  await parts.people.sessions.endAll(account.id, visit.secret);
  await parts.issuer.endSessions(account.id);
  return {};
}

export async function endSession({ account, parts, ids }: OwnCall) {
  if (!await parts.people.sessions.endOne(account.id, ids['session']!)) {
    throw new Problem('missing', 'There is no such session.');
  }
  return {};
}

/** What the account granted apps that it logged in to; the latest first, and no more than `maxListed`. */
export async function listGrants(call: OwnCall) {
  const grants = (await grantsOf(call)).toSorted((one, other) => other.since - one.since);
  return {
    apps: grants.map(({ id, scopes, authorizationDetails: details, ...grant }) => ({
      ...grant, scopes: [...scopes], ...(details && { authorizationDetails: [...details] }),
      resource: within(call, 'app', id),
    })),
  };
}

export async function withdrawGrants({ account, parts }: OwnCall) {
  let ended = 0;
  for await (const { id } of parts.issuer.grants(account.id)) {
    if (await parts.issuer.revokeGrant(account.id, id)) ended += 1;
  }
  return { ended };
}

export async function withdrawGrant({ account, parts, ids }: OwnCall) {
  if (!await parts.issuer.revokeGrant(account.id, ids['grant']!)) {
    throw new Problem('missing', 'This app has nothing any more.');
  }
  return {};
}

async function grantsOf({ account, parts }: OwnCall): Promise<GrantAbout[]> {
  const grants: GrantAbout[] = [];
  for await (const grant of parts.issuer.grants(account.id)) {
    grants.push(grant);
    if (grants.length >= maxListed) break;
  }
  return grants;
}
