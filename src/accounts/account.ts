import type { Entry } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import { expiryEntry, expiryKey } from './expiry.ts';
import type { Role } from './roles.ts';

/** A person as this server knows them: how they log in, who they are to others (WebIDs), and which pods are theirs. */
export interface Account {
  /** Random, 20 hexadecimal digits. */
  readonly id: string;
  /** When it was made, in milliseconds since 1970. */
  readonly created: number;
  /** Only an `active` account can be used. One that is `leaving` becomes active again when its owner logs in. */
  readonly state: 'active' | 'suspended' | 'leaving';
  /** When it is deleted with all that it owns: a leaving account, or one to which nobody can log in yet. */
  readonly deleteAt?: number;
  /** Hosted here, or elsewhere and linked after proof. */
  readonly webIds: readonly string[];
  readonly pods: readonly { readonly id: string; readonly base: string }[];
  readonly logins: readonly Login[];
  /** Whether a code is asked for besides a password. */
  readonly secondFactor?: true;
  /** What its owner is to this node. */
  readonly role?: Role;
  /** Why it is suspended, in the words of who did it. */
  readonly reason?: string;
}

/** A way to log in. `email` in lower case; `verified`: whoever logs in so has read a mail that was sent there. */
export interface Login {
  readonly kind: 'password';
  readonly email: string;
  readonly verified: boolean;
}

/** What the record of an account says besides. */
export interface StoredAccount extends Account {
  /** How often all its sessions were ended at once: a session that was begun in another generation does not count. */
  readonly generation: number;
  /** The ids of its client credentials. */
  readonly credentials: readonly string[];
  /** What makes the codes that are asked for besides a password. */
  readonly factor?: StoredFactor;
  /** The ids of its passkeys. */
  readonly passkeys?: readonly string[];
  /** Where it was used from so far, by `placeOf`: the last one first. */
  readonly places?: readonly string[];
  /** Its deletion has begun, so that there is no way back. */
  readonly deleting?: true;
}

/** Time-based codes (RFC 6238), and codes on paper for when what makes them is lost. */
export interface StoredFactor {
  /** In base 32. */
  readonly secret: string;
  readonly since: number;
  /** The number of the half minute whose code was used last: neither it nor one before is good again. */
  readonly lastStep: number;
  /** The hashes of the recovery codes that were not used yet. */
  readonly recovery: readonly string[];
}

export function decodeAccount({ key, value }: Entry): StoredAccount {
  return { id: key[1]!, ...decodeJson<Omit<StoredAccount, 'id'>>(value) };
}

/** What everybody else gets to know. */
export function shown(stored: StoredAccount): Account {
  const { generation: _, credentials: __, deleting: ___, passkeys: ____, places: _____, factor, ...account } = stored;
  return factor === undefined ? account : { ...account, secondFactor: true };
}

/**
 * Judges whether somebody may do what they are about to do with an account, in the commit that does it, so that nothing
 * which decides can change in between. Throws when they may not.
 */
export type Guard = (writes: Beside, account: Account) => Promise<void>;

/** Reads an account that a commit will check. Throws `missing` when there is none, and what `guard` throws. */
export async function readAccount(writes: Beside, id: string, guard?: Guard): Promise<StoredAccount> {
  const [entry] = isAccountId(id) ? await writes.read([keys.account(id)]) : [];
  if (entry === undefined) throw new Problem('missing', 'There is no such account.');
  const account = decodeAccount(entry);
  await guard?.(writes, account);
  return account;
}

/** The same for an account that has to be in use. Throws `forbidden` when it is not. */
export async function readActiveAccount(writes: Beside, id: string): Promise<StoredAccount> {
  const account = await readAccount(writes, id);
  if (account.state !== 'active') throw inactive(account);
  return account;
}

export function inactive({ state }: Account): Problem {
  return new Problem('forbidden', state === 'suspended'
    ? 'This account is suspended. Ask whoever runs this server.'
    : 'This account is about to be deleted. Log in to keep it.');
}

/** The account in use again. */
export function active({ deleteAt: _, reason: __, ...account }: StoredAccount): StoredAccount {
  return { ...account, state: 'active' };
}

/** Writes an account; `before` is what was read of it. The index of what ends follows `deleteAt`. */
export function putAccount(writes: Beside, account: StoredAccount, before: StoredAccount | undefined): void {
  const { id, ...record } = account;
  const key = keys.account(id);
  writes.put(key, encodeJson(record));
  if (account.deleteAt === before?.deleteAt) return;
  if (before?.deleteAt !== undefined) writes.delete(expiryKey(key, before.deleteAt));
  if (account.deleteAt !== undefined) {
    const entry = expiryEntry(key, account.deleteAt);
    writes.put(entry.key, entry.value);
  }
}

/** What other functions take for an id goes into keys. */
export function isAccountId(text: string): boolean {
  return /^[0-9a-f]{20}$/.test(text);
}
