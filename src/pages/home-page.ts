import { listGrants, listSessions } from './account-sessions.ts';
import { ProofProblem } from './account-web-ids.ts';
import { describeGrant } from './granted.ts';
import { idOf, within } from './route.ts';
import type { OwnCall } from './route.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';

/** What a page says when something was done, by what its address says. */
const done: Readonly<Record<string, string>> = {
  'registered': 'Welcome. Your account is made.',
  'registered-without-pod': 'Your account is made, but the pod could not be: choose another name below.',
  'stayed': 'Your account stays: it will not be deleted.',
  'logged-out': 'Logged out there.',
  'withdrawn': 'Taken back. Within a quarter of an hour, nothing of it works any more.',
  'login-added': 'You can log in with that address now.',
  'password-changed': 'Your password is changed. You are logged out everywhere else.',
  'login-removed': 'That address cannot log in any more.',
  'mail-sent': 'A mail is on its way.',
  'pod-made': 'Your pod is made.',
  'webid-linked': 'The WebID is linked.',
  'webid-unlinked': 'The WebID is not linked any more.',
  'script-removed': 'Those client credentials are removed.',
};

/** The page of an account: all that one has here. */
export async function showHome(call: OwnCall, trouble?: Trouble): Promise<void> {
  const { parts, ctx } = call;
  // What was just done may have changed it.
  const account = await parts.people.accounts.get(call.account.id) ?? call.account;
  const now = { ...call, account };
  const [{ sessions }, { apps }, credentials] = await Promise.all([
    listSessions(now), listGrants(now), parts.people.credentials.list(account.id),
  ]);
  const { problem } = trouble ?? {};
  showPage(call, 'home', {
    title: 'Your account',
    done: trouble === undefined ? done[String(ctx.query['done'])] : undefined,
    within: (...segments: string[]) => within(now, ...segments),
    mailWorks: parts.people.mail.works,
    graceDays: parts.accountGraceDays,
    proof: problem instanceof ProofProblem ? problem.statement : undefined,
    logins: account.logins.map((login) => ({ ...login, id: idOf(login.email) })),
    pods: account.pods,
    webIds: account.webIds.map((webId) => ({ webId, id: idOf(webId) })),
    credentials: credentials.map(({ lastUsed, ...credential }) => ({
      ...credential, created: day(credential.created),
      lastUsed: lastUsed === undefined ? 'never used' : `last used ${day(lastUsed)}`,
    })),
    apps: apps.map((grant) => ({ ...describeGrant(grant), since: day(grant.since), until: day(grant.until) })),
    sessions: sessions.map((session) => ({
      ...session, about: session.about === '' ? 'A program that did not say its name' : session.about,
      created: day(session.created), lastUsed: day(session.lastUsed),
    })),
  }, trouble);
}

/** The secret of new client credentials, which is shown once. */
export function showSecret(call: OwnCall, { id, secret }: Readonly<Record<string, string>>): void {
  showPage(call, 'secret', { title: 'Client credentials', id, secret, back: `${within(call)}#scripts` });
}

/** A day, as people everywhere can read it. */
export function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
