import { randomBytes } from 'node:crypto';
import { podBase } from '../pods/addresses.ts';
import type { PodAddresses } from '../pods/addresses.ts';
import { createPod, ownWebId } from '../pods/new-pod.ts';
import type { Pods } from '../pods/pods.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Account, StoredAccount } from './account.ts';
import { decodeAccount, isAccountId, putAccount, readAccount, readActiveAccount, shown } from './account.ts';
import { change } from './change.ts';
import { emailKey } from './email.ts';
import { useInvite } from './invites.ts';
import type { Mail } from './mail.ts';
import { networkOf } from './rate-limit.ts';
import type { RateLimits } from './rate-limit.ts';
import { endSessions } from './sessions.ts';
import type { Sessions } from './sessions.ts';

const day = 24 * 60 * 60 * 1000;
/** How long an account stays to which nobody can log in yet. */
const withoutLogin = 30 * 60 * 1000;

/** Who may make an account: everybody, who has an invite, or the administrator only. */
export type SignUp = 'open' | 'invite' | 'closed';

/** Who makes an account. `address`: the IP address from which somebody signs up. */
export type Maker = { readonly address: string; readonly invite?: string | undefined } | 'admin';

export interface AccountsOptions {
  /** The node's, with its slash. */
  readonly baseUrl: string;
  readonly podAddresses: PodAddresses;
  readonly signUp: SignUp;
  readonly accountGraceDays: number;
  readonly maxPodsPerAccount: number;
}

/** A pod that somebody asks for. */
export interface PodWish {
  readonly name: string;
  /** Its owner: a WebID of the account. Without, it is the one in the pod's own profile document. */
  readonly webId?: string | undefined;
  /** The name of its owner, in any words. */
  readonly label?: string | undefined;
  /** Containers that everybody may read and write. */
  readonly open?: readonly string[] | undefined;
}

export interface AddedPod {
  readonly pod: { readonly id: string; readonly base: string };
  /** Its owner. */
  readonly webId: string;
  /** Whether that is a new WebID, which is linked to the account now. */
  readonly linked: boolean;
}

/** What the accounts are made with. */
export interface AccountsParts {
  readonly database: Database;
  readonly pods: Pods;
  readonly sessions: Sessions;
  readonly limits: RateLimits;
  readonly mail: Mail;
  /** Ends what the issuer gave out for an account: its sessions, grants and tokens. */
  readonly revokeAccount: (account: string) => Promise<void>;
  readonly loginPage: string;
  readonly now: () => number;
}

/** The accounts of this server: how they begin, which pods they have, and how they end. */
export class Accounts {
  readonly #parts: AccountsParts;
  readonly #options: AccountsOptions;

