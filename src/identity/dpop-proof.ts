import type { JWK, JWTPayload, ProtectedHeaderParameters } from 'jose';
import { normalIri } from '../access/iri.ts';
import type { Problem } from '../problem.ts';
import { algorithms, invalidProof } from './challenge.ts';
import { readJsonObject } from './json-object.ts';
import { troubleWithKey } from './public-keys.ts';
import { ProofKeys } from './proof-keys.ts';
import { ProofThread } from './proof-thread.ts';
import { digest } from './secrets.ts';
import { SigningKey } from './signing-key.ts';

/** The request that a proof has to be made for. */
export interface ProofFor {
  readonly method: string;
  /** The URL at which the world sees what is requested, without query and fragment. */
  readonly url: string;
  /** The hash of the token that the proof comes with. */
  readonly ath: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** For how many seconds a proof is good, and how far in the future it may be from. */
  readonly seconds: number;
  /** Whether a proof may do without the hash of the token. */
  readonly withoutAth: boolean;
}

export interface Proof {
  /** The thumbprint of the key that made it. */
  readonly jkt: string;
  /** What no other proof has that was made with that key. */
  readonly mark: string;
  /** When it ends, in milliseconds since 1970. */
  readonly until: number;
}

/** The longest proof, and the longest `jti` in it. */
const maxProofLength = 8_192;
const maxJtiLength = 256;

/** One for all of the process. */
const thread = new ProofThread();

/** Header, payload and signature, in base64url (RFC 7515, section 7.1). */
const compact = /^([\w-]+)\.([\w-]+)\.[\w-]*$/;

/** Reads DPoP proofs. */
export class Proofs {
  readonly #keys = new ProofKeys();

  /**
   * Checks a proof against the request that it came with (RFC 9449, section 4.3). What is left to do is to compare the
   * key with the one in the token, and to see that the proof was not used before. Throws Problem `unauthenticated`.
   */
  async read(text: string, request: ProofFor): Promise<Proof> {
    if (text.length > maxProofLength) throw invalidProof(`The DPoP proof is longer than ${maxProofLength} characters.`);
    const [, header = '', payload = ''] = compact.exec(text) ?? [];
    const known = this.#keys.get(header);
    const key = known ?? this.#keyIn(header);
    const { jti, ends } = checkClaims(decode(payload), request);
    // The thread would have to make a key ready that is new here.
    if (!(known === undefined ? key.hasSigned(text) : await thread.check(text, key))) throw notSigned();
    return { jkt: key.jkt, mark: digest(`${key.jkt} ${jti}`), until: ends * 1000 };
  }

  #keyIn(header: string): SigningKey {
    const { alg, jwk } = checkHeader(decode(header));
    try {
      const key = new SigningKey(jwk, alg);
      this.#keys.add(header, key);
      return key;
    } catch {
      // Whatever is thrown speaks of a key that a stranger sent.
      throw notSigned();
    }
  }
}

function notSigned(): Problem {
  return invalidProof('The DPoP proof is not signed by the key in it.');
}

function decode(part: string): Record<string, unknown> {
  try {
    return readJsonObject(Buffer.from(part, 'base64url'));
  } catch {
    throw invalidProof('The DPoP proof is not a JWT.');
  }
}

function checkHeader({ typ, alg, crit, b64, jwk }: ProtectedHeaderParameters): { alg: string; jwk: JWK } {
  if (typ !== 'dpop+jwt') throw invalidProof('The DPoP proof is of another type (typ) than dpop+jwt.');
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    throw invalidProof(`The DPoP proof is not signed with one of ${algorithms.join(', ')}.`);
  }
  // RFC 7515, section 4.1.11: no extension is known here.
  if (crit !== undefined || b64 !== undefined) {
    throw invalidProof('The DPoP proof has header parameters that are not understood here (crit, b64).');
  }
  const trouble = troubleWithKey(jwk);
  if (trouble !== undefined) throw invalidProof(`The key in the DPoP proof (jwk) ${trouble}.`);
  const key = jwk as JWK;
  if ((key.alg ?? alg) !== alg || (key.use ?? 'sig') !== 'sig') {
    throw invalidProof('The key in the DPoP proof (jwk) is for another use than to sign it.');
  }
  return { alg, jwk: key };
}

/** What identifies the proof, and when it ends, in seconds since 1970. */
function checkClaims(
  { htm, htu, iat, jti, ath }: JWTPayload, { method, url, ath: hash, now, seconds, withoutAth }: ProofFor,
): { jti: string; ends: number } {
  if (htm !== method) throw invalidProof(`The DPoP proof is not made for the method ${method} (htm).`);
  if (!isSameUrl(htu, url)) throw invalidProof(`The DPoP proof is not made for ${url} (htu).`);
  if (typeof iat !== 'number' || !Number.isFinite(iat)) {
    throw invalidProof('The DPoP proof does not say when it was made (iat).');
  }
  if (Math.abs(now / 1000 - iat) > seconds) {
    throw invalidProof(`The DPoP proof was not made within the last ${seconds} seconds (iat): ` +
      'it is too old, or the clock of whoever made it is wrong.');
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > maxJtiLength) {
    throw invalidProof(`The DPoP proof has no identifier (jti) of up to ${maxJtiLength} characters.`);
  }
  if (!(withoutAth && ath === undefined) && ath !== hash) {
    throw invalidProof('The DPoP proof is not made for this token (ath).');
  }
  return { jti, ends: iat + seconds };
}

/** Whether `htu` is the URL, after normalisation and but for query and fragment (RFC 9449, section 4.3, check 9). */
function isSameUrl(htu: unknown, url: string): boolean {
  if (htu === url) return true;
  if (typeof htu !== 'string' || !URL.canParse(htu)) return false;
  const [whole = ''] = htu.split(/[?#]/, 1);
  return normalIri(whole) === normalIri(url);
}
