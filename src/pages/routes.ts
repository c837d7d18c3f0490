import type { z } from 'zod';
import * as logins from './account-logins.ts';
import * as pods from './account-pods.ts';
import * as own from './account-sessions.ts';
import * as webIds from './account-web-ids.ts';
import { appRoutes } from './app-routes.ts';
import { describe } from './described.ts';
import * as anybody from './log-in.ts';
import { podRoutes } from './pod-routes.ts';
import { at, none, open, ours } from './route.ts';
import type { Call, Route } from './route.ts';
import * as s from './schemas.ts';
import { securityRoutes } from './security-routes.ts';
import { subscriptionRoutes } from './subscription-routes.ts';

/**
 * All that the account API does: what Community Solid Server 7 does, at the same addresses, in the same words; and
 * beside it what only this server does. Forms of pages are answered by the same rows.
 */
export const routes: readonly Route[] = [
  open('GET',    '',                         none,           s.nothing,    nothing,
    'Tells what can be done, and where.'),
  open('GET',    'account/',                 none,           s.form,       form(s.newAccount),
    'Describes the making of an account.'),
  open('POST',   'account/',                 s.newAccount,   s.begun,      anybody.createAccount,
    'Makes an account, to which a login has to be added within half an hour.'),
  open('GET',    'login/',                   none,           s.logins,     waysToLogIn,
    'Lists the ways to log in.'),
  open('GET',    'login/password/',          none,           s.form,       form(s.credentials),
    'Describes logging in.'),
  open('POST',   'login/password/',          s.credentials,  s.loggedIn,   anybody.logIn,
    'Logs in. An account that was about to be deleted stays.'),
  open('GET',    'login/password/register/', none,           s.form,       form(s.registration),
    'Describes signing up.'),
  open('POST',   'login/password/register/', s.registration, s.registered, anybody.register,
    'Makes an account with a login and, given a name, a pod.'),
  open('GET',    'login/password/forgot/',   none,           s.form,       form(s.forgotten),
    'Describes asking for a new password.'),
  open('POST',   'login/password/forgot/',   s.forgotten,    s.told,       anybody.forgotPassword,
    'Mails a link with which to set a new password, if there is such an address.'),
  open('GET',    'login/password/reset/',    none,           s.form,       form(s.reset),
    'Describes setting a new password.'),
  open('POST',   'login/password/reset/',    s.reset,        s.nothing,    anybody.resetPassword,
    'Sets a new password with what a mail brought. All sessions end.'),
  open('POST',   'verify/',                  s.verification, s.nothing,    anybody.verifyEmail,
    'Verifies an e-mail address with what a mail brought.'),

  ours('GET',    '',                  none,      s.account,  own.showAccount,
    'Shows the account.'),
  ours('POST',   'logout/',           s.nothing, s.nothing,  anybody.logOut,
    'Logs out.'),
  ours('POST',   'leave/',            s.leaving, s.left,     logins.leave,
    'Has the account deleted after some days, in which logging in keeps it.'),
  ours('GET',    'session/',          none,      s.sessions, own.listSessions,
    'Lists where one is logged in.'),
  ours('DELETE', 'session/',          none,      s.nothing,  own.endSessions,
    'Logs out everywhere else.'),
  ours('DELETE', 'session/:session/', none,      s.nothing,  own.endSession,
    'Logs out there.'),

  ours('GET',    'login/password/',               none,          s.passwordLogins, logins.listLogins,
    'Lists the e-mail addresses with which to log in.'),
  ours('POST',   'login/password/',               s.newLogin,    s.resource,       logins.addLogin,
    'Adds a login.'),
  ours('GET',    'login/password/:login/',        none,          s.passwordLogin,  logins.showLogin,
    'Shows a login.'),
  ours('POST',   'login/password/:login/',        s.newPassword, s.nothing,        logins.changePassword,
    'Changes its password. All other sessions end.'),
  ours('DELETE', 'login/password/:login/',        s.loginRemoval, s.nothing,       logins.removeLogin,
    'Removes a login, if it is not the last one.'),
  ours('POST',   'login/password/:login/verify/', s.nothing,     s.told,           logins.askToVerify,
    'Mails a link that verifies the address.'),

  ours('GET',    'pod/',                   none,          s.pods,       pods.listPods,
    'Lists the pods.'),
  ours('POST',   'pod/',                   s.newPod,      s.madePod,    pods.addPod,
    'Makes a pod, and a WebID in it unless one is given.'),
  ours('GET',    'pod/:pod/',              none,          s.pod,        pods.showPod,
    'Shows a pod: its owners, and how full it is.'),
  ours('POST',   'pod/:pod/',              s.ownerChange, s.nothing,    pods.changeOwner,
    'Changes an owner; here they stay as they are.'),
  ours('GET',    'pod/:pod/apps/',         none,          s.podApps,    pods.showApps,
    'Shows which apps may be used in the pod.'),
  ours('PUT',    'pod/:pod/apps/',         s.appsPolicy,  s.nothing,    pods.setAppsPolicy,
    'Sets whether every app may be used in the pod, or only those let in.'),
  ours('POST',   'pod/:pod/apps/',         s.newAppGrant, s.resource,   pods.grantApp,
    'Lets an app into the pod.'),
  ours('DELETE', 'pod/:pod/apps/:client/', none,          s.nothing,    pods.withdrawApp,
    'Shows an app the door.'),
  ours('POST',   'pod/:pod/acl/',          s.aclReset,    s.aclOutcome, pods.resetAccess,
    'Gives a resource the access that it has in a new pod.'),

  ours('GET',    'webid/',                          none,            s.webIdLinks,        webIds.listWebIds,
    'Lists the WebIDs.'),
  ours('POST',   'webid/',                          s.webIdLink,     s.linked,            webIds.linkWebId,
    'Links a WebID, once its document shows whose it is.'),
  ours('GET',    'webid/:webid/',                   none,            s.identity,          webIds.showWebId,
    'Shows a WebID.'),
  ours('DELETE', 'webid/:webid/',                   none,            s.nothing,           webIds.unlinkWebId,
    'Unlinks a WebID.'),
  ours('GET',    'client-credentials/',             none,            s.clientCredentials, webIds.listCredentials,
    'Lists the client credentials.'),
  ours('POST',   'client-credentials/',             s.newCredential, s.newSecret,         webIds.createCredential,
    'Makes client credentials, whose secret is told this once.'),
  ours('GET',    'client-credentials/:credential/', none,            s.credential,        webIds.showCredential,
    'Shows client credentials, without the secret.'),
  ours('DELETE', 'client-credentials/:credential/', none,            s.nothing,           webIds.removeCredential,
    'Removes client credentials.'),

  ...podRoutes,
  ...securityRoutes,
  ...appRoutes,
  ...subscriptionRoutes,
];

async function nothing() {
  return {};
}

function form(schema: z.ZodObject) {
  return async () => describe(schema);
}

async function waysToLogIn({ parts }: Call) {
  return { logins: { 'E-mail address and password': at(parts, 'login', 'password') } };
}
