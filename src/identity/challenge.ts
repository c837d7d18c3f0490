import { Problem } from '../problem.ts';

/**
 * The algorithms by which tokens and proofs may be signed: public keys only, since with a shared secret whoever checks
 * could also sign, and never `none` (RFC 8725, sections 2.1 and 3.1).
 */
export const algorithms: readonly string[] = ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA', 'Ed25519'];

/** The WWW-Authenticate header of an answer that asks for credentials (RFC 9449, section 7.1). */
export const challenge = `DPoP algs="${algorithms.join(' ')}", scope="openid webid"`;

/** The longest `error_description`, which may repeat what a stranger sent. */
const maxDescription = 500;

/** The Problem with an access token. `sentence` is sent to whoever sent the token. */
export function invalidToken(sentence: string): Problem {
  return unauthenticated(sentence, 'invalid_token');
}

/** The Problem with a DPoP proof. */
export function invalidProof(sentence: string): Problem {
  return unauthenticated(sentence, 'invalid_dpop_proof');
}

/** The Problem with credentials that are no token at all. */
export function noCredentials(sentence: string): Problem {
  return new Problem('unauthenticated', sentence, { 'www-authenticate': challenge });
}

function unauthenticated(sentence: string, error: string): Problem {
  const header = `${challenge}, error="${error}", error_description="${description(sentence)}"`;
  return new Problem('unauthenticated', sentence, { 'www-authenticate': header });
}

/** A sentence in the characters that are allowed there (RFC 6750, section 3), which need no escapes. */
function description(sentence: string): string {
  return sentence.slice(0, maxDescription).replaceAll('"', "'").replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?');
}
