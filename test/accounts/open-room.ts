import assert from 'node:assert/strict';
import type { Quad } from '@rdfjs/types';
import { pino } from 'pino';
import type { StoredAccount } from '../../src/accounts/account.ts';
import { openAccounts } from '../../src/accounts/open-accounts.ts';
import type { OpenAccounts, OpenAccountsOptions } from '../../src/accounts/open-accounts.ts';
import { sweepExpired } from '../../src/accounts/expiry.ts';
import type { Log } from '../../src/log.ts';
import { Pods } from '../../src/pods/pods.ts';
import { decodeJson } from '../../src/pods/resource.ts';
import { Problem } from '../../src/problem.ts';
import type { BlobStore } from '../../src/storage/blobs.ts';
import type { Database, Entry, Key } from '../../src/storage/database.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { defaults } from '../pods/open-pod.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export const baseUrl = 'http://localhost:3000/';
export const address = '192.0.2.1';
export const email = 'alice@example.org';
export const password = 'violet cable 41';
export const other = 'amber kettle 72';

/** Hashes that take next to no time. */
export const cheap = { memory: 8, passes: 1, logN: 2, parallel: 1 };

export const options: OpenAccountsOptions = {
  baseUrl, podAddresses: 'path', signUp: 'open', accountGraceDays: 30, maxPodsPerAccount: 10, minPasswordLength: 10,
  sessionDays: 14, passwordCost: cheap,
  maxLoginsPerAccount: 10, maxLoginsPerAddress: 100, maxRegistrationsPerAddress: 10, maxResetsPerAccount: 5,
  maxResetsPerAddress: 20, maxTokensPerAddress: 1000, maxClientsPerAddress: 200,
};

/** The room on its own, with a clock that stands still until it is set, and documents of WebIDs elsewhere. */
export interface Room extends OpenAccounts {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly pods: Pods;
  readonly clock: { now: number };
  /** The documents of WebIDs; reading any other throws `busy`. */
  readonly documents: Map<string, Quad[]>;
  /** What was told to the issuer: `sessions <account>`, `all <account>`. */
  readonly told: string[];
  /** The lines of the log, parsed. */
  readonly lines: Record<string, unknown>[];
  /** The secret in the last link that was logged for want of a mail server. */
  readonly linked: () => Promise<string>;
  readonly sweep: () => Promise<number>;
}

interface Stores { readonly database: Database; readonly blobs: BlobStore }

export function openRoom(changes: Partial<OpenAccountsOptions> = {}, stores: Partial<Stores> = {}): Room {
  const { database = new MemoryDatabase(), blobs = new MemoryBlobs() } = stores;
  const pods = new Pods(database, blobs, defaults);
  const clock = { now: Date.UTC(2026, 0, 1) };
  const documents = new Map<string, Quad[]>();
  const told: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const log: Log = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  const room = openAccounts(database, pods, { ...options, now: () => clock.now, ...changes }, {
    readWebId: async (webId) => {
      const document = documents.get(webId);
      if (document === undefined) throw new Problem('busy', 'The document cannot be read.');
      return document;
    },
    endSessions: async (account) => { told.push(`sessions ${account}`); },
    revokeAccount: async (account) => { told.push(`all ${account}`); },
    links: {
      login: `${baseUrl}login`, reset: (token) => `${baseUrl}reset?${token}`, verify: (token) => `${baseUrl}verify?${token}`,
      security: (account) => `${baseUrl}security/${account}`,
    },
  }, log);
  return {
    ...room, database, blobs, pods, clock, documents, told, lines,
    async linked() {
      await room.mail.settled();
      const { link } = lines.findLast((line) => 'link' in line) as { link: string };
      return link.split('?')[1]!;
    },
    sweep: () => sweepExpired(database, clock.now, 1000, room.ends),
  };
}

export async function entriesOf(database: Database, prefix: Key = []): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of database.range(prefix)) entries.push(entry);
  return entries;
}

/**
 * Asserts that what is kept of accounts agrees: all that an account says it has is there and its own, and nothing is
 * there that no account has.
 */
export async function assertWhole({ database }: { readonly database: Database }): Promise<void> {
  const all = new Map((await entriesOf(database)).map((entry) => [entry.key.join(' '), entry]));
  const text = (key: Key): string | undefined => {
    const entry = all.get(key.join(' '));
    return entry && Buffer.from(entry.value).toString();
  };
  const claimed = new Set<string>();
  const claim = (key: Key): string => {
    const found = text(key);
    assert.ok(found !== undefined, `${key.join('/')} is missing`);
    assert.ok(!claimed.has(key.join(' ')), `${key.join('/')} belongs to two`);
    claimed.add(key.join(' '));
    return found;
  };
  const accounts = new Map<string, StoredAccount>();
  for (const { key, value } of all.values()) {
    if (key[0] === 'account') accounts.set(key[1]!, { id: key[1], ...decodeJson<object>(value) } as StoredAccount);
  }
  for (const { id, logins, webIds, pods, credentials, passkeys = [], deleteAt } of accounts.values()) {
    for (const passkey of passkeys) claim(keys.passkey(id, passkey));
    for (const login of logins) assert.match(claim(keys.passwordLogin(login.email)), new RegExp(`"account":"${id}"`));
    for (const webId of webIds) assert.equal(claim(keys.webId(webId)), id);
    for (const credential of credentials) {
      const record = JSON.parse(claim(keys.credential(credential))) as { account: string; webId: string };
      assert.equal(record.account, id);
      assert.ok(webIds.includes(record.webId), `${credential} is for a WebID that is not linked`);
    }
    for (const pod of pods) assert.equal((JSON.parse(claim(keys.pod(pod.id))) as { base: string }).base, pod.base);
    if (deleteAt !== undefined) claim(keys.expiry(deleteAt, keys.account(id)));
  }
  for (const [name, { key, value }] of all) {
    const [family = '', id = ''] = key;
    if (['login', 'webid', 'credential', 'passkey', 'pod'].includes(family)) assert.ok(claimed.has(name), `${name} belongs to nobody`);
    if (family === 'session') {
      assert.ok(accounts.has(id), `${name} belongs to nobody`);
      const session = decodeJson<{ expires: number; generation: number }>(value);
      claim(keys.expiry(session.expires, key));
    }
    if (family === 'security') assert.ok(accounts.has(id), `${name} belongs to nobody`);
    if (['token', 'proof', 'challenge', 'security'].includes(family)) claim(keys.expiry(decodeJson<{ expires: number }>(value).expires, key));
  }
  for (const [name, { key: [family, , of = ''] }] of all) {
    if (family === 'expiry' && ['account', 'session', 'challenge', 'security'].includes(of)) assert.ok(claimed.has(name), `${name} is left over`);
  }
}

/** The medians of how long two things take, done in turn, so that whatever else the machine does slows both. */
export async function medians(one: () => Promise<unknown>, two: () => Promise<unknown>): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < 8; i += 1) {
    for (const [which, work] of [one, two].entries()) {
      const start = performance.now();
      await work();
      if (i > 0) times[which]!.push(performance.now() - start);
    }
  }
  const [first, second] = times.map((all) => all.sort((a, b) => a - b)[3]!);
  return [first!, second!];
}

/** The kinds of problems by which those of `results` were refused that were; anything else that was thrown is thrown. */
export function refusals(results: readonly PromiseSettledResult<unknown>[]): string[] {
  return results.flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    if (!(result.reason instanceof Problem)) throw result.reason as Error;
    return [result.reason.kind];
  });
}
