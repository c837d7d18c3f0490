import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import type { Database, Entry, Key } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Account, Guard, StoredAccount } from './account.ts';
import { decodeAccount, isAccountId, putAccount, readAccount, readActiveAccount, shown } from './account.ts';
import { change } from './change.ts';
import { deviceOf } from './device.ts';
import { expiryEntry, expiryKey } from './expiry.ts';
import type { Way } from './admission.ts';
import { hashOf, newSecret } from './secret.ts';
import type { From, SecurityLog } from './security-log.ts';

const day = 24 * 60 * 60 * 1000;
/** How often it is noted that a session is used, at most: a read must not cost a write each time. */
const renewAfter = 60 * 60 * 1000;
/** The most sessions of one account; a further one ends the one that was not used for the longest time. */
const maxSessions = 100;
/** In characters, of what is kept about who began it. */
const maxAbout = 200;
/** How many are deleted in one commit. */
const batch = 100;

/** A browser or script in which somebody is logged in to an account. */
export interface Session {
  /** Not its secret, but the hash of that: good for telling which one is meant. */
  readonly id: string;
  readonly account: string;
  readonly created: number;
  readonly lastUsed: number;
  readonly expires: number;
  /** For its owner to know it by: the User-Agent of whoever logged in. */
  readonly about: string;
  /** The IP addresses from which it was begun, and was used when that was noted last. Not kept of old sessions. */
  readonly firstAddress?: string;
  readonly lastAddress?: string;
  /** By what its owner showed who they are; without, by making the account. */
  readonly how?: Way;
}

interface StoredSession extends Omit<Session, 'id' | 'account'> {
  readonly generation: number;
}

/** Sessions, by secrets that only whoever logged in has: 20 digits that are the account's id, and 256 random bits. */
export class Sessions {
  readonly #database: Database;
  readonly #lifetime: number;
  readonly #log: SecurityLog;
  readonly #now: () => number;

  constructor(
    database: Database, log: SecurityLog, { sessionDays }: { readonly sessionDays: number },
    now: () => number = Date.now,
  ) {
    this.#database = database;
    this.#log = log;
    this.#lifetime = sessionDays * day;
    this.#now = now;
  }

