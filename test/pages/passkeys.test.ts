import assert from 'node:assert/strict';
import { Authenticator } from '../accounts/authenticator.ts';
import { App } from '../identity/browser.ts';
import { Browser, email, openNode, other, password, Script, unescape } from './open-pages.ts';
import type { Node } from './open-pages.ts';

type Options = { options: Record<string, unknown> };

describe('Passkeys, over HTTP,', () => {
  let node: Node;
  let browser: Browser;
  let device: Authenticator;
  let id: string;
  beforeEach(async () => {
    node = await openNode();
    browser = new Browser(node);
    device = new Authenticator(new URL(node.baseUrl).origin);
    ({ id } = await node.account(email, password, 'alice'));
  });
  afterEach(() => node[Symbol.asyncDispose]());

  const says = (words: RegExp): void => assert.match(unescape(browser.page.text), words);
  /** As the script of a page does: with the cookies of the browser, from a page of the server. */
  const question = async (url: string): Promise<Record<string, unknown>> => {
    const answer = await browser.request('POST', url, {
      'accept': 'application/json', 'content-type': 'application/json', 'origin': new URL(node.baseUrl).origin, 'sec-fetch-site': 'same-origin',
    }, '{}');
    assert.equal(answer.status, 200, answer.text);
    return answer.json<Options>().options;
  };
  const optionsOf = (form: string): string => unescape(new RegExp(`id="${form}" data-options="([^"]+)"`).exec(browser.page.text)![1]!);
  const addOne = async (name = 'Laptop'): Promise<void> => {
    await browser.logIn(email, password);
    await browser.open(`.account/account/${id}/login/`);
    const credential = device.create(await question(optionsOf('passkey-add')));
    await browser.submit('/login/passkey/', { credential: JSON.stringify(credential), name });
  };
  const show = async (action: string): Promise<void> => {
    const credential = device.get(await question(optionsOf('passkey-login')));
    await browser.submit(action, { credential: JSON.stringify(credential), remember: 'on' });
  };

  it('are added, renamed and removed on the security page', async () => {
    await addOne();
    says(/The passkey is added/);
    says(/Laptop/);
    const [passkey] = await node.people.passkeys.list(id);
    await browser.submit(`/passkey/${passkey!.id}/`, { name: 'Old laptop' });
    says(/has another name now/);
    assert.equal((await node.people.passkeys.list(id))[0]!.name, 'Old laptop');
    await browser.submit(`/passkey/${passkey!.id}/`, {}, 'DELETE');
    says(/does not count any more/);
    says(/A passkey was removed: Old laptop/);
    assert.deepEqual(await node.people.passkeys.list(id), []);
  });

  it('are named after the browser when their owner gives no name', async () => {
    await addOne('');
    assert.equal((await node.people.passkeys.list(id))[0]!.name, 'Browser of a test');
  });

  it('log in on the login page, in a new session, which says so', async () => {
    await addOne();
    const mallory = await node.account('mallory@example.org', other);
    const planted = await node.people.sessions.begin(mallory.id, 'x');
    browser.cookies.set('css-account|/', { value: planted, path: '/', attributes: '' });
    await browser.open('.account/login/');
    await show('/login/passkey/');
    assert.match(browser.url, new RegExp(`account/${id}/$`));
    const cookie = browser.cookies.get('css-account|/')!;
    assert.match(cookie.attributes, /Max-Age=31536000/);
    assert.equal((await node.people.sessions.find(cookie.value))!.session.how, 'passkey');
    assert.equal(await node.people.sessions.find(planted), undefined);
  });

  it('need no code of an authenticator app', async () => {
    await addOne();
    const { step, secret } = await node.people.secondFactors.enrol(id);
    const { Secret, TOTP } = await import('otpauth');
    await node.people.secondFactors.confirm(id, step, TOTP.generate({ secret: Secret.fromBase32(secret) }));
    const elsewhere = browser = new Browser(node);
    await elsewhere.open('.account/login/');
    await show('/login/passkey/');
    assert.match(elsewhere.url, new RegExp(`account/${id}/$`));
  });

  it('are added with a code where one is asked for, in the API and on the page', async () => {
    const { step, secret } = await node.people.secondFactors.enrol(id);
    const { Secret, TOTP } = await import('otpauth');
    const codes = await node.people.secondFactors.confirm(id, step, TOTP.generate({ secret: Secret.fromBase32(secret) }));
    const script = new Script(node);
    script.token = (await script.get('POST', '.account/login/password/', { email, password, code: codes[0] }))['authorization']!;
    const list = `.account/account/${id}/login/passkey/`;
    const make = async () => device.create((await script.get<Options>('POST', `${list}options/`, {})).options);
    for (const code of [undefined, '000000']) {
      const refused = await script.ask('POST', list, { credential: await make(), name: 'Thief', code });
      assert.deepEqual([refused.status, Object.keys(refused.json<{ fields: object }>().fields)], [400, ['code']]);
    }
    assert.deepEqual(await node.people.passkeys.list(id), []);
    await script.get('POST', list, { credential: await make(), name: 'Script', code: codes[1] });

    await browser.logIn(email, password);
    await browser.submit('/login/code/', { code: codes[2]! });
    await browser.open(`.account/account/${id}/login/`);
    const add = async (code: string): Promise<void> => {
      const credential = new Authenticator(new URL(node.baseUrl).origin).create(await question(optionsOf('passkey-add')));
      await browser.submit('/login/passkey/', { credential: JSON.stringify(credential), name: 'Page', code });
    };
    await add('');
    assert.equal(browser.page.status, 400);
    assert.match(browser.page.text, /<input id="passkey-code"[^>]*aria-invalid="true"/);
    assert.deepEqual((await node.people.passkeys.list(id)).map(({ name }) => name), ['Script']);
    await add(codes[3]!);
    says(/The passkey is added/);
  });

  it('log in where an app brought somebody', async () => {
    await addOne();
    browser = new Browser(node);
    const app = await App.register(node.baseUrl);
    await browser.open(app.authorizationUrl({ max_age: '0' }).href);
    await show('/passkey/');
    says(/asks for access/);
    await browser.submit('/consent/', { decision: 'allow', level: 'identity' });
    assert.match(browser.url, /^https:\/\/app\.example\/callback\?code=/);
  });

  it('that are refused leave one on the login page, with a sentence', async () => {
    for (const credential of ['', 'not json', '{}', JSON.stringify(device.create({ rp: { id: 'localhost' }, user: { id: 'x' }, challenge: 'x' }))]) {
      await browser.open('.account/login/');
      await browser.submit('/login/passkey/', { credential });
      assert.ok([400, 403].includes(browser.page.status), credential);
      assert.match(browser.page.text, /<div class="trouble" role="alert"/);
      assert.ok(browser.form('login/password/'));
    }
  });

  it('are said the same of whoever they are of, when they are refused', async () => {
    await addOne();
    const script = new Script(node);
    const looks = [];
    const unknown = Buffer.from('00'.repeat(10), 'hex').toString('base64url');
    for (const amiss of [{ userHandle: unknown }, { credential: 'AAAA' }, { verified: false }, { origin: 'https://elsewhere.example' }]) {
      const { options } = await script.get<Options>('POST', '.account/login/passkey/options/', {});
      const answer = await script.ask('POST', '.account/login/passkey/', { credential: device.get(options, amiss) });
      looks.push(`${answer.status} ${answer.text.replaceAll(/"instance":"[^"]*"/g, '')}`);
    }
    assert.equal(new Set(looks).size, 1, looks.join('\n'));
    assert.match(looks[0]!, /^403/);
  });

  it('are asked for without a word about who has some', async () => {
    const before = await new Script(node).get<Options>('POST', '.account/login/passkey/options/', {});
    await addOne();
    const after = await new Script(node).get<Options>('POST', '.account/login/passkey/options/', {});
    const { challenge: _, ...one } = before.options;
    const { challenge: __, ...two } = after.options;
    assert.deepEqual(one, two);
  });

  it('work for a script that has its own', async () => {
    const script = new Script(node);
    await script.logIn(email, password);
    const { passkey } = await script.controls();
    const { options } = await script.get<Options>('POST', `${passkey!['list']}options/`, {});
    const { resource } = await script.get('POST', passkey!['list']!, { credential: device.create(options), name: 'Script' });
    const other_ = new Script(node);
    const asked = await other_.get<Options>('POST', passkey!['options']!, {});
    other_.token = (await other_.get('POST', passkey!['login']!, { credential: device.get(asked.options) }))['authorization']!;
    const { passkeys } = await other_.get<{ passkeys: { name: string; resource: string }[] }>('GET', passkey!['list']!);
    assert.deepEqual(passkeys.map((one) => [one.name, one.resource]), [['Script', resource]]);
    await other_.get('DELETE', resource!);
  });

  it('are shown in no page without JavaScript but as a form that is hidden, and not at all where there can be none', async () => {
    await browser.open('.account/login/');
    assert.match(browser.page.text, /<form[^>]*id="passkey-login"[^>]* hidden>/);
    await using numbered = await openNode({ baseUrl: 'http://127.0.0.1:1/' });
    const guest = new Browser(numbered);
    await guest.open('.account/login/');
    assert.doesNotMatch(guest.page.text, /passkey|<script/);
  });

  it('of another account stay out of reach', async () => {
    await addOne();
    const [passkey] = await node.people.passkeys.list(id);
    await node.account('bob@example.org', other);
    const script = new Script(node);
    await script.logIn('bob@example.org', other);
    for (const [method, url] of [['GET', ''], ['POST', 'options/'], ['DELETE', `${passkey!.id}/`]] as const) {
      assert.equal((await script.ask(method, `.account/account/${id}/login/passkey/${url}`, method === 'POST' ? {} : undefined)).status, 403);
    }
    const bob = (await node.people.accounts.byEmail('bob@example.org'))!.id;
    assert.equal((await script.ask('DELETE', `.account/account/${bob}/login/passkey/${passkey!.id}/`)).status, 404);
  });
});
