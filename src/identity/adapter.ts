import type { Adapter, AdapterPayload } from 'oidc-provider';
import { expiryKey } from '../accounts/expiry.ts';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Database, Entry, Key, Version } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import { errors } from './oidc.ts';
import { digest } from './secrets.ts';

/** What oidc-provider keeps of a thing, as it is stored. */
interface Stored {
  readonly payload: AdapterPayload;
  /** When it may be deleted, in milliseconds since 1970 (`accounts/expiry.ts`); absent for what has no end. */
  readonly expires?: number;
}

export interface OidcRecord extends Stored {
  /** The SHA-256 of its id. */
  readonly hash: string;
  readonly version: Version;
}

/** Thrown when what may be used once is used again, by whoever was second. */
export class AlreadyUsed extends Error {
  override readonly name = 'AlreadyUsed';
}

/** What a grant takes with it when it is revoked. */
export const issuedByGrants: ReadonlySet<string> = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);
const heldByAccounts = new Set(['Grant', 'Session']);

/** Clocks of processes differ; oidc-provider, too, lets a thing live a little longer than it says. */
const toleranceSeconds = 60;

/** How often a change is tried again because another process was faster. */
const maxAttempts = 10;

const pageSize = 200;

/**
 * All that oidc-provider keeps, at `oidc/<model>/<hash of the id>`. For most of it the id is a secret that opens
 * something (a code, a token, a session), so no id is stored, neither in the key nor in the value. Each has an entry in
 * the index of what expires, in the same commit.
 */
