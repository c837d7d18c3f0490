import { CodeWanted } from '../accounts/second-factors.ts';
import { at } from './route.ts';
import type { Call } from './route.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';

/**
 * Asks for the code that is wanted besides the password; `action`: where it goes, `login`: where one begins again. With
 * `trouble`, that is the password form that was right, or the form of this page.
 */
export function showSecondStep(
  call: Call, { action, login }: { readonly action: string; readonly login: string }, trouble: Trouble,
): void {
  const { problem, typed } = trouble;
  const isFirst = problem instanceof CodeWanted;
  showPage(call, 'second-step', {
    title: 'Your code', action, login, remember: typed.get('remember'),
    step: isFirst ? problem.step : typed.get('step'),
  }, isFirst ? undefined : trouble);
  // As for a script: the password alone was not enough.
  if (isFirst) call.ctx.status = 403;
}

/** What a page for logging in has for passkeys; nothing where there can be none. `action`: where an answer goes. */
export function scriptsOfLogin({ parts }: Call, action: string) {
  if (!parts.people.passkeys.possible) return {};
  return { scripts: ['passkey-login'], passkey: action, passkeyOptions: at(parts, 'login', 'passkey', 'options') };
}
