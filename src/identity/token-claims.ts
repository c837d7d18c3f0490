import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { JWTPayload, ProtectedHeaderParameters } from 'jose';
import { parseAuthority } from '../access/authority.ts';
import type { Authority } from '../access/authority.ts';
import { algorithms, invalidToken } from './challenge.ts';
import { digest } from './secrets.ts';

/** What a token says. Nothing of it is proven until its signature is. */
export interface TokenClaims {
  readonly issuer: string;
  readonly webId: string;
  readonly client?: string;
  readonly authority?: Authority;
  /** The thumbprint of the key that it is bound to (RFC 9449, section 6.1). Absent when it is bound to none. */
  readonly jkt?: string;
  /** When it ends, in seconds since 1970. */
  readonly expires: number;
  /** All of the above and the rest. */
  readonly payload: JWTPayload;
  /** The SHA-256 of the token in base64url, as proofs have it (`ath`; RFC 9449, section 4.2). */
  readonly hash: string;
}

/** The longest token, in characters. */
const maxTokenLength = 16_384;

/** The longest identifier of anybody. */
const maxIdentifierLength = 2048;

/** Seconds by which clocks may differ. */
export const clockTolerance = 60;

/**
 * What a JWT may say that it is (RFC 8725, section 3.11): an access token (RFC 9068) or, which says less, an ID token.
 * Logout tokens, proofs and others have names of their own.
 */
const types = new Set(['jwt', 'application/jwt', 'at+jwt', 'application/at+jwt']);

const base64Sha256 = /^[\w-]{43}$/;

/**
 * Reads an access token, or the ID token that older clients send, and checks all that can be checked without the keys
 * of its issuer (Solid-OIDC, section 8.1). `now` in milliseconds since 1970. Throws Problem `unauthenticated`.
 *
 * The WebID is the claim `webid`. `sub` is not taken for it, although it may be a URL: all issuers in use have `webid`,
 * and an issuer that does not speak Solid may let its users choose their `sub`.
 */
export function readToken(token: string, now: number): TokenClaims {
  if (token.length > maxTokenLength) throw invalidToken(`The token is longer than ${maxTokenLength} characters.`);
  const { header, payload } = decode(token);
  checkHeader(header);
  const seconds = now / 1000;
  const issuer = urlClaim(payload, 'iss');
  const webId = urlClaim(payload, 'webid');
  if (![payload.aud].flat().includes('solid')) {
    throw invalidToken('The token is not meant for Solid storages: its audience (aud) does not have "solid".');
  }
  const expires = dateClaim(payload, 'exp');
  checkExpiry(expires, now);
  if (dateClaim(payload, 'iat') > seconds + clockTolerance) throw invalidToken('The token is from the future (iat).');
  if (payload.nbf !== undefined && dateClaim(payload, 'nbf') > seconds + clockTolerance) {
    throw invalidToken('The token is not good yet (nbf).');
  }
  const client = textClaim(payload, 'client_id') ?? textClaim(payload, 'azp');
  const jkt = confirmation(payload);
  return {
    issuer, webId, expires, payload, hash: digest(token),
    ...(client === undefined ? {} : { client }),
    ...(jkt === undefined ? {} : { jkt }),
    // A claim that is not understood could be a restriction, so its mere presence narrows (RFC 9396, section 2).
    ...(Object.hasOwn(payload, 'authorization_details')
      ? { authority: parseAuthority(payload['authorization_details']) } : {}),
  };
}

/** Throws Problem `unauthenticated` when a token that ends at `expires` (in seconds) has ended. */
export function checkExpiry(expires: number, now: number): void {
  if (expires + clockTolerance <= now / 1000) throw invalidToken('The token has expired.');
}

/** Whether two names of an issuer are the same: letter for letter, but for a slash at the end that one may lack. */
export function isSameIssuer(one: string, other: string): boolean {
  return one === other || one.replace(/\/$/, '') === other.replace(/\/$/, '');
}

function decode(token: string): { header: ProtectedHeaderParameters; payload: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(token), payload: decodeJwt(token) };
  } catch {
    throw invalidToken('The token is not a JWT.');
  }
}

function checkHeader({ alg, typ, crit, b64, cty }: ProtectedHeaderParameters): void {
  if (typeof alg !== 'string' || !algorithms.includes(alg)) {
    throw invalidToken(`The token is not signed with one of ${algorithms.join(', ')}.`);
  }
  if (typ !== undefined && (typeof typ !== 'string' || !types.has(typ.toLowerCase()))) {
    throw invalidToken('The token is neither an access token nor an ID token (typ).');
  }
  // No extension is known here (RFC 7515, section 4.1.11), and no token within a token (RFC 7519, section 5.2).
  if (crit !== undefined || b64 !== undefined || cty !== undefined) {
    throw invalidToken('The token has header parameters that are not understood here (crit, b64, cty).');
  }
}

/** A claim that has to be an http or https URL. To which http URLs this server goes is decided by `remote/`. */
function urlClaim(payload: JWTPayload, name: string): string {
  const value = payload[name];
  if (value === undefined) throw invalidToken(`The token does not have the claim ${name}.`);
  const url = typeof value === 'string' && value.length <= maxIdentifierLength && URL.canParse(value)
    ? new URL(value) : undefined;
  const odd = url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '';
  // OpenID Connect Discovery 1.0, section 3
  if (odd || (name === 'iss' && /[?#]/.test(value as string))) {
    throw invalidToken(`The claim ${name} of the token is not a URL that it may be.`);
  }
  return value as string;
}

function dateClaim(payload: JWTPayload, name: string): number {
  const value = payload[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw invalidToken(`The token does not say a time in its claim ${name}.`);
  }
  return value;
}

function textClaim(payload: JWTPayload, name: string): string | undefined {
  const value = payload[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '' || value.length > maxIdentifierLength) {
    throw invalidToken(`The claim ${name} of the token is not the identifier of a client.`);
  }
  return value;
}

/** The key that a token is bound to. One that is bound in another way is of no use here (RFC 7800, section 3.1). */
function confirmation(payload: JWTPayload): string | undefined {
  const cnf = payload['cnf'];
  if (cnf === undefined) return undefined;
  const jkt = typeof cnf === 'object' && cnf !== null ? (cnf as Record<string, unknown>)['jkt'] : undefined;
  if (typeof jkt !== 'string' || !base64Sha256.test(jkt)) {
    throw invalidToken('The token is bound to something else than the thumbprint of a key (cnf.jkt).');
  }
  return jkt;
}
