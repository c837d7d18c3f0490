import assert from 'node:assert/strict';
import type { Role } from '../../src/accounts/roles.ts';
import { roles } from '../../src/accounts/roles.ts';
import { may } from '../../src/pages/admin-acts.ts';
import { actionOf, adminRows } from '../../src/pages/admin-rows.ts';
import type { AuditEntry } from '../../src/admin/audit.ts';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { collect } from '../storage/database-contract.ts';

type Asker = Role | 'nobody' | 'a person';
const askers: readonly Asker[] = [...roles, 'a person', 'nobody'];

interface Answer { readonly status: number; readonly body: Record<string, unknown> }

describe('the API of the administration', function () {
  this.timeout(30_000);
  let server: TestServer;
  const tokens = new Map<string, string>();
  const ids = new Map<string, string>();

  async function ask(as: string, method: string, path: string, body?: object): Promise<Answer> {
    const token = tokens.get(as);
    const response = await fetch(`${server.url}.admin/${path}`, {
      method, headers: {
        accept: 'application/json', ...(token !== undefined && { authorization: `CSS-Account-Token ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      }, ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text.startsWith('{') && !text.includes('\n') ? JSON.parse(text) : { text }) as Record<string, unknown> };
  }

  async function log(): Promise<AuditEntry[]> {
    const entries: AuditEntry[] = [];
    for await (const entry of server.app.people.admin.audit.list()) entries.push(entry);
    return entries;
  }

  async function add(name: string, role?: Role): Promise<string> {
    const { accounts: { accounts, logins, sessions } } = server.app.people;
    const { id } = await logins.register(`${name.replaceAll(' ', '-')}@example.org`, 'amber kettle 72 lamp', 'admin');
    if (role !== undefined) await accounts.setRole(id, role);
    tokens.set(name, await sessions.begin(id, 'a test'));
    ids.set(name, id);
    return id;
  }

  before(async () => {
    server = await startServer();
    for (const role of roles) await add(role, role);
    await add('a person');
    await add('another owner', 'owner');
  });
  after(async () => server[Symbol.asyncDispose]());

  /** What to send for a row, about somebody made for it. */
  async function sample(path: string, made: string): Promise<{ path: string; body: object }> {
    const { people } = server.app;
    const account = path.includes(':account') ? await add(`${made}-of`) : '';
    if (path.includes('restore')) await people.accounts.accounts.suspend(account);
    if (path.includes('stay')) await people.accounts.accounts.leave(account);
    const invite = path.includes(':invite') ? (await people.accounts.invites.create({})).invite.id : '';
    if (path.includes(':app')) await people.admin.lists.add('blocked-app', `https://${made}.example/app`);
    if (path.includes(':issuer')) await people.admin.lists.add('blocked-issuer', `https://${made}.example/`);
    const name = (text: string): string => Buffer.from(text).toString('base64url');
    const [pod] = await collect(people.accounts.accounts.list()).then((accounts) => accounts.flatMap(({ pods }) => pods));
    return {
      path: path.replace(':account', account).replace(':invite', invite).replace(':pod', pod!.id)
        .replace(':app', name(`https://${made}.example/app`)).replace(':issuer', name(`blocked-issuer https://${made}.example/`))
        .replace(':job', 'trim'),
      body: {
        'people/:account/': { confirm: account }, 'people/:account/role/': { role: 'auditor' }, 'pods/:pod/quota/': { quota: '1 GB' },
        'apps/': { client: `https://${made}.example/app` }, 'issuers/': { issuer: `https://${made}.example/`, list: 'block' },
        'settings/': { message: made }, 'settings/mail-test/': { email: 'x@example.org' },
      }[path] ?? {},
    };
  }

  let number = 0;
  for (const row of adminRows) {
    for (const who of askers) {
      const role = (roles as readonly string[]).includes(who) ? who as Role : undefined;
      const allowed = may(role, row.act);
      it(`${row.method} /.admin/${row.path}: ${allowed ? 'is done' : 'is refused'}, asked by ${who}`, async () => {
        const { path, body } = await sample(row.path, `m${number += 1}`);
        const before = await log();
        const answer = await ask(who, row.method, path, row.method === 'GET' ? undefined : body);
        const [entry] = (await log()).filter(({ id }) => before.every((other) => other.id !== id));
        // Without a mail server, that cannot be tried.
        const expected = who === 'nobody' ? 401 : !allowed ? 403 : row.path === 'settings/mail-test/' ? 409 : 200;
        assert.equal(answer.status, expected, JSON.stringify(answer.body));
        if (who === 'nobody' || (allowed && !row.traced)) return assert.equal(entry, undefined);
        assert.equal(entry!.action, actionOf(row));
        assert.equal(entry!.outcome, expected === 200 ? 'done' : 'refused');
        assert.equal(entry!.who.account, ids.get(who));
        assert.equal(entry!.who.role, role);
        assert.match(entry!.who.address!, /^(?:::1|127\.0\.0\.1)$/);
        const [, kind, whom] = /^(people|pods|invites)\/([^/]+)\//.exec(path) ?? [];
        if (kind !== undefined) assert.equal(entry!.whom, whom);
      });
    }
  }

  it('tells nobody what is in pods: sizes and addresses only', async () => {
    const listed = await ask('owner', 'GET', 'people/?search=alice@example.org');
    const alice = (listed.body['people'] as { id: string; emails: string[] }[]).find(({ emails }) => emails[0] === 'alice@example.org')!;
    const { body } = await ask('owner', 'GET', `people/${alice.id}/`);
    assert.deepEqual(Object.keys((body['pods'] as object[])[0]!).sort(), ['base', 'bytes', 'id', 'quota', 'resources']
      .concat(Object.hasOwn((body['pods'] as object[])[0]!, 'ownQuota') ? ['ownQuota'] : []).sort());
    const token = { authorization: `CSS-Account-Token ${tokens.get('owner')!}` };
    assert.equal((await fetch(`${server.pod}settings/prefs.ttl`, { headers: token })).status, 401);
  });

  it('leaves owners to owners, and always at least one', async () => {
    const owner = ids.get('another owner')!;
    for (const [method, path, body] of [
      ['POST', 'suspend/', {}], ['DELETE', '', { confirm: owner }], ['PUT', 'role/', { role: 'none' }],
      ['DELETE', 'second-factor/', {}], ['DELETE', 'session/', {}],
    ] as const) {
      assert.equal((await ask('admin', method, `people/${owner}/${path}`, body)).status, 403, path);
    }
    assert.equal((await ask('admin', 'PUT', `people/${ids.get('a person')!}/role/`, { role: 'owner' })).status, 403);
    assert.equal((await ask('owner', 'PUT', `people/${owner}/role/`, { role: 'none' })).status, 200);
    const last = ids.get('owner')!;
    for (const [method, path, body] of [
      ['PUT', 'role/', { role: 'admin' }], ['DELETE', '', { confirm: last }], ['POST', 'leave/', {}], ['POST', 'suspend/', {}],
    ] as const) {
      assert.equal((await ask('owner', method, `people/${last}/${path}`, body)).status, 409, path);
    }
  });

  it('keeps no secret in the audit log', async () => {
    await ask('owner', 'PUT', 'settings/', { mailUrl: 'smtp://user:hush-hush@127.0.0.1:1', mailFrom: 'pods@example.org' });
    assert.doesNotMatch(JSON.stringify(await log()), /hush-hush/);
    assert.doesNotMatch(JSON.stringify((await ask('owner', 'GET', 'settings/')).body), /hush-hush/);
    await ask('owner', 'PUT', 'settings/', { mailUrl: null });
  });

  it('gives the audit log as lines of JSON, to those who may see it, and says that it was taken', async () => {
    const { status, body } = await ask('auditor', 'GET', 'audit/export/');
    assert.equal(status, 200);
    const lines = (body['text'] as string).trimEnd().split('\n').map((line) => JSON.parse(line) as AuditEntry);
    assert.deepEqual(lines, await log());
    assert.equal(lines[0]!.action, 'GET audit/export/');
    assert.equal((await ask('support', 'GET', 'audit/export/')).status, 403);
  });

  it('finds people by e-mail address, its beginning, id, WebID and pod', async () => {
    const [alice] = (await collect(server.app.people.accounts.accounts.list()))
      .filter(({ logins }) => logins[0]?.email === 'alice@example.org');
    for (const search of ['alice@example.org', 'alic', alice!.id, server.owner, server.pod, 'alice']) {
      const { body } = await ask('support', 'GET', `people/?search=${encodeURIComponent(search)}`);
      assert.equal((body['people'] as { id: string }[])[0]?.id, alice!.id, search);
    }
    assert.deepEqual((await ask('support', 'GET', 'people/?search=zzz')).body['people'], []);
  });

  it('shuts the pods of who is suspended, also to their owner, and opens them again', async () => {
    const [alice] = (await collect(server.app.people.accounts.accounts.list()))
      .filter(({ logins }) => logins[0]?.email === 'alice@example.org');
    const read = async (): Promise<number> => (await fetch(`${server.pod}profile/card`)).status;
    assert.equal(await read(), 200);
    assert.equal((await ask('support', 'POST', `people/${alice!.id}/suspend/`, { reason: 'a complaint' })).status, 200);
    assert.equal(await read(), 403);
    assert.equal((await ask('support', 'GET', `people/${alice!.id}/`)).body['reason'], 'a complaint');
    assert.equal((await ask('support', 'POST', `people/${alice!.id}/restore/`)).status, 200);
    assert.equal(await read(), 200);
  });

  it('takes quotas of pods and of the node at once', async () => {
    const [alice] = (await collect(server.app.people.accounts.accounts.list()))
      .filter(({ logins }) => logins[0]?.email === 'alice@example.org');
    const put = async (name: string): Promise<number> => (await fetch(`${server.open}${name}`, {
      method: 'PUT', headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(100_000),
    })).status;
    const pod = alice!.pods[0]!.id;
    await ask('owner', 'PUT', `pods/${pod}/quota/`, { quota: '50 kB' });
    assert.equal(await put('a.txt'), 507);
    await ask('owner', 'PUT', `pods/${pod}/quota/`, {});
    assert.equal(await put('a.txt'), 201);
    await ask('owner', 'PUT', 'settings/', { quotaBytes: '60 kB' });
    assert.equal(await put('b.txt'), 507);
    await ask('owner', 'PUT', 'settings/', { quotaBytes: null });
    assert.equal(await put('b.txt'), 201);
    assert.equal((await ask('owner', 'PUT', `pods/${pod}/quota/`, { quota: 'much' })).status, 400);
  });
});

describe('setting a node up', () => {
  it('makes the account of its owner with the link, once, and refuses every other token', async () => {
    await using server = await startServer({ signUp: 'open' });
    const link = (await server.app.setupLink())!;
    const token = new URL(link).searchParams.get('token')!;
    const post = (body: object): Promise<Response> => fetch(`${server.url}.admin/setup/`, {
      method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json' }, body: JSON.stringify(body),
    });
    const typed = { email: 'op@example.org', password: 'amber kettle 72 lamp' };
    assert.equal((await post({ ...typed, token: 'guessed' })).status, 403);
    assert.equal((await post({ ...typed, token, password: 'short' })).status, 400);
    assert.equal((await post({ ...typed, token, podAddresses: 'subdomain' })).status, 409); // alice has a pod.
    const both = await Promise.all([post({ ...typed, token }), post({ ...typed, email: 'other@example.org', token })]);
    assert.deepEqual(both.map(({ status }) => status).sort((a, b) => a - b), [200, 403]);
    assert.equal((await post({ ...typed, email: 'third@example.org', token })).status, 403);
    assert.equal(await server.app.setupLink(), undefined);
    const accounts = await collect(server.app.people.accounts.accounts.list());
    assert.equal(accounts.filter(({ role }) => role === 'owner').length, 1);
    assert.equal(accounts.length, 2);
  });
});