  /** Begins a session; gives its secret. Throws `forbidden` when the account is not active. */
  async begin(
    account: string, about: string,
    { address, how }: { readonly address?: string; readonly how?: Way | undefined } = {},
  ): Promise<string> {
    const random = newSecret();
    const others = await this.#entries(account);
    const surplus = others
      .toSorted((one, other) => stored(other).lastUsed - stored(one).lastUsed)
      .slice(maxSessions - 1);
    const now = this.#now();
    await change(this.#database, async (writes) => {
      const { generation } = await readActiveAccount(writes, account);
      const session = { created: now, lastUsed: now, expires: now + this.#lifetime, generation,
        about: about.slice(0, maxAbout).toWellFormed(),
        ...(address !== undefined && { firstAddress: address, lastAddress: address }), ...(how && { how }) };
      put(writes, keys.session(account, hashOf(random)), session, undefined);
      for (const { key, value } of surplus) remove(writes, key, decodeJson<StoredSession>(value));
    });
    return `${account}${random}`;
  }

  /**
   * The session that has this secret, and its account, while both are in use. Finding it keeps it alive. `address`:
   * from where it is used now.
   */
  async find(
    secret: string, address?: string,
  ): Promise<{ readonly session: Session; readonly account: Account } | undefined> {
    const key = keyOf(secret);
    if (key === undefined) return undefined;
    const found = this.#judge(await this.#database.get([key, keys.account(key[1]!)]));
    if (found === undefined || this.#now() - found.session.lastUsed < renewAfter) return found;
    return change(this.#database, async (writes) => {
      const again = this.#judge(await writes.read([key, keys.account(key[1]!)]));
      if (again === undefined) return undefined;
      const { generation } = again;
      const { id: _, account: __, ...before } = again.session;
      const session = {
        ...before, lastUsed: this.#now(), expires: this.#now() + this.#lifetime,
        ...(address !== undefined && { lastAddress: address }),
      };
      put(writes, key, { ...session, generation }, { ...before, generation });
      return { session: { ...again.session, ...session }, account: again.account };
    });
  }

  /** Those of an account that are in use, the last used first. */
  async list(account: string): Promise<Session[]> {
    const [owner] = isAccountId(account) ? await this.#database.get([keys.account(account)]) : [];
    const sessions = (await this.#entries(account)).flatMap((entry) => this.#judge([entry, owner])?.session ?? []);
    return sessions.toSorted((one, other) => other.lastUsed - one.lastUsed);
  }

  /** Ends the session that has this secret; does nothing when there is none. */
  async end(secret: string): Promise<void> {
    const key = keyOf(secret);
    if (key !== undefined) await change(this.#database, (writes) => end(writes, key));
  }

  /** Ends one of the sessions of an account; resolves to whether it was there. */
  async endOne(account: string, id: string, from?: From): Promise<boolean> {
    return isAccountId(account) && isHash(id) && change(this.#database, async (writes) => {
      const ended = await end(writes, keys.session(account, id));
      if (ended) this.#log.put(writes, account, { kind: 'session-ended', about: deviceOf(ended.about) }, from);
      return ended !== undefined;
    });
  }

  /** Ends all sessions of an account, in one commit, but for the one with the secret `except`. */
  async endAll(
    account: string,
    { except, from, guard }: {
      readonly except?: string | undefined; readonly from?: From | undefined; readonly guard?: Guard | undefined;
    } = {},
  ): Promise<void> {
    await change(this.#database, async (writes) => {
      const before = await readAccount(writes, account, guard);
      putAccount(writes, await endSessions(writes, before, except), before);
      this.#log.put(writes, account, { kind: 'sessions-ended' }, from);
    });
    await this.clear(account);
  }

  /** Deletes what is left of sessions that were ended; with `all`, of those that go on too: of an account that ends. */
  async clear(account: string, all = false): Promise<void> {
    if (!isAccountId(account)) return;
    const [owner] = await this.#database.get([keys.account(account)]);
    const generation = owner && decodeAccount(owner).generation;
    const ended = (await this.#entries(account)).filter((entry) => all || stored(entry).generation !== generation);
    for (let i = 0; i < ended.length; i += batch) {
      const some = ended.slice(i, i + batch);
      await this.#database.commit({
        deletes: some.flatMap((entry) => [entry.key, expiryKey(entry.key, stored(entry).expires)]),
      });
    }
  }

  /** All there are of an account, also those that do not count any more: little more than `maxSessions`. */
  async #entries(account: string): Promise<Entry[]> {
    const entries: Entry[] = [];
    if (!isAccountId(account)) return entries;
    for await (const entry of this.#database.range(keys.sessions(account))) entries.push(entry);
    return entries;
  }

  #judge([entry, owner]: readonly (Entry | undefined)[]):
    { readonly session: Session; readonly account: Account; readonly generation: number } | undefined {
    if (entry === undefined || owner === undefined) return undefined;
    const { generation, ...session } = stored(entry);
    const account = decodeAccount(owner);
    if (account.state !== 'active' || account.generation !== generation) return undefined;
    if (session.expires <= this.#now()) return undefined;
    return { session: { id: entry.key[2]!, account: account.id, ...session }, account: shown(account), generation };
  }
}

/**
 * Gives the account as it is once all its sessions are ended, to be written in the same commit; the one with the secret
 * `except` is taken over into the new generation.
 */
export async function endSessions(writes: Beside, account: StoredAccount, except?: string): Promise<StoredAccount> {
  const generation = account.generation + 1;
  const key = except === undefined ? undefined : keyOf(except);
  if (key !== undefined && key[1] === account.id) {
    const [entry] = await writes.read([key]);
    const session = entry && stored(entry);
    if (session?.generation === account.generation) put(writes, key, { ...session, generation }, session);
  }
  return { ...account, generation };
}

function put(writes: Beside, key: Key, session: StoredSession, before: StoredSession | undefined): void {
  writes.put(key, encodeJson(session));
  if (session.expires === before?.expires) return;
  if (before !== undefined) writes.delete(expiryKey(key, before.expires));
  const entry = expiryEntry(key, session.expires);
  writes.put(entry.key, entry.value);
}

function remove(writes: Beside, key: Key, { expires }: StoredSession): void {
  writes.delete(key);
  writes.delete(expiryKey(key, expires));
}

async function end(writes: Beside, key: Key): Promise<StoredSession | undefined> {
  const [entry] = await writes.read([key]);
  const session = entry && stored(entry);
  if (session !== undefined) remove(writes, key, session);
  return session;
}

function stored({ value }: Entry): StoredSession {
  return decodeJson<StoredSession>(value);
}

function keyOf(secret: string): Key | undefined {
  const [, account, random] = /^([0-9a-f]{20})([\w-]{43})$/.exec(secret) ?? [];
  return account === undefined ? undefined : keys.session(account, hashOf(random!));
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
