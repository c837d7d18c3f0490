import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import { keys } from '../storage/keyspace.ts';
import { expiryEntry, expiryKey } from './expiry.ts';
import { hashOf, newSecret } from './secret.ts';

const hour = 60 * 60 * 1000;

/** How long a link in a mail is of use, in milliseconds. */
const lifetimes = { reset: hour, verify: 24 * hour } as const;

/** What a link in a mail is for. */
export interface Token {
  readonly kind: keyof typeof lifetimes;
  readonly account: string;
  /** To which the mail was sent. */
  readonly email: string;
  /** The generation of the account; a link to reset a password does not outlive it. */
  readonly generation: number;
  readonly expires: number;
}

/** Makes a token; gives its secret, which is nowhere else. */
export function putToken(writes: Beside, token: Omit<Token, 'expires'>, now: number): string {
  const secret = newSecret();
  const key = keys.token(hashOf(secret));
  const expires = now + lifetimes[token.kind];
  writes.put(key, encodeJson({ ...token, expires } satisfies Token));
  const entry = expiryEntry(key, expires);
  writes.put(entry.key, entry.value);
  return secret;
}

/** Finds a token that is still of use. Throws `invalid` otherwise, whatever the reason. */
export async function readToken({ read }: Beside, kind: Token['kind'], secret: string, now: number): Promise<Token> {
  const [entry] = await read([keys.token(hashOf(secret))]);
  const token = entry && decodeJson<Token>(entry.value);
  if (token?.kind !== kind || token.expires <= now) throw useless();
  return token;
}

/** Makes a token that was read useless, in the commit that does what it is for. */
export function deleteToken(writes: Beside, secret: string, { expires }: Token): void {
  const key = keys.token(hashOf(secret));
  writes.delete(key);
  writes.delete(expiryKey(key, expires));
}

export function useless(): Problem {
  return new Problem('invalid', 'This link is not of use any more: it was used, or is too old. Ask for another one.');
}
