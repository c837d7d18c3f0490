import assert from 'node:assert/strict';
import { Browser, email, openNode, password, Script, send, unescape, withoutScripts } from './open-pages.ts';
import type { Node } from './open-pages.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

describe('The pages about sessions and about what happened', () => {
  let node: Node;
  let browser: Browser;
  let id: string;
  beforeEach(async () => {
    node = await openNode();
    browser = new Browser(node);
    ({ id } = await node.account(email, password, 'alice'));
    await browser.logIn(email, password);
  });
  afterEach(() => node[Symbol.asyncDispose]());

  const says = (words: RegExp): void => assert.match(unescape(browser.page.text), words);

  it('tell a session by its device, by how and from where it was begun and used last, and end it', async () => {
    const phone = await node.people.sessions.begin(id, firefox, { address: '198.51.100.7', how: 'passkey' });
    await browser.open(`.account/account/${id}/session/`);
    says(/Firefox on Linux<\/strong>\s*<small>Begun \d{4}-\d\d-\d\d \d\d:\d\d UTC with a passkey, from 198\.51\.100\.7<\/small>\s*<small>Last used .* from 198\.51\.100\.7/);
    says(/Browser of a test<\/strong> <span class="badge">this one<\/span>\s*<small>Begun .* with a password, from 192\.0\.2\.1/);
    const { session } = (await node.people.sessions.find(phone))!;
    await browser.submit(`/session/${session.id}/`, {}, 'DELETE');
    says(/Logged out there/);
    assert.equal(await node.people.sessions.find(phone), undefined);
    assert.match(browser.url, /\/session\/\?done=logged-out$/);
  });

  it('end all sessions but this one', async () => {
    const others = [await node.people.sessions.begin(id, firefox), await node.people.sessions.begin(id, '')];
    await browser.open(`.account/account/${id}/session/`);
    await browser.submit('/session/', {}, 'DELETE');
    for (const one of others) assert.equal(await node.people.sessions.find(one), undefined);
    says(/this one/);
    assert.doesNotMatch(browser.page.text, /Log out everywhere else/);
  });

  it('tell scripts the same', async () => {
    const script = new Script(node);
    await script.logIn(email, password);
    const { sessions } = await script.get<{ sessions: Record<string, unknown>[] }>('GET', `.account/account/${id}/session/`);
    const own = sessions.find(({ current }) => current === true)!;
    assert.deepEqual([own['device'], own['firstAddress'], own['lastAddress'], own['how']],
      ['A program that did not say its name', '192.0.2.1', '192.0.2.1', 'password']);
  });

  it('note hourly from where a session is used', async () => {
    const clock = { now: Date.now() };
    await using moving = await openNode({ now: () => clock.now });
    const { id: own } = await moving.account(email, password);
    const script = new Script(moving);
    await script.logIn(email, password);
    const last = async (): Promise<string | undefined> => (await moving.people.sessions.list(own))[0]!.lastAddress;
    await script.ask('GET', '.account/', undefined, { 'x-test-address': '203.0.113.9' });
    assert.equal(await last(), '192.0.2.1');
    clock.now += 3_600_000;
    await script.ask('GET', '.account/', undefined, { 'x-test-address': '203.0.113.9' });
    assert.equal(await last(), '203.0.113.9');
  });

  it('show what happened, on the security page the latest, on its own page and in the API all in pages', async () => {
    for (let i = 0; i < 60; i += 1) await node.people.securityLog.record(id, { kind: 'app', about: `App ${i}` }, { address: '192.0.2.9', agent: firefox });
    await browser.open(`.account/account/${id}/login/`);
    says(/A new app was connected: App/);
    await browser.follow('All of it');
    assert.equal(browser.page.text.match(/A new app was connected/g)!.length, 50);
    says(/UTC, Firefox on Linux, 192\.0\.2\.9/);
    await browser.follow('Older');
    says(/The account was made/);
    assert.doesNotMatch(browser.page.text, /Older/);

    const script = new Script(node);
    await script.logIn(email, password);
    const log = (await script.controls())['account']!['log']!;
    const first = await script.get<{ entries: { id: string; kind: string; device: string }[]; next: string }>('GET', log);
    assert.equal(first.entries.length, 50);
    const second = await script.get<{ entries: { id: string }[]; next?: string }>('GET', first.next);
    const ids = [...first.entries, ...second.entries].map((entry) => entry.id);
    assert.equal(new Set(ids).size, 60 + 3); // It was made, and two logins.
    assert.equal(second.next, undefined);
  });

  it('take what others wrote for text', async () => {
    const evil = '"><img src=x onerror=alert(1)><script>alert(1)</script>';
    await node.people.sessions.begin(id, evil);
    await node.people.securityLog.record(id, { kind: 'app', about: evil }, { address: evil, agent: evil });
    for (const path of ['login/', 'log/', 'session/']) {
      await browser.open(`.account/account/${id}/${path}`);
      assert.doesNotMatch(withoutScripts(browser.page.text, node.baseUrl), /<img|<script/, path);
      assert.ok(browser.page.text.includes('&lt;img'), path);
    }
  });

  it('are for their owner alone', async () => {
    for (const path of ['login/', 'log/', 'session/']) {
      const guest = new Browser(node);
      await guest.open(`.account/account/${id}/${path}`);
      assert.match(guest.url, /\/\.account\/login\/$/);
      assert.equal((await new Script(node).ask('GET', `.account/account/${id}/${path}`)).status, 401);
    }
    const mallory = new Browser(node);
    await node.account('mallory@example.org', password);
    await mallory.logIn('mallory@example.org', password);
    for (const path of ['login/', 'log/', 'session/']) {
      assert.equal((await mallory.open(`.account/account/${id}/${path}`)).page.status, 403);
    }
  });
});

