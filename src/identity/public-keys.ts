import { calculateJwkThumbprint, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { LRUCache } from 'lru-cache';

/** The private members of JWKs of all kinds (RFC 7518, section 6; RFC 8037, section 2). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** The members that make a public key (RFC 7638, section 3.2; RFC 8037, section 2). */
const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const;

const keyTypes = new Set(['EC', 'RSA', 'OKP']);

/** The longest modulus and exponent in base64url: 8192 and 32 bits. Longer ones take too long to compute with. */
const maxModulusLength = 1366;
const maxExponentLength = 6;

/** How many keys of proofs are kept. */
const maxKnown = 10_000;

/**
 * Why a JWK is no public key that signatures are checked with, as the end of a sentence that begins with the key;
 * undefined for one that may be. Keys come from strangers.
 */
export function troubleWithKey(jwk: unknown): string | undefined {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return 'is not a JSON object';
  const members = jwk as Record<string, unknown>;
  if (privateMembers.some((name) => Object.hasOwn(jwk, name))) return 'is not only the public part of a key';
  if (typeof members['kty'] !== 'string' || !keyTypes.has(members['kty'])) return 'is of no kind that signs';
  const isMalformed = publicMembers.some((name) => !['string', 'undefined'].includes(typeof members[name]));
  if (isMalformed) return 'is malformed';
  const { n = '', e = '' } = members as JWK;
  if (n.length > maxModulusLength || e.length > maxExponentLength) return 'is longer than is taken here';
  return undefined;
}

/** A key, ready to check what it signed. */
export interface ProofKey {
  readonly key: CryptoKey;
  /** Its thumbprint (RFC 7638). */
  readonly jkt: string;
}

/** The keys that made proofs lately: to make one ready takes longer than to check a signature with it. */
export class ProofKeys {
  readonly #known = new LRUCache<string, ProofKey>({ max: maxKnown });

  /** The key of a JWK without `troubleWithKey`, for one algorithm. Throws what jose throws when it is none. */
  async ready(jwk: JWK, alg: string): Promise<ProofKey> {
    const parts = publicMembers.filter((name) => jwk[name] !== undefined).map((name) => [name, jwk[name]!] as const);
    const id = JSON.stringify([alg, parts]);
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const part: JWK = Object.fromEntries(parts);
    const ready = { key: await importJWK(part, alg) as CryptoKey, jkt: await calculateJwkThumbprint(part) };
    this.#known.set(id, ready);
    return ready;
  }
}
