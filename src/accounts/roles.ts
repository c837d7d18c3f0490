import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import { keys } from '../storage/keyspace.ts';
import { decodeAccount, inactive } from './account.ts';
import type { StoredAccount } from './account.ts';

/** What people are to a node, beside having an account there, in the order of what they may. */
export const roles = ['owner', 'admin', 'support', 'auditor'] as const;
export type Role = (typeof roles)[number];

/**
 * The account with another role, or with none. Throws `conflict` when no owner would be left, and `forbidden` for an
 * owner who could not log in.
 */
export async function withRole(writes: Beside, account: StoredAccount, role: Role | undefined): Promise<StoredAccount> {
  const { role: before, ...others } = account;
  if (before === 'owner' && role !== 'owner') {
    await keepAnOwner(writes, account);
    await dropOwner(writes, account);
  }
  if (role === 'owner' && before !== 'owner') {
    if (account.state !== 'active') throw inactive(account);
    putOwners(writes, [...await readOwners(writes), account.id]);
    // With an owner, the node is set up.
    writes.delete(keys.setup);
  }
  return role === undefined ? others : { ...others, role };
}

/** Throws `conflict` when nobody else could log in as an owner of the node: the last one cannot be shut out. */
export async function keepAnOwner(writes: Beside, { id, role }: StoredAccount): Promise<void> {
  if (role !== 'owner') return;
  const others = (await readOwners(writes)).filter((owner) => owner !== id);
  const accounts = await writes.read(others.map((owner) => keys.account(owner)));
  if (!accounts.some((entry) => entry !== undefined && isUsable(decodeAccount(entry)))) throw lastOwner();
}

function isUsable({ state, deleting }: StoredAccount): boolean {
  return state === 'active' && deleting !== true;
}

/** Takes an account off the list of owners. */
export async function dropOwner(writes: Beside, account: StoredAccount): Promise<void> {
  if (account.role !== 'owner') return;
  putOwners(writes, (await readOwners(writes)).filter((owner) => owner !== account.id));
}

/** The accounts that own this node. */
export async function readOwners({ read }: Pick<Beside, 'read'>): Promise<readonly string[]> {
  const [entry] = await read([keys.owners]);
  return entry === undefined ? [] : decodeJson<string[]>(entry.value);
}

function putOwners(writes: Beside, owners: readonly string[]): void {
  writes.put(keys.owners, encodeJson(owners));
}

function lastOwner(): Problem {
  return new Problem('conflict', 'This is the last owner of this server. Make somebody else an owner first.');
}
