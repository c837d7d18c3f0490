import { LRUCache } from 'lru-cache';
import type { JSONWebKeySet, JWTPayload } from 'jose';
import { Problem } from '../problem.ts';
import { RemoteError } from '../remote/remote-error.ts';
import { invalidToken } from './challenge.ts';
import { checkOwnSignature, IssuerKeys } from './issuer-keys.ts';
import type { IssuerKeysOptions } from './issuer-keys.ts';
import { checkExpiry, isSameIssuer } from './token-claims.ts';
import type { TokenClaims } from './token-claims.ts';
import { WebIdIssuers } from './webid-issuers.ts';
import type { WebIdIssuersOptions } from './webid-issuers.ts';

/** The issuer of this node, which is asked without the network. */
export interface OwnIssuer {
  /** Its name, as in its tokens. */
  readonly issuer: string;
  /** The public keys that its tokens may be signed with. */
  readonly keys: () => JSONWebKeySet | Promise<JSONWebKeySet>;
  /** Whether a token of it, by its claims, is no longer good before its time. Asked at every request: be quick. */
  readonly revoked?: (claims: JWTPayload) => boolean | Promise<boolean>;
}

export interface AccessTokensOptions extends WebIdIssuersOptions, IssuerKeysOptions {
  readonly own: OwnIssuer;
}

/** A token that was found to be good: when that was, and when its issuer was last seen in the WebID document. */
interface Good {
  readonly claims: TokenClaims;
  readonly checked: number;
  vouched: number;
}

/** For how long a good token is taken for good without another look at its signature, in milliseconds. */
const goodFor = 300_000;
/** For how long without another look at the WebID document. */
const vouchedFor = 30_000;
/** The characters of all tokens that are known to be good, at most. */
const maxKnown = 32 * 1024 * 1024;

/** Tells whether access tokens are good. Those that were a moment ago cost neither a signature nor a request. */
export class AccessTokens {
  readonly #own: OwnIssuer;
  readonly #issuers: WebIdIssuers;
  readonly #keys: IssuerKeys;
  readonly #good = new LRUCache<string, Good>({ maxSize: maxKnown });

  constructor(options: AccessTokensOptions) {
    this.#own = options.own;
    this.#issuers = new WebIdIssuers(options);
    this.#keys = new IssuerKeys(options);
  }

  /** What is known of the token, if it was good a moment ago; to be checked all the same. */
  known(token: string): TokenClaims | undefined {
    return this.#good.get(token)?.claims;
  }

  /**
   * Throws Problem `unauthenticated` unless the token, which makes these claims, is good now: its issuer is one that
   * the WebID's document names, which is looked up first, and has signed it. Throws `busy` when another server that
   * has to be asked cannot be reached.
   */
  async check(token: string, claims: TokenClaims, now: number): Promise<void> {
    checkExpiry(claims.expires, now);
    const good = this.#good.get(token);
    if (good === undefined || !await this.#isStillGood(good, now)) {
      this.#good.delete(token);
      await this.#checkIssuer(token, claims);
      this.#good.set(token, { claims, checked: now, vouched: now }, { size: token.length });
    }
    if (this.isOwn(claims) && await this.#own.revoked?.(claims.payload)) throw invalidToken('The token was revoked.');
  }

  isOwn({ issuer }: TokenClaims): boolean {
    return isSameIssuer(issuer, this.#own.issuer);
  }

  async #isStillGood(good: Good, now: number): Promise<boolean> {
    if (now - good.checked >= goodFor) return false;
    if (now - good.vouched < vouchedFor) return true;
    const { webId, issuer } = good.claims;
    if (!await this.#issuers.stillVouches(webId, issuer)) return false;
    good.vouched = now;
    return true;
  }

  async #checkIssuer(token: string, claims: TokenClaims): Promise<void> {
    const { webId, issuer } = claims;
    const vouches = await orElse(this.#issuers.vouches(webId, issuer), `The WebID <${webId}> cannot be checked`);
    if (!vouches) throw invalidToken(`The document of the WebID <${webId}> does not name the issuer <${issuer}>.`);
    if (this.isOwn(claims)) return checkOwnSignature(token, await this.#own.keys());
    await orElse(this.#keys.check(token, issuer), `The issuer <${issuer}> cannot be checked`);
  }
}

/** Tells a server that cannot be reached now, which is no fault of the token, from one that says nothing of use. */
async function orElse<T>(work: Promise<T>, trouble: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const sentence = `${trouble}: ${error.message}`;
    if (error.reason === 'unreachable') throw new Problem('busy', sentence, { 'retry-after': '30' });
    throw invalidToken(sentence);
  }
}