export class OidcRecords {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
  }

  /** When what lives for so many seconds from now may be deleted. */
  ending(seconds: number): number {
    return this.#now() + (seconds + toleranceSeconds) * 1000;
  }

  async find(model: string, hash: string): Promise<OidcRecord | undefined> {
    const [entry] = await this.#database.get([keys.oidc(model, hash)]);
    const record = entry && recordOf(entry);
    return record?.expires !== undefined && record.expires <= this.#now() ? undefined : record;
  }

  /** Stores a thing instead of what was there; for `once`, throws `AlreadyUsed` when something is there. */
  async put(model: string, hash: string, stored: Stored, { once = false } = {}): Promise<void> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const old = await this.#read(model, hash);
      if (once && old !== undefined && await this.find(model, hash) !== undefined) {
        throw new AlreadyUsed(`A ${model} was stored twice.`);
      }
      if (await this.replace(model, hash, old, stored)) return;
    }
    throw busy(model);
  }

  /** Stores a thing if what was there is still `old`; tells whether. */
  async replace(model: string, hash: string, old: OidcRecord | undefined, stored: Stored): Promise<boolean> {
    const key = keys.oidc(model, hash);
    const kept = new Map(besides(model, hash, stored).map((index) => [JSON.stringify(index), index]));
    const before = old === undefined ? [] : besides(model, hash, old);
    return await this.#database.commit({
      checks: [old === undefined ? { key, exists: false } : { key, version: old.version }],
      puts: [
        { key, value: encodeJson({ payload: stored.payload, expires: stored.expires }) },
        ...[...kept.values()].map((index) => ({ key: index, value: Buffer.from(index[0] === 'oidc-uid' ? hash : '') })),
      ],
      deletes: before.filter((index) => !kept.has(JSON.stringify(index))),
    }) !== undefined;
  }

  /**
   * Marks what may be used once. Of many who do so at once, in any process, one succeeds; `AlreadyUsed` for the rest.
   */
  async consume(model: string, hash: string): Promise<void> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const old = await this.find(model, hash);
      if (old === undefined || old.payload.consumed !== undefined) throw new AlreadyUsed(`A ${model} was used before.`);
      const payload = { ...old.payload, consumed: Math.floor(this.#now() / 1000) };
      if (await this.replace(model, hash, old, { ...old, payload })) return;
    }
    throw busy(model);
  }

  async remove(model: string, hash: string): Promise<boolean> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const old = await this.#read(model, hash);
      if (old === undefined) return false;
      if (await this.#delete(model, old)) return true;
    }
    throw busy(model);
  }

  /** Removes all of a model that a grant gave; `grant` is the hash of its id. */
  async removeOfGrant(model: string, grant: string): Promise<void> {
    for await (const hashes of this.#pages(keys.oidcOfGrant(grant, model))) {
      const entries = await this.#database.get(hashes.map((hash) => keys.oidc(model, hash)));
      const found = entries.filter((entry) => entry !== undefined);
      const records = found.map(recordOf);
      const done = await this.#database.commit({
        checks: found.map(({ key, version }) => ({ key, version })),
        deletes: records.flatMap((record) => [keys.oidc(model, record.hash), ...besides(model, record.hash, record)]),
      });
      // Somebody uses one of them just now.
      if (done === undefined) for (const hash of hashes) await this.remove(model, hash);
    }
  }

  /** Removes a grant and all that it gave. */
  async removeGrant(grant: string): Promise<boolean> {
    const removed = await this.remove('Grant', grant);
    for (const model of issuedByGrants) await this.removeOfGrant(model, grant);
    return removed;
  }

  /** The grants or the sessions of an account. */
  async * ofAccount(account: string, model: 'Grant' | 'Session'): AsyncIterable<OidcRecord> {
    for await (const hashes of this.#pages(keys.oidcOfAccount(account, model))) {
      for (const hash of hashes) {
        const record = await this.find(model, hash);
        if (record !== undefined) yield record;
      }
    }
  }

  /** How many accounts have grants for a client, counted to `most`. */
  async accountsOfClient(client: string, most: number): Promise<number> {
    const prefix = keys.oidcOfClient(digest(client));
    let count = 0;
    let account: string | undefined;
    for await (const { key } of this.#database.range(prefix, { limit: most })) {
      if (key[prefix.length] === account) continue;
      account = key[prefix.length];
      count += 1;
    }
    return count;
  }

  /** How many of what a grant gave are of use still, counted to `most`. */
  async aliveOfGrant(model: string, grant: string, most: number): Promise<number> {
    let count = 0;
    for await (const hashes of this.#pages(keys.oidcOfGrant(grant, model))) {
      for (const hash of hashes) {
        const record = await this.find(model, hash);
        if (record !== undefined && record.payload.consumed === undefined) count += 1;
        if (count >= most) return count;
      }
    }
    return count;
  }

  async findByUid(uid: string): Promise<OidcRecord | undefined> {
    const [entry] = await this.#database.get([keys.oidcUid(digest(uid))]);
    return entry && this.find('Session', Buffer.from(entry.value).toString());
  }

  async #read(model: string, hash: string): Promise<OidcRecord | undefined> {
    const [entry] = await this.#database.get([keys.oidc(model, hash)]);
    return entry && recordOf(entry);
  }

  async #delete(model: string, { hash, version, ...stored }: OidcRecord): Promise<boolean> {
    const key = keys.oidc(model, hash);
    return await this.#database.commit({
      checks: [{ key, version }], deletes: [key, ...besides(model, hash, stored)],
    }) !== undefined;
  }

  /** The last parts of the keys of an index, a page at a time: what is found may be removed while this goes on. */
  async * #pages(prefix: Key): AsyncIterable<string[]> {
    let after: Key | undefined;
    for (;;) {
      const page: Key[] = [];
      const entries = this.#database.range(prefix, { limit: pageSize, ...(after && { after }) });
      for await (const { key } of entries) page.push(key);
      yield page.map((key) => key.at(-1)!);
      if (page.length < pageSize) return;
      after = page.at(-1);
    }
  }
}

/** Why what oidc-provider calls a model is kept under conditions of its own. */
export interface AdapterRules {
  /** Finds what is not stored as it is: clients, which come from elsewhere too. */
  readonly find?: (id: string) => Promise<AdapterPayload | undefined>;
  /** Stores what is not stored as it is. */
  readonly upsert?: (id: string, payload: AdapterPayload) => Promise<void>;
}

