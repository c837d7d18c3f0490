import * as apps from './account-apps.ts';
import * as s from './app-schemas.ts';
import { none, ours } from './route.ts';
import type { Route } from './route.ts';
import { count, grants, nothing } from './schemas.ts';

/** What the account API does about connected apps. */
export const appRoutes: readonly Route[] = [
  ours('GET',    'app/',        none,            grants,    apps.listGrants,
    'Lists the apps that one logged in to, and what they may do.'),
  ours('DELETE', 'app/',        none,            count,     apps.withdrawGrants,
    'Takes back what all apps were granted.'),
  ours('GET',    'app/:grant/', none,            s.app,     apps.showGrant,
    'Shows what an app may do, and what was chosen for it.'),
  ours('POST',   'app/:grant/', s.appChange,     nothing,   apps.changeGrant,
    'Changes what an app may do, at once: narrower or wider.'),
  ours('DELETE', 'app/:grant/', s.appWithdrawal, nothing,   apps.withdrawGrant,
    'Takes back what an app was granted.'),
  ours('GET',    'folders/',    none,            s.folders, apps.listFolders,
    'Lists the folders in a folder of one\'s own pods, `?of=` that.'),
];
