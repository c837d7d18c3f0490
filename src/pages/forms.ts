import { showHome, showSecret } from './home-page.ts';
import { showPod } from './pod-page.ts';
import { within } from './route.ts';
import type { Method, OwnCall, Route } from './route.ts';
import type { Trouble } from './show-page.ts';
import {
  showForgot, showLeft, showLogin, showMailed, showRegister, showReset, showResetDone, showVerified, showVerify,
} from './sign-in-pages.ts';

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
}

type Next = Form['next'];

/** All forms of the account pages. */
export const forms: readonly Form[] = [
  row('POST', 'login/password/',           'login',    showLogin,    toAccount,                    'email'),
  row('POST', 'login/password/register/',  'register', showRegister, toNewAccount,                 'email'),
  row('POST', 'login/password/forgot/',    'forgot',   showForgot,   page(showMailed),             'email'),
  row('POST', 'login/password/reset/',     'reset',    showReset,    page(showResetDone),          'password'),
  row('POST', 'verify/',                   'verify',   showVerify,   page(showVerified),           'token'),

  own('POST',   'logout/',                 'logout',   loginPage,                                  ''),
  own('POST',   'leave/',                  'leave',    page(showLeft),                             'password'),
  own('DELETE', 'session/',                'sessions', back('sessions', 'logged-out'),             ''),
  own('DELETE', 'session/:session/',       'sessions', back('sessions', 'logged-out'),             ''),
  own('DELETE', 'app/',                    'apps',     back('apps', 'withdrawn'),                  ''),
  own('DELETE', 'app/:grant/',             'apps',     back('apps', 'withdrawn'),                  ''),
  own('POST',   'login/password/',         'login',    back('logins', 'login-added'),              'email'),
  own('POST',   'login/password/:login/',  'password', back('logins', 'password-changed'),         'newPassword'),
  own('DELETE', 'login/password/:login/',  'password', back('logins', 'login-removed'),            ''),
  own('POST',   'login/password/:login/verify/', 'password', back('logins', 'mail-sent'),          ''),
  own('POST',   'pod/',                    'pod',      back('pods', 'pod-made'),                   'name'),
  own('POST',   'webid/',                  'webid',    back('webids', 'webid-linked'),             'webId'),
  own('DELETE', 'webid/:webid/',           'webids',   back('webids', 'webid-unlinked'),           ''),
  own('POST',   'client-credentials/',     'script',   page(showSecret),                           'webId'),
  own('DELETE', 'client-credentials/:credential/', 'scripts', back('scripts', 'script-removed'),   ''),

  ofPod('PUT',    'apps/',                 'policy',   'policy-set',                               ''),
  ofPod('POST',   'apps/',                 'app',      'app-let-in',                               'client'),
  ofPod('DELETE', 'apps/:client/',         'policy',   'app-shown-out',                            ''),
  ofPod('POST',   'acl/',                  'acl',      'acl-reset',                                'path'),
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

/** A form of the page of an account. */
function own(method: Method, path: string, name: string, next: Next, field: string): Form {
  return row(method, `account/:account/${path}`, name, showHome, next, field);
}

/** A form of the page of a pod. */
function ofPod(method: Method, path: string, name: string, done: string, field: string): Form {
  return row(method, `account/:account/pod/:pod/${path}`, name, showPod,
    (call) => `${within(call, 'pod', call.ids['pod']!)}?done=${done}`, field);
}

/** What a sentence about one of several fields speaks of. */
function fieldIn(form: string, message: string): string | undefined {
  if (!['register', 'login'].includes(form)) return undefined;
  if (/invite/i.test(message)) return 'invite';
  if (/the name|name a pod/i.test(message)) return 'name';
  return /^(?:the|this) password/i.test(message) ? 'password' : undefined;
}

function back(part: string, done: string): Next {
  return (call) => `${within(call)}?done=${done}#${part}`;
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
