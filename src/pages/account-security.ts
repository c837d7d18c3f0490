import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { z } from 'zod';
import { ways } from '../accounts/admission.ts';
import type { Admission } from '../accounts/admission.ts';
import { deviceOf } from '../accounts/device.ts';
import { kinds } from '../accounts/security-log.ts';
import { Problem } from '../problem.ts';
import { confirmCode } from './account-logins.ts';
import { FieldProblem } from './body-fields.ts';
import { within } from './route.ts';
import type { Call, OwnCall } from './route.ts';
import type * as schemas from './security-schemas.ts';

type Fields<K extends keyof typeof schemas> = z.output<(typeof schemas)[K] & z.ZodType>;

/** How many entries of the log are given at a time. */
const maxEntries = 50;

/** Asks for any passkey of this server: what a browser needs for that. */
export async function askForPasskey({ parts, ctx }: Call) {
  return { options: await parts.people.passkeys.question(parts.addressOf(ctx)) };
}

export async function logInByPasskey(call: Call, { credential, remember }: Fields<'passkeyAnswer'>) {
  return enter(call, await authenticateByPasskey(call, credential), remember);
}

/** Finds the account of whoever shows a passkey. */
export function authenticateByPasskey({ parts, visit }: Call, credential: unknown): Promise<Admission> {
  return parts.people.passkeys.login(credential as AuthenticationResponseJSON, visit.from);
}

/** The second step of a login, after the password. */
export async function logInByCode(call: Call, { step, code, remember }: Fields<'codeAnswer'>) {
  return enter(call, await call.parts.people.secondFactors.finish(step, code, call.visit.from), remember);
}

/** Begins a session for whoever was let in. */
export async function enter({ visit }: Call, { account, stayed, how }: Admission, remember: boolean | undefined) {
  const authorization = await visit.logIn(account, remember, how);
  return { authorization, ...(stayed ? { stayed: true as const } : {}) };
}

/** Where all that is about logging in to an account is found. */
export async function showWays(call: OwnCall) {
  return {
    passwords: within(call, 'login', 'password'), passkeys: within(call, 'login', 'passkey'),
    totp: within(call, 'login', 'totp'), recoveryCodes: within(call, 'login', 'recovery-codes'),
    log: within(call, 'log'),
  };
}

export async function listPasskeys(call: OwnCall) {
  const passkeys = await call.parts.people.passkeys.list(call.account.id);
  return {
    passkeys: passkeys.map((passkey) => ({ ...passkey, resource: within(call, 'login', 'passkey', passkey.id) })),
  };
}

/** What a browser needs to make a passkey for the account. */
export async function askForNewPasskey({ parts, account }: OwnCall) {
  return { options: await parts.people.passkeys.creation(account.id) };
}

export async function addPasskey(call: OwnCall, { credential, name, code }: Fields<'newPasskey'>) {
  const { parts, account, visit } = call;
  await confirmCode(call, code);
  const made = credential as unknown as RegistrationResponseJSON;
  const { id } = await parts.people.passkeys.add(account.id, made, name ?? deviceOf(visit.from.agent), visit.from);
  return { resource: within(call, 'login', 'passkey', id) };
}

export async function renamePasskey({ parts, account, ids }: OwnCall, { name }: Fields<'passkeyName'>) {
  await parts.people.passkeys.rename(account.id, ids['passkey']!, name);
  return {};
}

export async function removePasskey({ parts, account, ids, visit }: OwnCall) {
  await parts.people.passkeys.remove(account.id, ids['passkey']!, visit.from);
  return {};
}

export async function showTotp({ parts, account }: OwnCall) {
  const state = await parts.people.secondFactors.state(account.id);
  return state === undefined ? { on: false } : { on: true, since: state.since, recoveryCodesLeft: state.recovery };
}

export async function beginTotp({ parts, account }: OwnCall) {
  return parts.people.secondFactors.enrol(account.id);
}

export async function confirmTotp({ parts, account, visit }: OwnCall, { step, code }: Fields<'totpCode'>) {
  return { recoveryCodes: await parts.people.secondFactors.confirm(account.id, step, code, visit.from) };
}

export async function endTotp(call: OwnCall, fields: Fields<'proof'>) {
  await confirmEither(call, fields);
  await call.parts.people.secondFactors.disable(call.account.id, call.visit.from);
  return {};
}

export async function renewRecoveryCodes(call: OwnCall, fields: Fields<'proof'>) {
  await confirmEither(call, fields);
  return { recoveryCodes: await call.parts.people.secondFactors.renew(call.account.id, call.visit.from) };
}

/** What happened to the account, the latest first; `?after=` goes on behind an entry. */
export async function showLog(call: OwnCall) {
  const { parts, account, ctx } = call;
  const { after } = ctx.query;
  const entries = await parts.people.securityLog.list(account.id, {
    limit: maxEntries, after: typeof after === 'string' ? after : undefined,
  });
  const next = entries.length < maxEntries ? undefined : `${within(call, 'log')}?after=${entries.at(-1)!.id}`;
  return {
    entries: entries.map(({ agent, ...entry }) => ({
      ...entry, words: kinds[entry.kind], ...(agent !== undefined && { device: deviceOf(agent) }),
    })),
    ...(next !== undefined && { next }),
  };
}

/** By what a session was begun, in words. */
export function wayOf(how: keyof typeof ways | undefined): string {
  return how === undefined ? 'when the account was made' : ways[how];
}

/** A session may be somebody else's: what weakens an account takes a code of it too, or its password. */
async function confirmEither(
  { parts, account, visit }: OwnCall, { password, code }: { password?: string | undefined; code?: string | undefined },
): Promise<void> {
  const { secondFactors, logins } = parts.people;
  if (code === undefined && password === undefined) {
    throw new FieldProblem({ password: 'The password or a code is needed.' });
  }
  try {
    if (code !== undefined) await secondFactors.check(account.id, code, visit.from);
    else await logins.checkPassword(account.id, account.logins[0]?.email ?? '', password!);
  } catch (error) {
    // Whoever asks may do this: it is what was sent that is wrong.
    if (!(error instanceof Problem && error.kind === 'forbidden')) throw error;
    throw new FieldProblem(code === undefined
      ? { password: 'This is not the password of this account.' } : { code: error.message });
  }
}
