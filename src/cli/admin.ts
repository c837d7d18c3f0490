import type { AdminAction, AdminCommandCall } from './administration.ts';
import { runAdminAction } from './administration.ts';
import type { Arguments, Given } from './arguments.ts';
import { find } from './people.ts';

const json = ['--json'];

const actions: Readonly<Record<string, AdminAction>> = {
  overview: { expects: { switches: json }, run: shown('') },
  figures: { expects: { values: ['--span'], switches: json }, run: shown('figures/') },
  role: { expects: { positional: ['ACCOUNT', 'ROLE'] }, run: setRole },
  settings: { expects: { switches: json }, run: shown('settings/') },
  set: { expects: { positional: ['NAME', 'VALUE'] }, run: set },
  apps: { expects: { switches: json }, run: listed('apps/', 'apps') },
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
  jobs: { expects: { switches: json }, run: listed('jobs/', 'jobs') },
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

/** The members of a list, a line of JSON each. */
function listed(path: string, member: string): AdminAction['run'] {
  return async function* (call) {
    for (const entry of (await call<Record<string, object[]>>('GET', path))[member] ?? []) yield JSON.stringify(entry);
  };
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

/** Numbers are for what counts something; nothing, or `null`, for what is not to be set any more. */
async function* set(call: AdminCommandCall, { values }: Arguments): AsyncIterable<string> {
  const { NAME: name = '', VALUE: value = '' } = values;
  await call('PUT', 'settings/', { [name]: value === 'null' ? null : value });
  yield `${name} is set.`;
}

async function* blockApp(call: AdminCommandCall, { values }: Arguments): AsyncIterable<string> {
  await call('POST', 'apps/', { client: values['APP'], reason: values['--reason'] });
  yield 'The app is blocked.';
}

async function* addIssuer(call: AdminCommandCall, { values }: Arguments, list: 'allow' | 'block'): AsyncIterable<string> {
  await call('POST', 'issuers/', { issuer: values['ISSUER'], list, note: values['--note'] });
  yield 'It is on the list.';
}

async function* runJob(call: AdminCommandCall, { values }: Arguments): AsyncIterable<string> {
  await call('POST', `jobs/${encodeURIComponent(values['JOB']!)}/`);
  yield 'Done.';
}

/** All that fits, the latest first, a line of JSON each. */
async function* audit(call: AdminCommandCall, { values }: Arguments): AsyncIterable<string> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) query.set(name.slice(2), value);
  for (;;) {
    const page = await call<{ entries: object[]; next?: string }>('GET', `audit/?${query.toString()}`);
    for (const entry of page.entries) yield JSON.stringify(entry);
    if (page.next === undefined) return;
    query.set('after', page.next);
  }
}
