import assert from 'node:assert/strict';
import { Secret, TOTP } from 'otpauth';
import { idOf } from '../../src/pages/route.ts';
import { App } from '../identity/browser.ts';
import { Browser, email, openNode, other, password, Script, send, unescape } from './open-pages.ts';
import type { Node } from './open-pages.ts';

describe('A second factor, on the pages without JavaScript and in the API,', () => {
  let node: Node;
  let browser: Browser;
  let id: string;
  const clock = { now: 0 };
  beforeEach(async () => {
    clock.now = Date.now();
    node = await openNode({ now: () => clock.now });
    browser = new Browser(node);
    ({ id } = await node.account(email, password, 'alice'));
  });
  afterEach(() => node[Symbol.asyncDispose]());

  const says = (words: RegExp): void => assert.match(unescape(browser.page.text), words);
  const codeOf = (secret: string): string => TOTP.generate({ secret: Secret.fromBase32(secret.replaceAll(' ', '')), timestamp: clock.now });
  const setUp = async () => {
    const { step, secret } = await node.people.secondFactors.enrol(id);
    const codes = await node.people.secondFactors.confirm(id, step, codeOf(secret));
    clock.now += 30_000;
    return { secret, codes };
  };
  const security = () => browser.open(`.account/account/${id}/login/`);
  const shownSecret = (): string => /<code class="secret">([A-Z2-7 ]+)<\/code>/.exec(browser.page.text)![1]!;

  it('is set up with a picture to scan or a secret to type, and a code; then there are recovery codes, this once', async () => {
    await browser.logIn(email, password);
    await security();
    await browser.submit('/login/totp/');
    assert.match(browser.page.text, /<svg[^>]*>[^]*<path/);
    assert.match(unescape(browser.page.text), /href="otpauth:\/\/totp\/[^"]*secret=[A-Z2-7]{32}/);
    const secret = shownSecret();
    await browser.submit('/totp/confirm/', { code: '000000' });
    assert.equal(browser.page.status, 403);
    says(/This code is wrong/);
    assert.match(browser.page.text, /<a href="#confirm-code">/);
    assert.equal(shownSecret(), secret);
    await browser.submit('/totp/confirm/', { code: codeOf(secret) });
    const codes = [...browser.page.text.matchAll(/<code>([0-9a-z]{4}(?:-[0-9a-z]{4}){3})<\/code>/g)].map(([, code]) => code!);
    assert.equal(codes.length, 10);
    const file = unescape(/download="recovery-codes-localhost-\d+\.txt" href="([^"]+)"/.exec(browser.page.text)![1]!);
    const text = decodeURIComponent(file.replace('data:text/plain;charset=utf-8,', ''));
    for (const code of codes) assert.ok(text.includes(code));
    await security();
    says(/10 recovery codes left/);
    assert.ok(!browser.page.text.includes(codes[0]!));
  });

  it('begins anew when setting it up took too long', async () => {
    await browser.logIn(email, password);
    await security();
    await browser.submit('/login/totp/');
    const secret = shownSecret();
    clock.now += 30 * 60_000;
    await browser.submit('/totp/confirm/', { code: codeOf(secret) });
    assert.equal(browser.page.status, 400);
    says(/took too long/);
    assert.ok(browser.form('/login/totp/'));
  });

  it('asks for a code after the password, shows a wrong one again, and goes on to the account', async () => {
    const { secret } = await setUp();
    await browser.logIn(email, password);
    assert.equal(browser.page.status, 403);
    says(/Your password is right/);
    assert.equal(browser.cookies.has('css-account|/'), false);
    await browser.submit('/login/code/', { code: '123' });
    assert.equal(browser.page.status, 403);
    says(/This code is wrong/);
    assert.match(browser.page.text, /<input id="code-code"[^>]*value="123"[^>]*aria-invalid="true"/);
    await browser.submit('/login/code/', { code: codeOf(secret) });
    assert.match(browser.url, new RegExp(`account/${id}/$`));
    const [session] = await node.people.sessions.list(id);
    assert.equal(session!.how, 'password+code');
  });

  it('remembers through the second step that one wants to stay logged in, and takes a recovery code', async () => {
    const { codes } = await setUp();
    await browser.open('.account/login/');
    await browser.submit('login/password/', { email, password, remember: 'on' });
    await browser.submit('/login/code/', { code: codes[0]! });
    assert.match(browser.cookies.get('css-account|/')!.attributes, /Max-Age=31536000/);
    await security();
    says(/9 recovery codes left/);
    says(/A recovery code was used: 9 are left/);
  });

  it('begins anew when the second step took too long', async () => {
    const { secret } = await setUp();
    await browser.logIn(email, password);
    clock.now += 10 * 60_000;
    await browser.submit('/login/code/', { code: codeOf(secret) });
    assert.equal(browser.page.status, 400);
    says(/took too long/);
    await browser.follow('Back to the login');
    assert.ok(browser.form('login/password/'));
  });

  it('is asked for where an app brought somebody, who then decides', async () => {
    const { secret } = await setUp();
    const app = await App.register(node.baseUrl);
    await browser.open(app.authorizationUrl().href);
    await browser.submit('/login/', { email, password });
    says(/Your password is right/);
    await browser.submit('/code/', { code: '000000' });
    says(/This code is wrong/);
    assert.equal(browser.page.status, 403);
    await browser.submit('/code/', { code: codeOf(secret) });
    says(/asks for access/);
    await browser.submit('/consent/', { decision: 'allow', level: 'identity' });
    assert.match(browser.url, /^https:\/\/app\.example\/callback\?code=/);
  });

  it('answers a script with 403 and the field that is missing, and takes it with the password or behind it', async () => {
    const { secret, codes } = await setUp();
    const script = new Script(node);
    const wanted = await script.ask('POST', '.account/login/password/', { email, password });
    const body = wanted.json<{ fields: Record<string, string>; step: string; detail: string }>();
    assert.equal(wanted.status, 403);
    assert.deepEqual(Object.keys(body.fields), ['code']);
    const wrong = await script.ask('POST', '.account/login/password/', { email, password, code: '000000' });
    assert.deepEqual([wrong.status, wrong.json()['step']], [403, undefined]);
    assert.ok((await script.get('POST', '.account/login/password/', { email, password, code: codeOf(secret) }))['authorization']);
    script.token = (await script.get('POST', '.account/login/code/', { step: body.step, code: codes[0] }))['authorization']!;
    const own = (await script.controls())['account']!;
    assert.match(own['security']!, new RegExp(`account/${id}/login/$`));
    assert.equal((await script.get<{ on: boolean }>('GET', `${own['security']}totp/`)).on, true);
  });

  it('is set up and turned off by a script', async () => {
    const script = new Script(node);
    await script.logIn(email, password);
    const totp = `.account/account/${id}/login/totp/`;
    assert.equal((await script.get<{ on: boolean }>('GET', totp)).on, false);
    const { step, secret } = await script.get('POST', totp, {});
    const { recoveryCodes: first } = await script.get<{ recoveryCodes: string[] }>('POST', `${totp}confirm/`, { step, code: codeOf(secret!) });
    const renew = `.account/account/${id}/login/recovery-codes/`;
    const { recoveryCodes: second } = await script.get<{ recoveryCodes: string[] }>('POST', renew, { code: first[0] });
    for (const [body, field] of [[{ password: 'wrong' }, 'password'], [{ code: first[1] }, 'code'], [{}, 'password']] as const) {
      const refused = await script.ask('POST', `${totp}off/`, body);
      assert.deepEqual([refused.status, Object.keys(refused.json<{ fields: object }>().fields)], [400, [field]]);
    }
    await script.get('POST', `${totp}off/`, { code: second[0] });
    assert.equal((await script.get<{ on: boolean }>('GET', totp)).on, false);
  });

  it('is turned off on the page, with the password', async () => {
    const { secret } = await setUp();
    await browser.logIn(email, password);
    await browser.submit('/login/code/', { code: codeOf(secret) });
    await security();
    await browser.submit('/totp/off/', { password: 'wrong' });
    says(/not the password of this account/);
    assert.match(browser.page.text, /<a href="#totp-off-password">[^]*<details open>\s*<summary>Ask for no codes/);
    await browser.submit('/totp/off/', { password });
    says(/No codes are asked for any more/);
    await new Browser(node).logIn(email, password);
    assert.equal((await node.people.accounts.get(id))!.secondFactor, undefined);
  });

  it('is needed to delete the account, beside the password', async () => {
    const { codes } = await setUp();
    const script = new Script(node);
    script.token = (await script.get('POST', '.account/login/password/', { email, password, code: codes[0] }))['authorization']!;
    for (const [proof, field] of [[{ password }, 'code'], [{ password, code: '000000' }, 'code'], [{ password: other, code: codes[1] }, 'password']] as const) {
      const refused = await script.ask('POST', `.account/account/${id}/leave/`, proof);
      assert.deepEqual([refused.status, Object.keys(refused.json<{ fields: object }>().fields)], [400, [field]]);
    }
    await script.get('POST', `.account/account/${id}/leave/`, { password, code: codes[1] });
    assert.equal((await node.people.accounts.get(id))!.state, 'leaving');
  });

  it('is asked for before a login is added, in the API and on the page', async () => {
    const { secret, codes } = await setUp();
    const script = new Script(node);
    script.token = (await script.get('POST', '.account/login/password/', { email, password, code: codes[0] }))['authorization']!;
    const logins = async (): Promise<string[]> => (await node.people.accounts.get(id))!.logins.map((login) => login.email);
    for (const code of [undefined, '000000', codes[0]]) {
      const refused = await script.ask('POST', `.account/account/${id}/login/password/`, { email: 'mallory@example.org', password: other, code });
      assert.deepEqual([refused.status, Object.keys(refused.json<{ fields: object }>().fields)], [400, ['code']]);
    }
    assert.deepEqual(await logins(), [email]);
    await script.get('POST', `.account/account/${id}/login/password/`, { email: 'second@example.org', password: other, code: codes[1] });

    await browser.logIn(email, password);
    await browser.submit('/login/code/', { code: codeOf(secret) });
    await security();
    await browser.submit('/login/password/', { email: 'third@example.org', password: other });
    assert.equal(browser.page.status, 400);
    assert.match(browser.page.text, /<input id="login-code"[^>]*aria-invalid="true"/);
    assert.deepEqual(await logins(), [email, 'second@example.org']);
    await browser.submit('/login/password/', { email: 'third@example.org', password: other, code: codes[2]! });
    assert.deepEqual(await logins(), [email, 'second@example.org', 'third@example.org']);
  });

  it('is asked for before a login is removed, in the API and on the page', async () => {
    for (const another of ['second@example.org', 'third@example.org']) await node.people.logins.add(id, another, other);
    const { codes } = await setUp();
    const script = new Script(node);
    script.token = (await script.get('POST', '.account/login/password/', { email, password, code: codes[0] }))['authorization']!;
    const logins = async (): Promise<string[]> => (await node.people.accounts.get(id))!.logins.map((login) => login.email);
    const resource = `.account/account/${id}/login/password/${idOf('second@example.org')}/`;
    for (const body of [undefined, {}, { code: '000000' }]) {
      const refused = await script.ask('DELETE', resource, body);
      assert.deepEqual([refused.status, Object.keys(refused.json<{ fields: object }>().fields)], [400, ['code']]);
    }
    assert.equal((await logins()).length, 3);
    await script.get('DELETE', resource, { code: codes[1] });
    assert.deepEqual(await logins(), [email, 'third@example.org']);

    await browser.logIn(email, password);
    await browser.submit('/login/code/', { code: codes[2]! });
    await security();
    const action = `/login/password/${idOf('third@example.org')}/`;
    await browser.submit(action, { code: '000000' }, 'DELETE');
    assert.equal(browser.page.status, 400);
    assert.match(browser.page.text, /<input id="removal-[\w-]+-code"[^>]*aria-invalid="true"/);
    assert.equal((await logins()).length, 2);
    await browser.submit(action, { code: codes[3]! }, 'DELETE');
    assert.deepEqual(await logins(), [email]);
  });

  it('is tried ten times in an hour: then 429 and when to come back, on the page, in the API and for an app', async () => {
    const { secret } = await setUp();
    await browser.logIn(email, password);
    for (let i = 0; i < 10; i += 1) await browser.submit('/login/code/', { code: '000000' });
    await browser.submit('/login/code/', { code: codeOf(secret) });
    assert.equal(browser.page.status, 429);
    assert.ok(Number(browser.page.headers.get('retry-after')) > 0);
    says(/too many tries/);
    const answer = await new Script(node).ask('POST', '.account/login/password/', { email, password, code: codeOf(secret) }, { 'x-test-address': '198.51.100.7' });
    assert.equal(answer.status, 429);
    const app = await App.register(node.baseUrl);
    await browser.open(app.authorizationUrl().href);
    await browser.submit('/login/', { email, password });
    await browser.submit('/code/', { code: codeOf(secret) });
    assert.equal(browser.page.status, 429);
  });

  it('says nothing of itself to whoever does not know the password', async () => {
    await setUp();
    await node.account('bob@example.org', password);
    const look = async (who: string, body: object): Promise<string> => {
      const answer = await send(node, 'POST', '.account/login/password/', { 'accept': 'application/json', 'content-type': 'application/json' },
        JSON.stringify({ email: who, password: 'not the password', ...body }));
      return `${answer.status} ${answer.text.replaceAll(/"instance":"[^"]*"/g, '')}`;
    };
    for (const body of [{}, { code: '000000' }]) {
      const looks = [await look(email, body), await look('bob@example.org', body), await look('nobody@example.org', body)];
      assert.equal(new Set(looks).size, 1, looks.join('\n'));
    }
  });

  it('begins a new session after the code, and leaves none that somebody else knows', async () => {
    const { secret } = await setUp();
    const mallory = await node.account('mallory@example.org', other);
    const planted = await node.people.sessions.begin(mallory.id, 'x');
    browser.cookies.set('css-account|/', { value: planted, path: '/', attributes: '' });
    await browser.logIn(email, password);
    assert.equal(browser.cookies.get('css-account|/')!.value, planted);
    await browser.submit('/login/code/', { code: codeOf(secret) });
    const { value } = browser.cookies.get('css-account|/')!;
    assert.equal((await node.people.sessions.find(value))!.account.id, id);
    assert.equal(await node.people.sessions.find(planted), undefined);
  });
});
