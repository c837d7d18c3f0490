import type { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { podBase } from '../pods/addresses.ts';
import { Problem } from '../problem.ts';
import { addPod } from './account-pods.ts';
import { FieldProblem } from './body-fields.ts';
import type { Call } from './route.ts';
import type * as schemas from './schemas.ts';

type Fields<K extends keyof typeof schemas> = z.output<(typeof schemas)[K] & z.ZodType>;
type Answer<K extends keyof typeof schemas> = Promise<z.input<(typeof schemas)[K] & z.ZodType>>;

/** Makes an account without a login; one has to be added within half an hour. */
export async function createAccount(call: Call, { invite }: Fields<'newAccount'>): Answer<'begun'> {
  const account = await call.parts.people.accounts.create({ address: call.parts.addressOf(call.ctx), invite });
  return { authorization: await call.visit.logIn(account) };
}

export async function logIn(call: Call, { remember, ...fields }: Fields<'credentials'>): Answer<'loggedIn'> {
  const { account, stayed } = await authenticate(call, fields);
  return { authorization: await call.visit.logIn(account, remember), ...(stayed ? { stayed } : {}) };
}

/** Finds the account of whoever knows a password. */
export function authenticate(
  { parts, ctx }: Call, { email, password }: { readonly email: string; readonly password: string },
): Promise<{ readonly account: Account; readonly stayed: boolean }> {
  return parts.people.logins.login(email, password, parts.addressOf(ctx));
}

export async function register(call: Call, { remember, ...fields }: Fields<'registration'>): Answer<'registered'> {
  const { account, pod } = await makeAccount(call, fields);
  return { authorization: await call.visit.logIn(account, remember), ...pod };
}

/**
 * Makes an account with a login and, if it is to have a name, a pod. When only the pod cannot be made, the account is
 * there, and `message` says why.
 */
export async function makeAccount(
  { parts, ctx, visit }: Call, { email, password, invite, name }: Omit<Fields<'registration'>, 'remember'>,
): Promise<{ readonly account: Account; readonly pod: Omit<Awaited<Answer<'registered'>>, 'authorization'> }> {
  const { accounts, logins } = parts.people;
  // A name that can be none is better told before there is an account.
  if (name !== undefined) checkName(name);
  const account = await logins.register(email, password, { address: parts.addressOf(ctx), invite });
  if (name === undefined) return { account, pod: {} };
  try {
    const pod = await addPod({ parts, ctx, visit, account, ids: {} }, { name });
    return { account: await accounts.get(account.id) ?? account, pod };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { account, pod: { message: error.message } };
  }
}

function checkName(name: string): void {
  try {
    podBase('path', 'http://localhost/', name);
  } catch (error) {
    throw error instanceof Problem ? new FieldProblem({ name: error.message }) : error;
  }
}

export async function logOut({ visit }: Call): Answer<'nothing'> {
  await visit.logOut();
  return {};
}

/** Answers the same for every address. */
export async function forgotPassword({ parts, ctx }: Call, { email }: Fields<'forgotten'>): Answer<'told'> {
  await parts.people.logins.forgot(email, parts.addressOf(ctx));
  return { email };
}

export async function resetPassword({ parts, ctx }: Call, { recordId, password }: Fields<'reset'>): Answer<'nothing'> {
  await parts.people.logins.reset(recordId, password, parts.addressOf(ctx));
  return {};
}

export async function verifyEmail({ parts, ctx }: Call, { token }: Fields<'verification'>): Answer<'nothing'> {
  await parts.people.logins.verify(token, parts.addressOf(ctx));
  return {};
}
