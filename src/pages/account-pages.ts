import { Problem } from '../problem.ts';
import { showApp, showApps } from './apps-page.ts';
import { checkFormToken } from './form-token.ts';
import { fieldsOf, readForm } from './body-fields.ts';
import { forms } from './forms.ts';
import { showHome } from './home-page.ts';
import { answerInteraction } from './interaction-pages.ts';
import { showLeave } from './leave-page.ts';
import { ownCall, perform } from './perform.ts';
import { showPod } from './pod-page.ts';
import { showPods } from './pods-page.ts';
import { at, match, within } from './route.ts';
import type { Call, OwnCall } from './route.ts';
import { routes } from './routes.ts';
import { showSecurity, showSecurityLog, showSessions } from './security-pages.ts';
import { showSharing, showSharingOfPods } from './sharing-page.ts';
import { showForgot, showLogin, showRegister, showReset, showVerify } from './sign-in-pages.ts';
import { showScripts, showWebIds } from './web-ids-page.ts';

interface Page {
  /** As in `Route`. */
  readonly path: string;
  readonly show: (call: Call) => Promise<void> | void;
}

/** The pages. What their forms do is in `forms.ts`, and what apps ask for in `interaction-pages.ts`. */
const pages: readonly Page[] = [
  { path: '',                            show: start },
  { path: 'login/',                      show: showLogin },
  { path: 'login/password/',             show: showLogin },
  { path: 'login/passkey/',              show: showLogin },
  { path: 'login/code/',                 show: showLogin },
  { path: 'login/password/register/',    show: showRegister },
  { path: 'login/password/forgot/',      show: showForgot },
  { path: 'login/password/reset/',       show: showReset },
  { path: 'verify/',                     show: showVerify },
  { path: 'account/:account/',           show: (call) => showHome(ownCall(call)) },
  { path: 'account/:account/pod/',       show: (call) => showPods(ownCall(call)) },
  { path: 'account/:account/pod/:pod/',  show: (call) => showPod(ownCall(call)) },
  { path: 'account/:account/pod/:pod/sharing/', show: (call) => showSharing(ownCall(call)) },
  { path: 'account/:account/sharing/',   show: (call) => startSharing(ownCall(call)) },
  { path: 'account/:account/webid/',     show: (call) => showWebIds(ownCall(call)) },
  { path: 'account/:account/client-credentials/', show: (call) => showScripts(ownCall(call)) },
  { path: 'account/:account/leave/',     show: (call) => showLeave(ownCall(call)) },
  ...['', 'password/', 'passkey/', 'totp/', 'totp/confirm/', 'totp/off/', 'recovery-codes/'].map((part) => (
    { path: `account/:account/login/${part}`, show: (call: Call) => showSecurity(ownCall(call)) })),
  { path: 'account/:account/app/',        show: (call) => showApps(ownCall(call)) },
  { path: 'account/:account/app/:grant/', show: (call) => showApp(ownCall(call)) },
  { path: 'account/:account/log/',       show: (call) => showSecurityLog(ownCall(call)) },
  { path: 'account/:account/session/',   show: (call) => showSessions(ownCall(call)) },
];

/** Answers a browser. */
export async function answerPage(call: Call, path: string): Promise<void> {
  const { ctx } = call;
  try {
    if (path.startsWith('interaction/')) await answerInteraction(call, path);
    else if (ctx.method === 'POST') await takeForm(call, path);
    else if (['GET', 'HEAD'].includes(ctx.method)) await show(call, path);
    else throw new Problem('method', 'A page takes GET and POST.', { allow: 'GET, HEAD, POST' });
  } catch (error) {
    if (!(error instanceof Problem && error.kind === 'unauthenticated')) throw error;
    seeOther(call, at(call.parts, 'login'));
  }
}

async function show(call: Call, path: string): Promise<void> {
  for (const page of pages) {
    const ids = match(page, path);
    if (ids !== undefined) return page.show({ ...call, ids });
    if (match(page, `${path}/`) !== undefined) return seeOther(call, `${at(call.parts)}${path}/`);
  }
  // What has no page of its own, as where forms go, is on the one above.
  if (!routes.some((route) => match(route, path) !== undefined)) {
    throw new Problem('missing', 'There is no page at this address.');
  }
  const segments = path.split('/').slice(0, -1);
  while (!pages.some((page) => match(page, `${segments.join('/')}/`) !== undefined)) segments.pop();
  seeOther(call, at(call.parts, ...segments));
}

/** Where somebody begins: at their account, or else at the login. */
function start(call: Call): void {
  const { account } = call.visit;
  seeOther(call, account === undefined ? at(call.parts, 'login') : within({ ...call, account }));
}

/** Whoever has one pod is led to what is shared in that. */
async function startSharing(call: OwnCall): Promise<void> {
  const { account: { pods: [first, ...others] } } = call;
  if (first === undefined || others.length > 0) return showSharingOfPods(call);
  seeOther(call, within(call, 'pod', first.id, 'sharing'));
}

/** Does what a form of a page asks for, by the row of the account API that it stands for. */
async function takeForm(call: Call, path: string): Promise<void> {
  // As `perform` does, but before the body is read.
  call.visit.refuseOtherOrigins();
  const typed = await readForm(call.ctx);
  const method = typed.get('_method') ?? 'POST';
  const found = forms.flatMap((form) => {
    const ids = form.method === method ? match(form, path) : undefined;
    return ids === undefined ? [] : [{ form, ids }];
  })[0];
  if (found === undefined) throw new Problem('missing', 'There is no form for this address.');
  const { form, ids } = found;
  const own = (path.startsWith('account/') ? ownCall({ ...call, ids }) : { ...call, ids }) as OwnCall;
  try {
    checkFormToken(call.visit, typed.get('_token'));
    if (await form.again?.(own, typed)) return;
    const answer = await perform(call, method, path, async () => form.fields?.(typed) ?? fieldsOf(typed));
    const next = await form.next(own, answer as Readonly<Record<string, string>>);
    if (next !== undefined) seeOther(call, next);
  } catch (error) {
    if (!(error instanceof Problem) || error.kind === 'unauthenticated') throw error;
    await form.page(own, { form: form.name(ids), problem: error, typed, field: form.blame(error.message) });
  }
}

/** So that loading the page anew does not send the form again (RFC 9110, 15.4.4). */
function seeOther({ ctx }: Call, url: string): void {
  ctx.status = 303;
  ctx.set('Location', url);
  ctx.body = '';
}
