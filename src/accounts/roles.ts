import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import { keys } from '../storage/keyspace.ts';
import type { StoredAccount } from './account.ts';

/** What people are to a node, beside having an account there, in the order of what they may. */
export const roles = ['owner', 'admin', 'support', 'auditor'] as const;
export type Role = (typeof roles)[number];

/** The account with another role, or with none. Throws `conflict` when no owner would be left. */
export async function withRole(writes: Beside, account: StoredAccount, role: Role | undefined): Promise<StoredAccount> {
  const { role: before, ...others } = account;
  if (before === 'owner' && role !== 'owner') await dropOwner(writes, account);
  if (role === 'owner' && before !== 'owner') putOwners(writes, [...await readOwners(writes), account.id]);
  return role === undefined ? others : { ...others, role };
}

/** Throws `conflict` when the account is the last owner of the node, who cannot be shut out. */
export async function keepAnOwner(writes: Beside, { id, role }: StoredAccount): Promise<void> {
  if (role === 'owner' && (await readOwners(writes)).every((owner) => owner === id)) throw lastOwner();
}

/** Takes an account off the list of owners. Throws `conflict` when it is the last. */
export async function dropOwner(writes: Beside, account: StoredAccount): Promise<void> {
  if (account.role !== 'owner') return;
  await keepAnOwner(writes, account);
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
