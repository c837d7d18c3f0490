import { readAccount } from '../accounts/account.ts';
import type { Account, Guard } from '../accounts/account.ts';
import type { Role } from '../accounts/roles.ts';
import { searchAccounts } from '../accounts/search.ts';
import type { PodSize } from '../admin/usage.ts';
import { Problem } from '../problem.ts';
import type { AdminRequest } from './admin-row.ts';
import { mayTouch } from './admin-acts.ts';
import { FieldProblem } from './body-fields.ts';

const pageSize = 50;
/** Of the security log, to find the last login. */
const recent = 100;
const logins: ReadonlySet<string> = new Set(['login', 'login-new-place', 'registered']);

/** People by what somebody types, or all, page by page. */
export async function listPeople({ parts, query }: AdminRequest): Promise<object> {
  const found: Account[] = [];
  const search = { text: query.get('search') ?? '', after: query.get('after') ?? undefined };
  for await (const account of searchAccounts(parts.people.accounts, search)) {
    found.push(account);
    if (found.length > pageSize) break;
  }
  const people = await Promise.all(found.slice(0, pageSize).map(async (account) => {
    const { id, logins: ways, state, deleteAt, role, pods, created } = account;
    const sizes = await parts.admin.usage.sizes(pods.map((pod) => pod.id));
    return {
      id, emails: ways.map(({ email }) => email), state, created, ...(role && { role }),
      ...(deleteAt !== undefined && { deleteAt }), pods: pods.length, addresses: pods.map(({ base }) => base),
      bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }));
  return { people, ...(found.length > pageSize && { next: found[pageSize - 1]!.id }) };
}

/** One person; what is in their pods stays with them. */
export async function showPerson(request: AdminRequest): Promise<object> {
  const { parts: { people, admin } } = request;
  const account = await find(request);
  const { id, created, state, reason, deleteAt, role, secondFactor, webIds, pods } = account;
  const [sessions, passkeys, log, sizes] = await Promise.all([
    people.sessions.list(id), people.passkeys.list(id), people.securityLog.list(id, { limit: recent }),
    admin.usage.sizes(pods.map((pod) => pod.id)),
  ]);
  const lastLogin = log.find(({ kind }) => logins.has(kind))?.at;
  return {
    id, created, state, secondFactor: secondFactor === true, passkeys: passkeys.length, sessions: sessions.length,
    ...(reason !== undefined && { reason }), ...(deleteAt !== undefined && { deleteAt }), ...(role && { role }),
    ...(lastLogin !== undefined && { lastLogin }),
    logins: account.logins.map(({ email, verified }) => ({ email, verified })), webIds,
    pods: sizes.map((size) => podAbout(request, size)),
  };
}

/** A pod as the administration sees it: `quota` is what holds. */
export function podAbout({ parts: { admin } }: AdminRequest, size: PodSize): object {
  return { ...size, quota: size.ownQuota ?? admin.settings.current.quotaBytes };
}

export async function suspend(request: AdminRequest, { reason }: { reason?: string | undefined }): Promise<object> {
  const { id } = await findLesser(request);
  if (id === request.who.account) throw new Problem('conflict', 'You would shut yourself out.');
  await request.parts.people.endings.suspend(id, reason, lesser(request));
  return {};
}

export async function restore(request: AdminRequest): Promise<object> {
  await request.parts.people.endings.restore((await findLesser(request)).id, lesser(request));
  return {};
}

export async function leave(request: AdminRequest): Promise<object> {
  const { id } = await findLesser(request);
  const { deleteAt } = await request.parts.people.endings.leave(id, request.who.from, lesser(request));
  return { deleteAt };
}

export async function stay(request: AdminRequest): Promise<object> {
  await request.parts.people.endings.stay((await findLesser(request)).id, lesser(request));
  return {};
}

export async function deleteNow(request: AdminRequest, { confirm }: { confirm: string }): Promise<object> {
  const { id, logins: ways } = await findLesser(request);
  if (![id, ...ways.map(({ email }) => email)].includes(confirm.trim().toLowerCase())) {
    throw new FieldProblem({ confirm: 'Type the e-mail address of the account, or its id, to confirm.' });
  }
  await request.parts.people.endings.deleteNow(id, lesser(request));
  return {};
}

export async function resetSecondFactor(request: AdminRequest): Promise<object> {
  const { id } = await findLesser(request);
  await request.parts.people.secondFactors.reset(id, request.who.from, lesser(request));
  return {};
}

export async function endSessions(request: AdminRequest): Promise<object> {
  const { parts: { people, issuer } } = request;
  const { id } = await findLesser(request);
  await people.sessions.endAll(id, { guard: lesser(request) });
  await issuer.endSessions(id);
  return {};
}

export async function mailPassword(request: AdminRequest): Promise<object> {
  const [login] = (await findLesser(request)).logins;
  if (login === undefined) throw new Problem('conflict', 'This account has no e-mail address.');
  await request.parts.people.logins.forgot(login.email, request.who.from.address);
  return { email: login.email };
}

export async function setRole(request: AdminRequest, { role }: { role: Role | 'none' }): Promise<object> {
  const { id } = await findLesser(request);
  if (role === 'owner' && request.who.role !== 'owner') {
    throw new Problem('forbidden', 'Only an owner of this server makes somebody else an owner.');
  }
  await request.parts.people.accounts.setRole(id, role === 'none' ? undefined : role, lesser(request));
  return {};
}

async function find({ parts, ids }: AdminRequest): Promise<Account> {
  const account = await parts.people.accounts.get(ids['account']!);
  if (account === undefined) throw new Problem('missing', 'There is no such account.');
  return account;
}

/** The account, if it is none that only others may touch. Throws `forbidden`. */
async function findLesser(request: AdminRequest): Promise<Account> {
  const account = await find(request);
  refuseGreater(request, account);
  return account;
}

/** The same in the commit of what is done, on the roles that both have then. */
function lesser(request: AdminRequest): Guard {
  const { account, role } = request.who;
  return async (writes, whom) => {
    if (account !== undefined && (await readAccount(writes, account)).role !== role) {
      throw new Problem('forbidden', 'Your own role has just changed.');
    }
    refuseGreater(request, whom);
  };
}

/** Owners are touched by owners only, and support touches nobody who has a role. Throws `forbidden`. */
export function refuseGreater({ who }: Pick<AdminRequest, 'who'>, { role }: Account): void {
  if (mayTouch(who.role, role)) return;
  throw new Problem('forbidden', role === 'owner'
    ? 'This is about an owner of this server; only owners change that.'
    : 'This is about somebody who runs this server too; administrators and owners change that.');
}
