import { LRUCache } from 'lru-cache';
import type { AdapterPayload, AuthorizationDetail } from 'oidc-provider';
import type { JWTPayload } from 'jose';
import type { Agent } from '../access/agent.ts';
import { parseAuthority } from '../access/authority.ts';
import type { GrantAbout } from '../access/grant.ts';
import type { Signal } from '../storage/signal.ts';
import { issuedByGrants } from './adapter.ts';
import type { OidcRecords } from './adapter.ts';
import type { IssuerCredential } from './clients.ts';
import type { IssuerAccount, Lifetimes, SolidGrant } from './claims.ts';
import { aboutGrant, checkedDetails, endOf, rejectedScopes } from './granted.ts';

export interface GrantsOptions {
  readonly account: (id: string) => Promise<IssuerAccount | undefined>;
  readonly credential: (clientId: string) => Promise<IssuerCredential | undefined>;
  readonly blocked?: (clientId: string) => Promise<string | undefined>;
  /** By which processes tell each other, under the topic `grants`, that something ended. */
  readonly signal?: Signal | undefined;
}

/** What a person wants of a grant instead of what it was. Whom it is for never changes. */
export interface GrantChange {
  /** As in `ConsentResult`. */
  readonly authorizationDetails?: readonly object[];
  readonly rejectedScopes?: readonly string[];
  readonly until?: number;
  readonly chosen?: Readonly<Record<string, string>>;
}

/** What counts of a grant at every request. */
interface Standing {
  readonly account: string;
  readonly client: string;
  readonly revision: number;
  readonly details: readonly object[] | undefined;
  /** In seconds since 1970. */
  readonly ends: number;
}

/** For how long a token may be used here after another process withdrew what it is from, if no signal says so. */
const checkedSeconds = 5;
/** How many things are known at a time. */
const maxKnown = 10_000;
const maxAttempts = 10;
/** To what numbers it is counted. */
const mostAlive = 100;
const mostPeople = 1_000;

/** What people granted apps, and what became of it. */
export class Grants {
  readonly #records: OidcRecords;
  readonly #options: GrantsOptions & Lifetimes;
  readonly #known = new LRUCache<string, Promise<Standing | 'gone'>>({ max: maxKnown, ttl: checkedSeconds * 1000 });
  readonly #listeners = new Set<() => void>();
  readonly #listening: Disposable | undefined;

  constructor(records: OidcRecords, options: GrantsOptions & Lifetimes) {
    this.#records = records;
    this.#options = options;
    this.#listening = options.signal?.listen('grants', () => this.#wake());
  }

