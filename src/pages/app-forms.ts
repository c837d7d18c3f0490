import { showApp as showAppPage, showApps } from './apps-page.ts';
import { readChoice, wantsMore } from './consent.ts';
import type { Form } from './forms.ts';
import { within } from './route.ts';
import type { OwnCall } from './route.ts';

const path = 'account/:account/app/';

/** The forms of the pages about connected apps. */
export const appForms: readonly Form[] = [
  {
    method: 'DELETE', path, name: () => 'apps', page: showApps, blame: () => '',
    next: (call) => `${within(call, 'app')}?done=all-withdrawn`,
  },
  {
    method: 'DELETE', path: `${path}:grant/`, name: () => 'withdraw', page: showApps, blame: () => '',
    next: (call) => `${within(call, 'app')}?done=withdrawn`,
  },
  {
    method: 'DELETE', path: 'account/:account/subscription/:subscription/', name: () => 'webhooks', page: showApps,
    blame: () => '', next: (call) => `${within(call, 'app')}?done=webhook-ended#webhooks`,
  },
  {
    method: 'POST', path: `${path}:grant/`, name: () => 'consent', page: showAppPage, blame: () => 'level',
    next: (call) => `${within(call, 'app')}?done=changed`,
    fields: fieldsOfChoice, again: showMore,
  },
];

/** The fields of the row, of the fields of the form in which an app is let in. */
function fieldsOfChoice(typed: URLSearchParams): object {
  const { webId: _, rows, ...choice } = readChoice(typed);
  return { ...choice, folders: rows.filter(({ folder }) => folder !== ''), all: typed.has('all') };
}

async function showMore(call: OwnCall, typed: URLSearchParams): Promise<boolean> {
  if (!wantsMore(typed)) return false;
  await showAppPage(call, undefined, typed);
  return true;
}
