import assert from 'node:assert/strict';
import { decodeJwt } from 'jose';
import { parseAuthority } from '../../src/access/authority.ts';
import type { GrantAbout } from '../../src/access/grant.ts';
import { choiceOf, decide, firstChoice, levelsFor, readChoice, wantsMore, withSpare } from '../../src/pages/consent.ts';
import { locationOf } from '../../src/pages/consent-levels.ts';
import { nameOf } from '../../src/pages/granted.ts';
import type { InteractionDetails } from '../../src/pages/parts.ts';
import { App } from '../identity/browser.ts';
import { Browser, email, openNode, other, password, Script } from './open-pages.ts';
import type { Node } from './open-pages.ts';

const day = 86_400_000;
const pods = ['https://alice.example/', 'https://work.example/'];
const webId = 'https://alice.example/profile/card#me';
const settings = ['https://alice.example/settings/', 'https://work.example/settings/'];
const indexes = ['https://alice.example/settings/publicTypeIndex.ttl', 'https://alice.example/lists/index.ttl'];
const now = Date.UTC(2026, 0, 1);
const asked: InteractionDetails = {
  uid: 'u', prompt: 'consent', reasons: [], scopes: ['openid', 'webid', 'offline_access'],
  client: { id: 'https://app.example/id', kind: 'document' },
};
/** What "everything" stands for in some pods. */
const everything = (locations: readonly string[] = pods, inner: readonly string[] = settings, exp?: number): object[] => [
  { type: 'solid', locations, actions: ['read', 'append', 'write'], except: inner },
  { type: 'solid', locations: inner, actions: ['read'] },
  { type: 'solid', locations: [indexes[0]], actions: ['append'] },
].map((detail) => ({ ...detail, ...(exp !== undefined && { exp }) }));
const grant: GrantAbout = {
  id: 'g', client: 'https://app.example/id', webId, scopes: ['openid', 'webid'], asked: ['openid', 'webid', 'offline_access'],
  askedDetails: [], places: ['app.example'], since: now - day, until: now + day,
};
const details = [
  { type: 'solid', locations: ['https://alice.example/notes/', 'https://alice.example/a.txt'], actions: ['read', 'append'] },
  { type: 'solid', locations: ['https://alice.example/b/'], actions: ['read'], exp: now / 1000 + 60 },
];

