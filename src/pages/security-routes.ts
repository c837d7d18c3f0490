import * as security from './account-security.ts';
import { none, open, ours } from './route.ts';
import type { Route } from './route.ts';
import { loggedIn, nothing, resource } from './schemas.ts';
import * as s from './security-schemas.ts';

/** What the account API does about logging in, beside passwords. */
export const securityRoutes: readonly Route[] = [
  open('POST', 'login/passkey/options/', nothing,         s.passkeyOptions, security.askForPasskey,
    'Asks for a passkey: gives what a browser needs to show one.'),
  open('POST', 'login/passkey/',         s.passkeyAnswer, loggedIn,         security.logInByPasskey,
    'Logs in with a passkey.'),
  open('POST', 'login/code/',            s.codeAnswer,    loggedIn,         security.logInByCode,
    'Logs in with a code, after the password: `step` is what logging in with that gave.'),

  ours('GET',    'login/',                   none,          s.ways,           security.showWays,
    'Tells where all that is about logging in is found.'),
  ours('GET',    'login/passkey/',           none,          s.passkeys,       security.listPasskeys,
    'Lists the passkeys.'),
  ours('POST',   'login/passkey/options/',   nothing,       s.passkeyOptions, security.askForNewPasskey,
    'Gives what a browser needs to make a passkey.'),
  ours('POST',   'login/passkey/',           s.newPasskey,  resource,         security.addPasskey,
    'Adds a passkey.'),
  ours('POST',   'login/passkey/:passkey/',  s.passkeyName, nothing,          security.renamePasskey,
    'Gives a passkey another name.'),
  ours('DELETE', 'login/passkey/:passkey/',  none,          nothing,          security.removePasskey,
    'Removes a passkey.'),
  ours('GET',    'login/totp/',              none,          s.totp,           security.showTotp,
    'Shows whether a code is asked for besides a password.'),
  ours('POST',   'login/totp/',              nothing,       s.enrolment,      security.beginTotp,
    'Gives the secret for an authenticator app; it counts once a code of it is confirmed.'),
  ours('POST',   'login/totp/confirm/',      s.totpCode,    s.recoveryCodes,  security.confirmTotp,
    'Has codes of the authenticator app asked for; gives recovery codes, this once.'),
  ours('POST',   'login/totp/off/',          s.proof,       nothing,          security.endTotp,
    'Has no codes asked for any more. Takes the password or a code.'),
  ours('POST',   'login/recovery-codes/',    s.proof,       s.recoveryCodes,  security.renewRecoveryCodes,
    'Gives new recovery codes, this once; those before are void. Takes the password or a code.'),
  ours('GET',    'log/',                     none,          s.log,            security.showLog,
    'Shows what happened to the account, the latest first.'),
];
