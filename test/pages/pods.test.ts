import assert from 'node:assert/strict';
import { rootPath } from '../../src/pods/path.ts';
import { Browser, email, openNode, other, password, Script, send, unescape } from './open-pages.ts';
import type { Node } from './open-pages.ts';

describe('The pods of an account', () => {
  let node: Node;
  let browser: Browser;
  beforeEach(async () => {
    node = await openNode();
    browser = new Browser(node);
    await node.account(email, password, 'alice');
    await browser.logIn(email, password);
  });
  afterEach(() => node[Symbol.asyncDispose]());

  const says = (words: RegExp): void => assert.match(unescape(browser.page.text), words);
  const account = async () => (await node.people.accounts.byEmail(email))!;
  const openOwn = async (path = ''): Promise<Browser> => browser.open(`.account/account/${(await account()).id}/${path}`);
  const openPod = async (index = 0): Promise<Browser> => openOwn(`pod/${(await account()).pods[index]!.id}/`);
  const addPod = async (name: string, webId?: string) => node.people.accounts.addPod((await account()).id, { name, webId });

  it('are listed with their addresses, owners, and how full they are', async () => {
    await openOwn('pod/');
    says(new RegExp(`<strong>alice</strong><small><a href="${node.baseUrl}alice/">`));
    says(/\d[\d.]* (?:bytes|kB) of 10 GB used/);
    says(/<meter min="0" max="100"[^>]* value="0"/);
    says(new RegExp(`Owner: ${node.baseUrl}alice/profile/card#me`));
  });

  it('are made for a WebID of the account, or with a new one', async () => {
    const { webIds: [first] } = await account();
    await openOwn('pod/');
    await browser.submit('/pod/', { 'name': 'second', 'settings.webId': first! });
    says(/Your pod is made/);
    assert.deepEqual((await account()).webIds, [first]);
    await browser.submit('/pod/', { 'name': 'third', 'settings.webId': '' });
    assert.deepEqual((await account()).webIds, [first, `${node.baseUrl}third/profile/card#me`]);
  });

  it('are called what their owner likes, and stay at their addresses', async () => {
    await openPod();
    await browser.submit('/label/', { label: 'Private <notes>' }, 'PUT');
    says(/That is what the pod is called/);
    says(/<h1>Private <notes><\/h1>/);
    assert.equal((await node.pods.look(`${node.baseUrl}alice/`, rootPath))!.pod.label, 'Private <notes>');
    await openOwn();
    says(/>Private <notes><\/a>/);
    await openPod();
    await browser.submit('/label/', { label: ' ' }, 'PUT');
    says(/<h1>alice<\/h1>/);
  });

  it('take a name of 100 characters, and not one more', async () => {
    await openPod();
    await browser.submit('/label/', { label: 'x'.repeat(101) }, 'PUT');
    assert.equal(browser.page.status, 400);
    await browser.submit('/label/', { label: 'x'.repeat(100) }, 'PUT');
    says(/That is what the pod is called/);
  });

  describe('when one is to be deleted', () => {
    const bad: [title: string, values: Record<string, string>, field: string, message: RegExp][] = [
      ['another name is typed', { name: 'bob', password }, 'name', /not the name of this pod/],
      ['the password is wrong', { name: 'second', password: other }, 'password', /not the password/],
      ['the password is missing', { name: 'second', password: '' }, 'password', /password is missing/],
    ];
    for (const [title, values, field, message] of bad) {
      it(`stay when ${title}`, async () => {
        await addPod('second');
        await openPod(1);
        await browser.submit(`/pod/${(await account()).pods[1]!.id}/`, values, 'DELETE');
        assert.ok([400, 403].includes(browser.page.status), String(browser.page.status));
        says(message);
        says(new RegExp(`<a href="#delete-${field}">[^]*<details open>`));
        assert.equal((await account()).pods.length, 2);
      });
    }

    it('lose it with all that was in it, with its WebID and what was given out for that, and its name stays that of its owner', async () => {
      const { pod } = await addPod('second');
      const { id, webIds } = await account();
      await node.people.credentials.create(id, webIds[1]!, 'night');
      await openPod(1);
      says(/With it goes the WebID/);
      await browser.submit(`/pod/${pod.id}/`, { name: 'second', password }, 'DELETE');
      says(/The pod is deleted/);
      const after = await account();
      assert.deepEqual(after.pods.map(({ base }) => base), [`${node.baseUrl}alice/`]);
      assert.deepEqual(after.webIds, [webIds[0]]);
      assert.deepEqual(await node.people.credentials.list(id), []);
      assert.equal(await node.pods.look(pod.base, rootPath), undefined);
      await openOwn('log/');
      says(/second/);
      // Nobody else can be taken for who was there; whoever was may be there again.
      const { id: bob } = await node.account('bob@example.org', other);
      await assert.rejects(node.people.accounts.addPod(bob, { name: 'second' }), /taken/);
      await openOwn('pod/');
      await browser.submit('/pod/', { name: 'second' });
      says(/Your pod is made/);
    });

    it('keep the one with the only WebID, unless that is said to be meant', async () => {
      const [{ id }] = (await account()).pods as unknown as [{ id: string }];
      await openPod();
      await browser.submit(`/pod/${id}/`, { name: 'alice', password }, 'DELETE');
      assert.equal(browser.page.status, 409);
      says(/<a href="#delete-evenLastWebId">Your only WebID is in this pod/);
      await browser.submit(`/pod/${id}/`, { name: 'alice', password, evenLastWebId: 'on' }, 'DELETE');
      says(/The pod is deleted/);
      const { pods, webIds } = await account();
      assert.deepEqual([pods, webIds], [[], []]);
      says(/You have no pod yet/);
    });

    it('keep the one whose WebID owns another, which would be left without an owner', async () => {
      const { webIds: [first], pods: [{ id } = assert.fail()] } = await account();
      await addPod('second', first);
      await openPod();
      await browser.submit(`/pod/${id}/`, { name: 'alice', password, evenLastWebId: 'on' }, 'DELETE');
      assert.equal(browser.page.status, 409);
      says(/would be left without one/);
      assert.equal((await account()).pods.length, 2);
    });

    it('take the address instead of the name, and answer scripts the same', async () => {
      await addPod('second');
      const { id, pods } = await account();
      const script = new Script(node);
      await script.logIn(email, password);
      const url = `.account/account/${id}/pod/${pods[1]!.id}/`;
      assert.equal((await script.ask('DELETE', url, { name: pods[1]!.base })).status, 400);
      assert.equal((await script.ask('DELETE', url, { name: pods[1]!.base, password })).status, 200);
      assert.equal((await script.ask('GET', url)).status, 404);
    });
  });

  it('are nobody else’s: neither their pages nor their forms', async () => {
    const { id, pods } = await account();
    await node.account('bob@example.org', other, 'bob');
    const bob = new Browser(node);
    await bob.logIn('bob@example.org', other);
    const bobs = (await node.people.accounts.byEmail('bob@example.org'))!;
    for (const path of [`${id}/pod/`, `${id}/pod/${pods[0]!.id}/`, `${id}/sharing/`, `${id}/leave/`, `${id}/`]) {
      assert.equal((await bob.open(`.account/account/${path}`)).page.status, 403, path);
    }
    for (const path of ['', 'sharing/']) {
      assert.equal((await bob.open(`.account/account/${bobs.id}/pod/${pods[0]!.id}/${path}`)).page.status, 404, path);
    }
    assert.equal((await send(node, 'DELETE', `.account/account/${id}/pod/${pods[0]!.id}/`)).status, 401);
  });
});