describe('A consent', () => {
  const form = (fields: Record<string, string | string[]>): URLSearchParams =>
    new URLSearchParams(Object.entries(fields).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, one])));
  const decided = (fields: Record<string, string | string[]>, changes: Partial<InteractionDetails> = {}) =>
    decide(readChoice(form({ webId, duration: 'withdrawn', away: 'on', ...fields })), { ...asked, ...changes, pods, indexes, now });
  const withoutChosen = ({ chosen: _, ...consent }: ReturnType<typeof decided>) => consent;

  const levels: [what: string, fields: Record<string, string | string[]>, consent: object][] = [
    ['only who somebody is: an authority that grants nothing', { level: 'identity' }, { webId, authorizationDetails: [] }],
    ['everything in all pods, but not Control; of settings only to see them, and to add to type indexes', { level: 'everything' },
      { webId, authorizationDetails: everything() }],
    ['everything in one pod', { level: 'everything', where: pods[0]! }, { webId, authorizationDetails: everything([pods[0]!], [settings[0]!]) }],
    ['everything, also in pods of others: everywhere', { level: 'everything', where: 'everywhere' }, { webId, authorizationDetails: everything(['*']) }],
    ['full control of all pods, once it was confirmed', { level: 'full', sure: 'on' },
      { webId, authorizationDetails: [{ type: 'solid', locations: pods, actions: ['read', 'append', 'write', 'control'] }] }],
    ['full control of one pod', { level: 'full', sure: 'on', where: pods[1]! },
      { webId, authorizationDetails: [{ type: 'solid', locations: [pods[1]], actions: ['read', 'append', 'write', 'control'] }] }],
    ['full control everywhere: no authority that narrows', { level: 'full', sure: 'on', where: 'everywhere' }, { webId }],
    ['chosen folders, each with its modes',
      { 'level': 'folders', 'folder-0': 'notes/', 'modes-0': ['read', 'write'], 'folder-1': ' https://bob.example/x.txt ', 'modes-1': 'append', 'folder-2': '' },
      { webId, authorizationDetails: [
        { type: 'solid', locations: ['https://alice.example/notes/'], actions: ['read', 'write'] },
        { type: 'solid', locations: ['https://bob.example/x.txt'], actions: ['append'] },
      ] }],
    ['an end, also of what a token says', { level: 'everything', duration: 'month' },
      { webId, until: now + 30 * day, authorizationDetails: everything(pods, settings, (now + 30 * day) / 1000) }],
    ['a day', { level: 'identity', duration: 'day' }, { webId, until: now + day, authorizationDetails: [] }],
    ['nothing for the time when nobody is there', { level: 'identity', away: '' },
      { webId, authorizationDetails: [], rejectedScopes: ['offline_access'] }],
    ['a session: nothing for the time when nobody is there', { level: 'identity', duration: 'session' },
      { webId, authorizationDetails: [], rejectedScopes: ['offline_access'] }],
    ['the least for what is no level', { level: 'root' }, { webId, authorizationDetails: [] }],
    ['the shortest for what is no duration', { level: 'identity', duration: 'ever' },
      { webId, authorizationDetails: [], rejectedScopes: ['offline_access'] }],
  ];
  for (const [what, fields, consent] of levels) {
    it(`says ${what}`, () => assert.deepEqual(withoutChosen(decided(fields)), consent));
  }

  it('is in the shape that access rules read', () => {
    const { authorizationDetails } = decided({ level: 'everything', duration: 'year' });
    const until = now + 365 * day;
    assert.deepEqual(parseAuthority(authorizationDetails), [
      { locations: pods, except: settings, modes: 7, until }, { locations: settings, except: [], modes: 1, until },
      { locations: [indexes[0]], except: [], modes: 2, until },
    ]);
  });

  it('keeps what was chosen, to be shown again', () => {
    const { chosen, authorizationDetails } = decided({ level: 'everything', where: pods[1]!, duration: 'day' });
    assert.deepEqual(chosen, { level: 'everything', where: pods[1], duration: 'day' });
    const again = choiceOf({ ...grant, ...(chosen && { chosen }), ...(authorizationDetails && { authorizationDetails }) });
    assert.deepEqual([again.level, again.where, again.duration, again.away, again.rows], ['everything', pods[1], 'day', false, []]);
  });

  it('leaves out of a folder what the app itself left out', () => {
    const notes = { type: 'solid', locations: ['https://alice.example/notes/'], actions: ['read'], except: ['https://alice.example/notes/private/'] };
    const { authorizationDetails } = decided({ 'level': 'folders', 'folder-0': 'notes/', 'modes-0': 'read' }, { authorizationDetails: [notes] });
    assert.deepEqual(authorizationDetails, [notes]);
  });

  const mistakes: [what: string, fields: Record<string, string | string[]>, field: string, changes?: Partial<InteractionDetails>][] = [
    ['full control that was not confirmed', { level: 'full' }, 'sure'],
    ['folders of which none is named', { 'level': 'folders', 'folder-0': '  ' }, 'folder-0'],
    ['a folder without a mode', { 'level': 'folders', 'folder-0': 'a/' }, 'folder-0'],
    ['what is no address', { 'level': 'folders', 'folder-0': 'a/', 'modes-0': 'read', 'folder-1': 'https://', 'modes-1': 'read' }, 'folder-1'],
    ['a query', { 'level': 'folders', 'folder-0': 'https://a.example/?x', 'modes-0': 'read' }, 'folder-0'],
    ['a way out of the pod', { 'level': 'folders', 'folder-0': '../../x/', 'modes-0': 'read' }, 'folder-0', {}],
    ['a pod of somebody else', { level: 'everything', where: 'https://bob.example/' }, 'where'],
    ['a script', { 'level': 'folders', 'folder-0': 'javascript:alert(1)', 'modes-0': 'read' }, 'folder-0'],
    ['more than the app asked for', { level: 'everything' }, 'level', { authorizationDetails: details }],
    ['full control for an app that asked for less', { level: 'full', sure: 'on' }, 'level', { authorizationDetails: details }],
  ];
  for (const [what, fields, field, changes] of mistakes) {
    it(`refuses ${what}, beside its field`, () => {
      const inPath = what === 'a way out of the pod' ? ['https://host.example/alice/'] : pods;
      const read = readChoice(form({ webId, duration: 'year', ...fields }));
      assert.throws(() => decide(read, { ...asked, ...changes, pods: inPath, indexes, now }),
        (error: { fields: object }) => { assert.deepEqual(Object.keys(error.fields), [field]); return true; });
    });
  }

  it('needs somebody to be, unless the app does not ask for that', () => {
    const nobody = readChoice(form({ level: 'identity' }));
    assert.throws(() => decide(nobody, { ...asked, pods, indexes, now }));
    const plain = { ...asked, scopes: ['openid', 'profile', 'email'] };
    assert.deepEqual(decide(readChoice(form({ tell: 'email' })), { ...plain, pods, indexes, now }).rejectedScopes, ['profile']);
    assert.deepEqual(levelsFor(plain), []);
  });

  it('begins with the least that is likely to do: what was asked for, else everything without sharing', () => {
    assert.deepEqual([firstChoice(asked, [webId]).level, firstChoice(asked, [webId]).duration], ['everything', 'year']);
    assert.equal(firstChoice({ ...asked, client: { id: 'x', kind: 'registered' } }, [webId]).duration, 'session');
    const choice = firstChoice({ ...asked, authorizationDetails: details }, [webId, 'https://other.example/']);
    assert.deepEqual([choice.level, choice.webId], ['folders', webId]);
    assert.deepEqual(choice.rows.filter(({ folder }) => folder !== ''), [
      { folder: 'https://alice.example/notes/', actions: ['read', 'append'] },
      { folder: 'https://alice.example/a.txt', actions: ['read', 'append'] },
      { folder: 'https://alice.example/b/', actions: ['read'] },
    ]);
  });

  it('begins with what was chosen for the app the last time, and what it asks for now', () => {
    const other = 'https://other.example/';
    const before: GrantAbout = {
      ...grant, webId: other, chosen: { level: 'folders', where: 'mine', duration: 'month' },
      authorizationDetails: [{ type: 'solid', locations: ['https://alice.example/notes/'], actions: ['read'] }, { type: 'solid', locations: ['https://alice.example/c/'], actions: ['write'] }],
    };
    const choice = firstChoice({ ...asked, authorizationDetails: details }, [webId, other], before);
    assert.deepEqual([choice.level, choice.webId, choice.duration, choice.away], ['folders', other, 'month', false]);
    assert.deepEqual(choice.rows.filter(({ folder }) => folder !== ''), [
      { folder: 'https://alice.example/notes/', actions: ['read', 'append'] }, { folder: 'https://alice.example/c/', actions: ['write'] },
      { folder: 'https://alice.example/a.txt', actions: ['read', 'append'] }, { folder: 'https://alice.example/b/', actions: ['read'] },
    ]);
    assert.equal(firstChoice(asked, [webId], { ...before, chosen: { level: 'full' } }).sure, false);
    assert.equal(firstChoice(asked, [webId], before).webId, webId);
  });

  it('takes a folder that was picked into a row, and asks for another look then', () => {
    const picked = form({ 'folder-0': 'a/', 'modes-0': 'write', 'folder-1': '', 'choose': 'https://alice.example/b/' });
    assert.deepEqual(readChoice(picked).rows, [{ folder: 'a/', actions: ['write'] }, { folder: 'https://alice.example/b/', actions: ['read'] }]);
    picked.set('choose', 'a/');
    assert.deepEqual(readChoice(picked).rows.map(({ folder }) => folder), ['a/', '']);
    assert.deepEqual([{ decision: 'allow' }, { decision: 'more' }, { open: 'x' }, { choose: 'x' }].map((fields) => wantsMore(form(fields as Record<string, string>))),
      [false, true, true, true]);
  });

  it('ends no later than the app itself asked for', () => {
    const fields = { 'level': 'folders', 'folder-0': 'a/', 'modes-0': 'read' };
    for (const duration of ['year', 'withdrawn']) {
      const { authorizationDetails } = decided({ ...fields, duration }, { authorizationDetails: details });
      assert.deepEqual((authorizationDetails![0] as { exp: number }).exp, now / 1000 + 60);
    }
  });

  it('reads addresses as people write them', () => {
    for (const [text, location] of [
      ['notes/', 'https://alice.example/notes/'], ['/notes/', 'https://alice.example/notes/'], ['//notes/', 'https://alice.example/notes/'],
      ['bär/', 'https://alice.example/b%C3%A4r/'], ['https://BOB.example/x', 'https://bob.example/x'], ['ftp://x/', undefined],
      ['https://a:b@c.example/', undefined], ['a#b', undefined],
    ] as const) {
      assert.equal(locationOf(text, pods[0]), location, text);
    }
    assert.equal(locationOf('notes/', undefined), undefined);
  });

  it('has room for more folders, up to fifty', () => {
    assert.equal(withSpare([]).length, 1);
    assert.equal(withSpare(Array(60).fill({ folder: 'a/', actions: [] })).length, 50);
    const many = new URLSearchParams(Array.from({ length: 60 }, (_, i): [string, string] => [`folder-${i}`, 'a/']));
    assert.equal(readChoice(many).rows.length, 50);
  });
});

