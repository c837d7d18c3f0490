import { CodeWanted } from '../accounts/second-factors.ts';
import { Problem } from '../problem.ts';
import { addPod } from './account-pods.ts';
import { check, fieldsOf, readForm } from './body-fields.ts';
import { noteFirstConsent, sendAppLogo, sendFolders, showConsent, takeConsent } from './consent-page.ts';
import { checkFormToken } from './form-token.ts';
import { accountOf, step } from './interaction.ts';
import type { Asked } from './interaction.ts';
import { authenticateByPasskey } from './account-security.ts';
import { authenticate, makeAccount } from './log-in.ts';
import type { InteractionDetails, InteractionResult } from './parts.ts';
import { at } from './route.ts';
import type { Call } from './route.ts';
import { credentials, newPod, registration } from './schemas.ts';
import { scriptsOfLogin, showSecondStep } from './second-step.ts';
import { codeAnswer, passkeyAnswer } from './security-schemas.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';
import { registerLink, signUpOf } from './sign-in-pages.ts';
import { showApp } from './who-asks.ts';

/** The steps of an interaction: pages, and what their forms do. */
const steps: Readonly<Record<string, {
  readonly show?: (asked: Asked, trouble?: Trouble) => Promise<void> | void;
  /** The page that has the form of the step; and what it does. It gives the decision; undefined: there is a page. */
  readonly on?: (asked: Asked, trouble?: Trouble) => Promise<void> | void;
  readonly take?: (asked: Asked, typed: URLSearchParams) => Promise<InteractionResult | undefined>;
}>> = {
  '':          { show: showPrompt },
  'login/':    { show: showLogin,    on: showLogin,    take: logIn },
  'code/':     {                     on: showLogin,    take: logInByCode },
  'passkey/':  {                     on: showLogin,    take: logInByPasskey },
  'continue/': {                     on: showLogin,    take: goOn },
  'register/': { show: showRegister, on: showRegister, take: register },
  'pod/':      {                     on: showPrompt,   take: makePod },
  'consent/':  { show: showPrompt,   on: showPrompt,   take: takeConsent },
  'folders/':  { show: sendFolders },
  'logo/':     { show: sendAppLogo },
};

/** What an app that wants a new login is not satisfied without. */
const wantsPassword = ['login_prompt', 'max_age', 'id_token_hint', 'claims_id_token_sub_value'];

/** Has a person log in and decide, for an app that sent them here. `path`: `interaction/<uid>/<step>/`. */
export async function answerInteraction(call: Call, path: string): Promise<void> {
  const [, uid, name = ''] = /^interaction\/([\w-]{1,64})\/((?:\w+\/)?)$/.exec(path) ?? [];
  const step = Object.hasOwn(steps, name) ? steps[name]! : undefined;
  if (uid === undefined || step === undefined) throw new Problem('missing', 'There is no page at this address.');
  const { ctx, parts, visit } = call;
  const { on, show, take } = step;
  const allow = [...(show ? ['GET', 'HEAD'] : []), ...(take ? ['POST'] : [])];
  if (!allow.includes(ctx.method)) {
    throw new Problem('method', `This page takes ${allow.join(', ')}.`, { allow: allow.join(', ') });
  }
  if (ctx.method === 'POST') visit.refuseOtherOrigins();
  const asked: Asked = { ...call, ids: { uid }, details: await parts.issuer.interactions.details(ctx, uid) };
  if (ctx.method !== 'POST') return show!(asked);
  const typed = await readForm(ctx);
  try {
    checkFormToken(visit, typed.get('_token'));
    const result = await take!(asked, typed);
    if (result !== undefined) await finish(asked, result);
  } catch (error) {
    if (!(error instanceof Problem) || error.kind === 'missing') throw error;
    await on!(asked, { form: name.slice(0, -1), problem: error, typed, field: blame(name, error.message) });
  }
}

function blame(step: string, message: string): string {
  if (step === 'consent/') return /who you are|webid/i.test(message) ? 'webId' : 'level';
  if (step === 'code/') return 'code';
  if (step === 'pod/' || /the name|name a pod/i.test(message)) return 'name';
  if (/invite/i.test(message)) return 'invite';
  return /^(?:the|this) password/i.test(message) ? 'password' : 'email';
}

