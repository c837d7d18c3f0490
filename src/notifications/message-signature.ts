import { createHash, createPrivateKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { JWK } from 'jose';

/** A key that signs, by the name under which its public part is published. Its algorithm is ES256 (RFC 7518, 3.4). */
export interface SigningKey {
  readonly kid: string;
  readonly key: KeyObject;
  /** The public part. */
  readonly jwk: JWK;
}

/** Takes a private key in JSON (RFC 7517). */
export function signingKey({ kid, kty, crv, x, y, d }: JWK): SigningKey {
  return {
    kid: kid!,
    key: createPrivateKey({ key: { kty: kty!, crv: crv!, x: x!, y: y!, d: d! }, format: 'jwk' }),
    jwk: { kty: kty!, crv: crv!, x: x!, y: y! },
  };
}

/** `Content-Digest` (RFC 9530, section 2). */
export function contentDigest(body: string): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

/** What is signed of a request. */
export interface SignedRequest {
  readonly method: string;
  /** As it is sent, without a fragment. */
  readonly targetUri: string;
  readonly contentType: string;
  readonly contentDigest: string;
  /** When it is signed, in seconds since 1970. */
  readonly created: number;
}

/**
 * The headers that sign a request (RFC 9421, sections 2.5 and 3.1), with ECDSA on P-256 and SHA-256 (section 3.3.4).
 * The `keyid` is the `kid` of the key among those that the issuer of the sender publishes.
 */
export function messageSignature(
  request: SignedRequest, { kid, key }: SigningKey,
): { readonly 'signature-input': string; readonly signature: string } {
  const covered = [
    ['@method', request.method],
    ['@target-uri', request.targetUri],
    ['content-type', request.contentType],
    ['content-digest', request.contentDigest],
  ] as const;
  const parameters = `(${covered.map(([name]) => `"${name}"`).join(' ')});created=${request.created}`
    + `;keyid="${kid}";alg="ecdsa-p256-sha256"`;
  const lines = [...covered.map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${parameters}`];
  const base = lines.join('\n');
  const signature = sign('sha256', Buffer.from(base), { key, dsaEncoding: 'ieee-p1363' });
  return { 'signature-input': `sender=${parameters}`, 'signature': `sender=:${signature.toString('base64')}:` };
}
