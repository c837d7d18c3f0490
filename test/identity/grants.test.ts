import assert from 'node:assert/strict';
import { decodeJwt } from 'jose';
import type { JWTPayload } from 'jose';
import type { Agent } from '../../src/access/agent.ts';
import { parseAuthority } from '../../src/access/authority.ts';
import type { GrantAbout } from '../../src/access/grant.ts';
import { OidcRecords } from '../../src/identity/adapter.ts';
import { ClientDocuments } from '../../src/identity/client-documents.ts';
import { MemorySignal } from '../../src/storage/memory-signal.ts';
import { openRemote, serve } from '../remote/servers.ts';
import { App, Browser, post } from './browser.ts';
import { alice, openTestIssuer } from './open-test-issuer.ts';
import type { TestIssuer } from './open-test-issuer.ts';

const notes = { type: 'solid', locations: ['https://alice.example/notes/'], actions: ['read', 'append'] };
const photos = { type: 'solid', locations: ['https://alice.example/photos/'], actions: ['read'] };
const hour = 3_600_000;

describe('What a person granted an app', () => {
  let node: TestIssuer;
  let base: string;
  const signal = new MemorySignal();
  const blocked = new Map<string, string>();
  before(async () => {
    node = await openTestIssuer({ signal, blocked: async (client) => blocked.get(client) });
    base = node.baseUrl;
  });
  after(() => node[Symbol.asyncDispose]());

  const grantOf = async (app: App, account = 'a1'): Promise<GrantAbout> => {
    for await (const grant of node.issuer.grants(account)) if (grant.client === app.id) return grant;
    return assert.fail('no grant');
  };
  const claims = (tokens: Readonly<Record<string, string>>): JWTPayload => decodeJwt(tokens['access_token'] ?? assert.fail(JSON.stringify(tokens)));
  const agentOf = (said: JWTPayload): Agent => ({
    webId: String(said['webid']), issuer: base, client: String(said['client_id']), grant: String(said['grant']),
    ...(said['authorization_details'] !== undefined && { authority: parseAuthority(said['authorization_details']) }),
  });
  /** How often listeners were called while something was done. */
  async function heard(work: () => Promise<unknown>): Promise<number> {
    let times = 0;
    const stop = node.issuer.onEnded(() => { times += 1; });
    await work();
    stop();
    return times;
  }

  describe('and changes afterwards', () => {
    it('holds at once: access tokens that are out are void, and refreshing gives what may be done now', async () => {
      const app = await App.register(base);
      const tokens = await app.logIn({}, { consent: { authorizationDetails: [notes, photos] } });
      const { id } = await grantOf(app);
      assert.equal(await node.issuer.revoked(claims(tokens)), false);
      assert.ok(await heard(() => node.issuer.changeGrant('a1', id, { authorizationDetails: [photos] })) > 0);
      assert.equal(await node.issuer.revoked(claims(tokens)), true);
      const { body } = await app.refresh(tokens['refresh_token']!);
      assert.deepEqual(claims(body)['authorization_details'], [photos]);
      assert.equal(await node.issuer.revoked(claims(body)), false);
      // Wider again, to all that the person may.
      await node.issuer.changeGrant('a1', id, { chosen: { level: 'full' } });
      assert.equal(await node.issuer.revoked(claims(body)), true);
      const wide = await app.refresh(body['refresh_token']!);
      assert.equal(claims(wide.body)['authorization_details'], undefined);
      const after = await grantOf(app);
      assert.deepEqual([after.chosen, after.authorizationDetails], [{ level: 'full' }, undefined]);
    });

    it('narrows what goes on without a token, too', async () => {
      const app = await App.register(base);
      const agent = agentOf(claims(await app.logIn({}, { consent: { authorizationDetails: [notes, photos] } })));
      assert.deepEqual(await node.issuer.renewed(agent), agent);
      const { id } = await grantOf(app);
      assert.equal(agent.grant, id);
      await node.issuer.changeGrant('a1', id, { authorizationDetails: [photos] });
      assert.deepEqual((await node.issuer.renewed(agent))!.authority, parseAuthority([photos]));
      await node.issuer.changeGrant('a1', id, {});
      assert.equal((await node.issuer.renewed(agent))!.authority, undefined);
      await node.issuer.revokeGrant('a1', id);
      assert.equal(await node.issuer.renewed(agent), undefined);
      assert.equal(await node.issuer.renewed({ ...agent, client: 'https://other.example/id' }), undefined);
    });

    it('ends what works on without the person, when they want that no more, and tells no more than they want', async () => {
      const app = await App.register(base);
      const tokens = await app.logIn({ scope: 'openid webid offline_access email' });
      const { id } = await grantOf(app);
      assert.equal(await node.issuer.alive(id), 1);
      await node.issuer.changeGrant('a1', id, { rejectedScopes: ['offline_access', 'email'] });
      assert.equal((await app.refresh(tokens['refresh_token']!)).body['error'], 'invalid_grant');
      assert.equal(await node.issuer.alive(id), 0);
      const { scopes, asked } = await grantOf(app);
      assert.deepEqual([scopes.toSorted(), asked.toSorted()], [['openid', 'webid'], ['email', 'offline_access', 'openid', 'webid']]);
      // The app logs in anew without asking, and has tokens for as long as the person is logged in.
      const again = await app.exchange(await app.code({ prompt: undefined, scope: 'openid webid email' }));
      assert.equal(again.body['scope'], 'openid webid');
    });

    it('ends at the time that is chosen, not a moment later', async () => {
      const app = await App.register(base);
      const tokens = await app.logIn();
      const { id } = await grantOf(app);
      await node.issuer.changeGrant('a1', id, { until: Date.now() + hour });
      const { body } = await app.refresh(tokens['refresh_token']!);
      assert.ok(Number(body['expires_in']) <= 3_600);
      assert.equal(await node.issuer.revoked(claims(body)), false);
      const near = (await grantOf(app)).until;
      assert.ok(near > Date.now() && near <= Date.now() + hour + 1_000);
      await assert.rejects(node.issuer.changeGrant('a1', id, { until: Date.now() - 1 }), /in the past/);
    });

    it('is nobody else\'s, and has to be well-formed', async () => {
      const app = await App.register(base);
      await app.logIn();
      const { id } = await grantOf(app);
      assert.equal(await node.issuer.changeGrant('b2', id, {}), false);
      assert.equal(await node.issuer.grant('b2', id), undefined);
      assert.equal(await node.issuer.changeGrant('a1', 'none', {}), false);
      await assert.rejects(node.issuer.changeGrant('a1', id, { authorizationDetails: [{ type: 'payment' }] }), /not an authorization detail/);
      const long = Array.from({ length: 60 }, (_, i) => ({ ...notes, locations: [`https://alice.example/${i}/`] }));
      await assert.rejects(node.issuer.changeGrant('a1', id, { authorizationDetails: long }), /more than 4096 bytes/);
    });

    it('and the same consent again end nothing that the app has open elsewhere', async () => {
      const app = await App.register(base);
      const tokens = await app.logIn({}, { consent: { authorizationDetails: [notes], until: Date.now() + hour } });
      const work = (): Promise<unknown> => app.logIn({}, { consent: { authorizationDetails: [notes], until: Date.now() + 2 * hour } });
      assert.equal(await heard(work), 0);
      assert.equal(await node.issuer.revoked(claims(tokens)), false);
      await app.logIn({}, { consent: { authorizationDetails: [photos], until: Date.now() + 2 * hour } });
      assert.equal(await node.issuer.revoked(claims(tokens)), true);
    });
  });

  it('says when and from where it was used, written down once an hour', async () => {
    const app = await App.register(base);
    const tokens = await app.logIn();
    const used = await grantOf(app);
    assert.ok(Math.abs(used.lastUsed! - Date.now()) < 10_000);
    assert.match(used.lastFrom!.address, /127\.0\.0\.1/);
    const versions = async () => (await node.database.get([['oidc', 'Grant', used.id]]))[0]!.version;
    const before = await versions();
    await app.refresh(tokens['refresh_token']!);
    assert.equal(await versions(), before);
  });

  it('is counted by accounts, whatever number of grants they have', async () => {
    const app = await App.register(base);
    assert.equal(await node.issuer.people(app.id), 0);
    await app.logIn();
    await new App(base, app.id, app.redirectUri).logIn();
    assert.equal(await node.issuer.people(app.id), 1);
    const bob = 'https://bob.example/#me';
    await new App(base, app.id, app.redirectUri).logIn({}, { account: 'b2', consent: { webId: bob } });
    assert.equal(await node.issuer.people(app.id), 2);
    // Both numbers are counted no further than asked.
    const records = new OidcRecords(node.database);
    assert.deepEqual([await records.accountsOfClient(app.id, 3), await records.accountsOfClient(app.id, 1)], [2, 1]);
    await node.issuer.revokeGrant('b2', (await grantOf(app, 'b2')).id);
    assert.equal(await node.issuer.people(app.id), 1);
  });

  it('is used in as many places as there are logins, each with its refresh token, counted no further than asked', async () => {
    const app = await App.register(base);
    await app.logIn();
    const { id } = await grantOf(app);
    const [, third] = [await app.logIn(), await app.logIn()];
    await app.refresh(third['refresh_token']!);
    assert.equal(await node.issuer.alive(id), 3);
    const records = new OidcRecords(node.database);
    assert.deepEqual([await records.aliveOfGrant('RefreshToken', id, 3), await records.aliveOfGrant('RefreshToken', id, 2)], [3, 2]);
  });

  it('is told of when it ends, in this process and in others', async () => {
    const app = await App.register(base);
    const tokens = await app.logIn();
    await using other = await openTestIssuer({ baseUrl: base, database: node.database, signal });
    assert.equal(await other.issuer.revoked(claims(tokens)), false);
    const ended = new Promise<void>((resolve) => { other.issuer.onEnded(resolve); });
    assert.ok(await heard(async () => node.issuer.revokeGrant('a1', (await grantOf(app)).id)) > 0);
    await ended;
    assert.equal(await other.issuer.revoked(claims(tokens)), true);
    assert.ok(await heard(() => node.issuer.revokeAccount('b2')) > 0);
    assert.ok(await heard(async () => node.issuer.ended()) > 0);
    assert.equal(await heard(async () => undefined), 0);
  });

  it('of client credentials goes on until those are removed, with the authority that the script chose', async () => {
    const agent: Agent = { webId: alice, issuer: base, client: 'script_1', authority: parseAuthority([notes]) };
    assert.deepEqual(await node.issuer.renewed(agent), agent);
    assert.equal(await node.issuer.renewed({ ...agent, webId: 'https://bob.example/#me' }), undefined);
    const { credentials } = node;
    const before = credentials.get('script_1')!;
    credentials.delete('script_1');
    node.issuer.ended();
    assert.equal(await node.issuer.renewed(agent), undefined);
    credentials.set('script_1', before);
    node.issuer.ended();
  });

  describe('when the operator blocks the app', () => {
    it('counts no more: people see the reason, the app an error of OAuth, and its tokens are void until it is unblocked', async () => {
      const app = await App.register(base);
      const tokens = await app.logIn();
      const { url } = await app.browser.go(app.authorizationUrl(), base);
      blocked.set(app.id, 'It sells what it reads.');
      node.issuer.ended();
      assert.equal(await node.issuer.revoked(claims(tokens)), true);
      assert.equal(await node.issuer.renewed(agentOf(claims(tokens))), undefined);
      for (const page of [await app.browser.fetch(app.authorizationUrl()), await app.browser.fetch(url)]) {
        assert.equal(page.status, 403);
        assert.match(await page.text(), /blocked this app. The reason: It sells what it reads./);
      }
      const { status, body } = await app.refresh(tokens['refresh_token']!);
      assert.deepEqual([status, body['error']], [400, 'unauthorized_client']);
      blocked.delete(app.id);
      node.issuer.ended();
      assert.equal(await node.issuer.revoked(claims(tokens)), false);
      assert.equal((await app.refresh(tokens['refresh_token']!)).status, 200);
    });

    it('counts no more for scripts either', async () => {
      blocked.set('script_1', '');
      const { body } = await post(`${base}.oidc/token`, { grant_type: 'client_credentials', client_id: 'script_1', client_secret: 'open sesame', scope: 'webid' });
      blocked.delete('script_1');
      assert.deepEqual([body['error'], body['error_description']], ['unauthorized_client', 'Whoever runs this server has blocked this app.']);
    });
  });
});

