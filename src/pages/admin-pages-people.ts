import { mayTouch } from './admin-acts.ts';
import { ask, further, showAdmin, timeOf } from './admin-frame.ts';
import type { AdminCall } from './admin-frame.ts';
import type { InviteList, MadeInvite, People, Person, PodAbout, PodList } from './admin-answers.ts';
import { day } from './day.ts';
import { sizeOf } from './size.ts';
import type { Trouble } from './show-page.ts';

const stateWords = { active: 'in use', suspended: 'suspended', leaving: 'to be deleted' } as const;

/** The roles, in words. */
const roles = [
  { role: 'none', label: 'None', about: 'A person with an account, as most are.' },
  { role: 'auditor', label: 'Auditor', about: 'Sees all pages of the administration, and changes nothing.' },
  { role: 'support', label: 'Support',
    about: 'Suspends and restores accounts, resets second factors, sends mails, makes invites. Deletes nothing.' },
  { role: 'admin', label: 'Administrator', about: 'Everything, but nothing that is about owners.' },
  { role: 'owner', label: 'Owner', about: 'Everything.' },
] as const;

/** The page with all people, or those that were searched for. */
export async function showPeople(call: AdminCall, trouble?: Trouble): Promise<void> {
  const { people, next } = await ask<People>(call, 'people/');
  const { search } = call.ctx.query;
  showAdmin(call, 'people', 'people', {
    title: 'People', search: typeof search === 'string' ? search : '', next: further(call, next),
    people: people.map(({ id, emails, state, deleteAt, role, pods, bytes, created }) => ({
      id, name: emails.join(', ') || id,
      badges: [...(state === 'active' ? [] : [stateWords[state]]), ...(role === undefined ? [] : [labelOf(role)])],
      about: [
        `${pods === 1 ? 'one pod' : `${pods} pods`}, ${sizeOf(bytes)}`, `account made ${day(created)}`,
        ...(deleteAt === undefined ? [] : [`to be deleted ${day(deleteAt)}`]),
      ].join('; '),
    })),
  }, trouble);
}

/** The page about one person: all that can be done for or against an account. Nothing that is in a pod is on it. */
export async function showPerson(call: AdminCall, trouble?: Trouble): Promise<void> {
  const id = call.ids['account']!;
  const person = await ask<Person>(call, `people/${id}/`);
  const name = person.logins[0]?.email ?? id;
  // Nobody shuts themselves out.
  const may = mayTouch(call.role, person.role) ? call.may : looks;
  const isOwn = id === call.account?.id;
  showAdmin(call, 'person', 'people', {
    title: name, may, graceDays: call.parts.accountGraceDays, suspendable: person.state === 'active' && !isOwn,
    roles: roles.filter(({ role }) => role !== 'owner' || call.role === 'owner'),
    person: {
      ...person, name, role: person.role ?? 'none', roleWords: labelOf(person.role ?? 'none'),
      stateWords: stateOf(person), created: day(person.created),
      factors: [
        person.secondFactor ? 'codes of an authenticator app' : 'no codes',
        ['no passkey', 'one passkey'][person.passkeys] ?? `${person.passkeys} passkeys`,
      ].join(', '),
      use: [
        person.lastLogin === undefined ? 'never' : `last on ${timeOf(person.lastLogin)}`,
        `in ${['no browser', 'one browser'][person.sessions] ?? `${person.sessions} browsers`} now`,
      ].join(', '),
      pods: person.pods.map(podOf),
    },
    acts: actsFor({ ...call, may }, person),
  }, trouble);
}

const looks: ReadonlySet<string> = new Set(['audit']);

function stateOf({ state, reason, deleteAt }: Person): string {
  const when = deleteAt === undefined ? '' : ` on ${day(deleteAt)}`;
  return `${stateWords[state]}${when}${reason === undefined ? '' : `: ${reason}`}`;
}

function labelOf(role: string): string {
  return roles.find((one) => one.role === role)?.label ?? role;
}

/** What takes no more than a button. */
function actsFor({ may, parts }: AdminCall, { state, secondFactor, sessions, logins }: Person) {
  return [
    { action: 'restore', when: state === 'suspended', path: ['restore'], method: undefined, button: 'Restore',
      title: 'Restore the account', about: 'It is in use again, with all that is in its pods.' },
    { action: 'delete', when: state === 'leaving', path: ['stay'], method: undefined, button: 'Keep',
      title: 'Keep the account', about: 'It is not deleted.' },
    { action: 'mail', when: logins.length > 0 && parts.people.mail.works, path: ['password-mail'], method: undefined,
      button: 'Send', title: 'Send a mail to set a new password', about: 'To the address that logs in.' },
    { action: 'second-factor', when: secondFactor, path: ['second-factor'], method: 'DELETE', button: 'Reset',
      title: 'Reset the second factor',
      about: 'For who lost the authenticator app and the recovery codes. Make sure that it is them.' },
    { action: 'sessions', when: sessions > 0, path: ['session'], method: 'DELETE', button: 'Log out',
      title: 'Log out everywhere', about: 'All browsers of this person, at this server.' },
  ].filter(({ action, when }) => when && may.has(action));
}

/** What the pages show of a pod: its address and its size. */
function podOf({ id, base, account, bytes, resources, quota, ownQuota }: PodAbout) {
  const count = resources === 1 ? 'one resource' : `${resources.toLocaleString('en')} resources`;
  const limited = quota !== undefined && quota !== 0;
  const size = limited ? `${sizeOf(bytes)} of ${sizeOf(quota)}` : `${sizeOf(bytes)}, without a limit`;
  return {
    id, base, account, words: `${size}, ${count}`,
    share: limited ? Math.min(100, Math.round(100 * bytes / quota)) : undefined,
    quotaTyped: ownQuota === undefined ? '' : ownQuota === 0 ? '0' : sizeOf(ownQuota),
  };
}

/** The page with the largest pods. */
export async function showPods(call: AdminCall, trouble?: Trouble): Promise<void> {
  const { pods, asOf, next } = await ask<PodList>(call, 'pods/');
  showAdmin(call, 'pods', 'pods', {
    title: 'Pods', pods: pods.map(podOf), next: further(call, next),
    asOf: asOf === undefined ? undefined : timeOf(asOf),
  }, trouble);
}

/** The page with the invites. */
export async function showInvites(call: AdminCall, trouble?: Trouble): Promise<void> {
  const { invites } = await ask<InviteList>(call, 'invites/');
  showAdmin(call, 'invites', 'invites', {
    title: 'Invites', signUp: call.parts.people.accounts.signUp,
    invites: invites.map(({ id, note, uses, created, expires }) => ({
      id, note: note === '' ? 'Without a note' : note,
      about: `for ${uses === 1 ? 'one account' : `${uses} accounts`}, made ${day(created)}, `
        + (expires === undefined ? 'good until used' : `good until ${day(expires)}`),
    })),
  }, trouble);
}

/** The code of a new invite, which is shown once. */
export function showInvite(call: AdminCall, answer: object): void {
  const { code } = answer as MadeInvite;
  const register = new URL('.account/login/password/register/', call.parts.baseUrl);
  register.searchParams.set('invite', code);
  showAdmin(call, 'invite-made', 'invites', { title: 'A new invite', code, link: register.href });
}
