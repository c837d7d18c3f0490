import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import type { JWK, JWTPayload, ProtectedHeaderParameters } from 'jose';
import { normalIri } from '../access/iri.ts';
import { algorithms, invalidProof } from './challenge.ts';
import { troubleWithKey } from './public-keys.ts';
import type { ProofKeys } from './public-keys.ts';
import { digest } from './secrets.ts';

/** The request that a proof has to be made for. */
export interface ProofFor {
  readonly method: string;
  /** The URL at which the world sees what is requested, without query and fragment. */
  readonly url: string;
  /** The token that the proof comes with. */
  readonly token: string;
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

/**
 * Checks a DPoP proof against the request that it came with (RFC 9449, section 4.3). What is left to do is to compare
 * the key with the one in the token, and to see that the proof was not used before. Throws Problem `unauthenticated`.
 */
export async function readProof(text: string, request: ProofFor, keys: ProofKeys): Promise<Proof> {
  if (text.length > maxProofLength) throw invalidProof(`The DPoP proof is longer than ${maxProofLength} characters.`);
  const { header, payload } = decode(text);
  const { alg, jwk } = checkHeader(header);
  const { jti, ends } = checkClaims(payload, request);
  const jkt = await checkSignature(text, alg, jwk, keys);
  return { jkt, mark: digest(`${jkt} ${jti}`), until: ends * 1000 };
}

function decode(text: string): { header: ProtectedHeaderParameters; payload: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(text), payload: decodeJwt(text) };
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
  { htm, htu, iat, jti, ath }: JWTPayload, { method, url, token, now, seconds, withoutAth }: ProofFor,
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
  if (!(withoutAth && ath === undefined) && ath !== digest(token)) {
    throw invalidProof('The DPoP proof is not made for this token (ath).');
  }
  return { jti, ends: iat + seconds };
}

/** The thumbprint of the key, which has signed the proof. */
async function checkSignature(text: string, alg: string, jwk: JWK, keys: ProofKeys): Promise<string> {
  try {
    const { key, jkt } = await keys.ready(jwk, alg);
    await compactVerify(text, key, { algorithms: [alg] });
    return jkt;
  } catch {
    // Whatever is thrown speaks of the key or the signature, both of which a stranger sent.
    throw invalidProof('The DPoP proof is not signed by the key in it.');
  }
}

/** Whether `htu` is the URL, after normalisation and but for query and fragment (RFC 9449, section 4.3, check 9). */
function isSameUrl(htu: unknown, url: string): boolean {
  if (typeof htu !== 'string' || !URL.canParse(htu)) return false;
  const [whole = ''] = htu.split(/[?#]/, 1);
  return normalIri(whole) === normalIri(url);
}
