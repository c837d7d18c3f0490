import type { Account } from '../accounts/account.ts';
import { isContainerPath, rootPath } from '../pods/path.ts';
import { Problem } from '../problem.ts';
import { addPod } from './account-pods.ts';
import { check, fieldsOf, readForm } from './body-fields.ts';
import { decide, firstChoice, levelsFor, readChoice, tellingScopes, withSpare } from './consent.ts';
import type { Choice } from './consent.ts';
import { checkFormToken } from './form-token.ts';
import { hostOf, nameOf } from './granted.ts';
import { authenticate, makeAccount } from './log-in.ts';
import type { ClientAbout, InteractionDetails, InteractionResult } from './parts.ts';
import { at } from './route.ts';
import type { Call } from './route.ts';
import { credentials, newPod, registration } from './schemas.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';
import { registerLink, signUpOf } from './sign-in-pages.ts';

/** A request about what an app asks of a person. */
interface Asked extends Call {
  readonly details: InteractionDetails;
}

/** The steps of an interaction: pages, and what their forms do. */
const steps: Readonly<Record<string, {
  readonly show?: (asked: Asked, trouble?: Trouble) => Promise<void> | void;
  /** The page that has the form of the step; and what it does. It gives the decision; undefined: there is a page. */
  readonly on?: (asked: Asked, trouble?: Trouble) => Promise<void> | void;
  readonly take?: (asked: Asked, typed: URLSearchParams) => Promise<InteractionResult | undefined>;
}>> = {
  '':          { show: showPrompt },
  'login/':    { show: showLogin,    on: showLogin,    take: logIn },
  'continue/': {                     on: showLogin,    take: goOn },
  'register/': { show: showRegister, on: showRegister, take: register },
  'pod/':      {                     on: showPrompt,   take: makePod },
  'consent/':  { show: showPrompt,   on: showPrompt,   take: consent },
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
  const mayGoOn = account !== undefined && account.logins.length > 0 && !needsPassword(details);
  showPage(asked, 'login', {
    title: 'Log in', for: aboutClient(details.client), action: step(asked, 'login'),
    register: registerLink(asked) === undefined ? undefined : step(asked, 'register'),
    forgot: at(parts, 'login', 'password', 'forgot'), hint: details.loginHint,
    ...(mayGoOn && { goOn: step(asked, 'continue'), as: account.logins[0]!.email }),
    cancel: step(asked, 'consent'),
  }, trouble);
}

function showRegister(asked: Asked, trouble?: Trouble): void {
  showPage(asked, 'register', {
    title: 'Create an account', for: aboutClient(asked.details.client),
    action: step(asked, 'register'), login: step(asked, 'login'), ...signUpOf(asked),
  }, trouble);
}

async function logIn(asked: Asked, typed: URLSearchParams): Promise<InteractionResult> {
  const { remember = false, ...fields } = check(credentials, fieldsOf(typed));
  const { account } = await authenticate(asked, fields);
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

async function consent(asked: Asked, typed: URLSearchParams): Promise<InteractionResult | undefined> {
  switch (typed.get('decision')) {
    case 'allow': break;
    case 'more':
      await showConsent(asked, undefined, readChoice(typed));
      return undefined;
    default: return { error: 'access_denied' };
  }
  const account = await accountOf(asked);
  const pods = account.pods.map(({ base }) => base);
  const chosen = decide(readChoice(typed), { details: asked.details, pods, now: Date.now() });
  const details = chosen.authorizationDetails
    && await Promise.all(chosen.authorizationDetails.map((detail) => settle(asked, account, detail)));
  return { consent: { ...chosen, ...(details && { authorizationDetails: details }) } };
}

/** Who forgets the slash of a folder means the folder. */
async function settle({ parts }: Asked, { pods }: Account, detail: object): Promise<object> {
  const { locations } = detail as { locations: readonly string[] };
  return { ...detail, locations: await Promise.all(locations.map(async (location) => {
    const pod = pods.find(({ base }) => location.startsWith(base) && location !== base);
    if (pod === undefined) return location;
    const path = parts.pods.parsePath(location.slice(pod.base.length - 1));
    if (isContainerPath(path)) return location;
    const sight = await parts.pods.look(pod.base, path);
    return sight?.resource === undefined && sight?.twin?.kind === 'container' ? `${location}/` : location;
  })) };
}

async function showConsent(asked: Asked, trouble?: Trouble, choice?: Choice): Promise<void> {
  const { details, parts } = asked;
  const account = await accountOf(asked);
  const { webIds } = account;
  const shown = choice ?? (trouble?.form === 'consent' ? readChoice(trouble.typed) : firstChoice(details, webIds));
  const levels = levelsFor(details);
  showPage(asked, webIds.length === 0 && levels.length > 0 ? 'first-pod' : 'consent', {
    title: 'An app asks for access', client: aboutClient(details.client), email: account.logins[0]?.email,
    webIds, levels, pods: account.pods.map(({ base }) => base),
    choice: { ...shown, rows: withSpare(shown.rows) },
    asked: details.authorizationDetails !== undefined,
    scopes: details.scopes, telling: tellingScopes.filter((scope) => details.scopes.includes(scope)),
    suggestions: levels.includes('folders') ? await foldersOf(asked, account) : [],
    action: step(asked, 'consent'), makePod: step(asked, 'pod'), others: step(asked, 'login'), baseUrl: parts.baseUrl,
  }, trouble);
}

const maxSuggestions = 50;

/** The folders at the top of the pods. */
async function foldersOf({ parts }: Asked, { pods }: Account): Promise<string[]> {
  const folders: string[] = [];
  for (const { base } of pods) {
    const sight = await parts.pods.look(base, rootPath);
    if (sight === undefined) continue;
    for await (const { kind, path } of parts.pods.members(sight.pod, sight.path)) {
      if (folders.length >= maxSuggestions) return folders;
      if (kind === 'container') folders.push(`${base}${path.slice(1)}`);
    }
  }
  return folders;
}

/** The account that is logged in at the issuer, which may be another than that of the account pages. */
async function accountOf({ parts, details }: Asked): Promise<Account> {
  const id = details.prompt === 'consent' ? details.account : undefined;
  const account = id === undefined ? undefined : await parts.people.accounts.get(id);
  if (account?.state !== 'active') throw new Problem('forbidden', 'Log in first.');
  return account;
}

function aboutClient(client: ClientAbout) {
  const host = client.kind === 'document' ? hostOf(client.id) : undefined;
  const web = (url = ''): string | undefined => /^https?:\/\//.test(url) ? url : undefined;
  return {
    ...client, host, name: nameOf(client.name) ?? host ?? 'An app without a name',
    uri: web(client.uri), policy: web(client.policy), tos: web(client.tos),
  };
}

function step({ parts, details }: Asked, name: string): string {
  return at(parts, 'interaction', details.uid, name);
}

/**
 * Goes on to what the issuer says, which leads back to the app: by a page, not a redirect, because Chromium holds the
 * policy about where forms may go (Content Security Policy 3, `form-action`) against redirects that follow too.
 */
async function finish(asked: Asked, result: InteractionResult): Promise<void> {
  const { parts, ctx, details } = asked;
  const location = await parts.issuer.interactions.finish(ctx, details.uid, result);
  ctx.status = 200;
  showPage(asked, 'go-on', { title: 'One moment', location, client: aboutClient(details.client) });
}