/** The adapter that oidc-provider asks for, of one of its models. */
export function adapterFor(model: string, records: OidcRecords, rules: AdapterRules = {}): Adapter {
  return {
    async upsert(id, payload, expiresIn) {
      if (rules.upsert !== undefined) return rules.upsert(id, payload);
      const expires = expiresIn === undefined ? {} : { expires: records.ending(expiresIn) };
      const stored = { payload: withoutId(id, payload), ...expires };
      // A proof counts once; for the rest the id is new at every first time.
      try {
        await records.put(model, digest(id), stored, { once: model === 'ReplayDetection' });
      } catch (error) {
        throw error instanceof AlreadyUsed ? new errors.InvalidDpopProof('the DPoP proof was used before') : error;
      }
    },
    async find(id) {
      if (rules.find !== undefined) return rules.find(id);
      const record = await records.find(model, digest(id));
      return record && withId(id, record.payload);
    },
    async findByUid(uid) {
      return (await records.findByUid(uid))?.payload;
    },
    // Only of device codes, which are not offered.
    async findByUserCode() {
      return undefined;
    },
    async consume(id) {
      try {
        await records.consume(model, digest(id));
      } catch (error) {
        throw error instanceof AlreadyUsed ? new errors.InvalidGrant({ cause: error }) : error;
      }
    },
    async destroy(id) {
      await records.remove(model, digest(id));
    },
    revokeByGrantId: (grantId) => records.removeOfGrant(model, digest(grantId)),
  };
}

/** All that holds the id again: `jti`; the URL at which an interaction goes on; the cookie of the session it is for. */
function withoutId(id: string, payload: AdapterPayload): AdapterPayload {
  const { jti, returnTo, session, ...rest } = payload;
  if (jti !== undefined && jti !== id) throw new TypeError('What oidc-provider stores has another id than its own.');
  if (returnTo?.endsWith(id) === false) throw new TypeError('An interaction goes on at a place without its id.');
  const { cookie: _, ...sessionWithoutCookie } = session ?? {};
  return {
    ...rest,
    ...(returnTo !== undefined && { returnTo: returnTo.slice(0, -id.length) }),
    ...(session !== undefined && { session: sessionWithoutCookie }),
  };
}

function withId(id: string, payload: AdapterPayload): AdapterPayload {
  const { returnTo } = payload;
  return { ...payload, jti: id, ...(returnTo !== undefined && { returnTo: returnTo + id }) };
}

function recordOf({ key, value, version }: Entry): OidcRecord {
  return { ...decodeJson<Stored>(value), hash: key.at(-1)!, version };
}

/** The keys that stand beside a thing: in the indexes, and in that of what expires. */
function besides(model: string, hash: string, stored: Stored): Key[] {
  const { expires } = stored;
  return [
    ...indexed(model, hash, stored),
    ...(expires === undefined ? [] : [expiryKey(keys.oidc(model, hash), expires)]),
  ];
}

function indexed(model: string, hash: string, { payload: { grantId, accountId, clientId, uid } }: Stored): Key[] {
  const isGrant = model === 'Grant' && accountId !== undefined && clientId !== undefined;
  return [
    ...(isGrant ? [keys.oidcOfClient(digest(clientId), accountId, hash)] : []),
    ...(issuedByGrants.has(model) && grantId !== undefined ? [keys.oidcOfGrant(digest(grantId), model, hash)] : []),
    ...(heldByAccounts.has(model) && accountId !== undefined ? [keys.oidcOfAccount(accountId, model, hash)] : []),
    ...(model === 'Session' && uid !== undefined ? [keys.oidcUid(digest(uid))] : []),
  ];
}

/** For the sweep of what has expired (`accounts/expiry.ts`), family `oidc`: what else goes with a record. */
export const oidcEnds = {
  also: ([, model, hash]: Key, value: Uint8Array): readonly Key[] => indexed(model!, hash!, decodeJson<Stored>(value)),
};

function busy(model: string): Error {
  return new Error(`A ${model} was changed by others ${maxAttempts} times in a row.`);
}
