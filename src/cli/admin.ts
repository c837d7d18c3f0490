import type { AppList, AuditLog, JobList } from '../pages/admin-answers.ts';
import type { AdminAction, AdminCommandCall } from './administration.ts';
import { runAdminAction } from './administration.ts';
import type { Arguments, Given } from './arguments.ts';
import { find } from './people.ts';
import { json, momentOf } from './print.ts';

const actions: Readonly<Record<string, AdminAction>> = {
  overview: { expects: { switches: json }, run: shown('') },
  figures: { expects: { values: ['--span'], switches: json }, run: shown('figures/') },
  role: { expects: { positional: ['ACCOUNT', 'ROLE'] }, run: setRole },
  settings: { expects: { switches: json }, run: shown('settings/') },
  set: { expects: { positional: ['NAME', 'VALUE'] }, run: set },
  apps: { expects: { switches: json }, run: listApps },
  'block-app': { expects: { positional: ['APP'], values: ['--reason'] }, run: blockApp },
  'unblock-app': { expects: { positional: ['APP'] },
    run: remove('apps', (name) => name, 'The app may log people in again.') },
  issuers: { expects: { switches: json }, run: shown('issuers/') },
  'allow-issuer': { expects: { positional: ['ISSUER'], values: ['--note'] },
    run: (call, given) => addIssuer(call, given, 'allow') },
  'block-issuer': { expects: { positional: ['ISSUER'], values: ['--note'] },
    run: (call, given) => addIssuer(call, given, 'block') },
  'disallow-issuer': { expects: { positional: ['ISSUER'] },
    run: remove('issuers', (name) => `allowed-issuer ${name}`, 'It is off the list.') },
  'unblock-issuer': { expects: { positional: ['ISSUER'] },
    run: remove('issuers', (name) => `blocked-issuer ${name}`, 'It is off the list.') },
  jobs: { expects: { switches: json }, run: listJobs },
  run: { expects: { positional: ['JOB'] }, run: runJob },
  audit: { expects: { values: ['--who', '--whom', '--action', '--outcome'], switches: json }, run: audit },
};

/** `freehold admin …`: what the pages below `/.admin/` show and do. */
export function runAdmin(given: Given): Promise<number> {
  return runAdminAction(actions, given);
}

/** What a row shows, as JSON; for people with line breaks. */
function shown(path: string): AdminAction['run'] {
  return async function* (call, { values, switches }) {
    const { '--span': span } = values;
    const answer = await call('GET', span === undefined ? path : `${path}?span=${encodeURIComponent(span)}`);
    yield switches.has('--json') ? JSON.stringify(answer) : JSON.stringify(answer, undefined, 2);
  };
}

async function* listApps(call: AdminCommandCall, { switches }: Arguments): AsyncIterable<string> {
  for (const app of (await call<AppList>('GET', 'apps/')).apps) {
    const { client, name, people, blocked } = app;
    const end = blocked === undefined ? '' : `  blocked${blocked.reason === undefined ? '' : `: ${blocked.reason}`}`;
    yield switches.has('--json') ? JSON.stringify(app)
      : `${client}${name === undefined ? '' : `  "${name}"`}  ${people} ${people === 1 ? 'person' : 'people'}${end}`;
  }
}

async function* listJobs(call: AdminCommandCall, { switches }: Arguments): AsyncIterable<string> {
  for (const job of (await call<JobList>('GET', 'jobs/')).jobs) {
    const { name, about, running, lastRun, outcome, error } = job;
    const last = lastRun === undefined ? 'not done since the start'
      : `${outcome} ${momentOf(lastRun)}${error === undefined ? '' : `: ${error}`}`;
    yield switches.has('--json') ? JSON.stringify(job) : `${name}  ${running === true ? 'at work' : last}  ${about}`;
  }
}

function remove(kind: string, nameOf: (name: string) => string, done: string): AdminAction['run'] {
  return async function* (call, { values }) {
    const name = nameOf(values['APP'] ?? values['ISSUER'] ?? '');
    await call('DELETE', `${kind}/${Buffer.from(name).toString('base64url')}/`);
    yield done;
  };
}

async function* setRole(call: AdminCommandCall, { values }: Arguments): AsyncIterable<string> {
  const { id, emails } = await find(call, values['ACCOUNT']!);
  await call('PUT', `people/${id}/role/`, { role: values['ROLE'] });
  yield `${emails[0] ?? id}: ${values['ROLE']}`;
}

/** The server reads numbers from text; `null` is for what is not to be set any more. */
async function* set(call: AdminCommandCall, { values }: Arguments): AsyncIterable<string> {
  const { NAME: name = '', VALUE: value = '' } = values;
  await call('PUT', 'settings/', { [name]: value === 'null' ? null : value });
  yield `${name} is set.`;
}

async function* blockApp(call: AdminCommandCall, { values }: Arguments): AsyncIterable<string> {
  await call('POST', 'apps/', { client: values['APP'], reason: values['--reason'] });
  yield 'The app is blocked.';
}

async function* addIssuer(
  call: AdminCommandCall, { values }: Arguments, list: 'allow' | 'block',
): AsyncIterable<string> {
  await call('POST', 'issuers/', { issuer: values['ISSUER'], list, note: values['--note'] });
  yield 'It is on the list.';
}

async function* runJob(call: AdminCommandCall, { values }: Arguments): AsyncIterable<string> {
  await call('POST', `jobs/${encodeURIComponent(values['JOB']!)}/`);
  yield 'Done.';
}

/** All that fits, the latest first. */
async function* audit(call: AdminCommandCall, { values, switches }: Arguments): AsyncIterable<string> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) query.set(name.slice(2), value);
  for (;;) {
    const page = await call<AuditLog>('GET', `audit/?${query.toString()}`);
    for (const entry of page.entries) yield switches.has('--json') ? JSON.stringify(entry) : auditLine(entry);
    if (page.next === undefined) return;
    query.set('after', page.next);
  }
}

function auditLine({ at, who, action, whom, outcome, details }: AuditLog['entries'][number]): string {
  const by = [who.email ?? who.account ?? [], who.role ?? [], who.address ?? []].flat().join(', ');
  const what = Object.entries(details ?? {}).map(([name, value]) =>
    `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ');
  return [momentOf(at), outcome.padEnd(7), action, whom ?? [], `by ${by}`, what === '' ? [] : what].flat().join('  ');
}
