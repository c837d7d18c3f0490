import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import type { Database, Entry, Key } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import { LatestFirstIds } from '../storage/latest-first.ts';
import { decodeAccount, isAccountId } from './account.ts';
import { deviceOf } from './device.ts';
import { expiryEntry, expiryKey } from './expiry.ts';
import type { Mail } from './mail.ts';

/** How long an entry is kept, in milliseconds. */
const lifetime = 365 * 24 * 60 * 60 * 1000;
/** The most entries of one account; there may be up to `trimEvery` more in each process, until they are counted. */
export const maxEntries = 1_000;
export const trimEvery = 50;
/** How many are deleted in one commit. */
const batch = 100;
/** How many accounts are counted for at once. */
const maxCounted = 10_000;
/** In characters. */
const maxAbout = 200;

/** What can happen to an account, in the words in which its owner reads it. */
export const kinds = {
  'registered': 'The account was made',
  'login': 'Logged in',
  'login-new-place': 'Logged in with a device or from a network that is new here',
  'login-failed': 'Somebody tried to log in, with a wrong password',
  'code-failed': 'Somebody had the right password, but a wrong code',
  'passkey-failed': 'A passkey was refused',
  'session-ended': 'Logged out elsewhere',
  'sessions-ended': 'Logged out everywhere else',
  'password-changed': 'The password was changed',
  'password-reset': 'A new password was set with a link from a mail',
  'email-added': 'An e-mail address to log in with was added',
  'email-removed': 'An e-mail address to log in with was removed',
  'email-verified': 'An e-mail address was confirmed',
  'second-factor-on': 'Codes from an authenticator app are asked for from now on',
  'second-factor-off': 'Codes from an authenticator app are not asked for any more',
  'second-factor-reset': 'An administrator turned off the codes from the authenticator app',
  'recovery-codes-made': 'New recovery codes were made',
  'recovery-code-used': 'A recovery code was used',
  'passkey-added': 'A passkey was added',
  'passkey-removed': 'A passkey was removed',
  'app': 'A new app was connected',
  'app-changed': 'What an app may do was changed',
  'app-withdrawn': 'What an app might do was taken back',
  'credential-added': 'Client credentials for a script were made',
  'credential-removed': 'Client credentials of a script were removed',
  'pod-deleted': 'A pod was deleted, with all that was in it',
  'webhook-disabled': 'A webhook was given up: its receiver had not answered for too long',
  'suspended': 'The account was suspended by an administrator',
  'restored': 'The account was restored by an administrator',
  'role-changed': 'The role of the account was changed',
  'leaving': 'The account is going to be deleted',
  'stays': 'The account is not going to be deleted any more',
} as const;

export type SecurityKind = keyof typeof kinds;

/** Of what its owner hears by mail, at once. */
const mailed: ReadonlySet<SecurityKind> = new Set<SecurityKind>([
  'login-new-place', 'password-changed', 'password-reset', 'second-factor-on', 'second-factor-off',
  'second-factor-reset', 'recovery-codes-made', 'recovery-code-used', 'passkey-added', 'passkey-removed', 'app',
  'email-added', 'pod-deleted', 'webhook-disabled',
]);

/** From where a request came: the IP address, and the User-Agent it named. */
export interface From {
  readonly address: string;
  readonly agent: string;
}

/** Something that happened. `about`: what to, in a few words that its owner knows: an address, the name of an app. */
export interface SecurityEvent {
  readonly kind: SecurityKind;
  readonly about?: string;
}

/** An entry of the log. `at`: in milliseconds since 1970. */
export interface SecurityEntry extends SecurityEvent, Partial<From> {
  readonly id: string;
  readonly at: number;
}

export interface SecurityLogParts {
  readonly database: Database;
  readonly mail: Mail;
  /** The node's, with its slash. */
  readonly baseUrl: string;
  /** The page of an account on which its owner sees this log. */
  readonly page: (account: string) => string;
  readonly now: () => number;
}

/**
 * What happened to accounts, for their owners to look at: entries are added and, when they are old or too many,
 * deleted, never changed.
 */
export class SecurityLog {
  readonly #parts: SecurityLogParts;
  readonly #ids = new LatestFirstIds();
  /** How many entries were put since the account was last counted. */
  readonly #put = new LRUCache<string, number>({ max: maxCounted });

  constructor(parts: SecurityLogParts) {
    this.#parts = parts;
  }

