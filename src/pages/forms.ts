import { appForms } from './app-forms.ts';
import { showHome } from './home-page.ts';
import { showLeave } from './leave-page.ts';
import { securityForms } from './security-forms.ts';
import { showPod } from './pod-page.ts';
import { showPods } from './pods-page.ts';
import { within } from './route.ts';
import type { Method, OwnCall, Route } from './route.ts';
import { showSharing } from './sharing-page.ts';
import type { Trouble } from './show-page.ts';
import {
  showCode, showForgot, showLeft, showLogin, showMailed, showRegister, showReset, showResetDone, showVerified,
  showVerify,
} from './sign-in-pages.ts';
import { showScripts, showSecret, showWebIds } from './web-ids-page.ts';

/** What becomes of a form: the row of the account API it stands for is answered, then there is a page again. */
export interface Form {
  readonly method: Method;
  /** As in `Route`. */
  readonly path: string;
  /** What it is called on its page. */
  name(ids: Readonly<Record<string, string>>): string;
  /** The page that it is on, to be shown again when it could not be done. */
  page(call: OwnCall, trouble: Trouble): Promise<void> | void;
  /** Where it goes on when it was done; `undefined` when the page is there already. */
  next(call: OwnCall, answer: Readonly<Record<string, string>>): Promise<string | undefined> | string | undefined;
  /** The field that a problem is about which names none. */
  blame(message: string): string;
  /** What the row takes, where that is not just the fields of the form. */
  fields?(typed: URLSearchParams): object;
  /** Shows the page again, with more to choose from, when that is what was asked for; tells whether. */
  again?(call: OwnCall, typed: URLSearchParams): Promise<boolean>;
}

type Next = Form['next'];

/** Where client credentials are in the API of Community Solid Server. */
const scripts = 'client-credentials';

/** All forms of the account pages. */
export const forms: readonly Form[] = [
  row('POST', 'login/password/',           'login',    showLogin,    toAccount,                    'email'),
  row('POST', 'login/code/',               'code',     showCode,     toAccount,                    'code'),
  row('POST', 'login/passkey/',            'passkey',  showLogin,    toAccount,                    ''),
  row('POST', 'login/password/register/',  'register', showRegister, toNewAccount,                 'email'),
  row('POST', 'login/password/forgot/',    'forgot',   showForgot,   page(showMailed),             'email'),
  row('POST', 'login/password/reset/',     'reset',    showReset,    page(showResetDone),          'password'),
  row('POST', 'verify/',                   'verify',   showVerify,   page(showVerified),           'token'),

  own('POST',   'logout/',                'logout',  showHome,    loginPage,                       ''),
  own('POST',   'leave/',                 'leave',   showLeave,   page(showLeft),                  'password'),
  own('POST',   'pod/',                   'pod',     showPods,    back('pod', 'pod-made'),         'name'),
  own('DELETE', 'pod/:pod/',              'delete',  showPod,     back('pod', 'pod-deleted'),      ''),
  own('POST',   'webid/',                 'webid',   showWebIds,  back('webid', 'webid-linked'),   'webId'),
  own('DELETE', 'webid/:webid/',          'webids',  showWebIds,  back('webid', 'webid-unlinked'), ''),
  own('POST',   `${scripts}/`,            'script',  showScripts, page(showSecret),                'webId'),
  own('DELETE', `${scripts}/:credential/`, 'scripts', showScripts, back(scripts, 'script-removed'), ''),

  ofPod('PUT',    'label/',        'label',   'renamed',       'label'),
  ofPod('PUT',    'apps/',         'policy',  'policy-set',    ''),
  ofPod('POST',   'apps/',         'app',     'app-let-in',    'client'),
  ofPod('DELETE', 'apps/:client/', 'policy',  'app-shown-out', ''),
  ofPod('POST',   'acl/',          'acl',     'acl-reset',     'path'),
  own('POST',     'pod/:pod/sharing/', 'sharing', showSharing, backToPod('taken-back', 'sharing'), ''),

  ...securityForms,
  ...appForms,
];

function row(
  method: Method, path: Route['path'], name: string, shown: Form['page'], next: Next, field: string,
): Form {
  return {
    method, path, next, page: shown,
    name: ({ login }) => login === undefined ? name : `${name}-${login}`,
    blame: (message) => fieldIn(name, message) ?? field,
  };
}

/** A form of a page of an account. */
function own(method: Method, path: string, name: string, shown: Form['page'], next: Next, field: string): Form {
  return row(method, `account/:account/${path}`, name, shown, next, field);
}

/** A form of the page of a pod. */
function ofPod(method: Method, path: string, name: string, done: string, field: string): Form {
  return own(method, `pod/:pod/${path}`, name, showPod, backToPod(done), field);
}

/** What a sentence about one of several fields speaks of. */
function fieldIn(form: string, message: string): string | undefined {
  if (form === 'delete') return /only WebID/.test(message) ? 'evenLastWebId' : undefined;
  if (!['register', 'login'].includes(form)) return undefined;
  if (/invite/i.test(message)) return 'invite';
  if (/the name|name a pod/i.test(message)) return 'name';
  return /^(?:the|this) password/i.test(message) ? 'password' : undefined;
}

function back(collection: string, done: string): Next {
  return (call) => `${within(call, collection)}?done=${done}`;
}

function backToPod(done: string, ...page: readonly string[]): Next {
  return (call) => `${within(call, 'pod', call.ids['pod']!, ...page)}?done=${done}`;
}

function page(show: (call: OwnCall, answer: Readonly<Record<string, string>>) => void): Next {
  return (call, answer) => {
    show(call, answer);
    return undefined;
  };
}

function loginPage({ parts }: OwnCall): string {
  return `${parts.baseUrl}.account/login/?done=logged-out`;
}

function toAccount({ parts, visit }: OwnCall, { stayed }: Readonly<Record<string, unknown>>): string {
  return `${within({ parts, account: visit.account! })}${stayed === true ? '?done=stayed' : ''}`;
}

function toNewAccount({ parts, visit }: OwnCall, { message }: Readonly<Record<string, string>>): string {
  const done = message === undefined ? 'registered' : 'registered-without-pod';
  return `${within({ parts, account: visit.account! })}?done=${done}`;
}
