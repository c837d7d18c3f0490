import type { Account } from '../accounts/account.ts';
import { Problem } from '../problem.ts';
import type { InteractionDetails } from './parts.ts';
import { at } from './route.ts';
import type { Call } from './route.ts';

/** A request about what an app asks of a person. */
export interface Asked extends Call {
  readonly details: InteractionDetails;
}

/** The address of a step. */
export function step({ parts, details }: Asked, name: string): string {
  return at(parts, 'interaction', details.uid, name);
}

/** The account that is logged in at the issuer, which may be another than that of the account pages. */
export async function accountOf({ parts, details }: Asked): Promise<Account> {
  const id = details.prompt === 'consent' ? details.account : undefined;
  const account = id === undefined ? undefined : await parts.people.accounts.get(id);
  if (account?.state !== 'active') throw new Problem('forbidden', 'Log in first.');
  return account;
}