  /** Adds an entry in the commit of what it is about. Whoever calls this calls `tell` when that is done. */
  put(writes: Pick<Beside, 'put'>, account: string, { kind, about }: SecurityEvent, from?: From): void {
    const at = this.#parts.now();
    const key = keys.securityEntry(account, this.#ids.next(at));
    const expires = at + lifetime;
    writes.put(key, encodeJson({
      kind, at, expires, ...(about !== undefined && { about: about.slice(0, maxAbout).toWellFormed() }),
      ...(from && { address: from.address, agent: from.agent.slice(0, maxAbout).toWellFormed() }),
    }));
    const entry = expiryEntry(key, expires);
    writes.put(entry.key, entry.value);
    this.#count(account);
  }

  /**
   * Adds an entry about what has no commit, or is in another room, and tells of it; unless there is no such account.
   */
  async record(account: string, event: SecurityEvent, from?: From): Promise<void> {
    if (!isAccountId(account)) return;
    const puts: { key: Key; value: Uint8Array }[] = [];
    this.put({ put: (key, value) => puts.push({ key, value }) }, account, event, from);
    const checks = [{ key: keys.account(account), exists: true }];
    const isThere = await this.#parts.database.commit({ checks, puts }) !== undefined;
    if (isThere) this.tell(account, event, from);
  }

  /** Does the same after the answer, so that nobody sees by the time it takes whether there is such an account. */
  recordLater(account: string, event: SecurityEvent, from?: From): void {
    this.#parts.mail.later(async () => {
      await this.record(account, event, from);
      return undefined;
    });
  }

  /** Mails what its owner has to hear at once, to the addresses that are verified; where there is a mail server. */
  tell(account: string, { kind, about }: SecurityEvent, from?: From): void {
    const { mail, database, baseUrl: server, page, now } = this.#parts;
    if (!mailed.has(kind) || !mail.works) return;
    const time = new Date(now()).toISOString().slice(0, 16).replace('T', ' ');
    const known = [
      ...(about === undefined ? [] : [`What: ${about}`]), `When: ${time} UTC`,
      ...(from === undefined ? [] : [`From: ${deviceOf(from.agent)}, at the address ${from.address}`]),
    ];
    mail.later(async () => {
      const [entry] = await database.get([keys.account(account)]);
      const addresses = (entry ? decodeAccount(entry).logins : []).filter(({ verified }) => verified);
      for (const { email } of addresses) {
        mail.later(async () => ({
          kind: 'notice', values: { server, email, link: page(account), happened: kinds[kind], known },
        }));
      }
      return undefined;
    });
  }

  /** The entries of an account, the latest first: at most `limit`, those behind the one with the id `after`. */
  async list(
    account: string, { limit = 50, after }: { readonly limit?: number; readonly after?: string | undefined } = {},
  ): Promise<SecurityEntry[]> {
    if (!isAccountId(account) || (after !== undefined && !LatestFirstIds.is(after))) return [];
    const page = { limit, ...(after !== undefined && { after: keys.securityEntry(account, after) }) };
    const entries: SecurityEntry[] = [];
    for await (const entry of this.#parts.database.range(keys.securityLog(account), page)) {
      const { expires: _, ...shown } = stored(entry);
      entries.push({ id: entry.key[2]!, ...shown });
    }
    return entries;
  }

  /** Deletes all of an account that ends. */
  async clear(account: string): Promise<void> {
    if (isAccountId(account)) await this.#deleteFrom(account, 0);
  }

  #count(account: string): void {
    const count = (this.#put.get(account) ?? 0) + 1;
    this.#put.set(account, count % trimEvery);
    if (count < trimEvery) return;
    // After the answer: nobody has to wait for it.
    this.#parts.mail.later(async () => {
      await this.#deleteFrom(account, maxEntries);
      return undefined;
    });
  }

  async #deleteFrom(account: string, first: number): Promise<void> {
    const surplus: Entry[] = [];
    let seen = 0;
    for await (const entry of this.#parts.database.range(keys.securityLog(account))) {
      seen += 1;
      if (seen > first) surplus.push(entry);
    }
    for (let i = 0; i < surplus.length; i += batch) {
      await this.#parts.database.commit({
        deletes: surplus.slice(i, i + batch)
          .flatMap((entry) => [entry.key, expiryKey(entry.key, stored(entry).expires)]),
      });
    }
  }
}

/**
 * A device and about whose network it is in, for telling whether somebody was there before. Addresses of one household
 * change within what its provider has, so not all of an address counts: 16 bits of IPv4, 32 of IPv6.
 */
export function placeOf({ address, agent }: From): string {
  const [text = ''] = address.split('%', 1);
  const device = deviceOf(agent);
  if (!ipaddr.isValid(text)) return `${device} ${text.slice(0, 64)}`;
  const parsed = ipaddr.process(text);
  const network = isIPv6(parsed.toString())
    ? (parsed as ipaddr.IPv6).parts.slice(0, 2).map((part) => part.toString(16)).join(':')
    : parsed.toByteArray().slice(0, 2).join('.');
  return `${device} ${network}`;
}

function stored({ value }: Entry): Omit<SecurityEntry, 'id'> & { readonly expires: number } {
  return decodeJson<Omit<SecurityEntry, 'id'> & { expires: number }>(value);
}
