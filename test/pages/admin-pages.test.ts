import assert from 'node:assert/strict';
import type { AuditEntry } from '../../src/admin/audit.ts';
import { roles } from '../../src/accounts/roles.ts';
import type { Role } from '../../src/accounts/roles.ts';
import { may } from '../../src/pages/admin-acts.ts';
import { adminForms } from '../../src/pages/admin-forms.ts';
import { actionOf, adminRows } from '../../src/pages/admin-rows.ts';
import { startServer } from '../server.ts';
import type { TestServer } from '../server.ts';
import { collect } from '../storage/database-contract.ts';
import { Browser, unescape } from './open-pages.ts';

const pages = ['', 'people/', 'invites/', 'pods/', 'apps/', 'issuers/', 'settings/', 'jobs/', 'audit/'];

describe('The pages of the administration, without JavaScript,', function () {
  this.timeout(30_000);
  let server: TestServer;
  let made = 0;
  const browsers = new Map<string, Browser>();
  const ids = new Map<string, string>();

  before(async () => {
    server = await startServer();
    for (const role of roles) await join(role, role);
    await join('a person');
    await join('another owner', 'owner');
  });
  after(async () => server[Symbol.asyncDispose]());

  /** An account, logged in with a browser. */
  async function join(name: string, role?: Role): Promise<string> {
    const { accounts: { accounts, logins, sessions } } = server.app.people;
    const { id } = await logins.register(`${name.replaceAll(' ', '-')}@example.org`, 'amber kettle 72 lamp', 'admin');
    if (role !== undefined) await accounts.setRole(id, role);
    const browser = new Browser({ port: Number(new URL(server.url).port), baseUrl: server.url });
    browser.cookies.set('css-account|/', { value: await sessions.begin(id, 'a test'), path: '/', attributes: '' });
    browsers.set(name, browser);
    ids.set(name, id);
    return id;
  }
  const as = (name: string): Browser => browsers.get(name)!;
  const somebody = (): Promise<string> => join(`somebody-${made += 1}`);
  const log = (): Promise<AuditEntry[]> => collect(server.app.people.admin.audit.list());
  const says = (browser: Browser, words: RegExp): void => assert.match(unescape(browser.page.text), words);
  const account = async (id: string) => (await server.app.people.accounts.accounts.get(id))!;

  /** What a row is about, made for it: its path with that in it, and what its form would say. */
  async function sample(path: string): Promise<{ readonly path: string; readonly fields: Record<string, string> }> {
    const { accounts, admin: { lists } } = server.app.people;
    const name = `m${made += 1}`;
    const id = path.includes(':account') ? await somebody() : '';
    if (path.endsWith('restore/')) await accounts.endings.suspend(id);
    if (path.endsWith('stay/')) await accounts.endings.leave(id);
    const invite = path.includes(':invite') ? (await accounts.invites.create({})).invite.id : '';
    const app = `https://${name}.example/app`;
    const issuer = `https://${name}.example/`;
    if (path.includes(':app')) await lists.add('blocked-app', app);
    if (path.includes(':issuer')) await lists.add('blocked-issuer', issuer);
    const [pod] = (await collect(accounts.accounts.list())).flatMap(({ pods }) => pods);
    const coded = (text: string): string => Buffer.from(text).toString('base64url');
    const parts: Record<string, string> = {
      account: id, invite, pod: pod!.id, app: coded(app), issuer: coded(`blocked-issuer ${issuer}`), job: 'trim',
    };
    const fields: Record<string, Record<string, string>> = {
      'people/:account/': { confirm: id }, 'people/:account/role/': { role: 'auditor' },
      'people/:account/suspend/': { reason: 'Spam' }, 'pods/:pod/quota/': { quota: '1 GB' }, 'apps/': { client: app },
      'issuers/': { issuer, list: 'block' }, 'settings/': { message: name }, 'settings/mail-test/': { email: 'x@example.org' },
    };
    return { path: path.replaceAll(/:(\w+)/g, (_, part: string) => parts[part]!), fields: fields[path] ?? {} };
  }

  /** Sends a form as a page of ours would, whether or not there is one that has it. */
  async function forge(browser: Browser, method: string, path: string, fields: Record<string, string>, headers = {}) {
    await browser.open('.account/');
    const [, token] = /name="_token" value="([^"]+)"/.exec(browser.page.text)!;
    return browser.request('POST', `${server.url}.admin/${path}`, {
      'content-type': 'application/x-www-form-urlencoded', 'origin': new URL(server.url).origin,
      'sec-fetch-site': 'same-origin', ...headers,
    }, new URLSearchParams({ _token: token!, ...(method !== 'POST' && { _method: method }), ...fields }).toString());
  }

  const ordinary = adminForms.filter(({ path }) => path !== 'setup/');

  it('have a form for every row that changes something, and for nothing else', () => {
    assert.deepEqual(ordinary.map(actionOf).sort(), adminRows.filter(({ method }) => method !== 'GET').map(actionOf).sort());
  });

  for (const form of ordinary) {
    const { act } = adminRows.find((row) => actionOf(row) === actionOf(form))!;
    for (const who of [...roles, 'a person'] as const) {
      const role = who === 'a person' ? undefined : who;
      const allowed = may(role, act);
      it(`the form ${actionOf(form)} is ${allowed ? 'done' : 'refused with 403'} for ${who}, and leaves a trace`, async () => {
        const { path, fields } = await sample(form.path);
        const before = new Set((await log()).map(({ id }) => id));
        const answer = await forge(as(who), form.method, path, fields);
        // Of an invite, the code is shown at once; without a mail server, a mail cannot be tried.
        const done = form.path === 'invites/' ? 200 : form.path === 'settings/mail-test/' ? 409 : 303;
        assert.equal(answer.status, allowed ? done : 403, answer.text);
        assert.match(answer.headers.get('content-type') ?? '', allowed && done === 303 ? /^$|text/ : /^text\/html/);
        const entry = (await log()).find(({ id, action }) => !before.has(id) && action === actionOf(form))!;
        assert.equal(entry.outcome, allowed && done !== 409 ? 'done' : 'refused');
        assert.equal(entry.who.account, ids.get(who));
        assert.equal(entry.who.role, role);
      });
    }
    it(`the form ${actionOf(form)} does nothing that a page of another server sends, or without its token`, async () => {
      const { path, fields } = await sample(form.path);
      const before = await log();
      for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
        assert.equal((await forge(as('owner'), form.method, path, fields, headers)).status, 403);
      }
      assert.equal((await forge(as('owner'), form.method, path, { ...fields, _token: 'x' })).status, 403);
      assert.deepEqual(await log(), before);
    });
  }

  for (const path of pages) {
    for (const who of [...roles, 'a person'] as const) {
      const role = who === 'a person' ? undefined : who;
      const { act } = adminRows.find((row) => row.method === 'GET' && row.path === path)!;
      it(`/.admin/${path} is ${may(role, act) ? 'shown to' : 'refused to'} ${who}, with no form that would be refused`, async () => {
        const browser = await as(who).open(`.admin/${path}`);
        assert.equal(browser.page.status, may(role, act) ? 200 : 403, browser.page.text);
        offersOnly(browser, role);
      });
    }
    it(`/.admin/${path} leads whoever is not logged in to the login`, async () => {
      const browser = new Browser({ port: Number(new URL(server.url).port), baseUrl: server.url });
      assert.match((await browser.open(`.admin/${path}`)).url, /\/\.account\/login\/$/);
    });
  }

  /** All forms of the page stand for rows that the role may do. */
  function offersOnly(browser: Browser, role: Role | undefined): void {
    for (const { action, fields } of browser.forms()) {
      const [, path] = /\/\.admin\/(.*)$/.exec(action) ?? [];
      const method = fields.find(([name]) => name === '_method')?.[1] ?? (fields.some(([name]) => name === '_token') ? 'POST' : 'GET');
      if (path === undefined || method === 'GET') continue;
      const row = adminRows.find((one) => one.method === method
        && new RegExp(`^${one.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path));
      assert.ok(row && may(role, row.act), `${method} ${path} for ${role}`);
    }
  }

  it('show a person with all that a role may do, and nothing more', async () => {
    const id = await somebody();
    await server.app.people.accounts.sessions.begin(id, 'elsewhere');
    for (const role of roles) {
      const browser = await as(role).open(`.admin/people/${id}/`);
      assert.equal(browser.page.status, 200);
      offersOnly(browser, role);
      assert.equal(browser.forms().some(({ action }) => action.endsWith('/suspend/')), may(role, 'suspend'));
    }
  });

  it('offer nothing against an owner but to owners, and to nobody to suspend themselves', async () => {
    const own = (browser: Browser): string[] => browser.forms().map(({ action }) => action).filter((action) => action.includes('/.admin/people/'));
    assert.deepEqual(own(await as('admin').open(`.admin/people/${ids.get('another owner')!}/`)), []);
    assert.ok(own(await as('owner').open(`.admin/people/${ids.get('another owner')!}/`)).length > 3);
    assert.ok(own(await as('owner').open(`.admin/people/${ids.get('owner')!}/`)).every((action) => !action.endsWith('/suspend/')));
    assert.doesNotMatch((await as('admin').open(`.admin/people/${ids.get('a person')!}/`)).page.text, /value="owner"/);
  });

  it('find a person by e-mail address, and go on where a list ends', async () => {
    const browser = await as('support').open('.admin/people/?search=a-person@example.org');
    await browser.follow('a-person@example.org');
    says(browser, /<h1>a-person@example\.org/);
    await browser.open('.admin/people/?search=nobody@example.org');
    says(browser, /Nobody was found/);
    for (let i = 0; i < 51; i += 1) await server.app.people.accounts.logins.register(`many-${i}@example.org`, 'amber kettle 72 lamp', 'admin');
    await browser.open('.admin/people/?search=many-');
    const first = browser.page.text;
    await browser.follow('More people');
    const [name] = /many-\d+@example\.org/.exec(browser.page.text)!;
    assert.ok(!first.includes(`>${name}<`));
    says(browser, /value="many-"/);
  });

  it('suspend a person with a reason, and restore them', async () => {
    const id = await somebody();
    const browser = await as('support').open(`.admin/people/${id}/`);
    await browser.submit('/suspend/', { reason: 'Sends <spam>' });
    says(browser, /nobody can use it/);
    assert.match(browser.page.text, /suspended: Sends &lt;spam/);
    assert.equal((await account(id)).state, 'suspended');
    await browser.submit('/restore/');
    says(browser, /in use again/);
    assert.equal((await account(id)).state, 'active');
  });

  it('schedule a deletion, keep the account, and delete it at once when that is typed', async () => {
    const id = await somebody();
    const browser = await as('admin').open(`.admin/people/${id}/`);
    await browser.submit('/leave/');
    says(browser, /to be deleted on \d{4}/);
    await browser.submit('/stay/');
    assert.equal((await account(id)).state, 'active');
    await browser.submit(`/people/${id}/`, { confirm: 'somebody else' }, 'DELETE');
    assert.equal(browser.page.status, 400);
    says(browser, /id="delete-confirm-about" class="wrong">Type the e-mail address/);
    assert.equal((await account(id)).state, 'active');
    await browser.submit(`/people/${id}/`, { confirm: (await account(id)).logins[0]!.email }, 'DELETE');
    says(browser, /is deleted, with all that it owned/);
    assert.equal(await account(id), undefined);
  });

  it('give a role, which its owner has at once', async () => {
    const name = `somebody-${made += 1}`;
    const id = await join(name);
    await (await as('owner').open(`.admin/people/${id}/`)).submit('/role/', { role: 'auditor' }, 'PUT');
    says(as('owner'), /<dd>Auditor<\/dd>/);
    assert.equal((await as(name).open('.admin/audit/')).page.status, 200);
    says(await as(name).open('.account/'), /href="[^"]+\.admin\/">Administration/);
    assert.doesNotMatch((await as('a person').open('.account/')).page.text, /Administration/);
  });

  it('set the limit of a pod in the words of people, and say at the field what is none', async () => {
    const alice = (await server.app.people.accounts.accounts.byEmail('alice@example.org'))!;
    const browser = await as('owner').open(`.admin/people/${alice.id}/`);
    await browser.submit('/quota/', { quota: 'much' }, 'PUT');
    assert.equal(browser.page.status, 400);
    assert.match(browser.page.text, /value="much"[^>]* aria-invalid="true"/);
    await browser.submit('/quota/', { quota: '5 GB' }, 'PUT');
    assert.ok(browser.url.endsWith(`/people/${alice.id}/?done=quota-set`));
    says(browser, / of 5 GB/);
    await browser.submit('/quota/', { quota: '' }, 'PUT');
    says(browser, / of 10 GB|without a limit/);
  });

  it('show of a person and of pods no more than addresses and sizes', async () => {
    const alice = (await server.app.people.accounts.accounts.byEmail('alice@example.org'))!;
    await server.app.people.admin.jobs.run('usage');
    for (const path of [`people/${alice.id}/`, 'pods/']) {
      const { page } = await as('owner').open(`.admin/${path}`);
      const inside = [...page.text.matchAll(new RegExp(`${server.pod}([^"<)\\s]*)`, 'g'))].map(([, rest]) => rest);
      assert.ok(inside.length > 0);
      assert.deepEqual(inside.filter((rest) => !['', 'profile/card#me'].includes(rest!)), []);
    }
    const { page } = await as('owner').request('GET', `${server.pod}settings/prefs.ttl`).then((answer) => ({ page: answer }));
    assert.equal(page.status, 401);
  });

  it('make an invite whose link leads to signing up, shown once, and take it back', async () => {
    const browser = await as('support').open('.admin/invites/');
    await browser.submit('/invites/', { note: 'for Bob', uses: '2', days: '7' });
    const [, link] = /value="([^"]+invite=[^"]+)"/.exec(browser.page.text)!;
    const guest = new Browser({ port: Number(new URL(server.url).port), baseUrl: server.url });
    assert.equal((await guest.open(unescape(link!))).page.status, 200);
    const code = new URL(unescape(link!)).searchParams.get('invite')!;
    await browser.open('.admin/invites/');
    says(browser, /for Bob[^]*for 2 accounts/);
    assert.ok(!browser.page.text.includes(code));
    const { action } = browser.forms().find((form) => /\/invites\/[0-9a-f]{64}\/$/.test(form.action))!;
    await browser.submit(new URL(action).pathname, {}, 'DELETE');
    says(browser, /good for nothing any more/);
    await browser.submit('/invites/', { uses: '0' });
    assert.equal(browser.page.status, 400);
    says(browser, /1 to 100000 accounts/);
  });

  it('block an app and let it in again', async () => {
    const browser = await as('admin').open('.admin/apps/');
    await browser.submit('/apps/', { client: 'https://spam.example/app', reason: 'Spam' });
    says(browser, /this app is blocked[^]*spam\.example[^]*Spam/);
    const form = browser.forms().find(({ action }) => /\/apps\/[\w-]+\/$/.test(action) && action.includes(
      Buffer.from('https://spam.example/app').toString('base64url')))!;
    await browser.submit(new URL(form.action).pathname, {}, 'DELETE');
    assert.doesNotMatch(browser.page.text, /spam\.example/);
  });

  it('block an issuer and take it off the list', async () => {
    const browser = await as('admin').open('.admin/issuers/');
    const send = (issuer: string) => forge(browser, 'POST', 'issuers/', { issuer, list: 'block' });
    assert.equal((await send('not an address')).status, 400);
    assert.equal((await send('https://spam-login.example/')).status, 303);
    await browser.open('.admin/issuers/');
    const id = Buffer.from('blocked-issuer https://spam-login.example/').toString('base64url');
    await browser.submit(`/issuers/${id}/`, {}, 'DELETE');
    says(browser, /not on the list any more/);
    assert.doesNotMatch(browser.page.text, /spam-login/);
  });

  it('change settings part by part, clear what is left empty, and keep the mail server, which is never shown', async () => {
    const browser = await as('owner').open('.admin/settings/');
    const set = (fields: Record<string, string>) => forge(browser, 'PUT', 'settings/', fields);
    const { settings } = server.app.people.admin;
    await set({ _part: 'words', message: 'Closed on Sunday.', termsUrl: 'https://pods.example/terms', privacyUrl: '' });
    assert.deepEqual([settings.current.message, settings.current.termsUrl], ['Closed on Sunday.', 'https://pods.example/terms']);
    await set({ _part: 'words', message: '', termsUrl: '', privacyUrl: '' });
    assert.deepEqual([settings.current.message, settings.current.termsUrl], [undefined, undefined]);
    const url = 'smtp://user:hush-hush@127.0.0.1:1';
    await set({ _part: 'mail', mailUrl: url, mailFrom: 'pods@example.org' });
    await set({ _part: 'mail', mailUrl: '', mailFrom: 'Pods <pods@example.org>' });
    assert.deepEqual([settings.current.mailUrl, settings.current.mailFrom], [url, 'Pods <pods@example.org>']);
    assert.doesNotMatch((await browser.open('.admin/settings/')).page.text, /hush-hush/);
    await set({ _part: 'mail', mailUrl: '', mailFrom: '', _noMail: 'on' });
    assert.equal(settings.current.mailUrl, undefined);
    const { status, text } = await set({ _part: 'limits', quotaBytes: 'a lot', maxPodsPerAccount: '3' });
    assert.equal(status, 400);
    assert.match(text, /id="limits-quotaBytes"[^>]*aria-invalid="true"/);
  });

  it('leave the mail server to owners: administrators see nothing of it, and cannot send its form', async () => {
    const named = async (who: string): Promise<string[]> => {
      const browser = await as(who).open('.admin/settings/');
      return browser.forms().flatMap(({ fields }) => fields).flatMap(([name, value]) => name === '_part' ? value : []);
    };
    const [owners, admins] = [await named('owner'), await named('admin')];
    assert.ok(owners.includes('mail') && admins.length > 1);
    assert.deepEqual(admins, owners.filter((part) => part !== 'mail'));
    assert.doesNotMatch(as('admin').page.text, /name="(?:mailUrl|mailFrom)"|mail-test/);
    const before = server.app.people.admin.settings.current;
    const { status } = await forge(as('admin'), 'PUT', 'settings/', { _part: 'mail', mailUrl: 'smtp://127.0.0.1:1', mailFrom: 'a@example.org' });
    assert.equal(status, 403);
    assert.deepEqual(server.app.people.admin.settings.current, before);
    await forge(as('admin'), 'PUT', 'settings/', { _part: 'words', message: 'Closed today.', termsUrl: '', privacyUrl: '' });
    assert.equal(server.app.people.admin.settings.current.message, 'Closed today.');
  });

  it('show as fixed what was set by whoever starts the server', async () => {
    await using fixed = await startServer({ signUp: 'closed' });
    const { accounts: { accounts, sessions } } = fixed.app.people;
    const alice = (await accounts.byEmail('alice@example.org'))!;
    await accounts.setRole(alice.id, 'owner');
    const browser = new Browser({ port: Number(new URL(fixed.url).port), baseUrl: fixed.url });
    browser.cookies.set('css-account|/', { value: await sessions.begin(alice.id, 'a test'), path: '/', attributes: '' });
    await browser.open('.admin/settings/');
    says(browser, /<h2>Fixed[^]*By administrators only/);
    assert.doesNotMatch(browser.page.text, /name="signUp"/);
    // There is a pod, so that addresses are settled.
    assert.doesNotMatch(browser.page.text, /name="podAddresses"/);
  });

  it('do a job now, and show how it went', async () => {
    const browser = await as('owner').open('.admin/jobs/');
    await browser.submit('/jobs/trim/');
    says(browser, /It was done/);
  });

  it('draw figures of a day, a month and years, with a table of each', async () => {
    for (const span of ['day', 'month', 'years']) {
      const browser = await as('auditor').open(`.admin/?span=${span}`);
      assert.equal(browser.page.text.match(/<svg class="plot" role="img"/g)?.length, 9);
      says(browser, /aria-label="Requests: [\d,]+ in all/);
      says(browser, /<th scope="col" class="number">Requests/);
    }
    assert.equal((await as('auditor').open('.admin/?span=eternity')).page.status, 400);
  });

  it('show what was done and what was refused in the audit log, filter it, and give it as a file', async () => {
    const id = await somebody();
    await forge(as('auditor'), 'POST', `people/${id}/suspend/`, { reason: 'x' });
    const browser = await as('auditor').open(`.admin/audit/?whom=${id}`);
    says(browser, /Suspends an account[^]*refused[^]*auditor@example\.org/);
    await browser.open(`.admin/audit/?whom=${id}&outcome=done`);
    says(browser, /Nothing like that/);
    const [, link] = /<a href="([^"]+)" download/.exec(browser.page.text)!;
    const file = await browser.request('GET', unescape(link!));
    assert.match(file.headers.get('content-type')!, /^application\/jsonl/);
    assert.ok(file.text.includes(id));
    assert.doesNotMatch((await as('support').open('.admin/')).page.text, /Audit log/);
  });

  it('go on in the audit log where a page ends, with the same filter', async () => {
    for (let i = 0; i < 51; i += 1) await forge(as('a person'), 'POST', 'jobs/trim/', {});
    const browser = await as('owner').open('.admin/audit/?outcome=refused');
    await browser.follow('Earlier');
    assert.match(browser.url, /outcome=refused.*after=/);
    assert.equal(browser.page.status, 200);
    assert.doesNotMatch(browser.page.text, /Nothing like that/);
  });

  it('run nothing and load nothing', async () => {
    for (const path of pages) {
      const { headers, text } = (await as('owner').open(`.admin/${path}`)).page;
      assert.match(headers.get('content-security-policy')!, /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/);
      assert.doesNotMatch(text, /<script| style="| on\w+="|<img/);
    }
  });

  it('are missing where there is none', async () => {
    assert.equal((await as('owner').open('.admin/nothing/')).page.status, 404);
    assert.equal((await as('owner').open(`.admin/people/${'0'.repeat(20)}/`)).page.status, 404);
    assert.equal((await forge(as('owner'), 'POST', 'nothing/', {})).status, 404);
    assert.equal((await as('owner').request('PUT', `${server.url}.admin/jobs/`)).status, 405);
  });
});
