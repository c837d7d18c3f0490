import { constants, createPublicKey, hash, verify } from 'node:crypto';
import type { KeyObject, VerifyKeyObjectInput } from 'node:crypto';
import type { JWK } from 'jose';

/** How an algorithm signs (RFC 7518, section 3; RFC 8037, section 3.1), and with which keys. */
interface Scheme {
  /** `null` where the algorithm has its own. */
  readonly digest: string | null;
  readonly options: { readonly dsaEncoding?: 'ieee-p1363'; readonly padding?: number; readonly saltLength?: number };
  readonly fits: (key: KeyObject) => boolean;
}

const ec = (digest: string, curve: string): Scheme => ({
  digest, options: { dsaEncoding: 'ieee-p1363' },
  fits: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === curve,
});
/** RFC 7518, sections 3.3 and 3.5: a key of 2048 bits or larger. */
const rsa = (options: Scheme['options']): Scheme => ({
  digest: 'sha256', options,
  fits: (key) => key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048,
});
const ed25519: Scheme = { digest: null, options: {}, fits: (key) => key.asymmetricKeyType === 'ed25519' };

const schemes: Readonly<Record<string, Scheme>> = {
  ES256: ec('sha256', 'prime256v1'),
  ES384: ec('sha384', 'secp384r1'),
  RS256: rsa({ padding: constants.RSA_PKCS1_PADDING }),
  PS256: rsa({ padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
  EdDSA: ed25519,
  Ed25519: ed25519,
};

/** What the thumbprint of a public key is made of, in its order (RFC 7638, section 3.2; RFC 8037, section 2). */
const members: Readonly<Record<string, readonly (keyof JWK)[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  RSA: ['e', 'kty', 'n'],
  OKP: ['crv', 'kty', 'x'],
};

/** A public key that is ready to check signatures. */
export class SigningKey {
  /** Its thumbprint (RFC 7638). */
  readonly jkt: string;
  readonly #key: VerifyKeyObjectInput;
  readonly #digest: string | null;

  /** Of a JWK without `troubleWithKey`, for one of `algorithms`. Throws when they do not go together. */
  constructor(jwk: JWK, alg: string) {
    const scheme = schemes[alg];
    const names = members[jwk.kty ?? ''];
    if (scheme === undefined || names === undefined) throw new TypeError('The key is of no kind that is known.');
    const part = Object.fromEntries(names.map((name) => [name, jwk[name]]));
    const key = createPublicKey({ key: part, format: 'jwk' });
    if (!scheme.fits(key)) throw new TypeError(`The key is not for ${alg}.`);
    this.#key = { key, ...scheme.options };
    this.#digest = scheme.digest;
    this.jkt = hash('sha256', JSON.stringify(part), 'base64url');
  }

  /** Whether the key has signed what is before the last dot of a JWS (RFC 7515, section 5.2). */
  hasSigned(jws: string): boolean {
    const at = jws.lastIndexOf('.');
    const input = Buffer.from(jws.slice(0, at), 'latin1');
    const signature = Buffer.from(jws.slice(at + 1), 'base64url');
    try {
      return verify(this.#digest, input, this.#key, signature);
    } catch {
      // Whatever is thrown speaks of a signature that a stranger sent.
      return false;
    }
  }
}
