import assert from 'node:assert/strict';
import * as jose from 'jose';
import { App } from './browser.ts';
import { alice, openTestIssuer, otherAlice } from './open-test-issuer.ts';
import type { TestIssuer } from './open-test-issuer.ts';

describe('A person whom an app sends to the identity provider', () => {
  let node: TestIssuer;
  let base: string;
  before(async () => {
    node = await openTestIssuer();
    base = node.baseUrl;
  });
  after(() => node[Symbol.asyncDispose]());
  afterEach(() => assert.deepEqual(node.logged.filter(({ level }) => Number(level) >= 40), []));

  const verify = async (token: string, options: jose.JWTVerifyOptions = {}) =>
    (await jose.jwtVerify(token, jose.createLocalJWKSet(node.issuer.keys()), { issuer: base, ...options })).payload;

  it('is asked to log in, then to consent, with all that there is to know', async () => {
    const app = await App.register(base, {
      logo_uri: 'https://app.example/logo.png', policy_uri: 'https://app.example/policy',
      tos_uri: 'https://app.example/tos',
    });
    const details = [{ type: 'solid', locations: ['https://alice.example/notes/'], actions: ['read'] }];
    const login = await app.browser.go(app.authorizationUrl({ authorization_details: JSON.stringify(details),
      login_hint: 'al' }), base);
    const first = await app.browser.details(login.url);
    assert.equal(first.prompt, 'login');
    assert.deepEqual(first.reasons, ['no_session']);
    assert.equal(first.account, undefined);
    assert.equal(first.loginHint, 'al');
    const consent = await app.browser.go(await app.browser.decide(login.url, { login: { account: 'a1' } }), base);
    const second = await app.browser.details(consent.url);
    assert.equal(second.prompt, 'consent');
    assert.equal(second.account, 'a1');
    const { registered, ...client } = second.client;
    assert.ok(Math.abs(registered! - Date.now()) < 60_000);
    assert.deepEqual(client, {
      id: app.id, kind: 'registered', name: 'Test app', logo: 'https://app.example/logo.png',
      policy: 'https://app.example/policy',
      tos: 'https://app.example/tos', redirectHost: 'app.example',
    });
    assert.deepEqual(second.scopes, ['openid', 'webid', 'offline_access']);
    assert.deepEqual(second.authorizationDetails, details);
    assert.ok(second.reasons.includes('app_changed') && second.reasons.includes('op_scopes_missing'));
    assert.ok(second.expires > Date.now());
  });

  it('says no', async () => {
    const app = await App.register(base);
    const { url } = await app.browser.go(app.authorizationUrl(), base);
    const back = await app.browser.go(await app.browser.decide(url, { error: 'access_denied' }), base);
    const answer = new URL(back.url).searchParams;
    assert.equal(answer.get('error'), 'access_denied');
    assert.equal(answer.get('code'), null);
    assert.equal(answer.get('iss'), base);
  });

  it('chooses with which WebID', async () => {
    const app = await App.register(base);
    const tokens = await app.logIn({}, { consent: { webId: otherAlice } });
    assert.equal((await verify(tokens['access_token']!))['webid'], otherAlice);
    assert.equal((await verify(tokens['id_token']!))['webid'], otherAlice);
  });

  it('cannot choose a WebID of somebody else', async () => {
    const app = await App.register(base);
    const login = await app.browser.go(app.authorizationUrl(), base);
    const consent = await app.browser.go(await app.browser.decide(login.url, { login: { account: 'a1' } }), base);
    const answer = await app.browser.fetch(consent.url, {
      method: 'POST', body: JSON.stringify({ consent: { webId: 'https://bob.example/#me' } }),
    });
    assert.equal(answer.status, 400);
  });

  it('cannot consent before logging in', async () => {
    const app = await App.register(base);
    const { url } = await app.browser.go(app.authorizationUrl(), base);
    const answer = await app.browser.fetch(url, { method: 'POST',
      body: JSON.stringify({ consent: { webId: alice } }) });
    assert.equal(answer.status, 409);
  });

  it('narrows what the app may do, for all tokens of the grant, and widens it again [server-oauth-authorization-details]', async () => {
    const app = await App.register(base);
    const narrow = [{ type: 'solid', locations: ['https://alice.example/notes/'], actions: ['read', 'append'] }];
    const tokens = await app.logIn({}, { consent: { authorizationDetails: narrow } });
    assert.deepEqual((await verify(tokens['access_token']!))['authorization_details'], narrow);
    assert.deepEqual(tokens['authorization_details'], narrow);
    const later = await app.refresh(tokens['refresh_token']!);
    assert.deepEqual((await verify(later.body['access_token']!))['authorization_details'], narrow);
    // The same app asks again in the same browser, and gets everything: that holds for the older refresh token too.
    await app.logIn();
    const wide = await app.refresh(later.body['refresh_token']!);
    assert.equal((await verify(wide.body['access_token']!))['authorization_details'], undefined);
    // And narrower again, to nothing at all.
    await app.logIn({}, { consent: { authorizationDetails: [] } });
    const none = await app.refresh(wide.body['refresh_token']!);
    assert.deepEqual((await verify(none.body['access_token']!))['authorization_details'], []);
  });

  it('grants no more than the app asked for', async () => {
    const app = await App.register(base);
    const details = [{ type: 'solid', locations: ['https://alice.example/notes/'], actions: ['read'] }];
    const tokens = await app.logIn({ authorization_details: JSON.stringify(details) });
    assert.deepEqual((await verify(tokens['access_token']!))['authorization_details'], details);
  });

  for (const [what, details] of [
    ['of another type', [{ type: 'payment' }]],
    ['without actions', [{ type: 'solid', locations: ['https://a.example/'] }]],
    ['that grant nothing', [{ type: 'solid', locations: ['https://a.example/'], actions: ['dance'] }]],
    ['that are no list', { type: 'solid' }],
  ] as const) {
    it(`is not asked about authorization details ${what} (RFC 9396, 5)`, async () => {
      const app = await App.register(base);
      const answer = await app.authorize({ authorization_details: JSON.stringify(details) });
      assert.equal(answer.get('error'), 'invalid_authorization_details');
    });
  }

  it('has another grant for another WebID, so that no token changes whom it is for', async () => {
    const app = await App.register(base);
    const first = await app.logIn();
    const second = await app.logIn({}, { consent: { webId: otherAlice } });
    assert.equal((await verify((await app.refresh(first['refresh_token']!)).body['access_token']!))['webid'], alice);
    assert.equal((await verify((await app.refresh(second['refresh_token']!)).body['access_token']!))['webid'],
      otherAlice);
  });

  it('is not asked again without need (prompt=none) [server-oidc-prompt-none]', async () => {
    const app = await App.register(base);
    await app.logIn();
    const answer = await app.authorize({ prompt: 'none', scope: 'openid webid' });
    assert.ok(answer.has('code'), String(answer));
    const unasked = await App.register(base, {}, app.browser);
    assert.equal((await unasked.authorize({ prompt: 'none', scope: 'openid webid' })).get('error'),
      'consent_required');
  });

  it('is asked again when the WebID is not the account\'s any more', async () => {
    const app = await App.register(base);
    const tokens = await app.logIn({}, { consent: { webId: otherAlice } });
    const before = node.accounts.get('a1')!;
    node.accounts.set('a1', { ...before, webIds: [alice] });
    try {
      assert.equal((await app.authorize({ prompt: 'none', scope: 'openid webid' })).get('error'), 'consent_required');
      const refreshed = await app.refresh(tokens['refresh_token']!);
      assert.equal(refreshed.body['error'], 'invalid_grant');
      assert.equal(await node.issuer.revoked(await verify(tokens['access_token']!)), true);
    } finally {
      node.accounts.set('a1', before);
    }
  });

  it('gets no tokens for a suspended account, and has to log in as another', async () => {
    const app = await App.register(base);
    const tokens = await app.logIn();
    const code = await app.code();
    const before = node.accounts.get('a1')!;
    node.accounts.delete('a1');
    try {
      assert.equal((await app.refresh(tokens['refresh_token']!)).body['error'], 'invalid_grant');
      assert.equal((await app.exchange(code)).body['error'], 'invalid_grant');
      assert.equal((await app.authorize({ prompt: 'none', scope: 'openid webid' })).get('error'), 'login_required');
      const { url } = await app.browser.go(app.authorizationUrl({ prompt: undefined }), base);
      assert.deepEqual((await app.browser.details(url)).reasons, ['account_unavailable']);
      const refused = await app.browser.fetch(url, { method: 'POST',
        body: JSON.stringify({ login: { account: 'a1' } }) });
      assert.equal(refused.status, 403);
    } finally {
      node.accounts.set('a1', before);
    }
  });

  it('may give a grant an end, which no token outlives', async () => {
    const app = await App.register(base);
    const until = Date.now() + 100_000;
    const tokens = await app.logIn({}, { consent: { until } });
    const access = await verify(tokens['access_token']!);
    assert.ok(access.exp! <= Math.ceil(until / 1000), `${access.exp} ${until}`);
  });

  it('may reject scopes', async () => {
    const app = await App.register(base);
    const tokens = await app.logIn({}, { consent: { rejectedScopes: ['webid'] } });
    const id = await verify(tokens['id_token']!);
    assert.equal(id['webid'], undefined);
    assert.ok(!tokens['scope']!.includes('webid'), tokens['scope']);
  });

  it('sees and takes back what was granted', async () => {
    const app = await App.register(base);
    const tokens = await app.logIn();
    const claims = await verify(tokens['access_token']!);
    const list = async () => {
      const found = [];
      for await (const grant of node.issuer.grants('a1')) if (grant.client === app.id) found.push(grant);
      return found;
    };
    const [grant] = await list();
    assert.equal(grant!.clientName, 'Test app');
    assert.equal(grant!.webId, alice);
    assert.deepEqual(grant!.scopes.toSorted(), ['offline_access', 'openid', 'webid']);
    assert.equal(await node.issuer.revoked(claims), false);
    assert.equal(await node.issuer.revokeGrant('b2', grant!.id), false);
    assert.equal(await node.issuer.revokeGrant('a1', grant!.id), true);
    assert.equal(await node.issuer.revoked(claims), true);
    assert.deepEqual(await list(), []);
    assert.equal((await app.refresh(tokens['refresh_token']!)).body['error'], 'invalid_grant');
  });

  it('loses all logins and grants when the account ends', async () => {
    const app = await App.register(base);
    const tokens = await app.logIn();
    await node.issuer.revokeAccount('a1');
    assert.equal((await app.authorize({ prompt: 'none', scope: 'openid webid' })).get('error'), 'login_required');
    assert.equal((await app.refresh(tokens['refresh_token']!)).body['error'], 'invalid_grant');
    assert.equal(await node.issuer.revoked(await verify(tokens['access_token']!)), true);
  });

  it('keeps the apps that work without it when only its browsers are logged out', async () => {
    const app = await App.register(base);
    const tokens = await app.logIn();
    await node.issuer.endSessions('a1');
    assert.equal((await app.authorize({ prompt: 'none', scope: 'openid webid' })).get('error'), 'login_required');
    assert.equal((await app.refresh(tokens['refresh_token']!)).status, 200);
  });

  describe('Logging out', () => {
    it('ends the session and the tokens of the app that asks for it, and goes back there (RP-Initiated Logout) [server-oidc-logout]',
      async () => {
      const app = await App.register(base, { post_logout_redirect_uris: ['https://app.example/bye'] });
      const tokens = await app.logIn();
      const url = new URL(`${base}.oidc/session/end`);
      url.searchParams.set('id_token_hint', tokens['id_token']!);
      url.searchParams.set('post_logout_redirect_uri', 'https://app.example/bye');
      url.searchParams.set('state', 's');
      const page = await app.browser.fetch(url, { headers: { accept: 'text/html' } });
      assert.equal(page.status, 200);
      assert.match(page.headers.get('content-security-policy')!, /frame-ancestors 'none'/);
      const text = await page.text();
      assert.match(text, /Test app asks you to log out/);
      const [, action = ''] = /action="([^"]+)"/.exec(text) ?? [];
      const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(text) ?? [];
      assert.equal(action, `${base}.oidc/session/end/confirm`);
      const forged = await app.browser.fetch(action, { method: 'POST',
        body: new URLSearchParams({ xsrf: 'x'.repeat(48), logout: 'yes' }) });
      assert.equal(forged.status, 400);
      const done = await app.browser.fetch(action, { method: 'POST',
        body: new URLSearchParams({ xsrf, logout: 'yes' }) });
      assert.equal(done.headers.get('location'), 'https://app.example/bye?state=s');
      assert.equal((await app.authorize({ prompt: 'none', scope: 'openid webid' })).get('error'), 'login_required');
      assert.equal((await app.refresh(tokens['refresh_token']!)).body['error'], 'invalid_grant');
      assert.equal(await node.issuer.revoked(await verify(tokens['access_token']!)), true);
    });

    it('goes nowhere that the app did not register, and stays here instead: most apps that register forget it', async () => {
      const app = await App.register(base, { post_logout_redirect_uris: ['https://app.example/bye'] });
      const { id_token: hint = '' } = await app.logIn();
      for (const named of [{ id_token_hint: hint }, { client_id: app.id }, { client_id: app.id, id_token_hint: hint }]) {
        const url = new URL(`${base}.oidc/session/end`);
        for (const [name, value] of Object.entries({ ...named, post_logout_redirect_uri: 'https://evil.example/', state: 's' })) {
          url.searchParams.set(name, value);
        }
        const page = await app.browser.fetch(url);
        assert.equal(page.status, 200);
        const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(await page.text()) ?? [];
        const done = await app.browser.fetch(`${base}.oidc/session/end/confirm`, { method: 'POST',
          body: new URLSearchParams({ xsrf, logout: 'yes' }) });
        assert.equal(done.headers.get('location'), `${base}.oidc/session/end/success`);
        assert.match(await (await app.browser.fetch(`${base}.oidc/session/end/success`)).text(), /You are logged out/);
        await app.logIn();
      }
    });

    it('is told what is wrong with a request that cannot be meant', async () => {
      const app = await App.register(base);
      const ask = (params: Record<string, string>): Promise<Response> =>
        app.browser.fetch(`${base}.oidc/session/end?${new URLSearchParams({ post_logout_redirect_uri: 'https://evil.example/', ...params }).toString()}`);
      assert.equal((await ask({ client_id: 'nobody' })).status, 400);
      assert.equal((await ask({ id_token_hint: 'no token' })).status, 400);
      const nobody = await ask({});
      assert.equal(nobody.status, 200);
      assert.doesNotMatch(await nobody.text(), /evil/);
    });

    it('as another person continues the login of that person at once, and ends what lasted as long as the first one\'s login', async () => {
      const app = await App.register(base);
      const tokens = await app.logIn({ scope: 'openid webid' });
      const { url } = await app.browser.go(app.authorizationUrl({ prompt: 'login' }), base);
      const consent = await app.browser.go(await app.browser.decide(url, { login: { account: 'b2' } }), base);
      assert.equal((await app.browser.details(consent.url)).account, 'b2');
      assert.equal((await app.refresh(tokens['refresh_token']!)).body['error'], 'invalid_grant');
      assert.equal(await node.issuer.revoked(await verify(tokens['access_token']!)), true);
    });

    it('as another person keeps what was granted for when nobody is there', async () => {
      const app = await App.register(base);
      const tokens = await app.logIn();
      const { url } = await app.browser.go(app.authorizationUrl({ prompt: 'login' }), base);
      await app.browser.go(await app.browser.decide(url, { login: { account: 'b2' } }), base);
      assert.equal((await app.refresh(tokens['refresh_token']!)).status, 200);
    });
  });
});
