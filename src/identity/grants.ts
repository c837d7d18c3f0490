import { LRUCache } from 'lru-cache';
import type { JWTPayload } from 'jose';
import type { OidcRecord, OidcRecords } from './adapter.ts';
import type { IssuerCredential } from './clients.ts';
import type { IssuerAccount } from './claims.ts';

/** What a person granted an app. */
export interface GrantAbout {
  readonly id: string;
  readonly client: string;
  /** What the app was called then. */
  readonly clientName?: string;
  readonly webId?: string;
  readonly scopes: readonly string[];
  /** What the app may do at most; absent: all that the person may. */
  readonly authorizationDetails?: readonly object[];
  /** In milliseconds since 1970. The end is put off by use, unless the person chose it. */
  readonly since: number;
  readonly until: number;
}

export interface GrantsOptions {
  readonly account: (id: string) => Promise<IssuerAccount | undefined>;
  readonly credential: (clientId: string) => Promise<IssuerCredential | undefined>;
}

/** For how long a token may be used here after what it is from was withdrawn by another process. */
const checkedSeconds = 5;

/** What people granted apps, and what became of it. */
export class Grants {
  readonly #records: OidcRecords;
  readonly #options: GrantsOptions;
  readonly #revoked = new LRUCache<string, Promise<boolean>>({ max: 10_000, ttl: checkedSeconds * 1000 });

  constructor(records: OidcRecords, options: GrantsOptions) {
    this.#records = records;
    this.#options = options;
  }

  /** What an account granted, in no order. */
  async * of(account: string): AsyncIterable<GrantAbout> {
    for await (const record of this.#records.ofAccount(account, 'Grant')) yield aboutGrant(record);
  }

  /** Takes back what an account granted, with all tokens that came of it. False when there is no such grant of it. */
  async revoke(account: string, id: string): Promise<boolean> {
    const record = await this.#records.find('Grant', id);
    if (record?.payload.accountId !== account) return false;
    await this.#records.removeGrant(id);
    this.#revoked.clear();
    return true;
  }

  /** Logs out every browser of an account. What apps were granted for the time when it is not there, stays. */
  async endSessions(account: string): Promise<void> {
    const sessions = this.#records.ofAccount(account, 'Session');
    for await (const { hash } of sessions) await this.#records.remove('Session', hash);
  }

  /** Ends all that an account has here. */
  async revokeAll(account: string): Promise<void> {
    await this.endSessions(account);
    for await (const { hash } of this.#records.ofAccount(account, 'Grant')) await this.#records.removeGrant(hash);
    this.#revoked.clear();
  }

  /** Whether an access token that this issuer signed is void before its time: what it is from was withdrawn. */
  revoked({ grant, client_id: clientId, webid: webId }: JWTPayload): Promise<boolean> {
    const key = JSON.stringify([grant, clientId, webId]);
    const known = this.#revoked.get(key);
    if (known !== undefined) return known;
    const asking = typeof grant === 'string' ? this.#grantGone(grant, webId) : this.#credentialGone(clientId, webId);
    this.#revoked.set(key, asking);
    // A database that failed once says nothing about the token.
    asking.catch(() => this.#revoked.delete(key));
    return asking;
  }

  /** What is known of a grant may have changed just now. */
  forget(): void {
    this.#revoked.clear();
  }

  async #grantGone(grant: string, webId: unknown): Promise<boolean> {
    const record = await this.#records.find('Grant', grant);
    if (record?.payload.accountId === undefined) return true;
    const account = await this.#options.account(record.payload.accountId);
    return typeof webId !== 'string' || account?.webIds.includes(webId) !== true;
  }

  async #credentialGone(clientId: unknown, webId: unknown): Promise<boolean> {
    if (typeof clientId !== 'string') return true;
    const credential = await this.#options.credential(clientId);
    return credential === undefined || credential.webId !== webId;
  }
}

function aboutGrant({ hash, payload }: OidcRecord): GrantAbout {
  const { clientId = '', webId, clientName, openid, rejected, rar, iat = 0, exp = 0 } = payload as typeof payload & {
    webId?: string; clientName?: string; rar?: object[];
    openid?: { scope?: string }; rejected?: { openid?: { scope?: string } };
  };
  const refused = rejected?.openid?.scope?.split(' ') ?? [];
  return {
    id: hash,
    client: clientId,
    ...(clientName !== undefined && { clientName }),
    ...(webId !== undefined && { webId }),
    scopes: (openid?.scope ?? '').split(' ').filter((scope) => scope !== '' && !refused.includes(scope)),
    ...(rar && { authorizationDetails: rar }),
    since: iat * 1000,
    until: exp * 1000,
  };
}
