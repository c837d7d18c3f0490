import { Problem } from '../problem.ts';
import { adminForms } from './admin-forms.ts';
import { adminAt } from './admin-frame.ts';
import type { AdminCall } from './admin-frame.ts';
import { showApps, showAudit, showIssuers, showJobs, showOverview } from './admin-pages-node.ts';
import { showInvites, showPeople, showPerson, showPods } from './admin-pages-people.ts';
import { showSettings, showSetup } from './admin-pages-settings.ts';
import { readForm } from './body-fields.ts';
import { checkFormToken } from './form-token.ts';
import { at, match } from './route.ts';

interface Page {
  /** As in `Route`, below `/.admin/`. */
  readonly path: string;
  readonly show: (call: AdminCall) => Promise<void>;
}

/** The pages. What their forms do is in `admin-forms.ts`. */
const pages: readonly Page[] = [
  { path: '',                 show: showOverview },
  { path: 'people/',          show: showPeople },
  { path: 'people/:account/', show: showPerson },
  { path: 'invites/',         show: showInvites },
  { path: 'pods/',            show: showPods },
  { path: 'apps/',            show: showApps },
  { path: 'issuers/',         show: showIssuers },
  { path: 'settings/',        show: showSettings },
  { path: 'jobs/',            show: showJobs },
  { path: 'audit/',           show: showAudit },
  { path: 'setup/',           show: showSetup },
];

/** Answers a browser that asks for something below `/.admin/`. Throws what `call.perform` refuses it with. */
export async function answerAdminPage(call: AdminCall, path: string): Promise<void> {
  const { ctx } = call;
  try {
    if (ctx.method === 'POST') await takeForm(call, path);
    else if (['GET', 'HEAD'].includes(ctx.method)) await show(call, path);
    else throw new Problem('method', 'A page takes GET and POST.', { allow: 'GET, HEAD, POST' });
  } catch (error) {
    if (!(error instanceof Problem && error.kind === 'unauthenticated')) throw error;
    seeOther(call, at(call.parts, 'login'));
  }
}

async function show(call: AdminCall, path: string): Promise<void> {
  for (const page of pages) {
    const ids = match(page, path);
    if (ids !== undefined) return page.show({ ...call, ids });
    if (match(page, `${path}/`) !== undefined) return seeOther(call, `${adminAt(call)}${path}/`);
  }
  throw new Problem('missing', 'There is no page at this address.');
}

/** Does what a form of a page asks for, by the row of the API that it stands for. */
async function takeForm(call: AdminCall, path: string): Promise<void> {
  // Before the body is read.
  call.visit.refuseOtherOrigins();
  const typed = await readForm(call.ctx);
  const method = typed.get('_method') ?? 'POST';
  const found = adminForms.flatMap((form) => {
    const ids = form.method === method ? match(form, path) : undefined;
    return ids === undefined ? [] : [{ form, ids }];
  })[0];
  if (found === undefined) throw new Problem('missing', 'There is no form for this address.');
  const { form, ids } = found;
  const own = { ...call, ids };
  try {
    checkFormToken(call.visit, typed.get('_token'));
    const answer = await call.perform(method, path, async () => form.fields(typed));
    const next = form.next(own, answer ?? {}, typed);
    if (next !== undefined) seeOther(call, next);
  } catch (error) {
    if (!(error instanceof Problem) || error.kind === 'unauthenticated') throw error;
    await form.page(own, { form: form.name(own, typed), problem: error, typed, field: form.blame(error.message) });
  }
}

/** So that loading the page anew does not send the form again (RFC 9110, 15.4.4). */
function seeOther({ ctx }: AdminCall, url: string): void {
  ctx.status = 303;
  ctx.set('Location', url);
  ctx.body = '';
}
