import { compactVerify, createLocalJWKSet, errors } from 'jose';
import type { JSONWebKeySet, JWK } from 'jose';
import { Problem } from '../problem.ts';
import { RemoteDocuments } from '../remote/documents.ts';
import type { RemoteResponse } from '../remote/exchange.ts';
import type { Remote } from '../remote/remote.ts';
import { RemoteError } from '../remote/remote-error.ts';
import { algorithms, invalidToken } from './challenge.ts';
import { readJsonObject } from './json-object.ts';
import { troubleWithKey } from './public-keys.ts';
import { isSameIssuer } from './token-claims.ts';

export interface IssuerKeysOptions {
  readonly remote: Remote;
  /** How long the keys of an issuer are of use while it cannot be reached. */
  readonly remoteStaleSeconds: number;
}

/** What is of use here of an issuer's metadata (OpenID Connect Discovery 1.0, section 3). */
interface Metadata {
  readonly issuer: string;
  readonly jwksUri: string;
}

/** Finds the key for a token among those of a set. */
type KeySet = ReturnType<typeof createLocalJWKSet>;

/** How many keys an issuer may have, and how many are tried for a token that does not tell them apart. */
const maxKeys = 100;
const maxTries = 8;

/** The keys of other servers' issuers, which sign their tokens. */
export class IssuerKeys {
  readonly #metadata: RemoteDocuments<Metadata>;
  readonly #keySets: RemoteDocuments<KeySet>;

  constructor({ remote, remoteStaleSeconds: staleSeconds }: IssuerKeysOptions) {
    this.#metadata = new RemoteDocuments(remote, {
      name: 'issuer metadata', accept: 'application/json', parse: readMetadata, staleSeconds,
    });
    this.#keySets = new RemoteDocuments(remote, {
      name: 'key set', accept: 'application/json, application/jwk-set+json', parse: readKeySet, staleSeconds,
    });
  }

  /**
   * Throws Problem `unauthenticated` unless the issuer has signed the token, and `RemoteError` when that cannot be
   * known. When no key of the copy fits, the keys are asked for again, and whether they are elsewhere now.
   */
  async check(token: string, issuer: string): Promise<void> {
    const metadataUrl = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const { jwksUri } = named(await this.#metadata.read(metadataUrl), issuer);
    const [fits, trouble] = await this.#fits(token, jwksUri);
    if (fits) return;
    const moved = named(await this.#metadata.renew(metadataUrl), issuer).jwksUri;
    if (moved !== jwksUri) {
      if (await isSigned(token, await this.#keySets.read(moved))) return;
    } else if (trouble !== undefined) throw trouble;
    throw notSigned();
  }

  /** Whether a key of the set fits, or what is wrong with the set. */
  async #fits(token: string, jwksUri: string): Promise<[fits: boolean, trouble?: RemoteError]> {
    try {
      if (await isSigned(token, await this.#keySets.read(jwksUri))) return [true];
      return [await isSigned(token, await this.#keySets.renew(jwksUri))];
    } catch (error) {
      if (!(error instanceof RemoteError) || error.reason === 'unreachable') throw error;
      return [false, error];
    }
  }
}

/** Throws Problem `unauthenticated` unless the token is signed with a key of this set, which is our own. */
export async function checkOwnSignature(token: string, keys: JSONWebKeySet): Promise<void> {
  if (!await isSigned(token, createLocalJWKSet(keys))) throw notSigned();
}

async function isSigned(token: string, keySet: KeySet): Promise<boolean> {
  const options = { algorithms: [...algorithms] };
  try {
    await compactVerify(token, keySet, options);
    return true;
  } catch (error) {
    // Whatever else is thrown speaks of the token or of a key, both of which strangers made.
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return false;
    let tries = 0;
    for await (const key of error) {
      tries += 1;
      if (tries > maxTries) return false;
      if (await compactVerify(token, key, options).then(() => true, () => false)) return true;
    }
    return false;
  }
}

function notSigned(): Problem {
  return invalidToken('The token is not signed with a key of its issuer.');
}

/** The metadata, if it is that of the issuer (OpenID Connect Discovery 1.0, section 4.3). */
function named(metadata: Metadata, issuer: string): Metadata {
  if (isSameIssuer(metadata.issuer, issuer)) return metadata;
  throw invalidToken('The metadata of the issuer of the token names another issuer.');
}

function readMetadata({ bytes }: RemoteResponse): Metadata {
  const { issuer, jwks_uri: jwksUri } = readJsonObject(bytes);
  if (typeof issuer !== 'string' || typeof jwksUri !== 'string') {
    throw new Problem('invalid', 'It does not say who the issuer is and where its keys are (issuer, jwks_uri).');
  }
  return { issuer, jwksUri };
}

/** Keys that are not for signatures, or of kinds that are not known here, are passed over (RFC 7517, section 5). */
function readKeySet({ bytes }: RemoteResponse): KeySet {
  const { keys } = readJsonObject(bytes);
  if (!Array.isArray(keys) || keys.length > maxKeys) {
    throw new Problem('invalid', `It is not a set of up to ${maxKeys} keys (RFC 7517).`);
  }
  return createLocalJWKSet({ keys: keys.filter((key): key is JWK => troubleWithKey(key) === undefined) });
}
