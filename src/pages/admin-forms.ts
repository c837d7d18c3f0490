import { adminAt } from './admin-frame.ts';
import type { AdminCall } from './admin-frame.ts';
import { showApps, showIssuers, showJobs } from './admin-pages-node.ts';
import { showInvite, showInvites, showPerson, showPods } from './admin-pages-people.ts';
import { showSettings, showSetup } from './admin-pages-settings.ts';
import { fieldsOf } from './body-fields.ts';
import type { Method } from './route.ts';
import type { Trouble } from './show-page.ts';

/** What becomes of a form of the administration: its row of the API is performed, then there is a page again. */
export interface AdminForm {
  readonly method: Method;
  /** As in `Route`, below `/.admin/`. */
  readonly path: string;
  /** What it is called on its page. */
  name(call: AdminCall, typed: URLSearchParams): string;
  /** The page that it is on, to be shown again when it could not be done. */
  page(call: AdminCall, trouble: Trouble): Promise<void>;
  /** Where it goes on when it was done; `undefined` when the page is there already. */
  next(call: AdminCall, answer: object, typed: URLSearchParams): string | undefined;
  /** The field that a problem is about which names none. */
  blame(message: string): string;
  /** What of the form the row takes. */
  fields(typed: URLSearchParams): object;
}

type Next = AdminForm['next'];

/** All forms of the administration. */
export const adminForms: readonly AdminForm[] = [
  form('POST',   'people/:account/suspend/',       'suspend',   showPerson,   person('suspended'),           'reason'),
  form('POST',   'people/:account/restore/',       'restore',   showPerson,   person('restored')),
  form('POST',   'people/:account/leave/',         'delete',    showPerson,   person('leaving')),
  form('POST',   'people/:account/stay/',          'stay',      showPerson,   person('stays')),
  form('DELETE', 'people/:account/',               'delete',    showPerson,   to('people', 'deleted'),       'confirm'),
  form('DELETE', 'people/:account/second-factor/', 'factor',    showPerson,   person('factor-reset')),
  form('DELETE', 'people/:account/session/',       'sessions',  showPerson,   person('sessions-ended')),
  form('POST',   'people/:account/password-mail/', 'mail',      showPerson,   person('mail-sent')),
  form('PUT',    'people/:account/role/',          'role',      showPerson,   person('role-set'),            'role'),
  form('PUT',    'pods/:pod/quota/',               'quota',     showQuota,    quotaSet,                      'quota'),
  form('POST',   'invites/',                       'invite',    showInvites,  invited,                       'note'),
  form('DELETE', 'invites/:invite/',               'invites',   showInvites,  to('invites', 'invite-removed')),
  form('POST',   'apps/',                          'block',     showApps,     to('apps', 'app-blocked'),     'client'),
  form('DELETE', 'apps/:app/',                     'apps',      showApps,     to('apps', 'app-unblocked')),
  form('POST',   'issuers/',                       'issuers',   showIssuers,  to('issuers', 'issuer-added'), 'issuer'),
  form('DELETE', 'issuers/:issuer/',               'issuers',   showIssuers,  to('issuers', 'issuer-removed')),
  form('PUT',    'settings/',                      'settings',  showSettings, to('settings', 'settings-set')),
  form('POST',   'settings/mail-test/',            'mail-test', showSettings, to('settings', 'mail-sent'),   'email'),
  form('POST',   'jobs/:job/',                     'jobs',      showJobs,     to('jobs', 'job-done')),
  form('POST',   'setup/',                         'setup',     showSetup,    to('', 'set-up'),              'email'),
];

function form(
  method: Method, path: string, name: string, page: AdminForm['page'], next: Next, field = '',
): AdminForm {
  return {
    method, path, page, next,
    blame: (message) => (name === 'setup' && /^(?:the|this) password/i.test(message) ? 'password' : field),
    // Of several forms of a kind on one page, each has a name of its own.
    name: ({ ids: { pod } }, typed) =>
      typed.get('_part') ?? typed.get('list') ?? (pod === undefined ? name : `${name}-${pod}`),
    fields: name === 'settings' ? settingsOf : fieldsOf,
  };
}

/** What is left empty is set no more, except for the secret: as that is never shown, it stays. */
function settingsOf(typed: URLSearchParams): object {
  const fields = [...typed].filter(([name]) => !name.startsWith('_') && name !== 'mailUrl')
    .map(([name, value]) => [name, value === '' ? null : value]);
  const url = typed.get('_noMail') === null ? typed.get('mailUrl') || undefined : null;
  return { ...Object.fromEntries(fields), ...(url !== undefined && { mailUrl: url }) };
}

function to(section: string, done: string): Next {
  return (call) => `${section === '' ? adminAt(call) : adminAt(call, section)}?done=${done}`;
}

function person(done: string): Next {
  return (call) => `${adminAt(call, 'people', call.ids['account']!)}?done=${done}`;
}

/** The limit of a pod is set on the page of its owner, or on that of all pods. */
function quotaSet(call: AdminCall, _answer: object, typed: URLSearchParams): string {
  const account = typed.get('_account');
  return `${account === null ? adminAt(call, 'pods') : adminAt(call, 'people', account)}?done=quota-set`;
}

function showQuota(call: AdminCall, trouble: Trouble): Promise<void> {
  const account = trouble.typed.get('_account');
  return account === null ? showPods(call, trouble) : showPerson({ ...call, ids: { account } }, trouble);
}

function invited(call: AdminCall, answer: object): undefined {
  showInvite(call, answer);
}
