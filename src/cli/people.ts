import type { Account } from '../accounts/account.ts';
import type { Invite } from '../accounts/invites.ts';
import { openPeople } from '../people.ts';
import type { People } from '../people.ts';
import { Problem } from '../problem.ts';
import { runAction } from './action.ts';
import type { Action } from './action.ts';
import type { Arguments, Given } from './arguments.ts';

const inviteActions: Readonly<Record<string, Action<People>>> = {
  create: { expects: { values: ['--uses', '--days', '--note'] }, run: createInvite },
  list: { expects: { switches: ['--json'] }, run: listInvites },
  remove: { expects: { positional: ['ID'] }, run: removeInvite },
};

const accountActions: Readonly<Record<string, Action<People>>> = {
  list: { expects: { switches: ['--json'] }, run: listAccounts },
  suspend: { expects: { positional: ['ACCOUNT'] }, run: (people, given) => change(people, given, 'suspend') },
  restore: { expects: { positional: ['ACCOUNT'] }, run: (people, given) => change(people, given, 'restore') },
  delete: { expects: { positional: ['ACCOUNT'] }, run: deleteAccount },
};

/** `freehold invite create|list|remove`. */
export function runInvite(given: Given): Promise<number> {
  return runAction(inviteActions, given, openPeople);
}

/** `freehold account list|suspend|restore|delete`. */
export function runAccount(given: Given): Promise<number> {
  return runAction(accountActions, given, openPeople);
}

async function* createInvite({ accounts: { invites } }: People, { values }: Arguments): AsyncIterable<string> {
  const { '--uses': uses, '--days': days, '--note': note } = values;
  const { code } = await invites.create({
    ...(uses === undefined ? {} : { uses: Number(uses) }), ...(days === undefined ? {} : { days: Number(days) }),
    ...(note === undefined ? {} : { note }),
  });
  yield code;
}

async function* listInvites({ accounts: { invites } }: People, { switches }: Arguments): AsyncIterable<string> {
  for await (const invite of invites.list()) yield switches.has('--json') ? JSON.stringify(invite) : inviteLine(invite);
}

function inviteLine({ id, uses, expires, note }: Invite): string {
  const end = expires === undefined ? '' : `, until ${day(expires)}`;
  return `${id}  for ${uses} ${uses === 1 ? 'account' : 'accounts'}${end}${note === '' ? '' : `  ${note}`}`;
}

async function* removeInvite({ accounts: { invites } }: People, { values }: Arguments): AsyncIterable<string> {
  if (!await invites.remove(values['ID']!)) throw new Problem('missing', 'There is no such invite.');
  yield 'The invite is good for nothing any more.';
}

async function* listAccounts({ accounts: { accounts } }: People, { switches }: Arguments): AsyncIterable<string> {
  for await (const account of accounts.list()) yield switches.has('--json') ? JSON.stringify(account) : accountLine(account);
}

function accountLine({ id, state, deleteAt, logins, pods }: Account): string {
  const end = deleteAt === undefined ? '' : ` until ${day(deleteAt)}`;
  const names = logins.map(({ email }) => email).join(', ') || 'without a login';
  return `${id}  ${state}${end}  ${names}  ${pods.map(({ base }) => base).join(' ')}`.trimEnd();
}

async function* change(people: People, { values }: Arguments, verb: 'suspend' | 'restore'): AsyncIterable<string> {
  yield accountLine(await people.accounts.accounts[verb]((await find(people, values['ACCOUNT']!)).id));
}

async function* deleteAccount(people: People, { values }: Arguments): AsyncIterable<string> {
  const { id } = await find(people, values['ACCOUNT']!);
  await people.accounts.accounts.deleteNow(id);
  yield `${id} is deleted, with its pods and all that was in them.`;
}

/** The account with this id, e-mail address or WebID. */
async function find({ accounts: { accounts } }: People, name: string): Promise<Account> {
  const account = await accounts.get(name) ?? await accounts.byWebId(name)
    ?? (name.includes('@') && !name.includes(':') ? await accounts.byEmail(name) : undefined);
  if (account === undefined) throw new Problem('missing', `There is no account "${name}".`);
  return account;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
