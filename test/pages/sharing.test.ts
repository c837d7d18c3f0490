import assert from 'node:assert/strict';
import { sharedPerPage } from '../../src/pages/account-sharing.ts';
import { Browser, email, openNode, other, password, Script, unescape } from './open-pages.ts';
import type { Node } from './open-pages.ts';

const bob = 'https://bob.example/card#me';
const head = '@prefix acl: <http://www.w3.org/ns/auth/acl#>. @prefix foaf: <http://xmlns.com/foaf/0.1/>.';

describe('The sharing of a pod', () => {
  let node: Node;
  let browser: Browser;
  let address: string;
  beforeEach(async () => {
    node = await openNode();
    browser = new Browser(node);
    const { id, pods: [pod] } = await node.account(email, password, 'alice');
    address = `.account/account/${id}/pod/${pod!.id}/sharing/`;
    await browser.logIn(email, password);
  });
  afterEach(() => node[Symbol.asyncDispose]());

  const says = (words: RegExp): void => assert.match(unescape(browser.page.text), words);
  const share = async (path: string, rules: string): Promise<void> => {
    const base = `${node.baseUrl}alice/`;
    const { pod } = (await node.pods.look(base, node.pods.parsePath('/')))!;
    const bytes = Buffer.from(`${head} <#owner> a acl:Authorization; acl:agent <${base}profile/card#me>; acl:mode acl:Control;
      acl:accessTo <${base}${path}>. ${rules}`);
    await node.pods.put(pod, node.pods.parsePath(`/${path}.acl`), () => {}, { mediaType: 'text/turtle', content: { bytes } });
  };
  const rule = (name: string, path: string, who: string, modes: string) =>
    `<#${name}> a acl:Authorization; ${who}; acl:mode ${modes}; acl:accessTo <${node.baseUrl}alice/${path}>; acl:default <${node.baseUrl}alice/${path}>. `;

  it('is led to from the account, and says in words what is shared, with whom, and on what terms', async () => {
    await share('trip%20plan/', rule('a', 'trip%20plan/', `acl:agent <${bob}>`, 'acl:Read, acl:Write')
      + rule('b', 'trip%20plan/', 'acl:agentClass foaf:Agent; acl:origin <https://app.example>', 'acl:Read')
      + rule('c', 'trip%20plan/', `acl:agent <${bob}>; acl:condition [ a acl:ClientCondition; acl:client <https://app.example/id> ]`, 'acl:Control'));
    await browser.follow('See what you share');
    assert.ok(browser.url.endsWith(address));
    says(/<h2><a href="[^"]+trip%20plan\/">trip plan\/<\/a><\/h2>/);
    says(/There is nothing at this address now/);
    says(/A person<\/strong><small>https:\/\/bob\.example\/card#me/);
    says(/may see, add, change and delete: the folder and what is in it/);
    says(/may decide who has access/);
    says(/only with the app https:\/\/app\.example\/id/);
    says(/Everybody, also without logging in/);
    says(/in a browser, only with a Web app at https:\/\/app\.example/);
  });

  it('is not taken back unawares where apps find who one is', async () => {
    await browser.open(address);
    says(/profile\/<\/a><\/h2>[^]*Your WebID is in it/);
    assert.equal(browser.page.text.match(/Your WebID is in it/g)?.length, 1);
  });

  it('is taken back from one, in one place, without JavaScript', async () => {
    await share('a/', rule('a', 'a/', `acl:agent <${bob}>`, 'acl:Read') + rule('b', 'a/', 'acl:agentClass acl:AuthenticatedAgent', 'acl:Read'));
    await browser.open(address);
    await browser.submit('/sharing/', { agent: bob });
    says(/Taken back/);
    assert.ok(!browser.page.text.includes(bob));
    says(/Everybody who logs in/);
  });

  it('is not taken back when the rules changed meanwhile, and the page shows what holds now', async () => {
    await share('a/', rule('a', 'a/', `acl:agent <${bob}>`, 'acl:Read'));
    await browser.open(address);
    // The first form is that of the profile, which is public in a new pod.
    const form = browser.forms().find(({ fields }) => fields.some(([name, value]) => name === 'agent' && value === bob))!;
    await share('a/', rule('a', 'a/', `acl:agent <${bob}>`, 'acl:Write'));
    await browser.submit('/sharing/', { ...Object.fromEntries(form.fields), class: undefined });
    assert.equal(browser.page.status, 409);
    says(/have changed meanwhile/);
    says(/add, change and delete/);
  });

  it('is taken back from one in all of the pod', async () => {
    for (const path of ['a/', 'b/']) await share(path, rule('a', path, `acl:agent <${bob}>`, 'acl:Read'));
    await browser.open(address);
    const { fields } = browser.forms().findLast(({ fields: all }) => all.some(([name, value]) => name === 'agent' && value === bob))!;
    await browser.submit('/sharing/', { resource: undefined, version: undefined, class: undefined, ...Object.fromEntries(fields) });
    says(/Taken back/);
    assert.ok(!browser.page.text.includes(bob));
  });

  it(`comes ${sharedPerPage} resources at a time`, async () => {
    for (let i = 0; i <= sharedPerPage; i += 1) await share(`f${i}`, rule('a', `f${i}`, `acl:agent <${bob}>`, 'acl:Read'));
    const shown = (): string[] => [...browser.page.text.matchAll(/<h2><a [^>]*>([^<]+)/g)].map(([, name]) => name!);
    await browser.open(address);
    assert.equal(shown().length, sharedPerPage);
    const seen = shown();
    await browser.follow('More');
    seen.push(...shown());
    assert.doesNotMatch(browser.page.text, /rel="next"/);
    assert.equal(new Set(seen).size, seen.length);
    assert.equal(seen.filter((name) => /^f\d+$/.test(name)).length, sharedPerPage + 1);
  });

  it('says so when access rules cannot be read, and when nothing is shared', async () => {
    await share('a/', '<');
    await browser.open(address);
    says(/Its access rules cannot be read/);
  });

  describe('to scripts', () => {
    let script: Script;
    beforeEach(async () => {
      script = new Script(node);
      await script.logIn(email, password);
    });

    it('is the same list, and can be taken back', async () => {
      await share('a/', rule('a', 'a/', `acl:agent <${bob}>`, 'acl:Read'));
      type List = { shared: { resource: string; version: string; with: { agent?: string; rules: { modes: string[] }[] }[] }[] };
      const { shared } = await script.get<List>('GET', address);
      const one = shared.find(({ resource }) => resource.endsWith('/alice/a/'))!;
      assert.deepEqual(one.with.map(({ agent, rules }) => [agent, rules[0]!.modes]), [[bob, ['read']]]);
      const { resource, version } = one;
      const first = await script.get<Record<string, unknown>>('POST', address, { resource, version, agent: bob });
      assert.deepEqual([first['changed'], first['more']], [1, false]);
      const again = await script.get<Record<string, unknown>>('POST', address, { resource, agent: bob });
      assert.deepEqual([again['changed'], again['more']], [0, false]);
    });

    const bad: [title: string, body: Record<string, string>, status: number][] = [
      ['of nobody', {}, 400],
      ['of two at once', { agent: bob, class: 'everybody' }, 400],
      ['of a class that is none', { class: 'friends' }, 400],
      ['in another pod', { agent: bob, resource: 'https://elsewhere.example/' }, 400],
      ['in what is the server’s own', { agent: bob, resource: 'BASEalice/.account/x' }, 400],
      ['where there are no rules', { agent: bob, resource: 'BASEalice/none/' }, 404],
      ['of the owner', { agent: 'BASEalice/profile/card#me', resource: 'BASEalice/' }, 422],
    ];
    for (const [title, body, status] of bad) {
      it(`refuses to take back what is ${title} with ${status}`, async () => {
        const full = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, value.replace('BASE', node.baseUrl)]));
        assert.equal((await script.ask('POST', address, full)).status, status);
      });
    }
  });

  it('has a page that leads to each of several pods', async () => {
    const { id } = (await node.people.accounts.byEmail(email))!;
    await node.people.accounts.addPod(id, { name: 'second' });
    await browser.open(`.account/account/${id}/sharing/`);
    says(/What you share in alice/);
    says(/What you share in second/);
  });

  it('is nobody else’s to see or change', async () => {
    await node.account('bob@example.org', other);
    const guest = new Script(node);
    await guest.logIn('bob@example.org', other);
    for (const method of ['GET', 'POST']) {
      assert.equal((await guest.ask(method, address, method === 'POST' ? { class: 'everybody' } : undefined)).status, 403);
    }
  });
});
