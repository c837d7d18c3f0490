import * as node from './admin-node.ts';
import * as people from './admin-people.ts';
import { deed, look } from './admin-row.ts';
import type { AdminRow } from './admin-row.ts';
import * as s from './admin-schemas.ts';
import { none } from './route.ts';

/** All that can be asked of the administration: of its API, of its pages and on the command line. */
export const adminRows: readonly AdminRow[] = [
  look('',         'overview', node.showOverview, 'Shows what there is on this node.'),
  look('figures/', 'figures',  node.showFigures,
    'Shows what happened over a day, a month or years: ?span=day|month|years.'),

  look('people/',          'people', people.listPeople, 'Lists people: ?search=…, ?after=id.'),
  look('people/:account/', 'people', people.showPerson,
    'Shows a person; what is in their pods is theirs alone.'),
  deed('POST',   'people/:account/suspend/',       'suspend',       s.suspension, people.suspend,
    'Suspends an account.'),
  deed('POST',   'people/:account/restore/',       'restore',       none,         people.restore,
    'Restores a suspended account.'),
  deed('POST',   'people/:account/leave/',         'delete',        none,         people.leave,
    'Has an account deleted after some days.'),
  deed('POST',   'people/:account/stay/',          'delete',        none,         people.stay,
    'Keeps an account that was to be deleted.'),
  deed('DELETE', 'people/:account/',               'delete',        s.deletion,   people.deleteNow,
    'Deletes an account with all that it owns, at once.'),
  deed('DELETE', 'people/:account/second-factor/', 'second-factor', none,         people.resetSecondFactor,
    'Takes away the second step of logging in.'),
  deed('DELETE', 'people/:account/session/',       'sessions',      none,         people.endSessions,
    'Logs a person out everywhere.'),
  deed('POST',   'people/:account/password-mail/', 'mail',          none,         people.mailPassword,
    'Mails a link with which to set a new password.'),
  deed('PUT',    'people/:account/role/',          'role',          s.roleChange, people.setRole,
    'Gives a person a role, or none.'),

  look('pods/', 'pods', node.listPods, 'Lists the largest pods: ?after=….'),
  deed('PUT',    'pods/:pod/quota/',    'quota',    s.quota,      node.setQuota,
    'Sets how much a pod may hold.'),
  look('invites/', 'invites', node.listInvites, 'Lists the invites.'),
  deed('POST',   'invites/',            'invite',   s.newInvite,  node.createInvite,   'Makes an invite.'),
  deed('DELETE', 'invites/:invite/',    'invite',   none,         node.removeInvite,
    'Takes an invite back.'),
  look('apps/', 'apps', node.listApps, 'Lists the apps that people use, and those that are blocked.'),
  deed('POST',   'apps/',               'block',    s.blockedApp, node.blockApp,       'Blocks an app.'),
  deed('DELETE', 'apps/:app/',          'block',    none,         node.unblockApp,
    'Lets a blocked app in again.'),
  look('issuers/', 'issuers', node.listIssuers,
    'Lists the issuers that are blocked, and the only ones that are trusted.'),
  deed('POST',   'issuers/',            'block',    s.newIssuer,  node.addIssuer,
    'Puts an issuer on a list.'),
  deed('DELETE', 'issuers/:issuer/',    'block',    none,         node.removeIssuer,
    'Takes an issuer off a list.'),
  look('settings/', 'see-settings', node.showSettings, 'Shows what is set on this node.'),
  deed('PUT',    'settings/',           'settings', s.settings,   node.changeSettings,
    'Changes what is set on this node.'),
  deed('POST',   'settings/mail-test/', 'settings', s.mailTest,   node.testMail,
    'Sends a mail, to see whether it arrives.'),
  look('jobs/', 'jobs', node.listJobs, 'Lists what the server does by itself.'),
  deed('POST',   'jobs/:job/',          'job',      none,         node.runJob,         'Does a job now.'),
  look('audit/', 'audit', async (request) => ({ ...await node.listAudit(request), actions: actionWords() }),
    'Lists what those did who run this node: ?who=, ?whom=, ?action=, ?outcome=, ?after=.'),
];

/** What the audit log shows for each action. */
function actionWords(): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(adminRows.filter(({ traced }) => traced).map((row) => [actionOf(row), row.does])),
    [actionOf(exported)]: exported.does,
    [actionOf(settingUp)]: settingUp.does,
  };
}

/** What is answered otherwise than with an object. */
export const exported = {
  method: 'GET', path: 'audit/export/', does: 'Takes the audit log out, as lines of JSON.',
} as const;
/** What needs no role, but the link that the server makes. */
export const settingUp = { method: 'POST', path: 'setup/', does: 'Sets the node up.' } as const;

/** What an action is called in the audit log: the method and the path of its row. */
export function actionOf({ method, path }: Pick<AdminRow, 'method' | 'path'>): string {
  return `${method} ${path}`;
}
