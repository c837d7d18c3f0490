import { adminAt, ask, further, showAdmin, timeOf } from './admin-frame.ts';
import type { AdminCall } from './admin-frame.ts';
import type { AppList, AuditLog, Figures, IssuerList, JobList, Overview } from './admin-answers.ts';
import { day } from './day.ts';
import { hostOf } from './granted.ts';
import { plotOf, valueOf } from './plots.ts';
import type { Series } from './plots.ts';
import { sizeOf } from './size.ts';
import type { Trouble } from './show-page.ts';

const roleWords: Readonly<Record<string, string>> = {
  owner: 'an owner', admin: 'an administrator', support: 'support', auditor: 'an auditor',
};

const signUpWords: Readonly<Record<string, string>> = { open: 'open', invite: 'by invite', closed: 'closed' };

/** The figures over time, in the order in which they are shown. */
const series: readonly (Pick<Series, 'title' | 'unit' | 'fold'> & { readonly of: string })[] = [
  { of: 'requests',      title: 'Requests',                  unit: 'count',        fold: 'sum' },
  { of: 'errors',        title: 'Errors of the server',      unit: 'count',        fold: 'sum' },
  { of: 'latency-p50',   title: 'Half are answered within',  unit: 'milliseconds', fold: 'highest' },
  { of: 'latency-p99',   title: '99 % are answered within',  unit: 'milliseconds', fold: 'highest' },
  { of: 'logins',        title: 'Logins',                    unit: 'count',        fold: 'sum' },
  { of: 'failed-logins', title: 'Failed logins',             unit: 'count',        fold: 'sum' },
  { of: 'bytes',         title: 'Stored in pods',            unit: 'bytes',        fold: 'last' },
  { of: 'people',        title: 'People',                    unit: 'count',        fold: 'last' },
  { of: 'pods',          title: 'Pods',                      unit: 'count',        fold: 'last' },
];

const spans = [['day', 'Last day'], ['month', 'Last month'], ['years', 'Last two years']] as const;

/** The first page of the administration: how the server is, and how it was. */
export async function showOverview(call: AdminCall): Promise<void> {
  const { role, node, people, pods, bytes, hints } = await ask<Overview>(call, '');
  const { span, from, to, series: points } = await ask<Figures>(call, 'figures/');
  const { disk } = node;
  showAdmin(call, 'dashboard', '', {
    title: 'Administration', version: node.version, roleWords: roleWords[role] ?? role, hints,
    state: [
      { label: 'People', value: people.toLocaleString('en') },
      { label: 'Pods', value: pods.toLocaleString('en') },
      { label: 'Stored in pods', value: sizeOf(bytes) },
      ...(disk === undefined
        ? [] : [{ label: `Free on the disk, of ${sizeOf(disk.total)}`, value: sizeOf(disk.free) }]),
      { label: 'Sign-up', value: signUpWords[node.signUp] ?? node.signUp },
      { label: 'Mail', value: node.mailWorks ? 'set up' : 'none' },
    ],
    spans: spans.map(([name, label]) => ({
      label, href: `${adminAt(call)}?span=${name}#figures`, current: name === span,
    })),
    plots: series.map(({ of, ...one }) => plotOf(points[of] ?? [], { ...one, from, to })),
  });
}

/** The page with the apps that people logged in to, and those that are blocked. */
export async function showApps(call: AdminCall, trouble?: Trouble): Promise<void> {
  const { apps } = await ask<AppList>(call, 'apps/');
  showAdmin(call, 'apps', 'apps', {
    title: 'Apps',
    apps: apps.map(({ client, name, people, lastUsed, blocked, resource }, key) => {
      const host = hostOf(client);
      return {
        client, key, name: name ?? host ?? client, unblock: resource,
        about: [
          host === undefined ? 'says of itself what it likes' : client,
          people === 1 ? 'used by one person' : `used by ${people} people`,
          lastUsed === undefined ? [] : `last on ${day(lastUsed)}`,
        ].flat().join(', '),
        blocked: blocked && `since ${day(blocked.since)}${blocked.reason === undefined ? '' : `: ${blocked.reason}`}`,
      };
    }),
  }, trouble);
}

/** The page with the issuers that are let in, or are not. */
export async function showIssuers(call: AdminCall, trouble?: Trouble): Promise<void> {
  const { allowed, blocked } = await ask<IssuerList>(call, 'issuers/');
  const shown = (entries: IssuerList['allowed']) => entries.map(({ issuer, at, note, resource }) => ({
    issuer, resource, about: `since ${day(at)}${note === undefined ? '' : `: ${note}`}`,
  }));
  showAdmin(call, 'issuers', 'issuers', {
    title: 'Issuers',
    lists: [
      { list: 'allow', title: 'Only these', none: 'None is on the list: all are let in but those that are blocked.',
        about: 'When any is on this list, nobody comes in from another. This node itself is always let in.',
        entries: shown(allowed) },
      { list: 'block', title: 'Not these', none: 'None is blocked.',
        about: 'Nobody comes in from one of these.', entries: shown(blocked) },
    ],
  }, trouble);
}

/** The page with what the server does by itself. */
export async function showJobs(call: AdminCall, trouble?: Trouble): Promise<void> {
  const { jobs } = await ask<JobList>(call, 'jobs/');
  showAdmin(call, 'jobs', 'jobs', {
    title: 'Jobs',
    jobs: jobs.map(({ name, about, running, lastRun, milliseconds, outcome, error, next }) => ({
      name, title: about.replace(/\.$/, ''),
      badge: running === true ? 'at work' : outcome === 'failed' ? 'failed' : undefined,
      about: [
        lastRun === undefined ? 'not done since the start' : `last done ${timeOf(lastRun)}`,
        milliseconds === undefined ? [] : `took ${valueOf(milliseconds, 'milliseconds')}`,
        next === undefined ? [] : `next ${timeOf(next)}`, error ?? [],
      ].flat().join(', '),
    })),
  }, trouble);
}

const outcomes = [
  { outcome: 'done', label: 'done' }, { outcome: 'refused', label: 'refused' }, { outcome: 'failed', label: 'failed' },
  { outcome: 'begun', label: 'begun: the server ended meanwhile' },
] as const;

/** The page with what administrators did, the latest first. */
export async function showAudit(call: AdminCall): Promise<void> {
  const { entries, actions, next } = await ask<AuditLog>(call, 'audit/');
  const { query } = call.ctx;
  const words = (action: string): string => (actions[action] ?? action).replace(/\.$/, '');
  const typed = (name: string): string => (typeof query[name] === 'string' ? query[name] : '');
  showAdmin(call, 'audit', 'audit', {
    title: 'Audit log', next: further(call, next), download: `${adminAt(call, 'audit')}export/`, outcomes,
    actions: Object.keys(actions).map((action) => ({ action, label: words(action) })),
    filter: { who: typed('who'), whom: typed('whom'), action: typed('action'), outcome: typed('outcome') },
    entries: entries.map(({ at, who, action, whom, outcome, details }) => ({
      when: timeOf(at), what: words(action), badge: outcome === 'done' ? undefined : outcome, whom,
      whomAt: whom !== undefined && /^[0-9a-f]{20}$/.test(whom) ? adminAt(call, 'people', whom) : undefined,
      who: who.role === 'operator' ? 'on the command line of the server'
        : [who.email ?? who.account ?? 'somebody', who.role ?? [], who.address ?? []].flat().join(', '),
      details: Object.entries(details ?? {}).map(([name, value]) => `${name}: ${String(value)}`).join(', '),
    })),
  });
}
