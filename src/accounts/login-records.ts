import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import type { Entry } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Account, Login, StoredAccount } from './account.ts';

/** The record of a login. */
export interface StoredLogin {
  readonly account: string;
  /** A PHC string; see `Passwords`. */
  readonly hash: string;
}

export async function refuseTaken({ read }: Beside, email: string): Promise<void> {
  const [taken] = await read([keys.passwordLogin(email)]);
  if (taken !== undefined) throw new Problem('conflict', 'There is a login for this e-mail address already.');
}

/** The account with one login more: then it is there to stay. */
export function withLogin({ deleteAt: _, ...account }: StoredAccount, email: string): StoredAccount {
  return { ...account, logins: [...account.logins, { kind: 'password', email, verified: false }] };
}

export function withVerified(account: StoredAccount, email: string): StoredAccount {
  const logins = account.logins.map((login) => login.email === email ? { ...login, verified: true } : login);
  return { ...account, logins };
}

export function loginOf({ logins }: Account, email: string): Login | undefined {
  return logins.find((login) => login.email === email);
}

export function putLogin(writes: Beside, email: string, login: StoredLogin): void {
  writes.put(keys.passwordLogin(email), encodeJson(login));
}

export function decodeLogin({ value }: Entry): StoredLogin {
  return decodeJson<StoredLogin>(value);
}
