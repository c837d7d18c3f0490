import { randomUUID } from 'node:crypto';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import { Problem } from '../problem.ts';
import type { Database, Entry } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import { decodeAccount, isAccountId, putAccount, readAccount, readActiveAccount } from './account.ts';
import { change } from './change.ts';
import { hashOf, isSecret, newSecret } from './secret.ts';
import type { From, SecurityLog } from './security-log.ts';

const maxCredentials = 100;
const maxLabel = 200;
/** How much of the label is in the id, for people who read one in a list or a log. */
const maxLabelInId = 40;
/** How often it is noted that one is used, at most. */
const noteAfter = 60 * 60 * 1000;

/** With what a script gets tokens for a WebID of an account (Solid-OIDC, client credentials). */
export interface Credential {
  /** The client id. */
  readonly id: string;
  readonly account: string;
  readonly webId: string;
  readonly label: string;
  readonly created: number;
  /** To the hour. */
  readonly lastUsed?: number;
}

interface StoredCredential extends Omit<Credential, 'id'> {
  readonly hash: string;
}

/** What an unknown credential is compared with, so that it takes as long. */
const nobodys = hashOf(newSecret());

/** The client credentials of all accounts. Each goes with its WebID, and counts only while its account is active. */
export class Credentials {
  readonly #database: Database;
  readonly #log: SecurityLog;
  readonly #now: () => number;

  constructor(database: Database, log: SecurityLog, now: () => number = Date.now) {
    this.#database = database;
    this.#log = log;
    this.#now = now;
  }

  /**
   * Makes one; its secret is nowhere else. Throws `forbidden` when the WebID is not one of the account, or the account
   * not active, and `conflict` when it has too many.
   */
  async create(
    account: string, webId: string, label: string, from?: From,
  ): Promise<{ readonly credential: Credential; readonly secret: string }> {
    const text = label.slice(0, maxLabel).toWellFormed();
    const slug = text.replaceAll(/[^a-zA-Z0-9]+/g, '-').replaceAll(/^-|-$/g, '').slice(0, maxLabelInId);
    const id = `${slug}_${randomUUID()}`;
    const secret = newSecret();
    const record = { account, webId, label: text, created: this.#now() };
    await change(this.#database, async (writes) => {
      const owner = await readActiveAccount(writes, account);
      if (!owner.webIds.includes(webId)) throw new Problem('forbidden', 'This WebID is not linked to the account.');
      if (owner.credentials.length >= maxCredentials) {
        throw new Problem('conflict', `An account has up to ${maxCredentials} client credentials. Remove one first.`);
      }
      putAccount(writes, { ...owner, credentials: [...owner.credentials, id] }, owner);
      writes.put(keys.credential(id), encodeJson({ ...record, hash: hashOf(secret) } satisfies StoredCredential));
      this.#log.put(writes, account, { kind: 'credential-added', about: text || id }, from);
    });
    return { credential: { id, ...record }, secret };
  }

  /** The one with this client id, while its account is active. */
  async find(id: string): Promise<Credential | undefined> {
    return (await this.#find(id))?.credential;
  }

  /** The same if `secret` is right too. */
  async verify(id: string, secret: string): Promise<Credential | undefined> {
    const found = await this.#find(id);
    if (!isSecret(secret, found?.hash ?? nobodys) || found === undefined) return undefined;
    const { credential } = found;
    const now = this.#now();
    if (now - (credential.lastUsed ?? 0) < noteAfter) return credential;
    return change(this.#database, async (writes) => {
      const [entry] = await writes.read([keys.credential(id)]);
      if (entry === undefined) return undefined;
      const record = decodeJson<StoredCredential>(entry.value);
      // Of several requests at once, one has noted it already.
      if (now - (record.lastUsed ?? 0) >= noteAfter) {
        writes.put(entry.key, encodeJson({ ...record, lastUsed: now } satisfies StoredCredential));
      }
      return { ...credential, lastUsed: now };
    });
  }

  /** Those of an account, in the order in which they were made. */
  async list(account: string): Promise<Credential[]> {
    const [owner] = isAccountId(account) ? await this.#database.get([keys.account(account)]) : [];
    if (owner === undefined) return [];
    const entries = await this.#database.get(decodeAccount(owner).credentials.map((id) => keys.credential(id)));
    return entries.flatMap((entry) => (entry === undefined ? [] : [decode(entry).credential]));
  }

  /** Removes one of an account; resolves to whether it was there. */
  async remove(account: string, id: string, from?: From): Promise<boolean> {
    return change(this.#database, async (writes) => {
      const owner = await readAccount(writes, account);
      if (!owner.credentials.includes(id)) return false;
      putAccount(writes, { ...owner, credentials: owner.credentials.filter((one) => one !== id) }, owner);
      writes.delete(keys.credential(id));
      this.#log.put(writes, account, { kind: 'credential-removed', about: id }, from);
      return true;
    });
  }

  async #find(id: string): Promise<{ credential: Credential; hash: string } | undefined> {
    if (!isClientId(id)) return undefined;
    const [entry] = await this.#database.get([keys.credential(id)]);
    if (entry === undefined) return undefined;
    const found = decode(entry);
    const [owner] = await this.#database.get([keys.account(found.credential.account)]);
    const account = owner && decodeAccount(owner);
    return account?.state === 'active' && account.credentials.includes(id) ? found : undefined;
  }
}

function decode({ key, value }: Entry): { credential: Credential; hash: string } {
  const { hash, ...record } = decodeJson<StoredCredential>(value);
  return { credential: { id: key[1]!, ...record }, hash };
}

/** Whether it can be one of ours; anything may come as a client id. */
function isClientId(text: string): boolean {
  return /^[a-zA-Z0-9-]{0,40}_[0-9a-f-]{36}$/.test(text);
}
