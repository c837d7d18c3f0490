import type { Settings } from './admin-answers.ts';
import { adminAt, ask, showAdmin } from './admin-frame.ts';
import type { AdminCall } from './admin-frame.ts';
import { settingsParts } from './admin-settings-fields.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';

/** The page with what an administrator can change while the server runs, and what is fixed. */
export async function showSettings(call: AdminCall, trouble?: Trouble): Promise<void> {
  const { settings } = await ask<Settings>(call, 'settings/');
  const parts = settingsParts(settings, call.parts.baseUrl);
  showAdmin(call, 'settings', 'settings', {
    title: 'Settings', mailWorks: call.parts.people.mail.works, ownEmail: call.account?.logins[0]?.email,
    fixed: parts.flatMap(({ fields }) => fields).filter(({ fixed }) => fixed)
      .map(({ label, legend, shown }) => ({ label: label ?? legend, value: shown })),
    // Links for new passwords go through the mail server, so it is for owners to choose.
    parts: parts.filter(({ form }) => form !== 'mail' || call.role === 'owner')
      .map((part) => ({ ...part, fields: part.fields.filter(({ fixed }) => !fixed) }))
      .filter(({ fields }) => fields.length > 0),
  }, trouble);
}

/** The page on which the first visitor, who has the link of the log, becomes the one who runs this server. */
export async function showSetup(call: AdminCall, trouble?: Trouble): Promise<void> {
  const { parts, ctx } = call;
  const token = typeof ctx.query['token'] === 'string' ? ctx.query['token'] : '';
  const { settings } = await ask<Settings>(call, 'setup/');
  showPage(call, 'setup', {
    title: 'Set up this server', token, action: `${adminAt(call, 'setup')}?token=${encodeURIComponent(token)}`,
    parts: settingsParts(settings, parts.baseUrl).filter(({ form }) => asked.has(form)),
  }, trouble);
}

/** What is asked at the beginning; the rest can wait. */
const asked = new Set(['sign-up', 'mail', 'addresses']);
