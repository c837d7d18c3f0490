import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import * as jose from 'jose';
import { Problem } from '../../src/problem.ts';
import { serve } from '../remote/servers.ts';
import { App, Browser, codeChallenge, register } from './browser.ts';
import { alice, openTestIssuer } from './open-test-issuer.ts';
import type { TestIssuer } from './open-test-issuer.ts';

describe('The identity provider under attack', () => {
  let node: TestIssuer;
  let base: string;
  before(async () => {
    node = await openTestIssuer();
    base = node.baseUrl;
  });
  after(() => node[Symbol.asyncDispose]());
  afterEach(() => assert.deepEqual(node.logged.filter(({ level }) => Number(level) >= 40), []));

  const claimsOf = (token: string): jose.JWTPayload => jose.decodeJwt(token);

  describe('does not redirect to what is not registered to the letter (RFC 9700, 4.1) [server-oauth-redirect-uri]', () => {
    const registered = 'https://app.example/callback?a=b';
    let app: App;
    before(async () => { app = await App.register(base, { redirect_uris: [registered] }); });

    for (const uri of [
      'https://evil.example/callback?a=b', 'https://app.example.evil.example/callback?a=b',
      'https://app.example@evil.example/callback?a=b',
      'https://evil.example\\@app.example/callback?a=b', 'https://app.example:444/callback?a=b',
      'https://app.example:443/callback?a=b',
      'http://app.example/callback?a=b', 'HTTPS://app.example/callback?a=b', 'https://APP.example/callback?a=b',
      'https://app.example/callback', 'https://app.example/callback?a=b&c=d', 'https://app.example/callback?a=B',
      'https://app.example/callback/?a=b', 'https://app.example/callback/../callback?a=b',
      'https://app.example/%63allback?a=b',
      'https://app.example//callback?a=b', 'https://app.example/callback?a=b#fragment',
      'https://app.example/callback?a=b#',
      ' https://app.example/callback?a=b', 'https://app.example/callback?a=b%0d%0aX: y', 'javascript:alert(1)//',
      '//app.example/callback?a=b',
      '/callback?a=b', '',
    ]) {
      it(JSON.stringify(uri), async () => {
        const response = await app.browser.fetch(app.authorizationUrl({ redirect_uri: uri }));
        assert.equal(response.status, 400);
        assert.equal(response.headers.get('location'), null);
        assert.match(await response.text(), /redirect_uri/);
      });
    }

    it('several at once', async () => {
      const url = app.authorizationUrl();
      url.searchParams.append('redirect_uri', 'https://evil.example/');
      const response = await app.browser.fetch(url);
      assert.equal(response.status, 400);
      assert.equal(response.headers.get('location'), null);
    });

    it('none at all', async () => {
      const response = await app.browser.fetch(app.authorizationUrl({ redirect_uri: undefined }));
      assert.equal(response.status, 400);
      assert.equal(response.headers.get('location'), null);
    });

    it('for another app', async () => {
      const other = await App.register(base, { redirect_uris: ['https://other.example/cb'] });
      const response = await app.browser.fetch(app.authorizationUrl({ redirect_uri: other.redirectUri }));
      assert.equal(response.status, 400);
    });

    it('nor gives a code that was for one to another', async () => {
      const two = await App.register(base, { redirect_uris: ['https://app.example/one', 'https://app.example/two'] });
      const { body } = await two.exchange(await two.code(), { redirect_uri: 'https://app.example/two' });
      assert.equal(body['error'], 'invalid_grant');
    });
  });

  it('lets a native app have any port of the loopback, and nothing else (RFC 8252, 7.3)', async () => {
    const app = await App.register(base, { application_type: 'native', redirect_uris: ['http://127.0.0.1/cb'] });
    const other = await app.browser.fetch(app.authorizationUrl({ redirect_uri: 'http://127.0.0.1:5000/cb' }));
    assert.equal(other.status, 303);
    for (const uri of ['http://127.0.0.1:5000/other', 'http://localhost:5000/cb',
      'http://127.0.0.1.evil.example:5000/cb', 'http://127.0.0.1:x@evil.example/cb']) {
      assert.equal((await app.browser.fetch(app.authorizationUrl({ redirect_uri: uri }))).status, 400, uri);
    }
  });

  describe('insists on PKCE with S256 (RFC 7636; RFC 9700, 2.1.1) [server-oauth-pkce]', () => {
    const cases: [what: string, params: Record<string, string | undefined>][] = [
      ['without a challenge', { code_challenge: undefined, code_challenge_method: undefined }],
      ['with the method plain', { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }],
      ['without a method, which would mean plain', { code_challenge_method: undefined }],
      ['with a method and no challenge', { code_challenge: undefined }],
      ['with a challenge that is none', { code_challenge: 'short' }],
      ['with the method in another case', { code_challenge_method: 's256' }],
    ];
    for (const [what, params] of cases) {
      it(what, async () => {
        const app = await App.register(base);
        const answer = await app.authorize(params);
        assert.equal(answer.get('error'), 'invalid_request');
        assert.equal(answer.get('code'), null);
      });
    }

    it('also for apps with a secret', async () => {
      const app = await App.register(base, { token_endpoint_auth_method: 'client_secret_basic' });
      const answer = await app.authorize({ code_challenge: undefined, code_challenge_method: undefined });
      assert.equal(answer.get('error'), 'invalid_request');
    });

    for (const [what, verifier] of [
      ['no verifier', undefined], ['another verifier', 'y'.repeat(43)], ['an empty verifier', ''],
      ['the challenge for a verifier', 'challenge'],
    ] as const) {
      it(`and takes no code with ${what}`, async () => {
        const app = await App.register(base);
        const code = await app.code();
        const { body } = await app.exchange(code,
          { code_verifier: verifier === 'challenge' ? codeChallenge(app.verifier) : verifier });
        assert.match(body['error']!, /invalid_(grant|request)/);
        assert.equal((await app.exchange(code)).status, 200, 'the app itself can still use it');
      });
    }
  });

  describe('registers no app that', () => {
    const cases: [what: string, metadata: Record<string, unknown>][] = [
      ['goes back to a script', { redirect_uris: ['javascript:alert(1)'] }],
      ['goes back to data', { redirect_uris: ['data:text/html,<script>'] }],
      ['is native and goes back to a script', { application_type: 'native', redirect_uris: ['javascript:alert(1)'] }],
      ['is native and goes back to a file', { application_type: 'native', redirect_uris: ['file:///etc/passwd'] }],
      ['goes back to a fragment', { redirect_uris: ['https://app.example/#here'] }],
      ['goes back nowhere', { redirect_uris: [] }],
      ['goes back to no URL', { redirect_uris: ['callback'] }],
      ['goes back to no text', { redirect_uris: [1] }],
      ['has a script for a logo', { logo_uri: 'javascript:alert(1)' }],
      ['has a script for a home page', { client_uri: 'javascript:alert(1)' }],
      ['has data for terms', { tos_uri: 'data:text/html,x' }],
      ['has a script for a policy', { policy_uri: 'vbscript:x' }],
      ['leads to a script after logging out', { post_logout_redirect_uris: ['javascript:alert(1)'] }],
      ['wants tokens in the fragment', { response_types: ['id_token token'], grant_types: ['implicit'] }],
      ['wants tokens for passwords', { grant_types: ['password'] }],
      ['wants ID tokens without a signature', { id_token_signed_response_alg: 'none' }],
      ['wants ID tokens by a shared secret', { id_token_signed_response_alg: 'HS256' }],
      ['logs in by keys that had to be fetched', { token_endpoint_auth_method: 'private_key_jwt',
        jwks_uri: 'http://169.254.169.254/' }],
      ['has a name that is no text', { client_name: { toString: 'x' } }],
    ];
    for (const [what, metadata] of cases) {
      it(what, async () => {
        const { status, body } = await register(base, { redirect_uris: ['https://app.example/cb'], ...metadata });
        assert.equal(status, 400, JSON.stringify(body));
        assert.match(body['error']!, /invalid_(client_metadata|redirect_uri)/);
      });
    }

    it('is larger than 16 KiB', async () => {
      const { status } = await register(base, { redirect_uris: ['https://app.example/cb'],
        client_name: 'x'.repeat(20_000) });
      assert.equal(status, 413);
    });

    for (const [what, body, type] of [
      ['no JSON', '{', 'application/json'], ['a list', '[]', 'application/json'], ['null', 'null', 'application/json'],
      ['a form', 'redirect_uris=x', 'application/x-www-form-urlencoded'],
    ] as const) {
      it(`comes as ${what}`, async () => {
        const response = await fetch(`${base}.oidc/reg`, { method: 'POST', body, headers: { 'content-type': type } });
        assert.equal(response.status, 400);
      });
    }
  });

  it('chooses the id and the secret of an app itself', async () => {
    const { body } = await register(base, {
      redirect_uris: ['https://app.example/cb'], client_id: 'script_1', client_secret: 'mine', client_id_issued_at: 1,
      client_secret_expires_at: 1,
    });
    assert.notEqual(body['client_id'], 'script_1');
    assert.notEqual(body['client_secret'], 'mine');
    assert.equal(body['client_secret_expires_at'], 0 as unknown as string);
  });

  it('lets no registered app get tokens by client credentials for a WebID', async () => {
    const { body } = await register(base, {
      redirect_uris: ['https://app.example/cb'], grant_types: ['authorization_code', 'client_credentials'],
    });
    const app = new App(base, body['client_id']!, '', { secret: body['client_secret'] });
    const answer = await app.token({ grant_type: 'client_credentials', scope: 'webid' });
    assert.equal(answer.body['access_token'], undefined);
    assert.equal(answer.status, 400);
  });

  it('fetches nothing that an app names when it registers (SSRF)', async () => {
    await using trap = await serve((_request, response) => { response.end('[]'); });
    const url = trap.origin;
    const secure = url.replace('http:', 'https:');
    const { status, body } = await register(base, {
      redirect_uris: ['https://app.example/cb'], sector_identifier_uri: secure, initiate_login_uri: secure, logo_uri: url,
      client_uri: url, jwks_uri: url, tos_uri: url, policy_uri: url, backchannel_logout_uri: url,
      token_endpoint_auth_method: 'none',
    });
    assert.equal(status, 201, JSON.stringify(body));
    const app = new App(base, body['client_id']!, 'https://app.example/cb');
    await app.logIn();
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    assert.deepEqual(trap.asked, []);
  });

  describe('keeps a login in the browser in which it was begun', () => {
    it('so that nobody can have another person finish theirs', async () => {
      const app = await App.register(base);
      const { url } = await app.browser.go(app.authorizationUrl(), base);
      const victim = new Browser();
      for (const init of [{}, { method: 'POST', body: JSON.stringify({ login: { account: 'b2' } }) }]) {
        const response = await victim.fetch(url, init);
        assert.equal(response.status, 404);
        assert.match(await response.text(), /another browser/);
      }
    });

    it('and one interaction apart from the other', async () => {
      const app = await App.register(base);
      const first = await app.browser.go(app.authorizationUrl(), base);
      const second = await app.browser.go(app.authorizationUrl(), base);
      assert.equal((await app.browser.details(first.url)).uid, first.url.split('/').at(-1));
      assert.equal((await app.browser.details(second.url)).uid, second.url.split('/').at(-1));
    });

    it('also when the cookie of one is sent to the other', async () => {
      const app = await App.register(base);
      const first = await app.browser.go(app.authorizationUrl(), base);
      const second = await app.browser.go(app.authorizationUrl(), base);
      const cookie = ['issuer-interaction', 'issuer-interaction.sig']
        .map((name) => `${name}=${app.browser.cookies.get(`${name}|${new URL(first.url).pathname}`)!.value}`).join('; ');
      assert.equal((await fetch(first.url, { headers: { cookie } })).status, 200);
      assert.equal((await fetch(second.url, { headers: { cookie } })).status, 404);
    });

    it('also when a cookie was made up', async () => {
      const app = await App.register(base);
      const { url } = await app.browser.go(app.authorizationUrl(), base);
      const uid = url.split('/').at(-1)!;
      const response = await fetch(url,
        { headers: { cookie: `issuer-interaction=${uid}; issuer-interaction.sig=${'a'.repeat(27)}` } });
      assert.equal(response.status, 404);
    });

    it('and gives it a new session id when somebody logs in (session fixation)', async () => {
      const app = await App.register(base);
      await app.logIn();
      const before = app.browser.cookies.get('issuer-session|/')!.value;
      await app.authorize({ prompt: 'login' });
      const now = app.browser.cookies.get('issuer-session|/')!.value;
      assert.notEqual(now, before);
      const signature = app.browser.cookies.get('issuer-session.sig|/')!.value;
      const fixed = await fetch(app.authorizationUrl({ prompt: 'none', scope: 'openid webid' }), {
        redirect: 'manual',
        headers: { cookie: `issuer-session=${before}; issuer-session.sig=${signature}` },
      });
      assert.match(fixed.headers.get('location')!, /error=login_required/);
    });

    it('with cookies that no script reads and no other site sends', async () => {
      const app = await App.register(base);
      const response = await app.browser.fetch(app.authorizationUrl());
      for (const line of response.headers.getSetCookie()) {
        assert.match(line, /; httponly/i);
        assert.match(line, /; samesite=lax/i);
      }
      assert.ok(response.headers.getSetCookie().length >= 4);
    });
  });

  describe('gives no app of one issuer to another (mix-up, RFC 9207) [server-oauth-iss]', () => {
    it('since every answer says who gave it', async () => {
      await using other = await openTestIssuer();
      const app = await App.register(other.baseUrl);
      const answer = await app.authorize();
      assert.equal(answer.get('iss'), other.baseUrl);
      assert.notEqual(answer.get('iss'), base);
      // The code of one is worth nothing at the other.
      const here = await App.register(base);
      assert.equal((await here.exchange(answer.get('code')!, { code_verifier: app.verifier })).body['error'],
        'invalid_grant');
    });
  });

  describe('speaks of itself by its own address', () => {
    it('whatever headers say', async () => {
      const answer = await rawGet(node.port, '/.well-known/openid-configuration', {
        host: new URL(base).host, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https',
        forwarded: 'host=evil.example',
        'x-forwarded-for': '1.2.3.4',
      });
      assert.equal(answer.status, 200);
      assert.ok(!answer.body.includes('evil.example') && !answer.body.includes('https://localhost'), answer.body);
    });

    for (const host of ['evil.example', 'localhost', 'localhost:1', 'localhost.evil.example']) {
      it(`and not for the host ${host}`, async () => {
        const answer = await rawGet(node.port, '/.well-known/openid-configuration', { host });
        assert.equal(answer.status, 404);
        assert.ok(!answer.body.includes('token_endpoint'));
      });
    }

    it('by https when the base URL says so, though the proxy speaks http', async () => {
      await using own = await openTestIssuer({ baseUrl: 'https://pods.example/' });
      const answer = await rawGet(own.port, '/.well-known/openid-configuration', { host: 'pods.example' });
      const metadata = JSON.parse(answer.body) as Record<string, string>;
      assert.equal(metadata['issuer'], 'https://pods.example/');
      assert.equal(metadata['authorization_endpoint'], 'https://pods.example/.oidc/auth');
      const registered = await rawPost(own.port, '/.oidc/reg',
        { host: 'pods.example', 'content-type': 'application/json' },
        JSON.stringify({ redirect_uris: ['https://app.example/callback'], token_endpoint_auth_method: 'none' }));
      const app = new App('https://pods.example/', (JSON.parse(registered.body) as { client_id: string }).client_id,
        'https://app.example/callback');
      const { pathname, search } = app.authorizationUrl();
      const begun = await rawGet(own.port, pathname + search, { host: 'pods.example' });
      assert.match(String(begun.headers['location']), /^https:\/\/pods\.example\/\.account\/i\//);
      for (const cookie of begun.headers['set-cookie'] ?? []) assert.match(cookie, /; secure/i);
    });
  });

  describe('answers no more than it is asked to', () => {
    it('from one address', async () => {
      const busy = () => { throw new Problem('too-many', 'Slow down.', { 'retry-after': '7' }); };
      await using own = await openTestIssuer({ limitToken: busy, limitRegistration: busy });
      for (const path of ['token', 'reg']) {
        const response = await fetch(`${own.baseUrl}.oidc/${path}`,
          { method: 'POST', headers: { origin: 'https://app.example' } });
        assert.equal(response.status, 429);
        assert.equal(response.headers.get('retry-after'), '7');
        assert.equal(response.headers.get('access-control-allow-origin'), '*');
      }
    });

    it('when a limit is met in the midst of it', async () => {
      await using own = await openTestIssuer({
        verifyCredential: async () => { throw new Problem('too-many', 'Slow down.', { 'retry-after': '7' }); },
      });
      const { status } = await new App(own.baseUrl, 'script_1', '',
        { secret: 'x' }).token({ grant_type: 'client_credentials' });
      assert.equal(status, 429);
    });

    it('of large bodies', async () => {
      const response = await fetch(`${base}.oidc/token`, { method: 'POST',
        body: new URLSearchParams({ code: 'x'.repeat(40_000) }) });
      assert.equal(response.status, 413);
    });
  });

  it('does not tell a defect to those who meet it', async () => {
    await using own = await openTestIssuer({ account: async () => { throw new Error('the secret of the database'); } });
    const app = await App.register(own.baseUrl);
    const { url } = await app.browser.go(app.authorizationUrl(), own.baseUrl);
    const response = await app.browser.fetch(url, { method: 'POST',
      body: JSON.stringify({ login: { account: 'a1' } }) });
    assert.equal(response.status, 500);
    assert.ok(!(await response.text()).includes('secret'));
    const { body, status } = await new App(own.baseUrl, 'script_1', '',
      { secret: 'x' }).token({ grant_type: 'client_credentials' });
    assert.ok(status < 500 && body['error'] === 'invalid_client');
  });

  it('logs no code, token, proof, cookie or secret', async () => {
    const app = await App.register(base, { token_endpoint_auth_method: 'client_secret_basic' });
    const code = await app.code();
    const proof = await app.key.proof('POST', `${base}.oidc/token`);
    const { body } = await app.exchange(code, {}, { proof });
    await app.exchange(code);
    await app.refresh('nonsense');
    const text = JSON.stringify(node.logged);
    for (const secret of [code, proof, app.secret!, body['access_token']!, body['refresh_token']!,
      ...[...app.browser.cookies.values()].map(({ value }) => value)]) {
      assert.ok(!text.includes(secret), secret);
    }
  });

  it('gives a WebID to nobody who was only told it', async () => {
    const app = await App.register(base);
    const bob = 'https://bob.example/#me';
    const answer = await app.authorize({ claims: JSON.stringify({ id_token: { webid: { value: bob } } }), webid: bob });
    const { body } = await app.exchange(answer.get('code')!);
    assert.equal(claimsOf(body['id_token']!)['webid'], alice);
    assert.equal(claimsOf(body['access_token']!)['webid'], alice);
  });
});

interface RawAnswer { status: number; headers: NodeJS.Dict<string | string[]>; body: string }

function rawGet(port: number, path: string, headers: Record<string, string>): Promise<RawAnswer> {
  return raw(port, 'GET', path, headers);
}

function rawPost(port: number, path: string, headers: Record<string, string>, body: string): Promise<RawAnswer> {
  return raw(port, 'POST', path, { ...headers, 'content-length': String(Buffer.byteLength(body)) }, body);
}

/** `fetch` chooses the Host header itself. */
function raw(port: number, method: string, path: string, headers: Record<string, string>,
  body?: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: '127.0.0.1', method, path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({
        status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts).toString(),
      }));
    });
    request.on('error', reject);
    request.end(body);
  });
}
