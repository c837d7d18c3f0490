import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits, as 43 characters that need no escape in a URL, a header or a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Under what a secret is known here: whoever reads the database cannot use it. Only for what is random itself. In
 * hexadecimal: as the id of an invite it stands in a command, where a dash would begin an option.
 */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Whether `secret` is the one with this hash, in a time that does not depend on how much of it is right. */
export function isSecret(secret: string, hash: string): boolean {
  const [one, other] = [Buffer.from(hashOf(secret)), Buffer.from(hash)];
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}