  constructor(parts: AccountsParts, options: AccountsOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  get signUp(): SignUp {
    return this.#options.signUp;
  }

  /**
   * Makes an account to which nobody can log in yet; without a login it is deleted after half an hour. Throws
   * `forbidden` when `by` may not, and `too-many`.
   */
  async create(by: Maker): Promise<Account> {
    this.admit(by);
    return change(this.#parts.database, async (writes) => shown(await this.begin(writes, by, (account) => account)));
  }

  /** Throws when `by` may not even try to make an account. Counts the try. */
  admit(by: Maker): void {
    if (by === 'admin') return;
    if (this.signUp === 'closed') {
      throw new Problem('forbidden', 'On this server, only the administrator makes accounts.');
    }
    if (this.signUp === 'invite' && (by.invite ?? '').trim() === '') {
      throw new Problem('forbidden', 'To make an account on this server, you need an invite.');
    }
    this.#parts.limits.take('registration', networkOf(by.address));
  }

  /** Puts a new account, as `complete` makes it, and uses the invite. For whoever has called `admit`. */
  async begin(writes: Beside, by: Maker, complete: (bare: StoredAccount) => StoredAccount): Promise<StoredAccount> {
    const created = this.#parts.now();
    const account = complete({
      id: randomBytes(10).toString('hex'), created, state: 'active', deleteAt: created + withoutLogin,
      webIds: [], pods: [], logins: [], generation: 0, credentials: [],
    });
    if (by !== 'admin' && this.signUp === 'invite') await useInvite(writes, by.invite ?? '', created);
    putAccount(writes, account, undefined);
    return account;
  }

  /** The account with this id, in whatever state. */
  async get(id: string): Promise<Account | undefined> {
    const [entry] = isAccountId(id) ? await this.#parts.database.get([keys.account(id)]) : [];
    return entry && shown(decodeAccount(entry));
  }

  async byEmail(email: string): Promise<Account | undefined> {
    const [entry] = await this.#parts.database.get([keys.passwordLogin(emailKey(email))]);
    return entry && this.get((JSON.parse(Buffer.from(entry.value).toString()) as { account: string }).account);
  }

  async byWebId(webId: string): Promise<Account | undefined> {
    if (!isWebIdKey(webId)) return undefined;
    const [entry] = await this.#parts.database.get([keys.webId(webId)]);
    return entry && this.get(Buffer.from(entry.value).toString());
  }

  /** All accounts in the order of their ids, which is none; those behind `after`, if given. */
  async * list(after?: string): AsyncIterable<Account> {
    const page = after === undefined ? {} : { after: keys.account(after) };
    for await (const entry of this.#parts.database.range(keys.accounts, page)) yield shown(decodeAccount(entry));
  }

  /**
   * Makes a pod of the account, in one commit with all that is known of it. Throws `conflict` when its name or address
   * is taken or the account has as many as it may, `forbidden` for a WebID that is none of the account's, and `invalid`
   * for a name that cannot be one.
   */
  async addPod(id: string, wish: PodWish): Promise<AddedPod> {
    const { podAddresses, baseUrl, maxPodsPerAccount } = this.#options;
    const { name, webId } = wish;
    podBase('path', baseUrl, name); // Names are good wherever pods are, as that may change.
    const pod = await createPod(this.#parts.pods, podAddresses, baseUrl, wish, async (writes, made) => {
      const own = ownWebId(made.base);
      const [, taken, linked] = await writes.read([keys.account(id), keys.name(name), keys.webId(own)]);
      const account = await readActiveAccount(writes, id);
      if (account.pods.length >= maxPodsPerAccount) {
        throw new Problem('conflict', `An account has up to ${maxPodsPerAccount} pods.`);
      }
      if (webId !== undefined && !account.webIds.includes(webId)) {
        throw new Problem('forbidden', 'This WebID is not linked to the account.');
      }
      if (taken !== undefined && Buffer.from(taken.value).toString() !== id) throw nameTaken(name);
      if (webId === undefined && linked !== undefined) throw nameTaken(name);
      writes.put(keys.name(name), Buffer.from(id));
      if (webId === undefined) writes.put(keys.webId(own), Buffer.from(id));
      putAccount(writes, {
        ...account,
        pods: [...account.pods, { id: made.id, base: made.base }],
        webIds: webId === undefined ? [...account.webIds, own] : account.webIds,
      }, account);
    });
    return { pod: { id: pod.id, base: pod.base }, webId: webId ?? ownWebId(pod.base), linked: webId === undefined };
  }

  /** Shuts an account: nobody can log in, and what was given out for it is of no use. It is not deleted meanwhile. */
  async suspend(id: string): Promise<Account> {
    return this.#shut(id, ({ deleteAt: _, ...account }) => ({ ...account, state: 'suspended' }));
  }

  /** Opens a suspended account again. Throws `conflict` when it is not suspended. */
  async restore(id: string): Promise<Account> {
    return this.#reopen(id, 'suspended', 'This account is not suspended.');
  }

  /** Has an account deleted after the days of grace, and shut until then. Throws `forbidden` when it is suspended. */
  async leave(id: string): Promise<Account> {
    const deleteAt = this.#parts.now() + this.#options.accountGraceDays * day;
    const account = await this.#shut(id, (before) => {
      if (before.state === 'suspended') throw new Problem('forbidden', 'This account is suspended.');
      return before.state === 'leaving' ? before : { ...before, state: 'leaving', deleteAt };
    });
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
  async stay(id: string): Promise<Account> {
    return this.#reopen(id, 'leaving', 'This account is not about to be deleted.');
  }

  /** Deletes an account with all that it owns, at once. Throws `missing` when there is none. */
  async deleteNow(id: string): Promise<void> {
    await change(this.#parts.database, async (writes) => {
      const before = await readAccount(writes, id);
      const deleteAt = Math.min(before.deleteAt ?? Infinity, this.#parts.now());
      putAccount(writes, { ...before, state: 'leaving', deleteAt }, before);
    });
    await this.end(id, this.#parts.now());
  }

  /**
   * Deletes an account whose time has come, with all that it owns; what a crash or `signal` interrupts, the next call
   * goes on with. Resolves to whether there is nothing left to do: as much when the account is there to stay.
   */
  async end(id: string, now: number, signal?: AbortSignal): Promise<boolean> {
    const { database, pods, sessions, revokeAccount } = this.#parts;
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
    await change(database, async (writes) => {
      const [entry] = await writes.read([keys.account(id)]);
      if (entry === undefined) return;
      const { deleteAt: _, ...account } = decodeAccount(entry);
      putAccount(writes, account, decodeAccount(entry));
      writes.delete(keys.account(id));
      for (const webId of account.webIds) writes.delete(keys.webId(webId));
      for (const { email } of account.logins) writes.delete(keys.passwordLogin(email));
      for (const credential of account.credentials) writes.delete(keys.credential(credential));
    });
    return true;
  }

  async #shut(id: string, to: (before: StoredAccount) => StoredAccount): Promise<Account> {
    const { database, sessions, revokeAccount } = this.#parts;
    const account = await change(database, async (writes) => {
      const before = await readAccount(writes, id);
      if (before.deleting) throw new Problem('conflict', 'This account is being deleted.');
      const after = await endSessions(writes, to(before));
      putAccount(writes, after, before);
      return shown(after);
    });
    await sessions.clear(id);
    await revokeAccount(id);
    return account;
  }

  #reopen(id: string, from: Account['state'], otherwise: string): Promise<Account> {
    return change(this.#parts.database, async (writes) => {
      const before = await readAccount(writes, id);
      if (before.state !== from || before.deleting) throw new Problem('conflict', otherwise);
      const after = active(before);
      putAccount(writes, after, before);
      return shown(after);
    });
  }
}

/** The account in use again. */
export function active({ deleteAt: _, ...account }: StoredAccount): StoredAccount {
  return { ...account, state: 'active' };
}

/** What can be a WebID here at all: keys have a limit. */
export function isWebIdKey(webId: string): boolean {
  return Buffer.byteLength(webId) <= 2_000 && webId.isWellFormed() && !webId.includes('\0');
}

function nameTaken(name: string): Problem {
  return new Problem('conflict', `The name "${name}" is taken.`);
}
