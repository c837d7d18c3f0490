import type { Call } from './route.ts';
import type { Account } from '../accounts/account.ts';
import type { Role } from '../accounts/roles.ts';
import type { Act } from './admin-acts.ts';
import { showPage } from './show-page.ts';
import type { Trouble } from './show-page.ts';

/** A request to the administration. All that pages ask for and do there goes through `perform`, which decides. */
export interface AdminCall extends Call {
  /** Who is logged in, if anybody. */
  readonly account?: Account | undefined;
  /** What they are here; without one, `perform` refuses everything but the setup. */
  readonly role?: Role | undefined;
  /** What the role may do, of `admin-acts.ts`: what it may not do is not offered. */
  readonly may: ReadonlySet<string>;
  /** As `perform` of the account API, by the rows of the administration. */
  readonly perform: (method: string, path: string, read: () => Promise<object>) => Promise<object | undefined>;
}

/** The pages that the navigation shows: where each is below `/.admin/`, what to call it, and what it is to see it. */
const entries: readonly (readonly [segment: string, label: string, act: Act])[] = [
  ['', 'Overview', 'overview'], ['people', 'People', 'people'], ['invites', 'Invites', 'invites'],
  ['pods', 'Pods', 'pods'], ['apps', 'Apps', 'apps'], ['issuers', 'Issuers', 'issuers'],
  ['settings', 'Settings', 'see-settings'], ['jobs', 'Jobs', 'jobs'], ['audit', 'Audit log', 'audit'],
];

/** What a page says when something was done, by what its address says. */
const done: Readonly<Record<string, string>> = {
  'suspended': 'The account is suspended: nobody can use it any more.',
  'restored': 'The account is in use again.',
  'leaving': 'The account will be deleted. Until then, it can be kept.',
  'stays': 'The account stays.',
  'deleted': 'The account is deleted, with all that it owned.',
  'factor-reset': 'No code is asked for besides the password any more.',
  'sessions-ended': 'This person is logged out everywhere.',
  'mail-sent': 'A mail is on its way.',
  'role-set': 'From now on, that is the role.',
  'quota-set': 'From now on, that is how much it may hold.',
  'invite-removed': 'The invite is good for nothing any more.',
  'app-blocked': 'From now on, this app is blocked.',
  'app-unblocked': 'The app may log people in again.',
  'issuer-added': 'That holds from now on.',
  'issuer-removed': 'It is not on the list any more.',
  'settings-set': 'That holds from now on.',
  'job-done': 'It was done.',
  'set-up': 'Welcome. This server is yours to run now.',
};

/** The address of something below `/.admin/`. */
export function adminAt({ parts }: Pick<Call, 'parts'>, ...segments: readonly string[]): string {
  return `${parts.baseUrl}.admin/${segments.map((segment) => `${encodeURIComponent(segment)}/`).join('')}`;
}

/** What the API answers to a GET of this address; refused as that refuses. */
export async function ask<Answer extends object>(call: AdminCall, path: string): Promise<Answer> {
  return await call.perform('GET', path, async () => ({})) as Answer;
}

/** Shows a page of the administration in its frame. `section`: the entry of the navigation that it belongs to. */
export function showAdmin(
  call: AdminCall, template: string, section: string,
  values: Readonly<Record<string, unknown>> & { readonly title: string }, trouble?: Trouble,
): void {
  const { ctx, may } = call;
  showPage(call, `admin/${template}`, {
    may, ...values,
    done: trouble === undefined ? done[String(ctx.query['done'])] : undefined,
    admin: (...segments: string[]) => adminAt(call, ...segments),
    nav: entries.filter(([, , act]) => may.has(act)).map(([segment, label]) => ({
      label, href: segment === '' ? adminAt(call) : adminAt(call, segment), current: segment === section,
    })),
  }, trouble);
}

/** Where a list goes on, with all that it was asked for. */
export function further({ parts, ctx }: Pick<Call, 'parts' | 'ctx'>, after: string | undefined): string | undefined {
  if (after === undefined) return undefined;
  const query = new URLSearchParams(ctx.querystring);
  query.delete('done');
  query.set('after', after);
  return `${new URL(parts.baseUrl).origin}${ctx.path}?${query.toString()}`;
}

/** To the minute, and of which clock. */
export function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
