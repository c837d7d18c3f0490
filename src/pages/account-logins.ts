import type { Login } from '../accounts/account.ts';
import { CodeWanted } from '../accounts/second-factors.ts';
import { Problem } from '../problem.ts';
import { FieldProblem } from './body-fields.ts';
import { describe } from './described.ts';
import { idOf, within } from './route.ts';
import type { OwnCall } from './route.ts';
import * as schemas from './schemas.ts';

export async function listLogins(call: OwnCall) {
  return {
    ...describe(schemas.newLogin),
    passwordLogins: Object.fromEntries(call.account.logins.map(({ email }) => [email, addressOf(call, email)])),
  };
}

export async function addLogin(
  call: OwnCall, { email, password, code }: { email: string; password: string; code?: string | undefined },
) {
  await confirmCode(call, code);
  const { logins } = await call.parts.people.logins.add(call.account.id, email, password, call.visit.from);
  return { resource: addressOf(call, logins.at(-1)!.email) };
}

export async function showLogin(call: OwnCall) {
  const { email, verified } = loginOf(call);
  return { ...describe(schemas.newPassword), email, verified, verify: `${addressOf(call, email)}verify/` };
}

/** Ends all other sessions, of the account and of apps. */
export async function changePassword(call: OwnCall, fields: { oldPassword: string; newPassword: string }) {
  const { account, parts, visit } = call;
  const { email } = loginOf(call);
  try {
    await parts.people.logins.change(account.id, email, fields.newPassword, {
      old: fields.oldPassword, from: visit.from, ...(visit.secret !== undefined && { keep: visit.secret }),
    });
  } catch (error) {
    // Whoever asks may do this: it is what was sent that is wrong.
    if (error instanceof Problem && error.kind === 'forbidden') throw new FieldProblem({ oldPassword: error.message });
    throw error;
  }
  return {};
}

export async function removeLogin(call: OwnCall, { code }: { code?: string | undefined }) {
  const { email } = loginOf(call);
  await confirmCode(call, code);
  await call.parts.people.logins.remove(call.account.id, email, call.visit.from);
  return {};
}

export async function askToVerify(call: OwnCall) {
  const { email } = loginOf(call);
  await call.parts.people.logins.askToVerify(call.account.id, email);
  return { email };
}

/** What the owner of an account shows that they are who is logged in to it. */
export interface OwnerProof {
  /** Of which login the password is; the first, if it does not say. */
  readonly email?: string | undefined;
  readonly password: string;
  /** Where one is asked for: of the authenticator app, or a recovery code. */
  readonly code?: string | undefined;
}

/** Has the account deleted after the days of grace. The password is asked for, as a session may be somebody else's. */
export async function leave(call: OwnCall, proof: OwnerProof) {
  const { account, parts, visit } = call;
  const [first] = account.logins;
  if (first === undefined) {
    throw new Problem('conflict', 'An account without a login ends by itself within half an hour.');
  }
  await confirmOwner(call, proof);
  const { deleteAt } = await parts.people.endings.leave(account.id, visit.from);
  await visit.logOut();
  return { deleteAt: deleteAt! };
}

/** Makes sure that whoever asks owns the account. Throws a `FieldProblem` about `password` or `code`; `too-many`. */
export async function confirmOwner({ parts, account, visit }: OwnCall, proof: OwnerProof): Promise<void> {
  const { logins } = parts.people;
  try {
    await logins.checkPassword(account.id, proof.email ?? account.logins[0]?.email ?? '', proof.password);
  } catch (error) {
    if (!(error instanceof Problem && error.kind === 'forbidden')) throw error;
    throw new FieldProblem({ password: 'This is not the password of this account.' });
  }
  await confirmCode({ parts, account, visit }, proof.code);
}

/**
 * Makes sure that whoever asks has the second factor, where there is one: a session may be somebody else's, who must
 * not make a way in of their own, or take its owner's away. Throws a `FieldProblem` about `code`; `too-many`.
 */
export async function confirmCode(
  { parts, account, visit }: Pick<OwnCall, 'parts' | 'account' | 'visit'>, code: string | undefined,
): Promise<void> {
  if (account.secondFactor === undefined) return;
  try {
    if (code === undefined) throw new CodeWanted();
    await parts.people.secondFactors.check(account.id, code, visit.from);
  } catch (error) {
    if (!(error instanceof Problem && error.kind === 'forbidden')) throw error;
    throw new FieldProblem({ code: error.message });
  }
}

function loginOf({ account, ids }: OwnCall): Login {
  const login = account.logins.find(({ email }) => idOf(email) === ids['login']);
  if (login === undefined) throw new Problem('missing', 'This account has no such login.');
  return login;
}

function addressOf(call: OwnCall, email: string): string {
  return within(call, 'login', 'password', idOf(email));
}