describe('An app that was let in', () => {
  let node: TestIssuer;
  let passed = 0;
  const remote = openRemote({ now: () => performance.now() + passed });
  before(async () => { node = await openTestIssuer({ clientDocuments: new ClientDocuments({ remote, staleSeconds: 60 }) }); });
  after(async () => {
    await node[Symbol.asyncDispose]();
    await remote[Symbol.asyncDispose]();
  });

  /** An app that is known by its document, which a test may change. */
  async function withDocument() {
    const document = { name: 'Notes', redirects: ['https://app.example/callback', 'https://elsewhere.example/callback'] };
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/ld+json', 'cache-control': 'no-cache' }).end(JSON.stringify({
        '@context': 'https://www.w3.org/ns/solid/oidc-context.jsonld', 'client_id': `${server.origin}/id`, 'client_name': document.name,
        'redirect_uris': document.redirects, 'grant_types': ['refresh_token', 'authorization_code'], 'scope': 'openid webid offline_access',
      }));
    });
    return { app: new App(node.baseUrl, `${server.origin}/id`, document.redirects[0]!), document, server };
  }
  const asksFor = (...details: object[]): { authorization_details: string } => ({ authorization_details: JSON.stringify(details) });
  /** Whether a login goes through without the person. */
  const isSilent = async (app: App, params: Record<string, string> = {}): Promise<boolean> =>
    (await app.authorize({ prompt: 'none', scope: 'openid webid', ...params })).has('code');

  it('is not asked about again for what it asked for before, also when the person gave it less', async () => {
    const app = await App.register(node.baseUrl);
    await app.logIn(asksFor(notes, photos), { consent: { authorizationDetails: [photos] } });
    for (const details of [[notes, photos], [photos, notes], [notes]]) assert.equal(await isSilent(app, asksFor(...details)), true);
    assert.equal(await isSilent(app), true);
    const silent = await app.exchange(await app.code({ prompt: undefined, ...asksFor(notes, photos) }));
    assert.deepEqual(decodeJwt(silent.body['access_token']!)['authorization_details'], [photos]);
  });

  it('is asked about when it asks for more, with what it has, and what is new', async () => {
    const app = await App.register(node.baseUrl);
    await app.logIn(asksFor(notes), { consent: { authorizationDetails: [notes], chosen: { level: 'folders' } } });
    const more = { ...notes, actions: ['read', 'write'] };
    assert.equal(await isSilent(app, asksFor(notes, more)), false);
    const { url } = await app.browser.go(app.authorizationUrl({ prompt: undefined, ...asksFor(more) }), node.baseUrl);
    const { reasons, granted } = await app.browser.details(url);
    assert.deepEqual(reasons, ['app_changed']);
    assert.deepEqual([granted!.authorizationDetails, granted!.askedDetails, granted!.chosen, granted!.places], [[notes], [notes], { level: 'folders' }, ['app.example']]);
    await app.browser.go(await app.browser.decide(url, { consent: { webId: alice, authorizationDetails: [notes] } }), node.baseUrl);
    assert.equal(await isSilent(app, asksFor(more)), true);
  });

  it('is asked about when it has another name, or sends people elsewhere, and then no more', async () => {
    const { app, document, server } = await withDocument();
    await using _ = server;
    await app.logIn();
    assert.equal(await isSilent(app), true);
    document.name = 'Bank of Notes';
    passed += 24 * hour;
    assert.equal(await isSilent(app), false);
    await app.logIn({ prompt: undefined });
    assert.equal(await isSilent(app), true);
    const moved = new App(node.baseUrl, app.id, document.redirects[1]!, { browser: app.browser });
    assert.equal(await isSilent(moved), false);
    await moved.logIn({ prompt: undefined });
    assert.deepEqual([await isSilent(moved), await isSilent(app)], [true, true]);
  });

  it('is asked about once in each browser', async () => {
    const app = await App.register(node.baseUrl);
    await app.logIn();
    const elsewhere = new App(node.baseUrl, app.id, app.redirectUri, { browser: new Browser() });
    const { url } = await elsewhere.browser.go(elsewhere.authorizationUrl({ prompt: undefined }), node.baseUrl);
    const consent = await elsewhere.browser.go(await elsewhere.browser.decide(url, { login: { account: 'a1' } }), node.baseUrl);
    assert.equal((await elsewhere.browser.details(consent.url)).prompt, 'consent');
  });
});