describe('The frame of the pages', () => {
  it('leads to all parts of the account, and says where one is', async () => {
    await using node = await openNode();
    await node.account(email, password, 'alice');
    const browser = await new Browser(node).logIn(email, password);
    const links = [...browser.page.text.matchAll(/<nav aria-label="Your account">(.*?)<\/nav>/gs)].flatMap(([, nav]) =>
      [...nav!.matchAll(/href="([^"]+)"[^>]*>([^<]+)/g)].map(([, href, label]) => [href!, label!] as const));
    assert.deepEqual(links.map(([, label]) => label), ['Overview', 'Pods', 'Apps', 'Sharing', 'WebIDs', 'Scripts', 'Security', 'Sessions']);
    for (const [href, label] of links) {
      await browser.open(href);
      assert.equal(browser.page.status, 200, href);
      assert.match(browser.page.text, new RegExp(`aria-current="(?:page|true)">${label}</a>`), href);
      assert.equal(browser.page.text.match(/<nav[^]*?<\/nav>/)![0].match(/aria-current/g)?.length, 1, href);
      assert.match(browser.page.headers.get('content-security-policy')!, /default-src 'none'/);
    }
  });

  it('shows the way to the administration to those who have a role, and to nobody else', async () => {
    await using node = await openNode();
    const { id } = await node.account(email, password);
    const browser = await new Browser(node).logIn(email, password);
    assert.doesNotMatch(browser.page.text, />Administration</);
    await node.people.accounts.setRole(id, 'owner');
    await browser.open('.account/');
    assert.ok(browser.page.text.includes(`<a href="${node.baseUrl}.admin/">Administration</a>`));
  });

  it('has no navigation where nobody is logged in', async () => {
    await using node = await openNode();
    const browser = await new Browser(node).open('.account/login/');
    assert.doesNotMatch(browser.page.text, /<nav|Log out/);
  });
});
