import type { AdminCommandCall, AdminAction } from './administration.ts';
import { runAdminAction } from './administration.ts';
import { day } from '../pages/day.ts';
import { Problem } from '../problem.ts';
import type { Arguments, Given } from './arguments.ts';
import { json } from './print.ts';

interface Person {
  readonly id: string;
  readonly emails: readonly string[];
  readonly state: string;
  readonly role?: string;
  readonly addresses: readonly string[];
  readonly deleteAt?: number;
}

interface Invite { readonly id: string; readonly uses: number; readonly expires?: number; readonly note: string }
interface PodSize {
  readonly id: string;
  readonly base: string;
  readonly bytes: number;
  readonly resources: number;
  readonly quota?: number;
}

const one = { positional: ['ACCOUNT'], switches: json };

const inviteActions: Readonly<Record<string, AdminAction>> = {
  create: { expects: { values: ['--uses', '--days', '--note'], switches: json }, run: createInvite },
  list: { expects: { switches: json }, run: listInvites },
  remove: { expects: { positional: ['ID'] }, run: removeInvite },
};

const accountActions: Readonly<Record<string, AdminAction>> = {
  list: { expects: { values: ['--search'], switches: json }, run: listAccounts },
  show: { expects: one, run: (call, given) => tell(call, given, async () => undefined) },
  suspend: { expects: { ...one, values: ['--reason'] }, run: (call, given) => tell(call, given, (path) =>
    call('POST', `${path}suspend/`, { reason: given.values['--reason'] })) },
  restore: { expects: one, run: (call, given) => tell(call, given, (path) => call('POST', `${path}restore/`)) },
  leave: { expects: one, run: (call, given) => tell(call, given, (path) => call('POST', `${path}leave/`)) },
  stay: { expects: one, run: (call, given) => tell(call, given, (path) => call('POST', `${path}stay/`)) },
  'reset-second-factor': { expects: one, run: (call, given) =>
    tell(call, given, (path) => call('DELETE', `${path}second-factor/`)) },
  'log-out': { expects: one, run: (call, given) =>
    tell(call, given, (path) => call('DELETE', `${path}session/`)) },
  delete: { expects: { positional: ['ACCOUNT'] }, run: deleteAccount },
};

const podActions: Readonly<Record<string, AdminAction>> = {
  list: { expects: { switches: json }, run: listPods },
  quota: { expects: { positional: ['POD', 'SIZE'] }, run: setQuota },
};

/** `freehold invite create|list|remove`. */
export function runInvite(given: Given): Promise<number> {
  return runAdminAction(inviteActions, given);
}

/** `freehold account list|show|suspend|restore|leave|stay|reset-second-factor|log-out|delete`. */
export function runAccount(given: Given): Promise<number> {
  return runAdminAction(accountActions, given);
}

/** `freehold pod list|quota`. */
export function runPod(given: Given): Promise<number> {
  return runAdminAction(podActions, given);
}

async function* createInvite(call: AdminCommandCall, { values, switches }: Arguments): AsyncIterable<string> {
  const { '--uses': uses, '--days': days, '--note': note } = values;
  const made = await call<{ code: string }>('POST', 'invites/', { uses, days, note });
  yield switches.has('--json') ? JSON.stringify(made) : made.code;
}

async function* listInvites(call: AdminCommandCall, { switches }: Arguments): AsyncIterable<string> {
  for (const invite of (await call<{ invites: Invite[] }>('GET', 'invites/')).invites) {
    yield switches.has('--json') ? JSON.stringify(invite) : inviteLine(invite);
  }
}

function inviteLine({ id, uses, expires, note }: Invite): string {
  const end = expires === undefined ? '' : `, until ${day(expires)}`;
  return `${id}  for ${uses} ${uses === 1 ? 'account' : 'accounts'}${end}${note === '' ? '' : `  ${note}`}`;
}

async function* removeInvite(call: AdminCommandCall, { values }: Arguments): AsyncIterable<string> {
  await call('DELETE', `invites/${encodeURIComponent(values['ID']!)}/`);
  yield 'The invite is good for nothing any more.';
}

async function* listAccounts(call: AdminCommandCall, { values, switches }: Arguments): AsyncIterable<string> {
  for await (const person of peopleBy(call, values['--search'] ?? '')) {
    yield switches.has('--json') ? JSON.stringify(person) : accountLine(person);
  }
}

async function* peopleBy(call: AdminCommandCall, search: string): AsyncIterable<Person> {
  let after = '';
  do {
    const page = await call<{ people: Person[]; next?: string }>('GET',
      `people/?search=${encodeURIComponent(search)}${after === '' ? '' : `&after=${after}`}`);
    yield* page.people;
    after = page.next ?? '';
  } while (after !== '');
}

/** Does something with an account, and tells of it as it is then. */
async function* tell(
  call: AdminCommandCall, { values, switches }: Arguments, work: (path: string) => Promise<unknown>,
): AsyncIterable<string> {
  const path = `people/${(await find(call, values['ACCOUNT']!)).id}/`;
  await work(path);
  if (switches.has('--json')) yield JSON.stringify(await call('GET', path));
  else yield accountLine(await find(call, values['ACCOUNT']!));
}

async function* deleteAccount(call: AdminCommandCall, { values }: Arguments): AsyncIterable<string> {
  const { id } = await find(call, values['ACCOUNT']!);
  await call('DELETE', `people/${id}/`, { confirm: id });
  yield `${id} is deleted, with its pods and all that was in them.`;
}

/** The account with this id, e-mail address, WebID or pod. */
export async function find(call: AdminCommandCall, name: string): Promise<Person> {
  for await (const person of peopleBy(call, name)) {
    // Of an address, also those are found that only begin so.
    if (!name.includes('@') || name.includes(':') || person.emails.includes(name.toLowerCase())) return person;
  }
  throw new Problem('missing', `There is no account "${name}".`);
}

function accountLine({ id, state, role, deleteAt, emails, addresses }: Person): string {
  const end = deleteAt === undefined ? '' : ` until ${day(deleteAt)}`;
  const names = emails.join(', ') || 'without a login';
  return `${id}  ${state}${end}${role === undefined ? '' : `, ${role}`}  ${names}  ${addresses.join(' ')}`.trimEnd();
}

async function* listPods(call: AdminCommandCall, { switches }: Arguments): AsyncIterable<string> {
  let after = '';
  do {
    const page = await call<{ pods: PodSize[]; next?: string }>('GET', `pods/${after === '' ? '' : `?after=${after}`}`);
    for (const pod of page.pods) {
      const { id, base, bytes, resources, quota } = pod;
      yield switches.has('--json') ? JSON.stringify(pod)
        : `${id}  ${bytes} bytes${quota ? ` of ${quota}` : ''}  ${resources} resources  ${base}`;
    }
    after = page.next ?? '';
  } while (after !== '');
}

async function* setQuota(call: AdminCommandCall, { values }: Arguments): AsyncIterable<string> {
  const { POD: pod = '', SIZE: size = '' } = values;
  await call('PUT', `pods/${encodeURIComponent(pod)}/quota/`, size === 'default' ? {} : { quota: size });
  const much = { default: 'as much as pods do here', 0: 'as much as there is room for' }[size] ?? size;
  yield `It may hold ${much}.`;
}