describe('The name of an app', () => {
  it('is shown as one line of text that fits, and nothing that writes over its surroundings', () => {
    assert.equal(nameOf(' Nice\u202e\n\u0000 app\u200b '), 'Nice app');
    assert.equal(nameOf('\u200b \n'), undefined);
    assert.equal(nameOf('😀'.repeat(60)), '😀'.repeat(60));
    assert.equal(nameOf('😀'.repeat(61)), `${'😀'.repeat(59)}…`);
  });
});

describe('An app that asks for access', () => {
  let node: Node;
  let browser: Browser;
  let app: App;
  beforeEach(async () => {
    node = await openNode();
    await node.account(email, password, 'alice');
    browser = new Browser(node);
    app = await App.register(node.baseUrl, { client_name: 'Test app' });
  });
  afterEach(() => node[Symbol.asyncDispose]());

  const begin = async (params: Record<string, string | undefined> = {}): Promise<Browser> =>
    browser.open(app.authorizationUrl(params).href);
  const begun = async (params: Record<string, string | undefined> = {}): Promise<Browser> => {
    await begin(params);
    return browser.submit('/login/', { email, password });
  };
  /** What came back to the app. */
  const back = (): URLSearchParams => {
    assert.ok(browser.url.startsWith(app.redirectUri), `${browser.url} ${browser.page.text}`);
    return new URL(browser.url).searchParams;
  };
  const token = async () => {
    const { body } = await app.exchange(back().get('code')!);
    return { claims: decodeJwt(body['access_token'] ?? assert.fail(JSON.stringify(body))), refresh: body['refresh_token']! };
  };

  const levels: [what: string, values: Record<string, string | string[]>, expected: (base: string) => object | undefined][] = [
    ['as it is offered', {}, (base) => [
      { type: 'solid', locations: [`${base}alice/`], actions: ['read', 'append', 'write'], except: [`${base}alice/settings/`] },
      { type: 'solid', locations: [`${base}alice/settings/`], actions: ['read'] },
      { type: 'solid', locations: [`${base}alice/settings/publicTypeIndex.ttl`, `${base}alice/settings/privateTypeIndex.ttl`], actions: ['append'] },
    ]],
    ['for who somebody is', { level: 'identity' }, () => []],
    ['with full control, everywhere', { level: 'full', sure: 'on', where: 'everywhere' }, () => undefined],
    ['for folders, one of which lacks its slash', { 'level': 'folders', 'folder-0': 'profile', 'modes-0': 'read', 'folder-1': 'new', 'modes-1': 'append' },
      (base) => [
        { type: 'solid', locations: [`${base}alice/profile/`], actions: ['read'] },
        { type: 'solid', locations: [`${base}alice/new`], actions: ['append'] },
      ]],
  ];
  for (const [what, values, expected] of levels) {
    it(`gets a token ${what}`, async () => {
      await begun();
      assert.match(browser.page.text, /Test app/);
      await browser.submit('/consent/', { decision: 'allow', ...values });
      const { claims } = await token();
      assert.equal(claims['webid'], `${node.baseUrl}alice/profile/card#me`);
      assert.deepEqual(claims['authorization_details'], expected(node.baseUrl));
    });
  }

  it('gets what it asked for in particular, prefilled, and no more', async () => {
    const folder = `${node.baseUrl}alice/notes/`;
    await begun({ authorization_details: JSON.stringify([{ type: 'solid', locations: [folder], actions: ['read', 'append'] }]) });
    const fields = browser.form('/consent/').fields;
    assert.deepEqual(fields.filter(([name]) => name.endsWith('-0')), [['folder-0', folder], ['modes-0', 'read'], ['modes-0', 'append']]);
    assert.equal(fields.find(([name]) => name === 'level')![1], 'folders');
    assert.doesNotMatch(browser.page.text, /value="full"/);
    await browser.submit('/consent/', { decision: 'allow', level: 'full', sure: 'on' });
    assert.equal(browser.page.status, 400);
    await browser.submit('/consent/', { decision: 'allow', level: 'folders' });
    assert.deepEqual((await token()).claims['authorization_details'], [{ type: 'solid', locations: [folder], actions: ['read', 'append'] }]);
  });

  it('is told when it was refused, at the login and at the consent', async () => {
    await begin();
    await browser.submit('/consent/', { decision: 'cancel' });
    assert.deepEqual([back().get('error'), back().get('state'), back().get('iss')], ['access_denied', 'the-state', node.baseUrl]);
    await begun();
    await browser.submit('/consent/', { decision: 'cancel' });
    assert.equal(back().get('error'), 'access_denied');
    assert.equal(back().get('code'), null);
  });

  it('gets nothing when the form does not say that it may', async () => {
    await begun();
    await browser.submit('/consent/', { decision: 'perhaps' });
    assert.equal(back().get('error'), 'access_denied');
  });

  it('gives more room for folders, and keeps what was typed', async () => {
    await begun();
    await browser.submit('/consent/', { 'decision': 'more', 'level': 'folders', 'folder-0': 'a/', 'modes-0': ['write'], 'duration': 'month' });
    await browser.submit('/consent/', { 'decision': 'more', 'folder-1': 'b/' });
    const fields = browser.form('/consent/').fields.filter(([name]) => name !== '_token');
    assert.deepEqual(fields, [
      ['webId', `${node.baseUrl}alice/profile/card#me`], ['level', 'folders'], ['opened', `${node.baseUrl}alice/`], ['folder-0', 'a/'], ['modes-0', 'write'], ['folder-1', 'b/'],
      ['modes-1', 'read'], ['folder-2', ''], ['modes-2', 'read'],
      ['where', 'mine'], ['duration', 'month'],
    ]);
  });

  it('ends with the session of the browser when that was chosen, as when all sessions are ended', async () => {
    await begun();
    await browser.submit('/consent/', { decision: 'allow', duration: 'session' });
    const { refresh } = await token();
    assert.equal((await app.refresh(refresh)).status, 200);
    await begun({ prompt: 'login consent' });
    await browser.submit('/consent/', { decision: 'allow', duration: 'session' });
    const again = await token();
    const script = new Script(node);
    await script.logIn(email, password);
    await script.get('DELETE', (await script.controls())['account']!['sessions']!);
    assert.equal((await app.refresh(again.refresh)).status, 400);
  });

  it('lets people sign up on the way, with a pod, and go on as they are', async () => {
    await begin();
    await browser.follow('Create an account');
    assert.match(browser.page.text, /Test app/);
    await browser.submit('/register/', { email: 'bob@example.org', password: 'short', name: 'bob' });
    assert.equal(browser.page.status, 400);
    await browser.submit('/register/', { email: 'bob@example.org', password: other, name: 'bob' });
    await browser.submit('/consent/', { decision: 'allow' });
    assert.equal((await token()).claims['webid'], `${node.baseUrl}bob/profile/card#me`);
  });

  it('lets people who have no WebID make a pod first', async () => {
    await node.account('bob@example.org', other);
    await begin();
    await browser.submit('/login/', { email: 'bob@example.org', password: other });
    assert.match(browser.page.text, /Make a pod first/);
    await browser.submit('/pod/', { name: 'alice' });
    assert.equal(browser.page.status, 409);
    assert.equal(browser.form('/pod/').fields.find(([name]) => name === 'name')![1], 'alice');
    await browser.submit('/pod/', { name: 'bob' });
    await browser.submit('/consent/', { decision: 'allow' });
    assert.equal((await token()).claims['webid'], `${node.baseUrl}bob/profile/card#me`);
  });

  it('lets people go on as who they are on the account pages, unless a new login is asked for', async () => {
    await browser.logIn(email, password);
    await begin();
    await browser.submit('/continue/');
    assert.match(browser.page.text, /Allow/);
    await begin({ prompt: 'login' });
    assert.deepEqual(browser.forms().filter(({ action }) => action.endsWith('/continue/')), []);
    const { action } = browser.form('/login/');
    const [, guard] = browser.form('/login/').fields.find(([name]) => name === '_token')!;
    const forced = await browser.request('POST', action.replace('/login/', '/continue/'), { 'content-type': 'application/x-www-form-urlencoded' }, `_token=${guard}`);
    assert.equal(forced.status, 403);
  });

  it('lets people use another account instead', async () => {
    await node.account('bob@example.org', other, 'bob');
    await begun();
    await browser.follow('Use another account');
    await browser.submit('/login/', { email: 'bob@example.org', password: other });
    await browser.submit('/consent/', { decision: 'allow' });
    assert.equal((await token()).claims['webid'], `${node.baseUrl}bob/profile/card#me`);
  });

  it('cannot be let in as somebody whom the account is not', async () => {
    await begun();
    await browser.submit('/consent/', { decision: 'allow', webId: 'https://bob.example/#me' });
    assert.equal(browser.page.status, 400);
    assert.match(browser.page.text, /href="#consent-webId"/);
  });

  it('leaves no session of the account pages behind, and does not log in by itself', async () => {
    await begun();
    assert.deepEqual([...browser.cookies.keys()].filter((name) => name.startsWith('css-account')), []);
    assert.match((await browser.open('.account/')).url, /\/login\/$/);
  });

  it('cannot be answered in another browser, nor twice', async () => {
    await begun();
    const { url } = browser;
    assert.equal((await new Browser(node).open(url)).page.status, 404);
    await browser.submit('/consent/', { decision: 'allow' });
    back();
    assert.equal((await browser.open(url)).page.status, 404);
  });

  it('is listed among the connected apps, with what it may do, until that is taken back', async () => {
    await begun();
    await browser.submit('/consent/', { 'decision': 'allow', 'duration': 'year', 'level': 'folders', 'folder-0': 'notes/', 'modes-0': ['read', 'write'] });
    const { refresh } = await token();
    const script = new Script(node);
    await script.logIn(email, password);
    const { apps } = await script.get<{ apps: { clientName: string; resource: string; authorizationDetails: object[]; until: number }[] }>(
      'GET', (await script.controls())['account']!['apps']!);
    assert.deepEqual(apps.map(({ clientName, authorizationDetails }) => [clientName, authorizationDetails.length]), [['Test app', 1]]);
    assert.ok(Math.abs(apps[0]!.until - Date.now() - 365 * day) < day);
    await browser.logIn(email, password);
    await browser.open(new URL('..', apps[0]!.resource).href);
    assert.match(browser.page.text, /see, add and change: [^<]*alice\/notes\//);
    assert.match(browser.page.text, /unregistered/);
    await browser.submit(new URL(apps[0]!.resource).pathname, {}, 'DELETE');
    assert.match(browser.page.text, /Taken back/);
    assert.equal((await app.refresh(refresh)).status, 400);
    assert.equal((await script.ask('DELETE', apps[0]!.resource)).status, 404);
  });

  it('which is plain OpenID gets the name and address only as far as agreed', async () => {
    await begun({ scope: 'openid profile email' });
    assert.doesNotMatch(browser.page.text, /What may it do/);
    await browser.submit('/consent/', { decision: 'allow', tell: 'email' });
    const { body } = await app.exchange(back().get('code')!, {}, { bound: false });
    assert.equal(body['scope'], 'openid email');
  });

  it('is shown out by a page, which Chromium follows where it would not follow a redirect', async () => {
    await begin();
    const { action, fields } = browser.form('/login/');
    const answer = await browser.request('POST', action, { 'content-type': 'application/x-www-form-urlencoded' },
      new URLSearchParams([...fields.filter(([name]) => !['email', 'password'].includes(name)), ['email', email], ['password', password]]).toString());
    assert.deepEqual([answer.status, answer.headers.get('location')], [200, null]);
    assert.match(answer.text, /<meta http-equiv="refresh" content="0;url=http:\/\/localhost:\d+\/\.oidc\/auth\//);
  });
});
