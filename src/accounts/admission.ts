import type { Beside } from '../pods/transaction.ts';
import type { Account, StoredAccount } from './account.ts';
import { active, inactive, putAccount, shown } from './account.ts';
import { placeOf } from './security-log.ts';
import type { From, SecurityEvent, SecurityLog } from './security-log.ts';

/** By what somebody showed that an account is theirs. */
export const ways = {
  'password': 'with a password',
  'password+code': 'with a password and a code',
  'password+recovery-code': 'with a password and a recovery code',
  'passkey': 'with a passkey',
} as const;

export type Way = keyof typeof ways;

/** Who was let in. `stayed`: the account was about to be deleted, and stays. */
export interface Admission {
  readonly account: Account;
  readonly stayed: boolean;
  readonly how: Way;
}

/** How many places are known of an account; the one that was seen first is forgotten first. */
export const maxPlaces = 20;

/**
 * Lets somebody in who has shown all that is asked for: `before` is the account as the commit checks it, `changed` the
 * same with what the showing changed. Gives what to tell its owner of besides. Throws `forbidden` when the account is
 * shut.
 */
export function admit(
  writes: Beside, log: SecurityLog, before: StoredAccount, changed: StoredAccount, how: Way, from: From,
): { readonly admission: Admission; readonly events: readonly SecurityEvent[] } {
  if (before.state === 'suspended' || before.deleting) throw inactive(before);
  const stayed = before.state === 'leaving';
  const place = placeOf(from);
  const places = before.places ?? [];
  const isKnown = places.includes(place);
  const placed = isKnown ? changed : { ...changed, places: [place, ...places].slice(0, maxPlaces) };
  const after = stayed ? active(placed) : placed;
  if (after !== before) putAccount(writes, after, before);
  // Of the first place of an account nobody needs to be told.
  const isNew = !isKnown && places.length > 0;
  const events: SecurityEvent[] = [{ kind: isNew ? 'login-new-place' : 'login', about: ways[how] }];
  if (how === 'password+recovery-code') {
    events.push({ kind: 'recovery-code-used', about: `${after.factor?.recovery.length ?? 0} are left` });
  }
  if (stayed) events.push({ kind: 'stays' });
  for (const event of events) log.put(writes, before.id, event, from);
  return { admission: { account: shown(after), stayed, how }, events };
}