  /** What an account granted, in no order. */
  async * of(account: string): AsyncIterable<GrantAbout> {
    for await (const { hash, payload } of this.#records.ofAccount(account, 'Grant')) yield aboutGrant(hash, payload);
  }

  async find(account: string, id: string): Promise<GrantAbout | undefined> {
    const record = await this.#records.find('Grant', id);
    return record?.payload.accountId === account ? aboutGrant(id, record.payload) : undefined;
  }

  /** In how many places an app works on by what a grant gave it, counted to a hundred. */
  alive(id: string): Promise<number> {
    return this.#records.aliveOfGrant('RefreshToken', id, mostAlive);
  }

  /** How many accounts granted an app something, counted to a thousand. */
  people(client: string): Promise<number> {
    return this.#records.accountsOfClient(client, mostPeople);
  }

  /** Takes back what an account granted, with all tokens that came of it. False when there is no such grant of it. */
  async revoke(account: string, id: string): Promise<boolean> {
    const record = await this.#records.find('Grant', id);
    if (record?.payload.accountId !== account) return false;
    await this.#records.removeGrant(id);
    this.ended();
    return true;
  }

  /**
   * Changes what an account granted. Access tokens that are out there are void from then on; by its refresh token the
   * app gets new ones, for what it may do now. False when there is no such grant; throws `invalid`.
   */
  async change(account: string, id: string, change: GrantChange): Promise<boolean> {
    const details = change.authorizationDetails && checkedDetails(change.authorizationDetails);
    const end = endOf(change.until, this.#options);
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const record = await this.#records.find('Grant', id);
      if (record?.payload.accountId !== account) return false;
      const before = record.payload as AdapterPayload & Partial<SolidGrant>;
      const { rar: _, ...rest } = before;
      const payload = {
        ...rest, ...end, ...(details && { rar: details as AuthorizationDetail[] }),
        rejected: rejectedScopes(change.rejectedScopes ?? []),
        ...(change.chosen && { chosen: change.chosen }), revision: (before.revision ?? 0) + 1,
      };
      const expires = this.#records.ending(end.exp - Math.floor(Date.now() / 1000));
      if (!await this.#records.replace('Grant', id, record, { payload, expires })) continue;
      await this.#endScopes(id, aboutGrant(id, before), aboutGrant(id, payload));
      this.ended();
      return true;
    }
    throw new Error(`A grant was changed by others ${maxAttempts} times in a row.`);
  }

  /** What tells more than the person wants told now, or works on without them, ends; the app logs in anew. */
  async #endScopes(id: string, before: GrantAbout, after: GrantAbout): Promise<void> {
    if (before.scopes.every((scope) => after.scopes.includes(scope))) return;
    for (const model of issuedByGrants) await this.#records.removeOfGrant(model, id);
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
    this.ended();
  }

  /** Whether an access token of this issuer is void before its time: what it is from was withdrawn or changed. */
  async revoked({ grant, revision = 0, client_id: clientId, webid: webId }: JWTPayload): Promise<boolean> {
    if (typeof webId !== 'string' || typeof clientId !== 'string') return true;
    const standing = await this.#standing(typeof grant === 'string' ? grant : undefined, clientId, webId);
    return standing === 'gone' || standing.client !== clientId || standing.revision !== revision;
  }

  /**
   * An agent that came by a token of this issuer, as it is now: `undefined` when its grant, credential or account is
   * gone or its app is blocked; else with the authority that its grant has by now.
   */
  async renewed({ authority: before, ...agent }: Agent): Promise<Agent | undefined> {
    const { grant, client, webId } = agent;
    if (client === undefined || webId === undefined) return undefined;
    const standing = await this.#standing(grant, client, webId);
    if (standing === 'gone' || standing.client !== client) return undefined;
    // A script narrows its tokens itself.
    if (grant === undefined) return before === undefined ? agent : { ...agent, authority: before };
    return standing.details === undefined ? agent : { ...agent, authority: parseAuthority(standing.details) };
  }

  /** Has `listener` called whenever something ended or changed, here or in another process; gives what stops that. */
  onEnded(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  /** What is known of grants, credentials, accounts or apps may have changed just now: tells all who rely on it. */
  ended(): void {
    this.#wake();
    this.#options.signal?.notify('grants');
  }

  [Symbol.dispose](): void {
    this.#listening?.[Symbol.dispose]();
  }

  #wake(): void {
    this.#known.clear();
    for (const listener of this.#listeners) listener();
  }

  async #standing(grant: string | undefined, client: string, webId: string): Promise<Standing | 'gone'> {
    const key = JSON.stringify([grant, client, webId]);
    let asking = this.#known.get(key);
    if (asking === undefined) {
      asking = grant === undefined ? this.#ofCredential(client, webId) : this.#ofGrant(grant, webId);
      this.#known.set(key, asking);
      // A database that failed once says nothing about the token.
      asking.catch(() => this.#known.delete(key));
    }
    const standing = await asking;
    return standing !== 'gone' && standing.ends > Date.now() / 1000 ? standing : 'gone';
  }

  async #ofGrant(grant: string, webId: string): Promise<Standing | 'gone'> {
    const record = await this.#records.find('Grant', grant);
    if (record === undefined) return 'gone';
    const { accountId, clientId, revision = 0, rar, exp = 0 } = record.payload as AdapterPayload & Partial<SolidGrant>;
    if (accountId === undefined || clientId === undefined) return 'gone';
    const account = await this.#options.account(accountId);
    if (account?.webIds.includes(webId) !== true || await this.#isBlocked(clientId)) return 'gone';
    return { account: accountId, client: clientId, revision, details: rar, ends: exp };
  }

  async #ofCredential(client: string, webId: string): Promise<Standing | 'gone'> {
    const credential = await this.#options.credential(client);
    if (credential?.webId !== webId || await this.#isBlocked(client)) return 'gone';
    return { account: credential.account, client, revision: 0, details: undefined, ends: Infinity };
  }

  async #isBlocked(client: string): Promise<boolean> {
    return await this.#options.blocked?.(client) !== undefined;
  }
}
