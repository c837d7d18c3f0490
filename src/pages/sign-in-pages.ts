import { CodeWanted } from '../accounts/second-factors.ts';
import { day } from './day.ts';
import { at } from './route.ts';
import type { Call } from './route.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';
import { scriptsOfLogin, showSecondStep } from './second-step.ts';

/** The pages for whoever is not logged in, or need not be. */

export function showLogin(call: Call, trouble?: Trouble): void {
  const { parts, ctx } = call;
  if (trouble?.problem instanceof CodeWanted) {
    return showSecondStep(call, { action: at(parts, 'login', 'code'), login: at(parts, 'login') }, trouble);
  }
  showPage(call, 'login', {
    title: 'Log in', action: at(parts, 'login', 'password'), register: registerLink(call),
    forgot: at(parts, 'login', 'password', 'forgot'), ...scriptsOfLogin(call, at(parts, 'login', 'passkey')),
    // At the issuer, apps have a session of their own in this browser.
    loggedOut: ctx.query['done'] === 'logged-out' ? `${parts.baseUrl}.oidc/session/end` : undefined,
  }, trouble);
}

/** The second step again, with what was wrong with the code. */
export function showCode(call: Call, trouble: Trouble): void {
  const { parts } = call;
  showSecondStep(call, { action: at(parts, 'login', 'code'), login: at(parts, 'login') }, trouble);
}

/** The page on which to make an account; `undefined` where only the administrator does. */
export function registerLink({ parts }: Call): string | undefined {
  return parts.people.accounts.signUp === 'closed' ? undefined : at(parts, 'login', 'password', 'register');
}

export function showRegister(call: Call, trouble?: Trouble): void {
  const { parts } = call;
  showPage(call, 'register', {
    title: 'Create an account', action: at(parts, 'login', 'password', 'register'), login: at(parts, 'login'),
    ...signUpOf(call),
  }, trouble);
}

/** What the form has to know to make an account; an invite may come with the link. */
export function signUpOf({ parts, ctx }: Call): { readonly signUp: string; readonly invite: string } {
  const { invite } = ctx.query;
  return { signUp: parts.people.accounts.signUp, invite: typeof invite === 'string' ? invite : '' };
}

export function showForgot(call: Call, trouble?: Trouble): void {
  const { parts } = call;
  showPage(call, 'forgot', {
    title: 'Forgot your password?', action: at(parts, 'login', 'password', 'forgot'), login: at(parts, 'login'),
  }, trouble);
}

export function showMailed(call: Call, { email = '' }: { readonly email?: string }): void {
  const { parts } = call;
  const { works } = parts.people.mail;
  const text = works
    ? `If there is an account for ${email}, a mail is on its way there with a link to set a new password. `
      + 'The link is good for an hour.'
    : 'This server has no mail. If there is an account for that address, its administrator now has a link with which '
      + 'you can set a new password: ask for it.';
  const title = works ? 'Look into your mail' : 'Ask the administrator';
  showPage(call, 'message', { title, text, link: at(parts, 'login'), label: 'Log in' });
}

export function showReset(call: Call, trouble?: Trouble): void {
  const { parts } = call;
  showPage(call, 'reset', {
    title: 'Set a new password', action: at(parts, 'login', 'password', 'reset'),
    forgot: at(parts, 'login', 'password', 'forgot'), token: tokenOf(call, trouble, 'rid', 'recordId'),
  }, trouble);
}

export function showResetDone(call: Call): void {
  showPage(call, 'message', {
    title: 'Your password is changed', link: at(call.parts, 'login'), label: 'Log in',
    text: 'You are logged out everywhere: log in again with the new one.',
  });
}

/** A page with a button, as programs that check mails for malice open all links in them. */
export function showVerify(call: Call, trouble?: Trouble): void {
  showPage(call, 'verify', {
    title: 'Confirm your e-mail address', action: at(call.parts, 'verify'),
    token: tokenOf(call, trouble, 'token', 'token'),
  }, trouble);
}

export function showVerified(call: Call): void {
  showPage(call, 'message', {
    title: 'Thank you', text: 'Your e-mail address is confirmed.', link: at(call.parts), label: 'Go to your account',
  });
}

export function showLeft(call: Call, answer: object): void {
  const { deleteAt } = answer as { deleteAt: number };
  showPage(call, 'message', {
    title: 'Your account will be deleted', alone: true,
    text: `On ${day(deleteAt)} your account is deleted, with your pods and all that is `
      + 'in them. If you change your mind before that, log in: then it stays.',
    link: at(call.parts, 'login'), label: 'Log in to keep it',
  });
}

/** What a mail brought: in the query when its link is opened, in the form from then on. */
function tokenOf({ ctx }: Call, trouble: Trouble | undefined, query: string, field: string): string {
  const value = trouble?.typed.get(field) ?? ctx.query[query];
  return typeof value === 'string' ? value : '';
}
