import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as jose from 'jose';
import { serve } from '../remote/servers.ts';
import { App, post, register } from './browser.ts';
import { alice, openTestIssuer } from './open-test-issuer.ts';
import type { TestIssuer } from './open-test-issuer.ts';

const corsEndpoints = [
  '.well-known/openid-configuration', '.well-known/oauth-authorization-server', '.oidc/jwks', '.oidc/token',
  '.oidc/token/revocation', '.oidc/reg', '.oidc/me',
];

async function discovery(base: string): Promise<Record<string, unknown>> {
  return await (await fetch(`${base}.well-known/openid-configuration`)).json() as Record<string, unknown>;
}

describe('The identity provider', () => {
  let node: TestIssuer;
  let base: string;
  const printed: string[] = [];
  const { info, warn } = console;
  before(async () => {
    console.info = (...words) => { printed.push(words.join(' ')); };
    console.warn = console.info;
    node = await openTestIssuer();
    base = node.baseUrl;
  });
  after(async () => {
    Object.assign(console, { info, warn });
    await node[Symbol.asyncDispose]();
    assert.deepEqual(printed.filter((line) => line.includes('oidc-provider')), [],
      'oidc-provider finds something to remark');
  });
  afterEach(() => assert.deepEqual(node.logged.filter(({ level }) => Number(level) >= 40), []));

  const verify = async (token: string, options: jose.JWTVerifyOptions = {}) =>
    (await jose.jwtVerify(token, jose.createLocalJWKSet(node.issuer.keys()), { issuer: base, ...options })).payload;

  describe('Discovery', () => {
    it('says what a Solid app has to know (Solid-OIDC, "OpenID Provider Metadata") [server-oidc-discovery]', async () => {
      const metadata = await discovery(base);
      assert.equal(metadata['issuer'], base);
      assert.equal(metadata['solid_oidc_supported'], 'https://solidproject.org/TR/solid-oidc');
      assert.equal(metadata['authorization_response_iss_parameter_supported'], true);
      assert.deepEqual(metadata['code_challenge_methods_supported'], ['S256']);
      assert.deepEqual(metadata['response_types_supported'], ['code']);
      assert.deepEqual(metadata['grant_types_supported'], ['authorization_code', 'refresh_token',
        'client_credentials']);
      const list = (name: string) => metadata[name] as string[];
      assert.ok(list('scopes_supported').includes('webid') && list('scopes_supported').includes('offline_access'));
      assert.ok(list('claims_supported').includes('webid'));
      assert.ok(list('dpop_signing_alg_values_supported').includes('ES256'));
      assert.ok(list('token_endpoint_auth_methods_supported').includes('none'));
      assert.deepEqual(list('id_token_signing_alg_values_supported'), ['ES256', 'RS256']);
      for (const [name, value] of Object.entries(metadata)) {
        if (name.endsWith('_endpoint') || name === 'jwks_uri') assert.ok(String(value).startsWith(`${base}.oidc/`),
          `${name} ${String(value)}`);
      }
    });

    it('is the same for OAuth 2.0 (RFC 8414)', async () => {
      const oauth = await (await fetch(`${base}.well-known/oauth-authorization-server`)).json() as object;
      assert.deepEqual(oauth, await discovery(base));
    });

    it('publishes the keys, and no private part of them', async () => {
      const { jwks_uri: uri } = await discovery(base);
      const { keys } = await (await fetch(uri as string)).json() as jose.JSONWebKeySet;
      assert.deepEqual(keys.map(({ alg }) => alg), ['ES256', 'ES256', 'RS256', 'RS256']);
      assert.ok(keys.every((key) => key.d === undefined && key.p === undefined));
      assert.deepEqual(keys.map(({ kid }) => kid), node.issuer.keys().keys.map(({ kid }) => kid));
    });

    for (const path of corsEndpoints) {
      it(`lets scripts of any origin use ${path}, without credentials`, async () => {
        const preflight = await fetch(base + path, {
          method: 'OPTIONS',
          headers: {
            origin: 'https://app.example', 'access-control-request-method': 'POST',
            'access-control-request-headers': 'dpop, x-own',
          },
        });
        assert.equal(preflight.status, 204);
        assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
        assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /DPoP.*x-own/);
        const answer = await fetch(base + path, {
          method: path.includes('well-known') || path.includes('jwks') ? 'GET' : 'POST',
          headers: { origin: 'https://app.example' },
        });
        assert.equal(answer.headers.get('access-control-allow-origin'), '*');
        assert.equal(answer.headers.get('access-control-allow-credentials'), null);
      });
    }

    for (const path of ['.oidc/auth', '.oidc/session/end']) {
      it(`lets no script of another origin use ${path}`, async () => {
        const answer = await fetch(base + path, { headers: { origin: 'https://app.example' } });
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
      });
    }

    it('answers for its own paths only', async () => {
      assert.equal((await fetch(`${base}.oidc/interaction/abc`)).status, 404);
      assert.equal((await fetch(`${base}.well-known/solid`)).status, 404);
      assert.match(await (await fetch(`${base}.well-known/solid`)).text(), /Only the issuer is here/);
      const wrong = await fetch(`${base}.oidc/token`);
      assert.equal(wrong.status, 405);
      assert.equal(wrong.headers.get('allow'), 'POST, OPTIONS');
    });
  });

  describe('An app', () => {
    it('registers and gets what it needs to know (RFC 7591) [server-oidc-registration]', async () => {
      const { status, body, headers } = await register(base, {
        client_name: 'Mine', redirect_uris: ['https://app.example/cb'],
        grant_types: ['authorization_code', 'refresh_token'],
      });
      assert.equal(status, 201);
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(body['client_name'], 'Mine');
      assert.equal(body['client_secret_expires_at'], 0 as unknown as string);
      assert.equal(body['id_token_signed_response_alg'], 'ES256');
      assert.ok(body['client_secret']!.length >= 43);
      assert.equal(body['registration_access_token'], undefined, 'there is nothing to manage');
    });

    it('logs a person in with a code, and gets tokens that say who it is and are bound to its key [server-oidc-webid-claim]', async () => {
      const app = await App.register(base);
      const tokens = await app.logIn({ nonce: 'n1' });
      assert.equal(tokens['token_type'], 'DPoP');
      const access = await verify(tokens['access_token']!, { audience: 'solid', typ: 'at+jwt' });
      assert.equal(access['webid'], alice);
      assert.equal(access['client_id'], app.id);
      assert.equal((access['cnf'] as { jkt: string }).jkt, await app.key.thumbprint());
      assert.equal(access.exp! - access.iat!, 900);
      assert.equal(access['authorization_details'], undefined);
      const id = await verify(tokens['id_token']!, { audience: app.id });
      assert.equal(id['webid'], alice);
      assert.equal(id['azp'], app.id);
      assert.equal(id['nonce'], 'n1');
      assert.equal(jose.decodeProtectedHeader(tokens['id_token']!).alg, 'ES256');
    });

    it('is told in the redirect who answers it (RFC 9207)', async () => {
      const app = await App.register(base);
      const answer = await app.authorize();
      assert.equal(answer.get('iss'), base);
      assert.equal(answer.get('state'), 'the-state');
      const refused = await new App(base, app.id, app.redirectUri).authorize({ scope: 'openid webid', prompt: 'none' });
      assert.equal(refused.get('error'), 'login_required');
      assert.equal(refused.get('iss'), base);
    });

    it('gets an ID token by RS256 if it registered for that', async () => {
      const app = await App.register(base, { id_token_signed_response_alg: 'RS256' });
      const { id_token: token } = await app.logIn();
      assert.equal(jose.decodeProtectedHeader(token!).alg, 'RS256');
      await verify(token!, { audience: app.id });
    });

    it('logs in with a secret, in a header or in the body', async () => {
      const app = await App.register(base, { token_endpoint_auth_method: 'client_secret_basic' });
      const url = `${base}.oidc/token`;
      const params = {
        grant_type: 'authorization_code', code: await app.code(), redirect_uri: app.redirectUri,
        code_verifier: app.verifier,
      };
      const wrong = await post(url, { ...params, client_id: app.id, client_secret: 'wrong' },
        { dpop: await app.key.proof('POST', url) });
      assert.equal(wrong.status, 401);
      assert.equal(wrong.body['error'], 'invalid_client');
      const authorization = `Basic ${Buffer.from(`${app.id}:${app.secret!}`).toString('base64')}`;
      const right = await post(url, params, { authorization, dpop: await app.key.proof('POST', url) });
      assert.equal(right.status, 200, JSON.stringify(right.body));
      assert.equal((await app.refresh(right.body['refresh_token']!)).status, 200);
    });

    it('is known by the document at its id (Solid-OIDC, 5.1)', async () => {
      await using server = await serve((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/ld+json' }).end(JSON.stringify({
          '@context': 'https://www.w3.org/ns/solid/oidc-context.jsonld', client_id: `${server.origin}/id`,
          client_name: 'By document',
          redirect_uris: ['https://doc.example/cb'], scope: 'openid webid offline_access',
          grant_types: ['authorization_code', 'refresh_token'],
        }));
      });
      const app = new App(base, `${server.origin}/id`, 'https://doc.example/cb');
      const { url } = await app.browser.go(app.authorizationUrl(), base);
      const { client } = await app.browser.details(url);
      assert.deepEqual(client, { id: app.id, kind: 'document', name: 'By document', redirectHost: 'doc.example' });
      const tokens = await app.logIn();
      assert.equal((await verify(tokens['access_token']!))['client_id'], app.id);
      assert.equal((await app.refresh(tokens['refresh_token']!)).status, 200);
    });

    it('is told when its document cannot be used', async () => {
      await using server = await serve((_request, response) => { response.writeHead(404).end(); });
      const app = new App(base, `${server.origin}/id`, 'https://doc.example/cb');
      const { response } = await app.browser.go(app.authorizationUrl(), base);
      assert.equal(response?.status, 400);
      assert.match(await response.text(), /answered with status 404/);
    });

    it('gets a page when a browser brings something wrong, in the way of the house', async () => {
      const app = new App(base, 'unknown', 'https://app.example/callback');
      const response = await app.browser.fetch(app.authorizationUrl(), { headers: { accept: 'text/html' } });
      assert.equal(response.status, 400);
      assert.match(response.headers.get('content-type')!, /text\/html/);
      assert.match(response.headers.get('content-security-policy')!, /frame-ancestors 'none'/);
      assert.match(await response.text(), /client is invalid/);
    });
  });

  it('says nothing about the version of Node', () => {
    const { stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', 'src/identity/oidc.ts'],
      { encoding: 'utf8' });
    assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
  });

  it('works below a path', async () => {
    await using own = await openTestIssuer({ path: '/some/where/' });
    const metadata = await discovery(own.baseUrl);
    assert.equal(metadata['issuer'], own.baseUrl);
    assert.equal(metadata['token_endpoint'], `${own.baseUrl}.oidc/token`);
    const app = await App.register(own.baseUrl, { post_logout_redirect_uris: ['https://app.example/bye'] });
    const tokens = await app.logIn();
    assert.equal(jose.decodeJwt(tokens['access_token']!).iss, own.baseUrl);
    assert.equal((await fetch(new URL('/.well-known/openid-configuration', own.baseUrl))).status, 404);
  });
});
