import { deviceOf } from '../accounts/device.ts';
import { Problem } from '../problem.ts';
import { within } from './route.ts';
import type { OwnCall } from './route.ts';

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
      ...session, device: deviceOf(session.about), current: session.id === visit.session?.id,
      resource: within(call, 'session', session.id),
    })),
  };
}

/** Ends all sessions but this one, and logs out the browsers that apps brought here. */
export async function endSessions({ account, parts, visit }: OwnCall) {
  await parts.people.sessions.endAll(account.id, { except: visit.secret, from: visit.from });
  await parts.issuer.endSessions(account.id);
  return {};
}

export async function endSession({ account, parts, ids, visit }: OwnCall) {
  if (!await parts.people.sessions.endOne(account.id, ids['session']!, visit.from)) {
    throw new Problem('missing', 'There is no such session.');
  }
  return {};
}