describe('The scripts of the pages', () => {
  let node: Node;
  before(async () => { node = await openNode(); });
  after(() => node[Symbol.asyncDispose]());

  const urls = async (): Promise<string[]> => {
    const { page } = await new Browser(node).open('.account/login/');
    return [...page.text.matchAll(/<script type="module" src="([^"]+)"><\/script>/g)].map(([, url]) => url!);
  };

  it('are modules of the server, which may be kept for a year, as are those that they name', async () => {
    const [url] = await urls();
    const names = ['passkey-login', 'passkey-add', 'passkey', 'simplewebauthn'];
    for (const name of names) {
      const answer = await send(node, 'GET', url!.replace('passkey-login', name));
      assert.equal(answer.status, 200, name);
      assert.equal(answer.headers.get('content-type'), 'text/javascript; charset=utf-8');
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      for (const [, other] of answer.text.matchAll(/^import .*?'\.\/([\w-]+)\.js';$/gm)) assert.ok(names.includes(other!), other);
    }
    assert.match((await send(node, 'GET', url!.replace('passkey-login', 'simplewebauthn'))).text, /SimpleWebAuthnBrowser/);
  });

  it('are not kept under the version of another process', async () => {
    const [url] = await urls();
    const answer = await send(node, 'GET', url!.replace(/[0-9a-f]{16}/, '0123456789abcdef'));
    assert.deepEqual([answer.status, answer.headers.get('cache-control')], [200, 'no-cache']);
  });

  for (const path of ['', '0123456789abcdef/', '0123456789abcdef/none.js', '0123456789abcdef/..%2f..%2flayout.js', '0123456789abcdef/constructor.js', 'passkey-login.js']) {
    it(`are not at "${path}"`, async () => assert.equal((await send(node, 'GET', `.account/scripts/${path}`)).status, 404));
  }

  it('can only be read', async () => {
    const [url] = await urls();
    const answer = await send(node, 'POST', url!, {}, '');
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD']);
  });
});
