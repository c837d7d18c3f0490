import { createHash, randomUUID } from 'node:crypto';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWK } from 'jose';

/** The key of a client, with which it proves that the tokens are its own (RFC 9449). */
export class ProofKey {
  readonly #privateKey: CryptoKey;
  readonly #publicKey: JWK;

  private constructor(privateKey: CryptoKey, publicKey: JWK) {
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
  }

  static async make(): Promise<ProofKey> {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    return new ProofKey(privateKey, await exportJWK(publicKey));
  }

  /** The DPoP header of one request. `token`: the access token that goes with it, if one does. */
  async proof(method: string, url: string, token?: string): Promise<string> {
    const claims = {
      htm: method, htu: url.replace(/[?#].*$/, ''), jti: randomUUID(),
      ...(token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') }),
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.#publicKey })
      .setIssuedAt()
      .sign(this.#privateKey);
  }
}

/** What a program logs in with. */
export interface ClientCredential {
  readonly id: string;
  readonly secret: string;
}

/** Asks an issuer for a token with client credentials; gives its answer as it is. */
export async function askForToken(issuer: string, { id, secret }: ClientCredential, key: ProofKey): Promise<Response> {
  const discovery = await fetch(new URL('.well-known/openid-configuration', issuer));
  const { token_endpoint: endpoint } = await discovery.json() as { token_endpoint: string };
  const credential = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  return fetch(endpoint, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(credential).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      dpop: await key.proof('POST', endpoint),
    },
    body: 'grant_type=client_credentials&scope=webid',
  });
}

type Init = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> };

/** A program that has a token, and sends it with all it asks. */
export class TokenBearer {
  readonly #key: ProofKey;
  readonly token: string;

  private constructor(key: ProofKey, token: string) {
    this.#key = key;
    this.token = token;
  }

  /** Logs in; throws when the issuer does not give a token. */
  static async login(issuer: string, credential: ClientCredential): Promise<TokenBearer> {
    const key = await ProofKey.make();
    const response = await askForToken(issuer, credential, key);
    const body = await response.text();
    if (response.status !== 200) throw new Error(`${issuer} gave no token: ${response.status} ${body}`);
    return new TokenBearer(key, (JSON.parse(body) as { access_token: string }).access_token);
  }

  /** The headers of one request. */
  async headers(method: string, url: string): Promise<{ authorization: string; dpop: string }> {
    return { authorization: `DPoP ${this.token}`, dpop: await this.#key.proof(method, url, this.token) };
  }

  async fetch(url: string, { headers = {}, ...init }: Init = {}): Promise<Response> {
    return fetch(url, { ...init, headers: { ...headers, ...await this.headers(init.method ?? 'GET', url) } });
  }
}
