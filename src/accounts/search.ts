import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';

/**
 * The accounts that somebody may mean: by their id, an e-mail address or its beginning, a WebID, or the address or name
 * of a pod; all of them, in the order of their ids, when nothing was typed. `after`: the id of the last one seen.
 */
export async function * searchAccounts(
  accounts: Accounts, { text, after }: { readonly text: string; readonly after?: string | undefined },
): AsyncIterable<Account> {
  const wanted = text.trim();
  if (wanted === '') return yield * accounts.list(after);
  const exact = await accounts.get(wanted) ?? await accounts.byWebId(wanted) ?? await accounts.byPod(wanted)
    ?? await accounts.byEmail(wanted);
  if (exact !== undefined && after === undefined) yield exact;
  for await (const account of accounts.byEmailBeginning(wanted.toLowerCase(), after)) {
    if (account.id !== exact?.id) yield account;
  }
}
