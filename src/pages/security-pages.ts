import { renderSVG } from 'uqr';
import type { Enrolment } from '../accounts/second-factors.ts';
import { Problem } from '../problem.ts';
import { listPasskeys, showLog, wayOf } from './account-security.ts';
import { listSessions } from './account-sessions.ts';
import { day } from './day.ts';
import { idOf, within } from './route.ts';
import type { OwnCall } from './route.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';

/** What a page says when something was done, by what its address says. */
const done: Readonly<Record<string, string>> = {
  'login-added': 'You can log in with that address now.',
  'password-changed': 'Your password is changed. You are logged out everywhere else.',
  'login-removed': 'That address cannot log in any more.',
  'mail-sent': 'A mail is on its way.',
  'passkey-added': 'The passkey is added: you can log in with it from now on.',
  'passkey-renamed': 'The passkey has another name now.',
  'passkey-removed': 'That passkey does not count any more. You may want to delete it on your device too.',
  'totp-off': 'No codes are asked for any more when you log in with your password.',
  'logged-out': 'Logged out there.',
};

/** How many entries of the log the page about logging in shows; the rest is on a page of its own. */
const maxLatest = 8;

/** The page about how one logs in to an account: passwords, passkeys, codes, and what happened. */
export async function showSecurity(call: OwnCall, trouble?: Trouble): Promise<void> {
  const { parts, ctx } = call;
  const { accounts, passkeys, secondFactors, mail } = parts.people;
  // What was just done may have changed it.
  const account = await accounts.get(call.account.id) ?? call.account;
  const [{ passkeys: list }, factor, { entries }] = await Promise.all([
    listPasskeys(call), secondFactors.state(account.id), showLog(call),
  ]);
  const possible = passkeys.possible && account.logins.length > 0;
  showPage(call, 'security', {
    title: 'Security',
    ...(possible && { scripts: ['passkey-add'] }),
    done: trouble === undefined ? done[String(ctx.query['done'])] : undefined,
    within: (...segments: string[]) => within(call, ...segments),
    mailWorks: mail.works,
    logins: account.logins.map((login) => ({ ...login, id: idOf(login.email) })),
    passkeysPossible: possible,
    passkeys: list.map(({ created, lastUsed, ...passkey }) => ({
      ...passkey, created: day(created), lastUsed: lastUsed === undefined ? 'never used' : `last used ${day(lastUsed)}`,
    })),
    factor: factor && { since: day(factor.since), left: factor.recovery },
    log: entries.slice(0, maxLatest).map(worded), more: entries.length > maxLatest,
  }, trouble);
}

/** The page with all of the log. */
export async function showSecurityLog(call: OwnCall): Promise<void> {
  const { entries, next } = await showLog(call);
  showPage(call, 'security-log', {
    title: 'What happened', security: within(call, 'login'), log: entries.map(worded), next,
  });
}

/** The page with all places where one is logged in. */
export async function showSessions(call: OwnCall, trouble?: Trouble): Promise<void> {
  const { sessions } = await listSessions(call);
  showPage(call, 'sessions', {
    title: 'Sessions', all: within(call, 'session'), security: within(call, 'login'),
    done: trouble === undefined ? done[String(call.ctx.query['done'])] : undefined,
    sessions: sessions.map(({ created, lastUsed, how, ...session }) => ({
      ...session, created: time(created), lastUsed: time(lastUsed), how: wayOf(how),
    })),
  }, trouble);
}

/** What to put into the authenticator app: a picture to scan, and the same to type. */
export function showEnrolment(call: OwnCall, answer: object, trouble?: Trouble): void {
  const { step, secret, uri } = answer as Enrolment;
  showPage(call, 'authenticator', {
    title: 'Set up your authenticator app', step, uri, secret: secret.match(/.{1,4}/g)!.join(' '),
    // White around it, as readers need it, also on a dark page; uqr escapes nothing as there is nothing to escape.
    picture: renderSVG(uri, { border: 4 }),
    action: within(call, 'login', 'totp', 'confirm'), back: within(call, 'login'),
  }, trouble);
}

/** The same after a wrong code; when it took too long, it has to begin again. */
export async function showConfirmAgain(call: OwnCall, trouble: Trouble): Promise<void> {
  try {
    const step = trouble.typed.get('step') ?? '';
    showEnrolment(call, await call.parts.people.secondFactors.enrolment(call.account.id, step), trouble);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    await showSecurity(call, { ...trouble, form: 'totp', field: '' });
  }
}

/** Recovery codes, this once: to print, to copy, or to keep as a file. */
export function showRecoveryCodes(call: OwnCall, answer: object): void {
  const { recoveryCodes } = answer as { readonly recoveryCodes: readonly string[] };
  const { host } = new URL(call.parts.baseUrl);
  const text = `Recovery codes for ${call.account.logins[0]?.email ?? 'your account'} at ${host}\n`
    + `Each is good once, in place of a code of the authenticator app.\n\n${recoveryCodes.join('\n')}\n`;
  showPage(call, 'recovery-codes', {
    title: 'Your recovery codes', codes: recoveryCodes,
    file: `recovery-codes-${host.replaceAll(/[^a-z0-9.-]/g, '-')}.txt`,
    download: `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`, back: within(call, 'login'),
  });
}

function worded({ at, words, about, device, address }: Awaited<ReturnType<typeof showLog>>['entries'][number]) {
  const from = [device, address].filter((part) => part !== undefined).join(', ');
  return { when: time(at), what: about === undefined ? words : `${words}: ${about}`, from };
}

/** To the minute, and of which clock. */
function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
