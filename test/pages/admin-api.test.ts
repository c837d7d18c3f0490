import assert from 'node:assert/strict';
import type { Role } from '../../src/accounts/roles.ts';
import { roles } from '../../src/accounts/roles.ts';
import type { Accounts } from '../../src/accounts/accounts.ts';
import { may } from '../../src/pages/admin-acts.ts';
import { performAdmin } from '../../src/pages/admin-perform.ts';
import { actionOf, adminRows } from '../../src/pages/admin-rows.ts';
import type { AuditEntry } from '../../src/admin/audit.ts';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { problem } from '../pods/open-pod.ts';
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
    if (path.includes('restore')) await people.accounts.endings.suspend(account);
    if (path.includes('stay')) await people.accounts.endings.leave(account);
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

  /** Per row about somebody, what is to be sent; the account is in the path. */
  const aboutSomebody: [method: string, path: string, body: object | undefined, isForSupport: boolean][] = [
    ['POST', 'suspend/', {}, true], ['POST', 'restore/', {}, true], ['DELETE', 'second-factor/', undefined, true],
    ['DELETE', 'session/', undefined, true], ['POST', 'password-mail/', {}, true], ['POST', 'leave/', {}, false],
    ['POST', 'stay/', {}, false], ['PUT', 'role/', { role: 'none' }, false], ['DELETE', '', {}, false],
  ];
  for (const [by, whom] of [
    ['support', 'owner'], ['support', 'admin'], ['support', 'support'], ['support', 'auditor'], ['admin', 'owner'],
  ] as const) {
    it(`refuses to ${by} with 403 whatever is about ${whom === 'support' ? 'another in ' : 'an '}${whom} or a pod of theirs`, async () => {
      const { accounts, sessions } = server.app.people.accounts;
      const name = `${by}-${whom}-whom`;
      const id = await add(name, whom);
      const { pod } = await accounts.addPod(id, { name: `${by}-${whom}` });
      const before = await accounts.get(id);
      for (const [method, path, body, isForSupport] of aboutSomebody) {
        if (by === 'support' && !isForSupport) continue;
        const { status, body: answer } = await ask(by, method, `people/${id}/${path}`, path === '' ? { confirm: id } : body);
        assert.equal(status, 403, path);
        assert.match(answer['detail'] as string, whom === 'owner' ? /only owners/ : /administrators and owners/, path);
      }
      assert.equal((await ask(by, 'PUT', `pods/${pod.id}/quota/`, { quota: '1 MB' })).status, 403);
      assert.deepEqual(await accounts.get(id), before);
      assert.ok(await sessions.find(tokens.get(name)!));
      assert.equal((await server.app.pods.look(pod.base, server.app.pods.parsePath('/')))!.pod.quota, undefined);
    });
  }

  describe('judges in the commit of what is done', () => {
    const acts: [what: string, method: string, path: string, body: object][] = [
      ['suspends', 'POST', 'suspend/', {}], ['restores', 'POST', 'restore/', {}], ['has deleted', 'POST', 'leave/', {}],
      ['keeps', 'POST', 'stay/', {}], ['deletes', 'DELETE', '', {}], ['gives a role', 'PUT', 'role/', { role: 'none' }],
      ['resets the second factor', 'DELETE', 'second-factor/', {}], ['ends the sessions', 'DELETE', 'session/', {}],
    ];
    for (const [what, method, path, body] of acts) {
      const overtaking: [when: string, change: (accounts: Accounts, whom: string, by: string) => Promise<unknown>][] = [
        ['when one has just lost the role', (accounts, _, by) => accounts.setRole(by, undefined)],
        ['of somebody who has just become an owner', (accounts, whom) => accounts.setRole(whom, 'owner')],
      ];
      // Nobody becomes an owner who cannot log in.
      const isShut = ['restore/', 'stay/'].includes(path);
      for (const [when, change] of isShut ? overtaking.slice(0, 1) : overtaking) {
        it(`whoever ${what} ${when}`, async () => {
          const { adminParts: parts, accounts: { accounts, endings, sessions } } = server.app.people;
          const name = `judged-${number += 1}`;
          const [id, by] = [await add(name), await add(`${name}-by`, 'admin')];
          if (path === 'restore/') await endings.suspend(id);
          if (path === 'stay/') await endings.leave(id);
          const before = await accounts.get(id);
          // Somebody else is faster, between the first look and the commit.
          const overtaken = {
            get: async (wanted: string) => {
              const found = await accounts.get(wanted);
              await change(accounts, id, by);
              return found;
            },
            setRole: (...given: Parameters<Accounts['setRole']>) => accounts.setRole(...given),
          } as Accounts;
          const people = { ...parts.people, accounts: overtaken };
          await assert.rejects(performAdmin({ ...parts, people }, { account: by, role: 'admin', from: { address: '::1', agent: '' } }, {
            method, path: `people/${id}/${path}`, query: new URLSearchParams(), read: async () => path === '' ? { confirm: id } : body,
          }), problem('forbidden'));
          const { role: _, ...after } = (await accounts.get(id))!;
          assert.deepEqual(after, before);
          if (!isShut) assert.ok(await sessions.find(tokens.get(name)!));
        });
      }
    }
  });

  it('lets administrators touch each other, and owners whomever', async () => {
    for (const [by, whom] of [['admin', 'admin'], ['admin', 'support'], ['owner', 'owner']] as const) {
      const id = await add(`${by}-and-${whom}`, whom);
      const { pod } = await server.app.people.accounts.accounts.addPod(id, { name: `${by}-and-${whom}` });
      for (const [method, path, body] of [
        ['PUT', `pods/${pod.id}/quota/`, { quota: '1 MB' }], ['DELETE', `people/${id}/session/`, undefined],
        ['POST', `people/${id}/suspend/`, {}], ['DELETE', `people/${id}/`, { confirm: id }],
      ] as const) assert.equal((await ask(by, method, path, body)).status, 200, path);
    }
  });

  it('lets administrators set all but the mail server, which is for owners', async () => {
    const { settings } = server.app.people.admin;
    const values = {
      signUp: 'closed', mailUrl: 'smtp://127.0.0.1:1', mailFrom: 'pods@example.org', podAddresses: null, quotaBytes: '9 GB',
      maxPodsPerAccount: 7, message: 'Hello.', termsUrl: 'https://pods.example/terms', privacyUrl: 'https://pods.example/privacy',
    };
    const { body } = await ask('owner', 'GET', 'settings/');
    assert.deepEqual(Object.keys(body['settings'] as object).sort(), Object.keys(values).sort());
    for (const [name, value] of Object.entries(values)) {
      const before = settings.current;
      const isOwners = name.startsWith('mail');
      for (const one of [value, null]) {
        assert.equal((await ask('admin', 'PUT', 'settings/', { [name]: one })).status, isOwners ? 403 : 200, name);
        if (isOwners) assert.deepEqual(settings.current, before);
      }
    }
    // Not even together with what they may.
    assert.equal((await ask('admin', 'PUT', 'settings/', { message: 'Hello.', mailUrl: null })).status, 403);
    assert.equal(settings.current.message, undefined);
    const mail = { mailUrl: values.mailUrl, mailFrom: values.mailFrom };
    assert.equal((await ask('owner', 'PUT', 'settings/', mail)).status, 200);
    assert.equal((await ask('owner', 'PUT', 'settings/', { mailUrl: null, mailFrom: null })).status, 200);
  });

  it('names a setting that there is not, and sets nothing then', async () => {
    const { settings } = server.app.people.admin;
    const before = settings.current;
    const { status, body } = await ask('owner', 'PUT', 'settings/', { message: 'Hello.', quotaByte: '1 GB', x: 1 });
    assert.equal(status, 400);
    assert.deepEqual(Object.keys(body['fields'] as object), ['quotaByte', 'x']);
    assert.match(body['detail'] as string, /quotaByte/);
    assert.deepEqual(settings.current, before);
  });

  it('notes of a refusal what was asked for in known fields only', async () => {
    const id = await add('refused');
    await ask('owner', 'POST', `people/${id}/suspend/`, { reason: ['no text'], junk: 'x'.repeat(1_000), password: 'hush-hush' });
    const [entry] = await log();
    assert.deepEqual([entry!.outcome, Object.keys(entry!.details!)], ['refused', ['reason', 'why']]);
    assert.deepEqual(entry!.details!['reason'], ['no text']);
  });

  it('notes a hundred refusals of one account in an hour, refuses the others too, and goes on noting those of others', async () => {
    await add('eager');
    await add('calm');
    const noted = async (name: string): Promise<number> => (await log()).filter(({ who }) => who.account === ids.get(name)).length;
    for (let i = 0; i < 110; i += 1) {
      assert.equal((await (i % 2 === 0 ? ask('eager', 'GET', 'people/') : ask('eager', 'POST', 'jobs/trim/'))).status, 403);
    }
    assert.equal((await ask('eager', 'GET', 'audit/export/')).status, 403);
    assert.equal(await noted('eager'), 100);
    await ask('calm', 'GET', 'people/');
    assert.equal(await noted('calm'), 1);
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

  it('has no use for a link once there is an owner another way', async () => {
    await using server = await startServer({ signUp: 'open' });
    const link = (await server.app.setupLink())!;
    const { accounts } = server.app.people.accounts;
    await accounts.setRole((await accounts.byEmail('alice@example.org'))!.id, 'owner');
    const headers = { 'content-type': 'application/json', 'accept': 'application/json' };
    assert.equal((await fetch(link, { headers })).status, 403);
    const typed = { email: 'op@example.org', password: 'amber kettle 72 lamp', token: new URL(link).searchParams.get('token')! };
    const answer = await fetch(`${server.url}.admin/setup/`, { method: 'POST', headers, body: JSON.stringify(typed) });
    assert.equal(answer.status, 403);
    assert.equal(await accounts.byEmail('op@example.org'), undefined);
    assert.equal(await server.app.setupLink(), undefined);
  });
});