function showPrompt(asked: Asked, trouble?: Trouble): Promise<void> | void {
  return asked.details.prompt === 'login' ? showLogin(asked, trouble) : showConsent(asked, trouble);
}

/** Whoever is logged in to their account need not type the password again, unless the app wants it so. */
function showLogin(asked: Asked, trouble?: Trouble): void {
  const { details, visit, parts } = asked;
  const { account } = visit;
  if (trouble?.form === 'code' || trouble?.problem instanceof CodeWanted) {
    return showSecondStep(asked, { action: step(asked, 'code'), login: step(asked, 'login') }, trouble);
  }
  const mayGoOn = account !== undefined && account.logins.length > 0 && !needsPassword(details);
  showPage(asked, 'login', {
    title: 'Log in', for: showApp(details.client), action: step(asked, 'login'),
    register: registerLink(asked) === undefined ? undefined : step(asked, 'register'),
    forgot: at(parts, 'login', 'password', 'forgot'), hint: details.loginHint,
    ...scriptsOfLogin(asked, step(asked, 'passkey')),
    ...(mayGoOn && { goOn: step(asked, 'continue'), as: account.logins[0]!.email }),
    cancel: step(asked, 'consent'),
  }, trouble);
}

function showRegister(asked: Asked, trouble?: Trouble): void {
  showPage(asked, 'register', {
    title: 'Create an account', for: showApp(asked.details.client),
    action: step(asked, 'register'), login: step(asked, 'login'), ...signUpOf(asked),
  }, trouble);
}

async function logIn(asked: Asked, typed: URLSearchParams): Promise<InteractionResult> {
  const { remember = false, ...fields } = check(credentials, fieldsOf(typed));
  const { account } = await authenticate(asked, fields);
  return { login: { account: account.id, remember } };
}

async function logInByCode({ parts, visit }: Asked, typed: URLSearchParams): Promise<InteractionResult> {
  const { step: of, code, remember = false } = check(codeAnswer, fieldsOf(typed));
  const { account } = await parts.people.secondFactors.finish(of, code, visit.from);
  return { login: { account: account.id, remember } };
}

async function logInByPasskey(asked: Asked, typed: URLSearchParams): Promise<InteractionResult> {
  const { credential, remember = false } = check(passkeyAnswer, fieldsOf(typed));
  const { account } = await authenticateByPasskey(asked, credential);
  return { login: { account: account.id, remember } };
}

async function goOn({ visit, details }: Asked): Promise<InteractionResult> {
  const { account } = visit;
  if (account === undefined || needsPassword(details)) {
    throw new Problem('forbidden', 'Log in with your password.');
  }
  return { login: { account: account.id } };
}

function needsPassword({ reasons }: InteractionDetails): boolean {
  return reasons.some((reason) => wantsPassword.includes(reason));
}

/** A pod that could not be made with the account is asked for again before the consent. */
async function register(asked: Asked, typed: URLSearchParams): Promise<InteractionResult> {
  const { remember = false, ...fields } = check(registration, fieldsOf(typed));
  const { account } = await makeAccount(asked, fields);
  return { login: { account: account.id, remember } };
}

async function makePod(asked: Asked, typed: URLSearchParams): Promise<undefined> {
  await addPod({ ...asked, account: await accountOf(asked) }, check(newPod, fieldsOf(typed)));
  await showConsent(asked);
}

/**
 * Goes on to what the issuer says, which leads back to the app: by a page, not a redirect, because Chromium holds the
 * policy about where forms may go (Content Security Policy 3, `form-action`) against redirects that follow too.
 */
async function finish(asked: Asked, result: InteractionResult): Promise<void> {
  const { parts, ctx, details } = asked;
  const note = 'consent' in result ? await noteFirstConsent(asked) : undefined;
  const location = await parts.issuer.interactions.finish(ctx, details.uid, result);
  await note?.();
  ctx.status = 200;
  showPage(asked, 'go-on', { title: 'One moment', location, client: showApp(details.client) });
}
