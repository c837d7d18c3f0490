import type { JWK } from 'jose';

/** The private members of JWKs of all kinds (RFC 7518, section 6; RFC 8037, section 2). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** The members that make a public key (RFC 7638, section 3.2; RFC 8037, section 2). */
const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const;

const keyTypes = new Set(['EC', 'RSA', 'OKP']);

/** The longest modulus and exponent in base64url: 8192 and 32 bits. Longer ones take too long to compute with. */
const maxModulusLength = 1366;
const maxExponentLength = 6;

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
