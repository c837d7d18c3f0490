import assert from 'node:assert/strict';
import { Session } from '@inrupt/solid-client-authn-node';
import * as jose from 'jose';
import { OidcRecords } from '../../src/identity/adapter.ts';
import { SigningKeys } from '../../src/identity/keys.ts';
import { openLevel } from '../../src/storage/level.ts';
import { serve } from '../remote/servers.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { App, Browser, codeChallenge, post } from './browser.ts';
import { alice, openTestIssuer } from './open-test-issuer.ts';
import type { TestIssuer } from './open-test-issuer.ts';

describe('The tokens of the identity provider', () => {
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

  describe('Refresh tokens', () => {
    it('are there for apps that registered the grant, also without prompt=consent', async () => {
      const app = await App.register(base);
      const tokens = await app.logIn({ prompt: undefined });
      assert.ok(tokens['refresh_token']);
      const without = await App.register(base, { grant_types: ['authorization_code'] });
      assert.equal((await without.logIn())['refresh_token'], undefined);
    });

    it('without prompt=consent end with the session', async () => {
      const app = await App.register(base);
      const tokens = await app.logIn({ prompt: undefined });
      await node.issuer.endSessions('a1');
      assert.equal((await app.refresh(tokens['refresh_token']!)).body['error'], 'invalid_grant');
    });

    it('rotate', async () => {
      const app = await App.register(base);
      let { refresh_token: token } = await app.logIn();
      for (let round = 0; round < 3; round += 1) {
        const { status, body } = await app.refresh(token!);
        assert.equal(status, 200);
        assert.notEqual(body['refresh_token'], token);
        assert.equal((await verify(body['access_token']!))['webid'], alice);
        token = body['refresh_token'];
      }
    });
  });

  describe('Client credentials [server-oidc-client-credentials]', () => {
    it('give a token for their WebID, bound to a key', async () => {
      const app = new App(base, 'script_1', '', { secret: 'open sesame' });
      const { status, body } = await app.token({ grant_type: 'client_credentials', scope: 'webid' });
      assert.equal(status, 200, JSON.stringify(body));
      const claims = await verify(body['access_token']!, { audience: 'solid' });
      assert.equal(claims['webid'], alice);
      assert.equal(claims['client_id'], 'script_1');
      assert.equal((claims['cnf'] as { jkt: string }).jkt, await app.key.thumbprint());
      assert.equal(await node.issuer.revoked(claims), false);
    });

    it('are taken in a header too, and without a scope', async () => {
      const authorization = `Basic ${Buffer.from('script_1:open%20sesame').toString('base64')}`;
      const { status, body } = await post(`${base}.oidc/token`, { grant_type: 'client_credentials' },
        { authorization });
      assert.equal(status, 200, JSON.stringify(body));
      assert.equal(body['token_type'], 'Bearer');
      assert.equal((await verify(body['access_token']!, { audience: 'solid' }))['webid'], alice);
    });

    it('log @inrupt/solid-client-authn-node in', async () => {
      const session = new Session({ keepAlive: false });
      await session.login({ clientId: 'script_1', clientSecret: 'open sesame', oidcIssuer: base });
      assert.equal(session.info.isLoggedIn, true);
      assert.equal(session.info.webId, alice);
      await using storage = await serve((request, response) => { response.end(JSON.stringify(request.headers)); });
      const sent = await (await session.fetch(`${storage.origin}/private`)).json() as Record<string, string>;
      const claims = await verify(sent['authorization']!.replace(/^DPoP /, ''), { audience: 'solid' });
      assert.equal(claims['webid'], alice);
      assert.equal((claims['cnf'] as { jkt: string }).jkt,
        await jose.calculateJwkThumbprint(jose.decodeProtectedHeader(sent['dpop']!).jwk!));
      await session.logout();
    });

    it('can be narrowed each time', async () => {
      const details = [{ type: 'solid', locations: ['https://alice.example/notes/'], actions: ['read'] }];
      const app = new App(base, 'script_1', '', { secret: 'open sesame' });
      const { body } = await app.token({ grant_type: 'client_credentials',
        authorization_details: JSON.stringify(details) });
      assert.deepEqual((await verify(body['access_token']!))['authorization_details'], details);
    });

    it('are refused with a wrong secret, for an unknown id, and once they are gone', async () => {
      for (const [id, secret] of [['script_1', 'wrong'], ['script_2', 'open sesame']]) {
        const { status, body } = await new App(base, id!, '', { secret }).token({ grant_type: 'client_credentials' });
        assert.equal(status, 401);
        assert.equal(body['error'], 'invalid_client');
      }
      node.credentials.set('script_3', { account: 'b2', webId: 'https://bob.example/#me', secret: 's' });
      const app = new App(base, 'script_3', '', { secret: 's' });
      const { body } = await app.token({ grant_type: 'client_credentials' });
      node.credentials.delete('script_3');
      assert.equal((await app.token({ grant_type: 'client_credentials' })).status, 401);
      assert.equal(await node.issuer.revoked(await verify(body['access_token']!)), true);
    });

    it('do not log people in', async () => {
      const answer = await fetch(new App(base, 'script_1', 'https://app.example/cb').authorizationUrl(),
        { redirect: 'manual' });
      assert.equal(answer.status, 400);
    });
  });

  describe('Plain OpenID Connect', () => {
    const scope = 'openid profile email';

    it('gives apps without the scope webid a name and an address, at the userinfo endpoint', async () => {
      const app = await App.register(base, { grant_types: ['authorization_code'] });
      const code = await app.code({ scope, prompt: undefined }, { consent: { webId: undefined } });
      const { status, body } = await app.exchange(code, {}, { bound: false });
      assert.equal(status, 200, JSON.stringify(body));
      assert.equal(body['token_type'], 'Bearer');
      const id = await verify(body['id_token']!, { audience: app.id });
      assert.equal(id.sub, 'a1');
      assert.equal(id['webid'], undefined);
      const answer = await fetch(`${base}.oidc/me`, { headers: { authorization: `Bearer ${body['access_token']!}` } });
      assert.deepEqual(await answer.json(), {
        sub: 'a1', azp: app.id, name: 'Alice', email: 'alice@mail.example', email_verified: true,
      });
    });

    it('gives nothing that was rejected', async () => {
      const app = await App.register(base, { grant_types: ['authorization_code'] });
      const code = await app.code({ scope, prompt: undefined },
        { consent: { webId: undefined, rejectedScopes: ['email'] } });
      const { body } = await app.exchange(code);
      const url = `${base}.oidc/me`;
      const ath = codeChallenge(body['access_token']!);
      const answer = await fetch(url, {
        headers: { authorization: `DPoP ${body['access_token']!}`, dpop: await app.key.proof('GET', url, { ath }) },
      });
      assert.deepEqual(await answer.json(), { sub: 'a1', azp: app.id, name: 'Alice' });
    });
  });

  it('revokes a refresh token, and all that came of its grant (RFC 7009) [server-oauth-revocation]', async () => {
    const app = await App.register(base);
    const tokens = await app.logIn();
    const answer = await post(`${base}.oidc/token/revocation`, { client_id: app.id, token: tokens['refresh_token'] });
    assert.equal(answer.status, 200);
    assert.equal((await app.refresh(tokens['refresh_token']!)).body['error'], 'invalid_grant');
    assert.equal(await node.issuer.revoked(await verify(tokens['access_token']!)), true);
  });

  it('takes its lifetimes from the options, and puts off the end of a grant in use', async () => {
    await using own = await openTestIssuer({ accessTokenSeconds: 100 });
    const app = await App.register(own.baseUrl);
    const tokens = await app.logIn();
    assert.equal(tokens['expires_in'], 100 as unknown as string);
    const records = new OidcRecords(own.database);
    const exp = async () => {
      for await (const grant of records.ofAccount('a1', 'Grant')) return grant;
      return assert.fail('there is no grant');
    };
    const grant = await exp();
    const soon = Math.floor(Date.now() / 1000) + 60;
    await records.put('Grant', grant.hash, { ...grant, payload: { ...grant.payload, exp: soon } });
    assert.equal((await app.refresh(tokens['refresh_token']!)).status, 200);
    assert.equal(Math.round(((await exp()).payload.exp! * 1000 - Date.now()) / 86_400_000), 45);
  });

  it('uses new keys as soon as they sign, and goes on taking the old ones', async () => {
    await using own = await openTestIssuer();
    const app = await App.register(own.baseUrl);
    const before = await app.logIn();
    await using elsewhere = await SigningKeys.open(own.database, { keyDays: 90 });
    await elsewhere.rotate({ urgent: true });
    await own.refreshKeys();
    const after = await app.refresh(before['refresh_token']!);
    const kids = [before['access_token']!, after.body['access_token']!].map((token) =>
      jose.decodeProtectedHeader(token).kid);
    assert.notEqual(kids[0], kids[1]);
    const published = jose.createRemoteJWKSet(new URL(`${own.baseUrl}.oidc/jwks`));
    for (const token of [before['access_token']!, after.body['access_token']!]) await jose.jwtVerify(token, published);
  });

  it('forgets nothing when it is restarted', async () => {
    const database = await openLevel(await temporaryDirectory());
    const browser = new Browser();
    const first = await openTestIssuer({ database });
    const app = await App.register(first.baseUrl, {}, browser);
    const tokens = await app.logIn();
    const code = await app.code();
    const half = await app.browser.go(app.authorizationUrl({ prompt: 'login' }), first.baseUrl);
    await first[Symbol.asyncDispose]();
    await using second = await openTestIssuer({ database, port: first.port });
    assert.deepEqual(second.issuer.keys(), first.issuer.keys());
    assert.equal((await app.exchange(code)).status, 200);
    assert.equal((await app.refresh(tokens['refresh_token']!)).status, 200);
    assert.ok((await app.authorize({ prompt: 'none', scope: 'openid webid' })).has('code'));
    const consent = await app.browser.go(await app.browser.decide(half.url, { login: { account: 'a1' } }),
      first.baseUrl);
    assert.ok(new URL(consent.url).searchParams.has('code'), consent.url);
    await second[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  }).timeout(20_000);

  it('stores no code, token, secret or session id', async () => {
    await using own = await openTestIssuer();
    const app = await App.register(own.baseUrl, { token_endpoint_auth_method: 'client_secret_basic' });
    const code = await app.code();
    const { body } = await app.exchange(code);
    await app.browser.go(app.authorizationUrl(), own.baseUrl);
    const cookies = [...app.browser.cookies].filter(([name]) => !name.includes('.sig')).map(([, { value }]) => value);
    assert.ok(cookies.length >= 2);
    for await (const { key, value } of own.database.range([])) {
      const text = `${key.join('/')} ${Buffer.from(value).toString()}`;
      for (const secret of [code, body['access_token']!, body['refresh_token']!, app.secret!, ...cookies]) {
        assert.ok(!text.includes(secret), `${key.join('/')} holds ${secret}`);
      }
    }
  });
});
