import assert from 'node:assert/strict';
import { decodeJwt } from 'jose';
import type { JWTPayload } from 'jose';
import { allowed, parseAuthority } from '../../src/access/authority.ts';
import { append, read, write } from '../../src/access/modes.ts';
import { foldersIn, folderTree, maxFolders, maxLookedAt, maxOpen } from '../../src/pages/folder-tree.ts';
import type { Branch } from '../../src/pages/folder-tree.ts';
import { rootPath } from '../../src/pods/path.ts';
import type { Pod } from '../../src/pods/pod.ts';
import { App } from '../identity/browser.ts';
import { serve } from '../remote/servers.ts';
import type { TestServer } from '../remote/servers.ts';
import { Browser, email, openNode, other, password, Script, send } from './open-pages.ts';
import type { Node } from './open-pages.ts';

const png = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

describe('Connected apps', () => {
  let node: Node;
  let browser: Browser;
  let script: Script;
  let account: string;
  let pod: Pod;
  beforeEach(async () => {
    node = await openNode();
    ({ id: account } = await node.account(email, password, 'alice'));
    ({ pod } = (await node.pods.look(`${node.baseUrl}alice/`, rootPath))!);
    browser = new Browser(node);
    script = new Script(node);
    await script.logIn(email, password);
  });
  afterEach(() => node[Symbol.asyncDispose]());

  const appsAt = (): string => `${node.baseUrl}.account/account/${account}/app/`;
  const put = async (path: string, text = '<#a> <#b> "c".'): Promise<void> => {
    await node.pods.put(pod, node.pods.parsePath(path), () => undefined, { mediaType: 'text/turtle', content: { bytes: Buffer.from(text) } });
  };
  /** Comes to the page on which an app asks. */
  const asks = async (app: App, params: Record<string, string | undefined> = {}, as = browser): Promise<Browser> => {
    await as.open(app.authorizationUrl(params).href);
    return as.url.includes('/interaction/') && as.forms().some(({ action }) => action.endsWith('/login/')) ? as.submit('/login/', { email, password }) : as;
  };
  const allow = async (app: App, values: Record<string, string | string[] | undefined> = {}, params: Record<string, string | undefined> = {}): Promise<Record<string, string>> => {
    await asks(app, params);
    await browser.submit('/consent/', { decision: 'allow', ...values });
    const { body } = await app.exchange(new URL(browser.url).searchParams.get('code') ?? assert.fail(browser.page.text));
    return body;
  };
  const claims = (tokens: Readonly<Record<string, string>>): JWTPayload => decodeJwt(tokens['access_token']!);
  interface Listed { client: string; resource: string; lastUsed: number; lastAddress: string; lastDevice: string; chosen: Record<string, string>; authorizationDetails?: object[] }
  const list = async (): Promise<Listed[]> => (await script.get<{ apps: Listed[] }>('GET', appsAt())).apps;
  const log = async (): Promise<string[]> => {
    const { entries } = await script.get<{ entries: { kind: string; about?: string }[] }>('GET', `${node.baseUrl}.account/account/${account}/log/`);
    return entries.filter(({ kind }) => kind.startsWith('app')).map(({ kind, about }) => `${kind} ${about}`);
  };

  describe('when they ask', () => {
    it('say nothing of themselves that a person should rely on, unless they have a document', async () => {
      const app = await App.register(node.baseUrl, { client_name: 'My <Bank>', logo_uri: 'https://bank.example/logo.png' });
      await asks(app);
      const { text } = browser.page;
      assert.match(text, /Unregistered app\.<\/strong> It says that it is called “My &lt;Bank&gt;”/);
      assert.match(text, /You go back to <strong>app\.example<\/strong>/);
      assert.match(text, /You have not used it with this account before/);
      assert.doesNotMatch(text, /<img/);
      assert.equal((await browser.request('GET', browser.url.replace(/consent\/|login\//, '') + 'logo/')).status, 404);
    });

    it('have equal buttons, none of them focused, and nothing of other servers on the page', async () => {
      await asks(await App.register(node.baseUrl));
      const { text, headers } = browser.page;
      assert.deepEqual([...text.matchAll(/<button name="decision" value="(allow|cancel)"([^>]*)>/g)].map(([, value, rest]) => [value, rest]),
        [['allow', ''], ['cancel', ' formnovalidate']]);
      assert.doesNotMatch(text, /autofocus/);
      assert.match(headers.get('content-security-policy')!, new RegExp(`default-src 'none'.*frame-ancestors 'none'.*img-src ${node.baseUrl}\\.account/$`));
    });

    it('are shown folders to choose from, one inside the other, without a script', async () => {
      await put('/notes/2026/may');
      await put('/notes/2025/june');
      const app = await App.register(node.baseUrl);
      const base = `${node.baseUrl}alice/`;
      await asks(app);
      const shown = (): string[] => [...browser.page.text.matchAll(/name="choose" value="([^"]+)"/g)].map(([, url]) => url!.slice(node.baseUrl.length));
      assert.deepEqual(shown(), ['alice/', 'alice/inbox/', 'alice/notes/', 'alice/profile/', 'alice/public/', 'alice/settings/']);
      await browser.submit('/consent/', { open: `${base}notes/`, level: 'folders' });
      assert.deepEqual(shown().slice(2, 5), ['alice/notes/', 'alice/notes/2025/', 'alice/notes/2026/']);
      await browser.submit('/consent/', { open: `${base}notes/2026/`, level: 'folders', duration: 'month' });
      await browser.submit('/consent/', { choose: `${base}notes/2026/`, level: 'folders' });
      assert.deepEqual(shown().slice(2, 5), ['alice/notes/', 'alice/notes/2025/', 'alice/notes/2026/']);
      const fields = browser.form('/consent/').fields;
      assert.deepEqual(fields.filter(([name]) => ['folder-0', 'modes-0', 'level', 'duration'].includes(name)),
        [['level', 'folders'], ['folder-0', `${base}notes/2026/`], ['modes-0', 'read'], ['duration', 'month']]);
      await browser.submit('/consent/', { decision: 'allow' });
      const { body } = await app.exchange(new URL(browser.url).searchParams.get('code')!);
      const [{ exp: _, ...detail }] = claims(body)['authorization_details'] as [{ exp: number }];
      assert.deepEqual(detail, { type: 'solid', locations: [`${base}notes/2026/`], actions: ['read'] });
    });

    it('are shown folders by what apps registered them for', async () => {
      const solid = 'http://www.w3.org/ns/solid/terms#';
      await put('/settings/privateTypeIndex.ttl', `[] a <${solid}TypeRegistration>; <${solid}forClass> <https://schema.org/Recipe>; <${solid}instanceContainer> <../kitchen/>, <https://bob.example/>.`);
      await asks(await App.register(node.baseUrl));
      assert.match(browser.page.text, new RegExp(`Recipe <small class="soft">${node.baseUrl}alice/kitchen/`));
      assert.doesNotMatch(browser.page.text, /bob\.example/);
    });

    it('can be looked into by the script of the page, as far as the folders are one\'s own', async () => {
      await node.account('bob@example.org', other, 'bob');
      await put('/notes/2026/may');
      await asks(await App.register(node.baseUrl));
      const step = new URL(browser.url.replace(/(?:consent|login)\/$/, '')).href;
      const look = async (of: string) => browser.request('GET', `${step}folders/?of=${encodeURIComponent(of)}`, { accept: 'application/json' });
      assert.deepEqual((await look(`${node.baseUrl}alice/notes/`)).json(), { folders: [{ url: `${node.baseUrl}alice/notes/2026/`, name: '2026/' }], more: false });
      const bad = ['bob/', 'alice/none/', 'alice/profile/card', 'alice/../bob/', 'alice/%2e%2e/bob/', '', 'alice'].map((path) => node.baseUrl + path);
      for (const url of [...bad, 'https://elsewhere.example/', 'nonsense']) assert.ok([400, 404].includes((await look(url)).status), url);
      const stranger = await new Browser(node).request('GET', `${step}folders/?of=${node.baseUrl}alice/`);
      assert.equal(stranger.status, 404);
      const own = (of: string) => script.ask('GET', `${node.baseUrl}.account/account/${account}/folders/?of=${encodeURIComponent(of)}`);
      assert.equal((await own(`${node.baseUrl}alice/notes/`)).status, 200);
      assert.equal((await own(`${node.baseUrl}bob/`)).status, 404);
    });

    it('are told of in the log of the account, and so by mail where there is a mail server, the first time only', async () => {
      const app = await App.register(node.baseUrl, { client_name: 'Notes' });
      await allow(app);
      await allow(app);
      assert.deepEqual(await log(), ['app Notes']);
    });

    it('show what is new when they ask for more, in words', async () => {
      const app = await App.register(node.baseUrl);
      const details = (...folders: string[]) => ({ authorization_details: JSON.stringify(folders.map((folder) => ({ type: 'solid', locations: [node.baseUrl + folder], actions: ['read'] }))) });
      await allow(app, {}, details('alice/notes/'));
      assert.doesNotMatch(browser.page.text, /What is new/);
      await asks(app, { ...details('alice/notes/', 'alice/photos/'), prompt: undefined, scope: 'openid webid email' });
      assert.match(browser.page.text, /You let it in on \d{4}-\d\d-\d\d, and used it last on/);
      assert.match(browser.page.text, /What is new[^]*It asks for more than before[^]*It asks for your e-mail address too/);
      const rows = [...browser.page.text.matchAll(/<fieldset class="folder">([^]*?)<\/fieldset>/g)].map(([, row]) => [/value="([^"]*)"/.exec(row!)![1]!.slice(node.baseUrl.length), row!.includes('>New<')]);
      assert.deepEqual(rows.slice(0, 2), [['alice/notes/', false], ['alice/photos/', true]]);
    });

    it('are filled in as the last time, also in another browser', async () => {
      const app = await App.register(node.baseUrl);
      await allow(app, { level: 'everything', where: 'everywhere', duration: 'month', away: 'on' });
      const elsewhere = new App(node.baseUrl, app.id, app.redirectUri);
      const second = new Browser(node);
      await asks(elsewhere, {}, second);
      const fields = new Map(second.form('/consent/').fields);
      assert.deepEqual(['level', 'where', 'duration', 'away'].map((name) => fields.get(name)), ['everything', 'everywhere', 'month', 'on']);
      assert.match(second.page.text, /You let it in on/);
    });

    it('tell how many people of the server use them, when those are more than three', async () => {
      const app = await App.register(node.baseUrl);
      for (let i = 0; i < 4; i += 1) {
        assert.doesNotMatch((await asks(app)).page.text, /people of this server/);
        const name = `p${i}`;
        await node.account(`${name}@example.org`, other, name);
        const theirs = new Browser(node);
        await theirs.open(new App(node.baseUrl, app.id, app.redirectUri).authorizationUrl().href);
        await theirs.submit('/login/', { email: `${name}@example.org`, password: other });
        await theirs.submit('/consent/', { decision: 'allow' });
      }
      assert.match((await asks(app)).page.text, /4 people of this server use it/);
    });
  });

  describe('that have a document', () => {
    let server: TestServer;
    let app: App;
    let logo: Buffer | undefined;
    beforeEach(async () => {
      logo = png;
      server = await serve((request, response) => {
        if (request.url === '/logo' && logo !== undefined) return response.writeHead(200, { 'content-type': 'image/png' }).end(logo);
        if (request.url !== '/id') return response.writeHead(404).end();
        return response.writeHead(200, { 'content-type': 'application/ld+json' }).end(JSON.stringify({
          '@context': 'https://www.w3.org/ns/solid/oidc-context.jsonld', 'client_id': `${server.origin}/id`, 'client_name': 'Notes',
          'redirect_uris': ['https://app.example/callback'], 'grant_types': ['refresh_token', 'authorization_code'],
          'logo_uri': `${server.origin}/logo`, 'policy_uri': 'https://app.example/policy',
        }));
      });
      app = new App(node.baseUrl, `${server.origin}/id`, 'https://app.example/callback');
    });
    afterEach(() => server[Symbol.asyncDispose]());

    it('are known by its host, and where it has people go; with a picture that this server sends', async () => {
      await asks(app);
      const { text } = browser.page;
      const { host } = new URL(server.origin);
      assert.match(text, new RegExp(`set by the app at <strong>${host}</strong>, and you go back to <strong>app\\.example</strong>`));
      assert.match(text, /Development app/);
      assert.match(text, /href="https:\/\/app\.example\/policy"/);
      const [, address = ''] = /<img class="logo" src="([^"]+)"/.exec(text) ?? [];
      assert.ok(address.startsWith(`${node.baseUrl}.account/interaction/`));
      const picture = await browser.request('GET', address, { accept: 'image/*' });
      assert.deepEqual(['content-type', 'x-content-type-options', 'content-security-policy'].map((name) => picture.headers.get(name)),
        ['image/png', 'nosniff', "default-src 'none'; sandbox"]);
      assert.equal((await new Browser(node).request('GET', address)).status, 404);
    });

    it('keep their picture among the apps, for whoever let them in only', async () => {
      await allow(app);
      await browser.logIn(email, password);
      await browser.open(appsAt());
      const [, address = ''] = /<img class="logo" src="([^"]+)"/.exec(browser.page.text) ?? [];
      assert.equal((await browser.request('GET', address, { accept: 'image/*' })).headers.get('content-type'), 'image/png');
      assert.equal((await send(node, 'GET', address, { accept: 'image/*' })).status, 401);
      await node.account('bob@example.org', other);
      const bob = await new Browser(node).logIn('bob@example.org', other);
      assert.equal((await bob.request('GET', address, { accept: 'image/*' })).status, 403);
    });

    it('have a letter where the picture is none', async () => {
      logo = Buffer.from('<svg/>');
      await asks(app);
      const [, address = ''] = /<img class="logo" src="([^"]+)"/.exec(browser.page.text) ?? [];
      assert.equal((await browser.request('GET', address)).status, 404);
    });
  });

  describe('afterwards', () => {
    it('are listed with what they may do, since when, until when, and when they were used', async () => {
      await allow(await App.register(node.baseUrl, { client_name: 'Notes' }), { level: 'everything', duration: 'year' });
      await allow(await App.register(node.baseUrl, { client_name: 'Login' }), { level: 'identity', duration: 'session' });
      const apps = await list();
      const [login, notes] = ['identity', 'everything'].map((level) => apps.find(({ chosen }) => chosen['level'] === level));
      assert.deepEqual([login!.chosen, notes!.chosen], [
        { level: 'identity', where: 'mine', duration: 'session' }, { level: 'everything', where: 'mine', duration: 'year' },
      ]);
      assert.ok(Math.abs(notes!.lastUsed - Date.now()) < 60_000);
      assert.match(notes!.lastAddress, /127\.0\.0\.1/);
      await browser.logIn(email, password);
      await browser.open(appsAt());
      const { text } = browser.page;
      assert.match(text, /Apps with access[^]*Notes[^]*It may see, add, change and delete everything in [^<]*alice\/, but not settings and sharing\.[^]*Ends on \d{4}/);
      assert.match(text, /Apps that only know who you are[^]*Login[^]*may do nothing/);
      assert.match(text, /Signed in in one place/);
      assert.match(text, /works with the apps of everybody who has access/);
    });

    it('can be changed on their page, which holds at once', async () => {
      const app = await App.register(node.baseUrl, { client_name: 'Notes' });
      const tokens = await allow(app, { level: 'full', sure: 'on', where: 'everywhere', duration: 'year', away: 'on' });
      await browser.logIn(email, password);
      await browser.open(appsAt());
      await browser.follow('Change');
      const [{ resource }] = await list() as [Listed];
      const { pathname } = new URL(resource);
      const fields = new Map(browser.form(pathname).fields);
      assert.deepEqual(['level', 'where', 'duration', 'sure'].map((name) => fields.get(name)), ['full', 'everywhere', 'year', undefined]);
      await browser.submit(pathname, { decision: 'change' });
      assert.equal(browser.page.status, 400);
      assert.match(browser.page.text, /href="#consent-sure"/);
      await browser.submit(pathname, { 'decision': 'more', 'level': 'folders', 'folder-0': 'notes/', 'modes-0': ['read', 'append'] });
      assert.equal(await node.issuer.revoked(claims(tokens)), false);
      await browser.submit(pathname, { decision: 'change' });
      assert.match(browser.page.text, /Changed\. It holds from now on/);
      assert.match(browser.page.text, /see, add: [^<]*alice\/notes\//);
      assert.equal(await node.issuer.revoked(claims(tokens)), true);
      const { body } = await app.refresh(tokens['refresh_token']!);
      const [detail] = claims(body)['authorization_details'] as [{ locations: string[]; actions: string[] }];
      assert.deepEqual([detail.locations, detail.actions], [[`${node.baseUrl}alice/notes/`], ['read', 'append']]);
      assert.deepEqual(await log(), ['app-changed Notes', 'app Notes']);
    });

    it('can be changed by a script, in whatever it sends; the rest stays', async () => {
      const app = await App.register(node.baseUrl);
      await allow(app, { 'level': 'folders', 'folder-0': 'notes/', 'modes-0': 'read', 'duration': 'year', 'away': 'on' });
      const [{ resource }] = await list() as [Listed];
      const shown = async () => (await script.get<{ choice: Record<string, unknown>; alive: number }>('GET', resource));
      assert.deepEqual((await shown()).choice, {
        level: 'folders', where: 'mine', duration: 'year', away: true, tell: [], folders: [{ folder: `${node.baseUrl}alice/notes/`, actions: ['read'] }],
      });
      assert.equal((await shown()).alive, 1);
      await script.get('POST', resource, { folders: [{ folder: 'photos/', actions: ['read', 'write'] }] });
      assert.deepEqual((await shown()).choice['folders'], [{ folder: `${node.baseUrl}alice/photos/`, actions: ['read', 'write'] }]);
      await script.get('POST', resource, { level: 'identity', duration: 'day' });
      const { choice } = await shown();
      assert.deepEqual([choice['level'], choice['duration'], choice['away']], ['identity', 'day', true]);
      for (const wrong of [{ level: 'full' }, { level: 'root' }, { level: 'everything', where: 'https://bob.example/' }, { folders: [{ folder: 'a/', actions: ['fly'] }] }]) {
        assert.equal((await script.ask('POST', resource, wrong)).status, 400, JSON.stringify(wrong));
      }
    });

    it('cannot be given more on their page than they asked for, but less', async () => {
      const app = await App.register(node.baseUrl);
      const folder = `${node.baseUrl}alice/notes/`;
      await allow(app, {}, { authorization_details: JSON.stringify([{ type: 'solid', locations: [folder], actions: ['read', 'write'] }]) });
      const [{ resource }] = await list() as [Listed];
      assert.equal((await script.ask('POST', resource, { level: 'everything' })).status, 400);
      await script.get('POST', resource, { folders: [{ folder, actions: ['read'] }] });
      assert.deepEqual((await list())[0]!.authorizationDetails!.map((detail) => (detail as { actions: string[] }).actions), [['read']]);
    });

    it('are one app in several browsers, changed and withdrawn together or one by one', async () => {
      const app = await App.register(node.baseUrl, { client_name: 'Notes' });
      const first = await allow(app);
      browser = new Browser(node);
      const second = await allow(new App(node.baseUrl, app.id, app.redirectUri, { }), {});
      const [{ resource }] = await list() as [Listed];
      await browser.logIn(email, password);
      await browser.open(appsAt());
      assert.equal(browser.page.text.match(/<strong>Notes<\/strong>/g)!.length, 1);
      assert.match(browser.page.text, /Browser 2 of 2/);
      await script.get('POST', resource, { level: 'identity' });
      assert.deepEqual([await node.issuer.revoked(claims(first)), await node.issuer.revoked(claims(second))].filter(Boolean), [true]);
      await script.get('POST', resource, { level: 'identity', all: true });
      assert.deepEqual([await node.issuer.revoked(claims(first)), await node.issuer.revoked(claims(second))], [true, true]);
      await script.get('DELETE', resource);
      assert.equal((await list()).length, 1);
    });

    it('that may do everything everywhere get nothing of the settings of a pod that is made later, but to read them', async () => {
      const [notes, mine] = [await App.register(node.baseUrl, { client_name: 'Notes' }), await App.register(node.baseUrl)];
      const tokens = await allow(notes, { level: 'everything', where: 'everywhere', duration: 'month', away: 'on', tell: [] },
        { scope: 'openid webid offline_access email' });
      await allow(mine, { level: 'everything', where: 'mine', duration: 'month' });
      const of = async ({ id }: App): Promise<Listed & { until: number; scopes: string[] }> =>
        (await list()).find(({ client }) => client === id) as never;
      const [before, others] = [await of(notes), await of(mine)];
      const base = `${node.baseUrl}later/`;
      await script.get('POST', `${node.baseUrl}.account/account/${account}/pod/`, { name: 'later' });
      const after = await of(notes);
      const modes = (path: string): number => allowed(parseAuthority(after.authorizationDetails), base + path, Date.now());
      assert.deepEqual(['notes/a', 'settings/', 'settings/prefs.ttl', 'settings/a'].map(modes), [read | append | write, read, read, read]);
      const { authorizationDetails: was, ...same } = before;
      const { authorizationDetails: is, ...rest } = after;
      assert.deepEqual(rest, same);
      type Detail = { actions: string[]; exp: number };
      assert.deepEqual((is as Detail[]).map(({ actions, exp }) => [actions, exp]), (was as Detail[]).map(({ actions, exp }) => [actions, exp]));
      assert.deepEqual(await of(mine), others);
      // Its token of before is void; by its refresh token it gets one for what it may do now.
      assert.equal(await node.issuer.revoked(claims(tokens)), true);
      const { body } = await notes.refresh(tokens['refresh_token']!);
      assert.deepEqual(claims(body)['authorization_details'], is);
    });

    it('that may do everything everywhere ask anew when there are more pods than can be told apart', async () => {
      await using many = await openNode({ maxPodsPerAccount: 100 });
      const { id } = await many.account(email, password, 'alice');
      const app = await App.register(many.baseUrl);
      const visitor = await new Browser(many).open(app.authorizationUrl().href);
      await visitor.submit('/login/', { email, password });
      await visitor.submit('/consent/', { decision: 'allow', level: 'everything', where: 'everywhere' });
      const own = new Script(many);
      await own.logIn(email, password);
      const left = async (): Promise<number> => (await own.get<{ apps: object[] }>('GET', `.account/account/${id}/app/`)).apps.length;
      for (let i = 0; i < 30; i += 1) {
        if (i === 5) assert.equal(await left(), 1);
        await own.get('POST', `.account/account/${id}/pod/`, { name: `${'long-'.repeat(11)}${i}` });
      }
      assert.equal(await left(), 0);
    }).timeout(30_000);

    it('can be taken everything back from, at the very next request', async () => {
      const tokens = [await allow(await App.register(node.baseUrl)), await allow(await App.register(node.baseUrl))];
      for (const one of tokens) assert.equal(await node.issuer.revoked(claims(one)), false);
      await browser.logIn(email, password);
      await browser.open(appsAt());
      await browser.submit(`/${account}/app/`, {}, 'DELETE');
      assert.match(browser.page.text, /Taken back from all apps/);
      for (const one of tokens) assert.equal(await node.issuer.revoked(claims(one)), true);
      assert.deepEqual(await list(), []);
      assert.equal((await log())[0], 'app-withdrawn all apps, 2');
    });

    it('are nobody else\'s to see or change', async () => {
      await allow(await App.register(node.baseUrl));
      const [{ resource }] = await list() as [Listed];
      await node.account('bob@example.org', other);
      const bob = new Script(node);
      await bob.logIn('bob@example.org', other);
      for (const method of ['GET', 'POST', 'DELETE']) assert.equal((await bob.ask(method, resource, method === 'POST' ? {} : undefined)).status, 403);
      const bobs = resource.replace(account, (await node.people.accounts.byEmail('bob@example.org'))!.id);
      for (const method of ['GET', 'POST', 'DELETE']) assert.equal((await bob.ask(method, bobs, method === 'POST' ? {} : undefined)).status, 404);
      assert.equal((await list()).length, 1);
    });
  });

  it('that were logged out of by choice leave one here', async () => {
    const app = await App.register(node.baseUrl);
    await allow(app);
    await browser.open(`${node.baseUrl}.oidc/session/end?client_id=${app.id}&post_logout_redirect_uri=https://app.example/`);
    await browser.submit('/session/end/confirm', {});
    assert.match(browser.page.text, /still logged in here/);
  });

  describe('have folders', () => {
    const owner = async () => (await node.people.accounts.get(account))!;
    const containers = async (count: number): Promise<void> => {
      await Promise.all(Array.from({ length: count }, (_, i) => put(`/many/${String(i).padStart(4, '0')}/x`)));
    };

    it(`told up to ${maxFolders} at a time`, async () => {
      await containers(maxFolders);
      const exactly = await foldersIn(node.pods, await owner(), `${node.baseUrl}alice/many/`);
      assert.deepEqual([exactly.folders.length, exactly.more], [maxFolders, false]);
      await put('/many/more/x');
      const tooMany = await foldersIn(node.pods, await owner(), `${node.baseUrl}alice/many/`);
      assert.deepEqual([tooMany.folders.length, tooMany.more], [maxFolders, true]);
    });

    it(`open up to ${maxOpen} at a time in a tree`, async () => {
      await containers(maxOpen);
      const base = `${node.baseUrl}alice/`;
      const all = Array.from({ length: maxOpen }, (_, i) => `${base}many/${String(i).padStart(4, '0')}/`);
      const opened = async (open: readonly string[]): Promise<number> => {
        const count = (branches: readonly Branch[]): number => branches.reduce((sum, { inside }) => sum + (inside ? 1 + count(inside.folders) : 0), 0);
        return count(await folderTree(node.pods, await owner(), open));
      };
      // The pod itself, and the folder that holds them, are open too.
      assert.equal(await opened([`${base}many/`, ...all.slice(0, maxOpen - 2)]), maxOpen);
      assert.equal(await opened([`${base}many/`, ...all]), maxOpen);
      assert.equal(await opened([`${base}none/`]), 1);
    });

    it(`looked for among up to ${maxLookedAt} members`, async () => {
      await put('/many/z/x');
      await Promise.all(Array.from({ length: maxLookedAt - 1 }, (_, i) => put(`/many/${i}`)));
      const exactly = await foldersIn(node.pods, await owner(), `${node.baseUrl}alice/many/`);
      assert.deepEqual([exactly.folders.map(({ name }) => name), exactly.more], [['z/'], false]);
      await put('/many/more');
      const tooMany = await foldersIn(node.pods, await owner(), `${node.baseUrl}alice/many/`);
      assert.deepEqual([tooMany.folders, tooMany.more], [[], true]);
    });
  });
});
