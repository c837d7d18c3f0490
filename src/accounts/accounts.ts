import { randomBytes } from 'node:crypto';
import { podBase } from '../pods/addresses.ts';
import type { PodAddresses } from '../pods/addresses.ts';
import { beginDestroy } from '../pods/destroy.ts';
import { createPod, ownWebId } from '../pods/new-pod.ts';
import type { Pods } from '../pods/pods.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Account, Guard, StoredAccount } from './account.ts';
import { decodeAccount, isAccountId, putAccount, readAccount, readActiveAccount, shown } from './account.ts';
import { change } from './change.ts';
import { dropWebIds } from './drop-web-ids.ts';
import { emailKey } from './email.ts';
import { useInvite } from './invites.ts';
import { networkOf } from './rate-limit.ts';
import { readOwners, withRole } from './roles.ts';
import type { Role } from './roles.ts';
import type { RateLimits } from './rate-limit.ts';
import type { From, SecurityEvent, SecurityLog } from './security-log.ts';

/** How long an account stays to which nobody can log in yet. */
const withoutLogin = 30 * 60 * 1000;
/** How long whoever deletes a pod waits for all of its content to be deleted. */
const deletionMilliseconds = 5_000;

/** Who may make an account: everybody, who has an invite, or the administrator only. */
export type SignUp = 'open' | 'invite' | 'closed';

/** Why a pod is not deleted: the last WebID of its account is in it. */
class LastWebId extends Problem {
  constructor() {
    super('conflict', 'Your only WebID is in this pod, and goes with it: then no app can tell any more who you are.');
  }
}

/** Who makes an account. `address`: the IP address from which somebody signs up. */
export type Maker =
  | { readonly address: string; readonly agent?: string; readonly invite?: string | undefined }
  | 'admin';

export interface AccountsOptions {
  /** The node's, with its slash. */
  readonly baseUrl: string;
  readonly podAddresses: PodAddresses;
  readonly signUp: SignUp;
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
  readonly limits: RateLimits;
  readonly securityLog: SecurityLog;
  readonly now: () => number;
}

/** The accounts of this server: how they begin, who they are, and which pods they have. */
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
    const from = by === 'admin' ? undefined : { address: by.address, agent: by.agent ?? '' };
    this.#parts.securityLog.put(writes, account.id, { kind: 'registered' }, from);
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

  /** The account of a pod, by its address or its name. */
  async byPod(pod: string): Promise<Account | undefined> {
    const { baseUrl, podAddresses } = this.#options;
    const name = pod.startsWith('http') ? podName(podAddresses, baseUrl, pod) : pod;
    if (name === undefined || !isWebIdKey(name)) return undefined;
    const [entry] = await this.#parts.database.get([keys.name(name)]);
    return entry && this.get(Buffer.from(entry.value).toString());
  }

  /** The accounts with a login whose address begins so and is longer, in the order of those; behind the one `after`. */
  async * byEmailBeginning(beginning: string, after?: string): AsyncIterable<Account> {
    if (!isWebIdKey(beginning)) return;
    const seen = new Set<string>();
    let skipping = after !== undefined;
    const page = { after: keys.passwordLogin(beginning) };
    for await (const { key, value } of this.#parts.database.range(keys.passwordLogins, page)) {
      if (!key.at(-1)!.startsWith(beginning)) return;
      const { account: id } = JSON.parse(Buffer.from(value).toString()) as { account: string };
      if (seen.has(id)) continue;
      seen.add(id);
      if (!skipping) {
        const account = await this.get(id);
        if (account !== undefined) yield account;
      } else if (id === after) skipping = false;
    }
  }

  /** All accounts in the order of their ids, which is none; those behind `after`, if given. */
  async * list(after?: string): AsyncIterable<Account> {
    if (after !== undefined && !isAccountId(after)) return;
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

  /**
   * Deletes a pod of the account with all that is in it, and unlinks the WebIDs in it; its name stays taken. Throws
   * `missing` when the account has no such pod, `conflict` when a WebID in it is the only owner of another pod, or the
   * last WebID of the account and `evenLastWebId` does not say that it may go.
   */
  async removePod(
    id: string, pod: string, by: { readonly evenLastWebId: boolean; readonly from: From },
  ): Promise<void> {
    const { database, pods, securityLog } = this.#parts;
    const event = await change(database, async (writes): Promise<SecurityEvent> => {
      const before = await readActiveAccount(writes, id);
      const own = before.pods.find((one) => one.id === pod);
      if (own === undefined) throw new Problem('missing', 'This account has no such pod.');
      const left = { ...before, pods: before.pods.filter((one) => one !== own) };
      const after = await dropWebIds(writes, left, before.webIds.filter((webId) => webId.startsWith(own.base)));
      if (after.webIds.length === 0 && before.webIds.length > 0 && !by.evenLastWebId) throw new LastWebId();
      putAccount(writes, after, before);
      await beginDestroy(writes, pod);
      const deleted: SecurityEvent = { kind: 'pod-deleted', about: own.base };
      securityLog.put(writes, id, deleted, by.from);
      return deleted;
    });
    securityLog.tell(id, event, by.from);
    // It is gone already. What is left of a large one, the sweep deletes.
    await pods.destroy(pod, AbortSignal.timeout(deletionMilliseconds));
  }

  /**
   * Makes somebody an owner, admin, support or auditor of the node, or nothing of the kind. Throws `conflict` when no
   * owner would be left.
   */
  async setRole(id: string, role: Role | undefined, guard?: Guard): Promise<Account> {
    return change(this.#parts.database, async (writes) => {
      const before = await readAccount(writes, id, guard);
      const after = await withRole(writes, before, role);
      putAccount(writes, after, before);
      this.#parts.securityLog.put(writes, id, { kind: 'role-changed', about: role ?? 'none' });
      return shown(after);
    });
  }

  /** Whether somebody owns this node. */
  async hasOwner(): Promise<boolean> {
    return (await readOwners({ read: (wanted) => this.#parts.database.get(wanted) })).length > 0;
  }
}

/** The name of the pod at an address of this node. */
function podName(addresses: PodAddresses, baseUrl: string, url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, pathname } = new URL(url);
  if (addresses === 'subdomain') return hostname.split('.', 1)[0];
  return url.startsWith(baseUrl) ? pathname.slice(new URL(baseUrl).pathname.length).split('/', 1)[0] : undefined;
}

/** What can be a WebID here at all: keys have a limit. */
export function isWebIdKey(webId: string): boolean {
  return Buffer.byteLength(webId) <= 2_000 && webId.isWellFormed() && !webId.includes('\0');
}

function nameTaken(name: string): Problem {
  return new Problem('conflict', `The name "${name}" is taken.`);
}
