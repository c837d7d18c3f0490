import { grantsOf } from './account-apps.ts';
import { podsOf } from './pods-page.ts';
import { idOf, within } from './route.ts';
import type { OwnCall } from './route.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';

/** What a page says when something was done, by what its address says. */
const done: Readonly<Record<string, string>> = {
  'registered': 'Welcome. Your account is made.',
  'registered-without-pod': 'Your account is made, but the pod could not be: choose another name below.',
  'stayed': 'Your account stays: it will not be deleted.',
};

/** The first page of an account: how it is, what is still to be done, and where all else is. */
export async function showHome(call: OwnCall, trouble?: Trouble): Promise<void> {
  const { parts, ctx } = call;
  const { accounts, sessions, passkeys, mail } = parts.people;
  // What was just done may have changed it.
  const account = await accounts.get(call.account.id) ?? call.account;
  const now = { ...call, account };
  const [pods, apps, logins, keys] = await Promise.all([
    podsOf(now), grantsOf(now), sessions.list(account.id), passkeys.list(account.id),
  ]);
  showPage(call, 'home', {
    title: 'Your account',
    done: trouble === undefined ? done[String(ctx.query['done'])] : undefined,
    within: (...segments: string[]) => within(now, ...segments),
    emails: account.logins.map(({ email }) => email),
    unverified: account.logins.filter(({ verified }) => !verified).map(({ email }) => ({ email, id: idOf(email) })),
    mailWorks: mail.works,
    pods, webIds: account.webIds,
    apps: new Set(apps.map(({ client }) => client)).size, sessions: logins.length,
    passkeys: keys.length, secondFactor: account.secondFactor === true,
  }, trouble);
}
