import assert from 'node:assert/strict';
import { rootPath } from '../../src/pods/path.ts';
import { Browser, email, openNode, other, password, unescape, withoutScripts } from './open-pages.ts';
import type { Node } from './open-pages.ts';

describe('The account pages, without JavaScript,', () => {
  let node: Node;
  let browser: Browser;
  beforeEach(async () => {
    node = await openNode();
    browser = new Browser(node);
  });
  afterEach(() => node[Symbol.asyncDispose]());

  const says = (words: RegExp): void => assert.match(unescape(browser.page.text), words);
  const account = async () => (await node.people.accounts.byEmail(email))!;
  const loggedIn = async (name?: string): Promise<void> => {
    await node.account(email, password, name);
    await browser.logIn(email, password);
  };
  /** Goes to a page of the account, as `pod/`. */
  const openOwn = async (path = ''): Promise<Browser> => browser.open(`.account/account/${(await account()).id}/${path}`);

  it('sign somebody up with a pod, and show the account', async () => {
    await browser.open('.account/');
    await browser.follow('Create an account');
    await browser.submit('/register/', { email, password, name: 'alice' });
    says(/Welcome/);
    says(/alice\/profile\/card#me/);
    assert.equal((await account()).pods.length, 1);
  });

  it('sign somebody up whose pod cannot be made, and say so', async () => {
    await node.account('bob@example.org', other, 'bob');
    await browser.open('.account/login/password/register/');
    await browser.submit('/register/', { email, password, name: 'bob' });
    says(/the pod could not be/);
    assert.deepEqual((await account()).pods, []);
  });

  it('take an invite from the link that brought somebody', async () => {
    await using invited = await openNode({ signUp: 'invite' });
    const { code } = await invited.people.invites.create({});
    const guest = new Browser(invited);
    await guest.open(`.account/login/password/register/?invite=${code}`);
    await guest.submit('/register/', { email, password });
    assert.match(guest.page.text, /Welcome/);
  });

  it('say that only the administrator makes accounts, where that is so', async () => {
    await using closed = await openNode({ signUp: 'closed' });
    const guest = new Browser(closed);
    await guest.open('.account/login/');
    assert.doesNotMatch(guest.page.text, /Create an account/);
    await guest.open('.account/login/password/register/');
    assert.match(guest.page.text, /only the administrator/);
    assert.deepEqual(guest.forms(), []);
  });

  it('log in and out', async () => {
    await loggedIn();
    says(/Your account/);
    await browser.submit('/logout/');
    says(/You are logged out of your account/);
    assert.match(browser.page.text, new RegExp(`href="${node.baseUrl}.oidc/session/end"`));
    assert.match((await browser.open('.account/')).url, /\/login\/$/);
  });

  it('keep the cookie of a login for the browser session only, or longer when that is asked for', async () => {
    await loggedIn();
    assert.doesNotMatch(browser.cookies.get('css-account|/')!.attributes, /Max-Age/);
    await browser.open('.account/login/');
    await browser.submit('login/password/', { email, password, remember: 'on' });
    assert.match(browser.cookies.get('css-account|/')!.attributes, /Max-Age=31536000/);
  });

  it('keep an account that was about to be deleted, when its owner logs in, and say so', async () => {
    await loggedIn();
    await browser.follow('Delete your account');
    await browser.submit('/leave/', { password: 'wrong' });
    says(/not the password of this account/);
    await browser.submit('/leave/', { password });
    says(/will be deleted/);
    assert.equal((await account()).state, 'leaving');
    await browser.logIn(email, password);
    says(/Your account stays/);
    assert.equal((await account()).state, 'active');
  });

  it('set a new password with the link of a mail', async () => {
    await node.account(email, password);
    await browser.open('.account/login/');
    await browser.follow('Forgot');
    await browser.submit('/forgot/', { email });
    says(/its administrator now has a link/);
    await browser.open(await node.mailed());
    await browser.submit('/reset/', { password: 'short' });
    says(/too short/);
    await browser.submit('/reset/', { password: other });
    says(/logged out everywhere/);
    await browser.logIn(email, other);
    says(/Your account/);
  });

  it('confirm an address with a button, not by opening the link alone', async () => {
    const { id } = await node.account(email, password);
    await node.people.logins.askToVerify(id, email);
    const link = await node.mailed();
    await browser.open(link);
    assert.equal((await account()).logins[0]!.verified, false);
    await browser.submit('/verify/');
    says(/is confirmed/);
    assert.equal((await account()).logins[0]!.verified, true);
    await browser.open(link);
    await browser.submit('/verify/');
    says(/not of use any more/);
  });

  const works: [what: string, page: string, action: RegExp, values: Record<string, string>, said: RegExp, done: (node: Node) => Promise<unknown>, expected: unknown][] = [
    ['make a pod', 'pod/', /\/pod\/$/, { name: 'second' }, /Your pod is made/, async (n) => (await n.people.accounts.byEmail(email))!.pods.length, 2],
    ['add a login', 'login/', /account\/\w+\/login\/password\/$/, { email: 'second@example.org', password: other }, /log in with that address/,
      async (n) => (await n.people.accounts.byEmail(email))!.logins.length, 2],
    ['change a password', 'login/', /login\/password\/[\w-]{22}\/$/, { oldPassword: password, newPassword: other }, /password is changed/,
      async (n) => (await n.people.logins.login(email, other, '192.0.2.5')).stayed, false],
    ['link a WebID of a pod', 'webid/', /\/webid\/$/, { webId: 'BASEalice/me#i' }, /The WebID is linked/,
      async (n) => (await n.people.accounts.byEmail(email))!.webIds.length, 2],
    ['make client credentials', 'client-credentials/', /\/client-credentials\/$/, { name: 'night' }, /Copy the secret now/,
      async (n) => (await n.people.credentials.list((await n.people.accounts.byEmail(email))!.id)).map(({ label }) => label), ['night']],
  ];
  for (const [what, page, action, values, said, done, expected] of works) {
    it(what, async () => {
      await loggedIn('alice');
      await openOwn(page);
      const form = browser.forms().find((one) => action.test(one.action))!;
      const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.replace('BASE', node.baseUrl)]));
      await browser.submit(new URL(form.action).pathname, given);
      says(said);
      assert.deepEqual(await done(node), expected);
    });
  }

  it('show the secret of client credentials once, with which they are good', async () => {
    await loggedIn('alice');
    await openOwn('client-credentials/');
    await browser.submit('/client-credentials/', { name: 'night' });
    const [id, secret] = [...browser.page.text.matchAll(/<code class="secret">([^<]+)/g)].map(([, text]) => text!);
    assert.ok(await node.people.credentials.verify(id!, secret!));
    await browser.follow('Back');
    assert.ok(!browser.page.text.includes(secret!));
    await browser.submit(`/client-credentials/${id}/`, {}, 'DELETE');
    says(/are removed/);
    assert.equal(await node.people.credentials.find(id!), undefined);
  });

  it('say how to show that a WebID elsewhere is one’s own, and link it then', async () => {
    await loggedIn('alice');
    await openOwn('webid/');
    const webId = 'https://alice.example/#me';
    await browser.submit('/webid/', { webId });
    const [, predicate, text] = /<https:\/\/alice\.example\/#me> <([^>]+)> "([^"]+)"\./.exec(unescape(browser.page.text))!;
    assert.equal(browser.form('/webid/').fields.find(([name]) => name === 'webId')![1], webId);
    node.documents.set(webId, { predicate: predicate!, text: text! });
    await browser.submit('/webid/', { webId });
    says(/The WebID is linked/);
    await browser.submit(new URL(browser.forms().filter(({ action }) => /webid\/[\w-]{22}\/$/.test(action))[1]!.action).pathname, {}, 'DELETE');
    says(/not linked any more/);
    assert.equal((await account()).webIds.length, 1);
  });

  it('remove a login, but not the last one', async () => {
    await loggedIn();
    await node.people.logins.add((await account()).id, 'second@example.org', other);
    await openOwn('login/');
    const remove = browser.forms().filter((form) => form.fields.some(([name, value]) => name === '_method' && value === 'DELETE')
      && form.action.includes('/login/password/')).map(({ action }) => new URL(action).pathname);
    assert.equal(remove.length, 2);
    await browser.submit(remove[1]!, {}, 'DELETE');
    says(/cannot log in any more/);
    assert.deepEqual((await account()).logins.map((login) => login.email), [email]);
    assert.doesNotMatch(browser.page.text, /Remove<span class="unseen"> alice/);
  });

  it('list where one is logged in, and log out there and everywhere else', async () => {
    await loggedIn();
    const [phone, tablet] = [await new Browser(node).logIn(email, password), await new Browser(node).logIn(email, password)];
    await openOwn('session/');
    const form = browser.forms().filter(({ action }) => /session\/[0-9a-f]{64}\/$/.test(action));
    assert.equal(form.length, 2);
    await browser.submit(new URL(form[0]!.action).pathname, {}, 'DELETE');
    says(/Logged out there/);
    await browser.submit('/session/', {}, 'DELETE');
    assert.equal((await node.people.sessions.list((await account()).id)).length, 1);
    for (const elsewhere of [phone, tablet]) assert.match((await elsewhere.open('.account/')).url, /\/login\/$/);
  });

  it('show a pod, set which apps may be used there, let one in and show it out, and reset access', async () => {
    await loggedIn('alice');
    await browser.follow('alice');
    says(/ of 10 GB used/);
    await browser.submit('/apps/', { policy: 'granted' }, 'PUT');
    says(/From now on/);
    assert.equal((await node.pods.look(`${node.baseUrl}alice/`, rootPath))!.pod.apps, 'granted');
    await browser.submit('/apps/', { client: 'https://app.example/client.jsonld' });
    says(/app\.example<\/strong>/);
    const { action } = browser.forms().find((form) => /\/apps\/[\w-]+\/$/.test(form.action))!;
    await browser.submit(new URL(action).pathname, {}, 'DELETE');
    says(/no access to this pod any more/);
    await browser.submit('/acl/', { path: '/a//b' });
    says(/empty segment/);
    assert.equal(browser.form('/acl/').fields.find(([name]) => name === 'path')![1], '/a//b');
    await browser.submit('/acl/');
    says(/as in a new pod/);
  });

  it('lead from the addresses of forms to the page that they are on', async () => {
    await loggedIn('alice');
    const { id, pods: [pod] } = await account();
    const own = `${node.baseUrl}.account/account/${id}/`;
    for (const [path, page] of [[`pod/${pod!.id}/label/`, `pod/${pod!.id}/`], ['webid/x/', 'webid/'], ['folders/', ''], ['pod', 'pod/']] as const) {
      const answer = await browser.request('GET', own + path);
      assert.deepEqual([answer.status, answer.headers.get('location')], [303, own + page]);
    }
  });

  const mistakes: [form: string, values: Record<string, string>, status: number, field: string, message: RegExp][] = [
    ['login/password/', { email, password: 'amiss 17' }, 403, 'login-email', /wrong/],
    ['login/password/', { email: '' }, 400, 'login-email', /email is missing/],
    ['login/password/register/', { email, password: 'tiny 17' }, 400, 'register-password', /too short/],
    ['login/password/register/', { email, password: other }, 409, 'register-email', /already/],
    ['login/password/register/', { email: 'x', password: other }, 400, 'register-email', /no.*e-mail address/],
    ['login/password/register/', { email: 'x@example.org', password: other, name: 'A B' }, 400, 'register-name', /cannot name a pod/],
  ];
  for (const [form, values, status, field, message] of mistakes) {
    it(`show ${form} again for ${JSON.stringify(values)}, with what was typed but the password, and a link to what is wrong`, async () => {
      await node.account(email, password);
      await browser.open(`.account/${form}`);
      await browser.submit(form, values);
      assert.equal(browser.page.status, status);
      says(message);
      assert.match(browser.page.text, /<div class="trouble" role="alert"/);
      assert.match(browser.page.text, new RegExp(`<a href="#${field}">`));
      assert.match(browser.page.text, new RegExp(`<input id="${field}"[^>]*aria-describedby="${field}-about"[^>]*aria-invalid="true"`));
      assert.match(browser.page.text, /<title>That did not work: /);
      const kept = browser.form(form).fields;
      assert.equal(kept.find(([name]) => name === 'email')![1], values['email']);
      assert.equal(kept.find(([name]) => name === 'password')![1], '');
      assert.ok(!browser.page.text.includes(values['password'] ?? 'no password'));
    });
  }

  it('show a mistake on the page of the account, where its form is open then', async () => {
    await loggedIn('alice');
    await openOwn('login/');
    const { action } = browser.forms().find((form) => /login\/password\/[\w-]{22}\/$/.test(form.action))!;
    await browser.submit(new URL(action).pathname, { oldPassword: 'wrong', newPassword: other });
    says(/not the password so far/);
    const id = action.split('/').at(-2)!;
    assert.match(browser.page.text, new RegExp(`<a href="#password-${id}-oldPassword">[^]*<details open>[^]*<input id="password-${id}-oldPassword"[^>]*aria-invalid`));
  });

  it('have a label for every field, one heading first, and no field that takes the focus by itself', async () => {
    await loggedIn('alice');
    const { id, pods: [pod] } = await account();
    const own = ['', 'pod/', `pod/${pod!.id}/`, `pod/${pod!.id}/sharing/`, 'app/', 'webid/', 'client-credentials/', 'login/', 'session/', 'log/', 'leave/'];
    for (const path of ['login/', 'login/password/register/', 'login/password/forgot/', 'login/password/reset/?rid=x', 'verify/?token=x',
      ...own.map((page) => `account/${id}/${page}`)]) {
      const { page: { text } } = await browser.open(`.account/${path}`);
      const ids = [...text.matchAll(/<(?:input|select)[^>]*\bid="([^"]+)"/g)].map(([, id]) => id!);
      for (const one of ids) assert.match(text, new RegExp(`<label for="${one}">`), `${path} ${one}`);
      assert.equal(new Set(ids).size, ids.length, path);
      assert.equal(text.match(/<h1>/g)?.length, 1, path);
      assert.doesNotMatch(withoutScripts(text, node.baseUrl), /autofocus|<script|javascript:| on\w+=|undefined|\[object/, path);
      for (const [, type] of text.matchAll(/<input[^>]*type="password"[^>]*autocomplete="([^"]+)"/g)) assert.match(type!, /^(?:new|current)-password$/);
    }
  });

  it('lead to the login when somebody is not logged in any more, also from a form', async () => {
    await loggedIn();
    await node.people.sessions.endAll((await account()).id);
    await browser.submit('/pod/', { name: 'second' });
    assert.match(browser.url, /\/login\/$/);
    assert.deepEqual((await account()).pods, []);
  });

  it('answer what is not there with a page, and other methods with 405', async () => {
    assert.equal((await browser.open('.account/nowhere/')).page.status, 404);
    assert.match(browser.page.headers.get('content-type')!, /html/);
    assert.equal((await browser.request('PUT', '.account/login/')).status, 405);
    assert.equal((await browser.open('.account/login')).url, `${node.baseUrl}.account/login/`);
    assert.equal((await browser.open('.account/interaction/none/')).page.status, 404);
    assert.equal((await browser.request('POST', '.account/account/', {}, '')).status, 404);
  });
});
