import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import { keys } from '../storage/keyspace.ts';
import { expiryEntry, expiryKey } from './expiry.ts';
import { hashOf, newSecret } from './secret.ts';

const minute = 60 * 1000;

/** How long an answer is waited for, in milliseconds. */
export const lifetimes = {
  'passkey': 10 * minute, 'new-passkey': 10 * minute, 'code': 10 * minute, 'factor': 30 * minute,
} as const;

/** What somebody was asked, whose answer counts once. */
export type Challenge =
  /** To show a passkey. Anybody is asked. */
  | { readonly kind: 'passkey' }
  /** To make a passkey for an account. */
  | { readonly kind: 'new-passkey'; readonly account: string }
  /** For a code, as the password was right. The generation: of the account, as that password counts only within it. */
  | { readonly kind: 'code'; readonly account: string; readonly generation: number }
  /** For the first code that is made of a new secret. */
  | { readonly kind: 'factor'; readonly account: string; readonly secret: string };

type Asked<K extends Challenge['kind']> = Extract<Challenge, { kind: K }> & { readonly expires: number };

/** Takes down what is asked; gives the secret under which the answer finds it. 256 random bits, in base64url. */
export function putChallenge(writes: Beside, challenge: Challenge, now: number): string {
  const secret = newSecret();
  const key = keys.challenge(hashOf(secret));
  const expires = now + lifetimes[challenge.kind];
  writes.put(key, encodeJson({ ...challenge, expires }));
  const entry = expiryEntry(key, expires);
  writes.put(entry.key, entry.value);
  return secret;
}

/** What was asked under this secret. Throws `invalid` when it was not, was answered, or is too long ago. */
export async function readChallenge<K extends Challenge['kind']>(
  { read }: Beside, kind: K, secret: string, now: number,
): Promise<Asked<K>> {
  const [entry] = await read([keys.challenge(hashOf(secret))]);
  const challenge = entry && decodeJson<Asked<Challenge['kind']>>(entry.value);
  if (challenge?.kind !== kind || challenge.expires <= now) {
    throw new Problem('invalid', 'This took too long, or was done already. Begin again.');
  }
  return challenge as Asked<K>;
}

/** Ends what was asked, in the commit of what the answer brings about. */
export function deleteChallenge(writes: Beside, secret: string, { expires }: { readonly expires: number }): void {
  const key = keys.challenge(hashOf(secret));
  writes.delete(key);
  writes.delete(expiryKey(key, expires));
}
