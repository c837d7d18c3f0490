import type { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import type { Admission } from '../accounts/admission.ts';
import { podBase } from '../pods/addresses.ts';
import { Problem } from '../problem.ts';
import { addPod } from './account-pods.ts';
import { enter } from './account-security.ts';
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
  return enter(call, await authenticate(call, fields), remember);
}

/** Finds the account of whoever knows a password and, where one is asked for, has a code. */
export function authenticate(
  { parts, visit }: Call, { email, password, code }: Omit<Fields<'credentials'>, 'remember'>,
): Promise<Admission> {
  const { address, agent } = visit.from;
  return parts.people.logins.login(email, password, address, { agent, code });
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
  const account = await logins.register(email, password, { ...visit.from, invite });
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

export async function resetPassword(call: Call, { recordId, password }: Fields<'reset'>): Answer<'nothing'> {
  const { address, agent } = call.visit.from;
  await call.parts.people.logins.reset(recordId, password, address, agent);
  return {};
}

export async function verifyEmail({ parts, visit }: Call, { token }: Fields<'verification'>): Answer<'nothing'> {
  await parts.people.logins.verify(token, visit.from.address, visit.from.agent);
  return {};
}
