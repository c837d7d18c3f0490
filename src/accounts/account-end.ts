import type { Pods } from '../pods/pods.ts';
import { suspendPods } from '../pods/suspend.ts';
import { Problem } from '../problem.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Account, Guard, StoredAccount } from './account.ts';
import { active, decodeAccount, putAccount, readAccount, shown } from './account.ts';
import { change } from './change.ts';
import type { Mail } from './mail.ts';
import { dropOwner, keepAnOwner } from './roles.ts';
import type { From, SecurityEvent, SecurityLog } from './security-log.ts';
import { endSessions } from './sessions.ts';
import type { Sessions } from './sessions.ts';

const day = 24 * 60 * 60 * 1000;

export interface EndingsOptions {
  /** The node's, with its slash. */
  readonly baseUrl: string;
  readonly accountGraceDays: number;
}

export interface EndingsParts {
  readonly database: Database;
  readonly pods: Pods;
  readonly sessions: Sessions;
  readonly mail: Mail;
  readonly securityLog: SecurityLog;
  /** Ends what the issuer gave out for an account: its sessions, grants and tokens. */
  readonly revokeAccount: (account: string) => Promise<void>;
  readonly loginPage: string;
  readonly now: () => number;
}

/** How accounts are shut and opened again, and how they end. */
export class Endings {
  readonly #parts: EndingsParts;
  readonly #options: EndingsOptions;

  constructor(parts: EndingsParts, options: EndingsOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /**
   * Shuts an account: nobody can log in, what was given out for it is of no use, and its pods are shut too. It is not
   * deleted meanwhile. Throws `conflict` for the last owner of the node.
   */
  async suspend(id: string, reason?: string, guard?: Guard): Promise<Account> {
    return this.#shut(id, { kind: 'suspended' }, ({ deleteAt: _, reason: __, ...before }) =>
      ({ ...before, state: 'suspended', ...(reason !== undefined && { reason }) }), { guard });
  }

  /** Opens a suspended account again. Throws `conflict` when it is not suspended. */
  async restore(id: string, guard?: Guard): Promise<Account> {
    return this.#reopen(id, { kind: 'restored' }, 'suspended', 'This account is not suspended.', guard);
  }

  /**
   * Has an account deleted after the days of grace, and shut until then. Throws `forbidden` when it is suspended, and
   * `conflict` for the last owner of the node.
   */
  async leave(id: string, from?: From, guard?: Guard): Promise<Account> {
    const deleteAt = this.#parts.now() + this.#options.accountGraceDays * day;
    const account = await this.#shut(id, { kind: 'leaving' }, (before) => {
      if (before.state === 'suspended') throw new Problem('forbidden', 'This account is suspended.');
      return before.state === 'leaving' ? before : { ...before, state: 'leaving', deleteAt };
    }, { from, guard });
    const { baseUrl: server } = this.#options;
    const { mail, loginPage: link } = this.#parts;
    for (const { email, verified } of account.logins) {
      const until = new Date(account.deleteAt!).toISOString().slice(0, 10);
      if (verified && mail.works) {
        mail.later(async () => ({ kind: 'leaving', values: { server, email, link, day: until } }));
      }
    }
    return account;
  }

  /** Keeps an account that was about to be deleted. Throws `conflict` when it is not, or when it is too late. */
  async stay(id: string, guard?: Guard): Promise<Account> {
    return this.#reopen(id, { kind: 'stays' }, 'leaving', 'This account is not about to be deleted.', guard);
  }

  /**
   * Deletes an account with all that it owns, at once. Throws `missing` when there is none, and `conflict` for the last
   * owner of the node.
   */
  async deleteNow(id: string, guard?: Guard): Promise<void> {
    await change(this.#parts.database, async (writes) => {
      const before = await readAccount(writes, id, guard);
      await keepAnOwner(writes, before);
      const deleteAt = Math.min(before.deleteAt ?? Infinity, this.#parts.now());
      const generation = before.generation + 1;
      putAccount(writes, { ...before, state: 'leaving', deleting: true, generation, deleteAt }, before);
    });
    await this.end(id, this.#parts.now());
  }

  /**
   * Deletes an account whose time has come, with all that it owns; what a crash or `signal` interrupts, the next call
   * goes on with. Resolves to whether there is nothing left to do: as much when the account is there to stay.
   */
  async end(id: string, now: number, signal?: AbortSignal): Promise<boolean> {
    const { database, pods, sessions, securityLog, revokeAccount } = this.#parts;
    const begun = await change(database, async (writes) => {
      const [entry] = await writes.read([keys.account(id)]);
      if (entry === undefined) return undefined;
      const before = decodeAccount(entry);
      if (before.deleteAt === undefined || before.deleteAt > now) return undefined;
      if (before.deleting) return before;
      const after: StoredAccount = { ...before, state: 'leaving', deleting: true, generation: before.generation + 1 };
      putAccount(writes, after, before);
      return after;
    });
    if (begun === undefined) return true;
    await revokeAccount(id);
    for (const pod of begun.pods) await pods.destroy(pod.id, signal);
    if (signal?.aborted === true) return false;
    await sessions.clear(id, true);
    await securityLog.clear(id);
    await change(database, async (writes) => {
      const [entry] = await writes.read([keys.account(id)]);
      if (entry === undefined) return;
      const { deleteAt: _, ...account } = decodeAccount(entry);
      putAccount(writes, account, decodeAccount(entry));
      await dropOwner(writes, account);
      writes.delete(keys.account(id));
      for (const webId of account.webIds) writes.delete(keys.webId(webId));
      for (const { email } of account.logins) writes.delete(keys.passwordLogin(email));
      for (const credential of account.credentials) writes.delete(keys.credential(credential));
      for (const passkey of account.passkeys ?? []) writes.delete(keys.passkey(id, passkey));
    });
    // What was recorded meanwhile; from now on nothing is.
    await securityLog.clear(id);
    return true;
  }

  async #shut(
    id: string, event: SecurityEvent, to: (before: StoredAccount) => StoredAccount,
    { from, guard }: { readonly from?: From | undefined; readonly guard?: Guard | undefined },
  ): Promise<Account> {
    const { database, sessions, securityLog, revokeAccount } = this.#parts;
    const account = await change(database, async (writes) => {
      const before = await readAccount(writes, id, guard);
      if (before.deleting) throw new Problem('conflict', 'This account is being deleted.');
      await keepAnOwner(writes, before);
      const after = await endSessions(writes, to(before));
      putAccount(writes, after, before);
      if (after.state === 'suspended') await suspendPods(writes, after.pods, true);
      securityLog.put(writes, id, event, from);
      return shown(after);
    });
    await sessions.clear(id);
    await revokeAccount(id);
    return account;
  }

  #reopen(
    id: string, event: SecurityEvent, from: Account['state'], otherwise: string, guard: Guard | undefined,
  ): Promise<Account> {
    return change(this.#parts.database, async (writes) => {
      const before = await readAccount(writes, id, guard);
      if (before.state !== from || before.deleting) throw new Problem('conflict', otherwise);
      const after = active(before);
      putAccount(writes, after, before);
      if (from === 'suspended') await suspendPods(writes, after.pods, false);
      this.#parts.securityLog.put(writes, id, event);
      return shown(after);
    });
  }
}
