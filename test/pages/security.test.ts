import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { forms } from '../../src/pages/forms.ts';
import { idOf } from '../../src/pages/route.ts';
import { routes } from '../../src/pages/routes.ts';
import { App } from '../identity/browser.ts';
import { Browser, email, openNode, other, password, Script, send, withoutScripts } from './open-pages.ts';
import type { Node } from './open-pages.ts';

type Named = Record<string, string>;

const byName = ([one = '']: string[], [another = '']: string[]): number => one < another ? -1 : 1;

/** What other pages can make a browser send, as the browser says it. */
const foreign: readonly [what: string, headers: Named][] = [
  ['another server', { 'origin': 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['an older browser', { origin: 'https://evil.example' }],
  ['a host beside ours', { 'origin': 'http://mallory.localhost', 'sec-fetch-site': 'same-site' }],
  ['a host beside ours, without its origin', { 'sec-fetch-site': 'same-site' }],
  ['a page without an origin', { origin: 'null' }],
  ['a browser that hides the origin', { 'sec-fetch-site': 'cross-site' }],
];

describe('The account pages and their API', () => {
  let node: Node;
  let browser: Browser;
  beforeEach(async () => {
    node = await openNode();
    browser = new Browser(node);
  });
  afterEach(() => node[Symbol.asyncDispose]());

  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  describe('against forged requests', () => {
    /** What each open segment of a path is, in an account that has one of everything. */
    let ids: Named;
    let token: string;

    beforeEach(async () => {
      const account = await node.account(email, password, 'alice');
      const { credential } = await node.people.credentials.create(account.id, account.webIds[0]!, 'x');
      await browser.logIn(email, password);
      const session = await node.people.sessions.begin(account.id, 'elsewhere');
      const { session: { id } } = (await node.people.sessions.find(session))!;
      const [login, webid] = [idOf(email), idOf(account.webIds[0]!)];
      ids = { account: account.id, pod: account.pods[0]!.id, credential: credential.id, session: id, login, webid, grant: 'x', client: 'eA' };
      token = browser.form('/logout/').fields.find(([name]) => name === '_token')![1];
    });
    const filled = (path: string): string => `.account/${path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name]!)}`;
    /** So much that the forms would be done, were they not forged. */
    const fields = {
      email, password, oldPassword: password, newPassword: other, name: 'new', recordId: 'x', token: 'x', client: 'x', policy: 'granted',
      path: '/', webId: 'https://x.example/#me', decision: 'allow',
    };

    it(`take none of the ${forms.length} forms without the token that was made for this browser and session`, async () => {
      const stranger = await new Browser(node).open('.account/login/');
      const strangers = stranger.form('login/password/').fields.find(([name]) => name === '_token')![1];
      const before = await node.snapshot();
      for (const { method, path } of forms) {
        for (const guard of [{}, { _token: '' }, { _token: strangers }, { _token: token.slice(1) }] as Named[]) {
          const body = new URLSearchParams({ ...fields, ...guard, _method: method }).toString();
          const answer = await browser.request('POST', filled(path), { ...form, origin: new URL(node.baseUrl).origin }, body);
          // The page of a grant shows its form again, where there is one.
          const isThere = method !== 'POST' || !path.endsWith(':grant/');
          assert.equal(answer.status, isThere ? 403 : 404, `${method} ${path} ${JSON.stringify(guard)}`);
          if (isThere) assert.match(answer.text, /This form is from before/);
        }
      }
      assert.equal(await node.snapshot(), before);
    });

    for (const [what, headers] of foreign) {
      it(`take none of the forms from ${what}, even with the token`, async () => {
        const before = await node.snapshot();
        for (const { method, path } of forms) {
          const body = new URLSearchParams({ ...fields, _token: token, _method: method }).toString();
          const answer = await browser.request('POST', filled(path), { ...form, ...headers }, body);
          assert.equal(answer.status, 403, `${method} ${path}`);
        }
        assert.equal(await node.snapshot(), before);
      });

      it(`answer no request that changes something from ${what} by the cookie`, async () => {
        const before = await node.snapshot();
        for (const { method, path } of routes.filter((route) => route.method !== 'GET')) {
          for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
            const body = type === 'application/json' ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
            const answer = await browser.request(method, filled(path), { ...headers, 'accept': 'application/json', 'content-type': type }, body);
            assert.equal(answer.status, 403, `${method} ${path}`);
            assert.equal(answer.headers.get('set-cookie'), null);
          }
        }
        assert.equal(await node.snapshot(), before);
      });
    }

    it('answer the same requests by a token, which no browser adds, and from our own pages', async () => {
      const script = new Script(node);
      await script.logIn(email, password);
      const { pod } = (await script.controls())['account']!;
      assert.equal((await script.ask('POST', pod!, { name: 'one' }, foreign[0]![1])).status, 200);
      const own = { 'accept': 'application/json', 'content-type': 'application/json', 'origin': new URL(node.baseUrl).origin, 'sec-fetch-site': 'same-origin' };
      assert.equal((await browser.request('POST', pod!, own, '{"name":"two"}')).status, 200);
    });

    it('let no other origin read an answer, nor ask before', async () => {
      for (const [, headers] of foreign) {
        for (const [method, more] of [['GET', {}], ['OPTIONS', { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }]] as const) {
          const answer = await browser.request(method, '.account/', { accept: 'application/json', ...headers, ...more });
          for (const [name] of answer.headers) assert.doesNotMatch(name, /^access-control-/);
          assert.equal(answer.headers.get('cross-origin-resource-policy'), 'same-origin');
        }
      }
    });

    it('answer no form of an interaction without the token, or from elsewhere', async () => {
      const app = await App.register(node.baseUrl);
      await browser.open(app.authorizationUrl().href);
      let base = browser.url;
      const steps = ['login', 'code', 'passkey', 'continue', 'register', 'consent', 'pod'];
      const attempt = async (headers: Named, guard: Named): Promise<void> => {
        const before = await node.snapshot();
        for (const step of steps) {
          const body = new URLSearchParams({ ...fields, ...guard }).toString();
          const answer = await browser.request('POST', `${base}${step}/`, { ...form, ...headers }, body);
          assert.equal(answer.status, 403, step);
          assert.doesNotMatch(answer.text, /refresh/);
        }
        assert.equal(await node.snapshot(), before);
      };
      const guard = browser.form('/login/').fields.find(([name]) => name === '_token')![1];
      await attempt({}, {});
      await attempt({}, { _token: 'x' });
      for (const [, headers] of foreign) await attempt(headers, { _token: guard });
      await browser.submit('/continue/');
      base = browser.url;
      await attempt({}, {});
      await attempt(foreign[0]![1], { _token: guard });
    });
  });

  describe('and sessions', () => {
    it('begin another at each login, and end the one that was there: nobody goes on in one that somebody else knows', async () => {
      const mallory = await node.account('mallory@example.org', other);
      await node.account(email, password);
      const planted = await node.people.sessions.begin(mallory.id, 'x');
      browser.cookies.set('css-account|/', { value: planted, path: '/', attributes: '' });
      await browser.logIn(email, password);
      const { value } = browser.cookies.get('css-account|/')!;
      assert.notEqual(value, planted);
      assert.equal((await node.people.sessions.find(value))!.account.logins[0]!.email, email);
      assert.equal(await node.people.sessions.find(planted), undefined);
      const invented = 'a'.repeat(63);
      browser.cookies.set('css-account|/', { value: invented, path: '/', attributes: '' });
      await browser.logIn(email, password);
      assert.notEqual(browser.cookies.get('css-account|/')!.value, invented);
    });

    it('begin another for scripts too, at a login and when an account is made', async () => {
      await node.account(email, password);
      const script = new Script(node);
      await script.logIn(email, password);
      const first = script.token!;
      await script.logIn(email, password);
      assert.equal(await node.people.sessions.find(first), undefined);
      const second = script.token!;
      await script.get('POST', '.account/account/', {});
      assert.equal(await node.people.sessions.find(second), undefined);
    });

    it('make a form useless that was shown before the login', async () => {
      await node.account(email, password);
      await browser.open('.account/login/');
      const before = browser.form('login/password/').fields.find(([name]) => name === '_token')![1];
      await browser.submit('login/password/', { email, password });
      await browser.submit('/pod/', { name: 'new', _token: before });
      assert.equal(browser.page.status, 403);
      await browser.submit('/pod/', { name: 'new' });
      assert.equal(browser.page.status, 200);
    });

    it('are in cookies that scripts of pages cannot read, and other sites do not send', async () => {
      await node.account(email, password);
      await browser.logIn(email, password);
      assert.deepEqual([...browser.cookies].map(([name, { attributes }]) => [name, attributes]).toSorted(byName), [
        ['css-account|/', '; Path=/; HttpOnly; SameSite=Lax'], ['form|/', '; Path=/; HttpOnly; SameSite=Lax'],
      ]);
    });

    it('are in cookies that no other host can set, on https', async () => {
      await using secure = await openNode({}, { https: true });
      const { id } = await secure.account(email, password);
      const person = await new Browser(secure).logIn(email, password);
      assert.deepEqual([...person.cookies].map(([name, { attributes }]) => [name, attributes]).toSorted(byName), [
        ['__Host-css-account|/', '; Path=/; HttpOnly; SameSite=Lax; Secure'], ['__Host-form|/', '; Path=/; HttpOnly; SameSite=Lax; Secure'],
      ]);
      const { value } = person.cookies.get('__Host-css-account|/')!;
      const tossed = await send(secure, 'GET', `.account/account/${id}/`, { accept: 'application/json', cookie: `css-account=${value}` });
      assert.equal(tossed.status, 401);
    });
  });

  describe('and host names', () => {
    it('answer only under their own, and mail links that are made of that', async () => {
      await node.account(email, password);
      const json = { 'accept': 'application/json', 'content-type': 'application/json' };
      const ask = (headers: Named): ReturnType<typeof send> =>
        send(node, 'POST', '.account/login/password/forgot/', { ...json, ...headers }, JSON.stringify({ email }));
      for (const host of ['evil.example', `evil.example:${node.port}`, `localhost:${node.port + 1}`, `localhost:${node.port}.evil.example`]) {
        assert.equal((await ask({ host })).status, 404, host);
      }
      for (const headers of [{ 'x-forwarded-host': 'evil.example' }, { 'forwarded': 'host=evil.example' }, { 'x-forwarded-proto': 'https' }, { 'x-original-url': '/evil' }]) {
        assert.equal((await ask(headers)).status, 200);
        assert.ok((await node.mailed()).startsWith(`${node.baseUrl}.account/login/password/reset/?rid=`));
      }
    });

    it('make all addresses in pages and answers of it', async () => {
      for (const accept of ['text/html', 'application/json']) {
        const answer = await send(node, 'GET', '.account/login/', { accept, 'x-forwarded-host': 'evil.example' });
        assert.doesNotMatch(answer.text, /evil/);
      }
    });
  });

  it('tell nobody whether there is an account for an address', async () => {
    await node.account(email, password);
    const outcome = async (method: string, url: string, fields: Named): Promise<string> => {
      const page = await new Browser(node).open(url);
      await page.submit(url.replace('.account/', ''), fields);
      const api = await new Script(node).ask(method, url, fields);
      return `${page.page.status} ${page.page.text} ${api.status} ${api.text}`
        .replaceAll(fields['email']!, '').replaceAll(/value="[\w-]{43}"|urn:uuid:[\w-]+/g, '');
    };
    const known = await outcome('POST', '.account/login/password/forgot/', { email });
    assert.equal(await outcome('POST', '.account/login/password/forgot/', { email: 'nobody@example.org' }), known);
    const wrong = await outcome('POST', '.account/login/password/', { email, password: 'x' });
    assert.equal(await outcome('POST', '.account/login/password/', { email: 'nobody@example.org', password: 'x' }), wrong);
  });

  it('show what others wrote as text, never as markup', async () => {
    const evil = `"><img src=x onerror=alert(1)><script>alert(1)</script>'&amp;`;
    const markup = /<img|<script|onerror=alert\(1\)>/;
    const clean = (where: string): void => {
      const unsafe = withoutScripts(browser.page.text, node.baseUrl).replaceAll(/&lt;[^]*?&gt;/g, '');
      assert.doesNotMatch(unsafe, markup, where);
    };
    const account = await node.account(email, password, 'alice');
    for (const [path, fields] of [
      ['login/password/', { email: evil, password: evil }], ['login/password/register/', { email: evil, password: evil, name: evil }],
      ['login/password/forgot/', { email: evil }], ['login/password/reset/', { recordId: evil, password: other }],
    ] as const) {
      await browser.open(`.account/${path}`);
      await browser.submit(path, fields);
      clean(path);
      if (!/forgot|reset/.test(path)) assert.ok(browser.page.text.includes('&lt;img'), path);
    }
    await browser.open(`.account/login/password/reset/?rid=${encodeURIComponent(evil)}`);
    clean('reset link');
    await browser.open(`.account/login/password/register/?invite=${encodeURIComponent(evil)}&done=${encodeURIComponent(evil)}`);
    clean('register link');

    await node.people.credentials.create(account.id, account.webIds[0]!, evil);
    await node.people.sessions.begin(account.id, evil);
    await node.apps.grant((await node.pods.look(`${node.baseUrl}alice/`, '/' as never))!.pod, evil);
    await node.pods.label(account.pods[0]!.id, evil);
    await browser.logIn(email, password);
    for (const path of ['', 'pod/', 'client-credentials/', 'session/', `pod/${account.pods[0]!.id}/sharing/`]) {
      await browser.open(`.account/account/${account.id}/${path}`);
      clean(path);
      // Of a session, a page says the device alone.
      if (path !== 'session/') assert.ok(browser.page.text.includes('&lt;script'), path);
    }
    await browser.open(`.account/account/${account.id}/webid/`);
    await browser.submit('/webid/', { webId: evil });
    clean('webid');
    await browser.open(`.account/account/${account.id}/client-credentials/`);
    await browser.submit('/client-credentials/', { name: evil });
    clean('secret');
    await browser.open(`.account/account/${account.id}/pod/${account.pods[0]!.id}/`);
    clean('pod');
    assert.ok(browser.page.text.includes('&lt;img'));
    await browser.submit('/acl/', { path: evil });
    clean('acl');

    const app = await App.register(node.baseUrl, { client_name: evil });
    await browser.open(app.authorizationUrl({ login_hint: evil, prompt: 'login consent' }).href);
    clean('app login');
    assert.ok(browser.page.text.includes('&lt;img'));
    await browser.submit('/login/', { email, password });
    clean('consent');
    assert.ok(browser.page.text.includes('&lt;img'));
    await browser.submit('/consent/', { 'decision': 'allow', 'level': 'folders', 'folder-0': `https://${evil}/`, 'modes-0': 'read' });
    clean('consent again');
    const { page } = browser;
    assert.equal(page.status, 400);
    await browser.submit('/consent/', { decision: 'allow', level: 'identity' });
    await browser.logIn(email, password);
    await browser.open(`.account/account/${account.id}/app/`);
    clean('connected apps');
    assert.ok(browser.page.text.includes('&lt;img'));
    await browser.follow('Change');
    clean('connected app');
    await browser.open('.oidc/session/end');
    clean('log out');
  });

  it('run and load nothing, go nowhere else, and are in no frame', async () => {
    const account = await node.account(email, password, 'alice');
    const urls = ['login/', 'login/password/register/', 'login/password/forgot/', 'login/password/reset/?rid=x', 'verify/?token=x'];
    const pod = `pod/${account.pods[0]!.id}/`;
    const own = ['', 'app/', 'pod/', pod, `${pod}sharing/`, 'webid/', 'client-credentials/', 'leave/']
      .map((path) => `account/${account.id}/${path}`);
    const app = await App.register(node.baseUrl);
    const look = async (url: string): Promise<void> => {
      const { headers, text } = (await browser.open(url)).page;
      const style = createHash('sha256').update(/<style>([^]*?)<\/style>/.exec(text)![1]!).digest('base64');
      assert.equal(headers.get('content-security-policy'),
        `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`
        + (text.includes('<script') ? `; script-src ${node.baseUrl}.account/scripts/; connect-src ${node.baseUrl}.account/ ${node.baseUrl}.admin/` : '')
        + (/id="choice"|Connected apps<\/h1>/.test(text) ? `; img-src ${node.baseUrl}.account/` : ''));
      assert.equal(headers.get('referrer-policy'), 'same-origin');
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.doesNotMatch(withoutScripts(text, node.baseUrl), / style="|<script|<img|<link|<iframe|\son\w+=/, url);
    };
    for (const url of urls) await look(`.account/${url}`);
    await browser.logIn(email, password);
    for (const url of own) await look(`.account/${url}`);
    await look(app.authorizationUrl().href);
    await browser.submit('/continue/');
    await look(browser.url);
  });

  describe('and limits', () => {
    it('refuse the eleventh wrong password for an address with 429 and when to come back, on the page and in the API', async () => {
      await node.account(email, password);
      for (let i = 0; i < 10; i += 1) {
        await browser.open('.account/login/');
        await browser.submit('login/password/', { email, password: 'x' });
        assert.equal(browser.page.status, 403);
      }
      await browser.submit('login/password/', { email, password });
      assert.equal(browser.page.status, 429);
      assert.match(browser.page.text, /Come back in/);
      const answer = await new Script(node).ask('POST', '.account/login/password/', { email, password });
      assert.equal(answer.status, 429);
      assert.match(answer.headers.get('retry-after')!, /^\d+$/);
      const elsewhere = await new Script(node).ask('POST', '.account/login/password/', { email: 'other@example.org', password });
      assert.equal(elsewhere.status, 403);
    });

    it('count by the address of the client, as whoever knows the proxies tells it', async () => {
      await using strict = await openNode({ maxLoginsPerAddress: 1, maxRegistrationsPerAddress: 1, maxResetsPerAddress: 1 });
      for (const [path, body] of [
        ['login/password/', { email, password: 'x' }], ['account/', {}], ['login/password/forgot/', { email }],
      ] as const) {
        const from = async (address: string): Promise<number> =>
          (await new Script(strict).ask('POST', `.account/${path}`, body, { 'x-test-address': address })).status;
        assert.notEqual(await from('203.0.113.1'), 429, path);
        assert.equal(await from('203.0.113.1'), 429, path);
        assert.notEqual(await from('203.0.113.2'), 429, path);
      }
    });
  });

  it('log no password, token, cookie or secret', async () => {
    await node.account(email, password, 'alice');
    await browser.logIn(email, password);
    const cookie = browser.cookies.get('css-account|/')!.value;
    const guard = browser.form('/logout/').fields.find(([name]) => name === '_token')![1];
    const { id } = (await node.people.accounts.byEmail(email))!;
    await browser.open(`.account/account/${id}/client-credentials/`);
    await browser.submit('/client-credentials/', { name: 'night' });
    const secret = [...browser.page.text.matchAll(/<code class="secret">([^<]+)/g)][1]![1]!;
    await browser.open(`.account/account/${id}/pod/`);
    await browser.submit('/pod/', { name: 'No' });
    const script = new Script(node);
    await script.logIn(email, password);
    await script.ask('POST', '.account/login/password/', { email, password: 'amiss 17' });
    await script.ask('POST', '.account/login/password/reset/', { recordId: 'a-secret-of-a-mail', password: 'x' });
    await browser.open('.account/login/password/reset/?rid=a-secret-of-a-mail');
    const app = await App.register(node.baseUrl);
    await browser.open(app.authorizationUrl().href);
    await browser.submit('/continue/');
    await browser.submit('/consent/', { decision: 'allow' });
    const code = new URL(browser.url).searchParams.get('code')!;
    const log = node.lines.join('');
    assert.match(log, /a request was refused/);
    for (const text of [password, 'amiss 17', cookie, cookie.slice(20), script.token!, secret, guard, 'a-secret-of-a-mail', code]) {
      assert.ok(!log.includes(text), text);
    }
  });
});
