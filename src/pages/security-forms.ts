import type { Form } from './forms.ts';
import { within } from './route.ts';
import type { Method, OwnCall } from './route.ts';
import {
  showConfirmAgain, showEnrolment, showRecoveryCodes, showSecurity, showSessions,
} from './security-pages.ts';

/** The forms of the pages about logging in and about sessions. */
export const securityForms: readonly Form[] = [
  own('POST',   'login/password/',               'login',     back('passwords', 'login-added'),      'email'),
  own('POST',   'login/password/:login/',        'password',  back('passwords', 'password-changed'), 'newPassword'),
  own('DELETE', 'login/password/:login/',        'removal',   back('passwords', 'login-removed'),    ''),
  own('POST',   'login/password/:login/verify/', 'password',  back('passwords', 'mail-sent'),        ''),
  own('POST',   'login/passkey/',                'passkey',   back('passkeys', 'passkey-added'),     'name'),
  own('POST',   'login/passkey/:passkey/',       'passkey',   back('passkeys', 'passkey-renamed'),   'name'),
  own('DELETE', 'login/passkey/:passkey/',       'passkey',   back('passkeys', 'passkey-removed'),   ''),
  own('POST',   'login/totp/',                   'totp',      page(showEnrolment),                   ''),
  own('POST',   'login/totp/confirm/',           'confirm',   page(showRecoveryCodes),       'code', showConfirmAgain),
  own('POST',   'login/totp/off/',               'totp-off',  back('totp', 'totp-off'),              'code'),
  own('POST',   'login/recovery-codes/',         'recovery',  page(showRecoveryCodes),               'code'),
  own('DELETE', 'session/',                      'sessions',  sessions,                              '', showSessions),
  own('DELETE', 'session/:session/',             'sessions',  sessions,                              '', showSessions),
];

function own(
  method: Method, path: string, name: string, next: Form['next'], field: string, shown: Form['page'] = showSecurity,
): Form {
  return {
    method, path: `account/:account/${path}`, next, page: shown,
    name: ({ login, passkey }) => [name, login ?? passkey ?? []].flat().join('-'),
    blame: (message) => name === 'login' && /^(?:the|this) password/i.test(message) ? 'password' : field,
  };
}

function back(part: string, done: string): Form['next'] {
  return (call) => `${within(call, 'login')}?done=${done}#${part}`;
}

function sessions(call: OwnCall): string {
  return `${within(call, 'session')}?done=logged-out`;
}

function page(show: (call: OwnCall, answer: Readonly<Record<string, unknown>>) => void): Form['next'] {
  return (call, answer) => {
    show(call, answer);
    return undefined;
  };
}
