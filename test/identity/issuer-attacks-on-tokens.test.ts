import assert from 'node:assert/strict';
import * as jose from 'jose';
import { App, post, ProofKey } from './browser.ts';
import { openTestIssuer } from './open-test-issuer.ts';
import type { TestIssuer } from './open-test-issuer.ts';

describe('The identity provider, when tokens and codes are stolen,', () => {
  let node: TestIssuer;
  let base: string;
  before(async () => {
    node = await openTestIssuer();
    base = node.baseUrl;
  });
  after(() => node[Symbol.asyncDispose]());
  afterEach(() => assert.deepEqual(node.logged.filter(({ level }) => Number(level) >= 40), []));

  const claimsOf = (token: string): jose.JWTPayload => jose.decodeJwt(token);

  describe('takes a code once', () => {
    it('and revokes the tokens of the first use when it comes again (RFC 6749, 4.1.2) [server-oauth-code-once]', async () => {
      const app = await App.register(base);
      const code = await app.code();
      const first = await app.exchange(code);
      assert.equal(first.status, 200);
      assert.equal(await node.issuer.revoked(claimsOf(first.body['access_token']!)), false);
      assert.equal((await app.exchange(code)).body['error'], 'invalid_grant');
      assert.equal((await app.refresh(first.body['refresh_token']!)).body['error'], 'invalid_grant');
      assert.equal(await node.issuer.revoked(claimsOf(first.body['access_token']!)), true);
    });

    it('of many that come at once', async () => {
      const app = await App.register(base);
      const code = await app.code();
      const answers = await Promise.all(Array.from({ length: 6 }, () => app.exchange(code)));
      assert.equal(answers.filter(({ status }) => status === 200).length, 1);
      assert.ok(answers.every(({ status, body }) => status === 200 || body['error'] === 'invalid_grant'));
    });

    it('from the app that it is for', async () => {
      const [app, thief] = [await App.register(base), await App.register(base)];
      const code = await app.code();
      const stolen = await thief.exchange(code, { code_verifier: app.verifier });
      assert.equal(stolen.body['error'], 'invalid_grant');
    });

    it('by the key that it was asked for with (RFC 9449, 10)', async () => {
      const app = await App.register(base);
      const other = new ProofKey();
      const code = await app.code({ dpop_jkt: await app.key.thumbprint() });
      const proof = await other.proof('POST', `${base}.oidc/token`);
      assert.equal((await app.exchange(code, {}, { proof })).body['error'], 'invalid_grant');
      assert.equal((await app.exchange(await app.code({ dpop_jkt: await app.key.thumbprint() }), {},
        { bound: false })).status, 400);
    });
  });

  describe('binds what it issues to a key (RFC 9449) [server-dpop-binding]', () => {
    it('and gives no token for a WebID without one', async () => {
      const app = await App.register(base);
      const { status, body } = await app.exchange(await app.code(), {}, { bound: false });
      assert.equal(status, 400);
      assert.match(body['error_description']!, /DPoP/);
      assert.equal(body['access_token'], undefined);
    });

    const url = () => `${base}.oidc/token`;
    const proofs: [what: string, make: (app: App) => Promise<string>][] = [
      ['for another method', (app) => app.key.proof('GET', url())],
      ['for another endpoint', (app) => app.key.proof('POST', `${base}.oidc/reg`)],
      ['for another server', (app) => app.key.proof('POST', 'https://evil.example/.oidc/token')],
      ['for another scheme', (app) => app.key.proof('POST', url().replace('http:', 'https:'))],
      ['of yesterday', async () => signed({ iat: Math.floor(Date.now() / 1000) - 86_400 })],
      ['of tomorrow', async () => signed({ iat: Math.floor(Date.now() / 1000) + 86_400 })],
      ['without a jti', async () => signed({ jti: undefined })],
      ['of another type', async () => signed({}, { typ: 'JWT' })],
      ['that is not signed', async () =>
        `${Buffer.from('{"typ":"dpop+jwt","alg":"none"}').toString('base64url')}.e30.`],
      ['that is none', async () => 'proof'],
      ['with the private key in it', async () => {
        const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
        return new jose.SignJWT({ htm: 'POST', htu: url(), jti: 'x' }).setIssuedAt()
          .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256',
            jwk: await jose.exportJWK(privateKey) }).sign(privateKey);
      }],
      ['by a shared secret', async () => new jose.SignJWT({ htm: 'POST', htu: url(), jti: 'x' }).setIssuedAt()
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct',
          k: 'AAAA' } as jose.JWK }).sign(new Uint8Array(32))],
    ];
    async function signed(claims: Record<string, unknown>, header: object = {}): Promise<string> {
      const { privateKey, publicKey } = await jose.generateKeyPair('ES256');
      const all = { htm: 'POST', htu: url(), jti: `j${Math.random()}`, iat: Math.floor(Date.now() / 1000), ...claims };
      return new jose.SignJWT(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)))
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await jose.exportJWK(publicKey),
          ...header }).sign(privateKey);
    }
    for (const [what, make] of proofs) {
      it(`and takes no proof ${what}`, async () => {
        const app = await App.register(base);
        const { status, body } = await app.exchange(await app.code(), {}, { proof: await make(app) });
        assert.equal(status, 400);
        assert.match(body['error']!, /invalid_dpop_proof|use_dpop_nonce/);
      });
    }

    it('and takes a proof once', async () => {
      const app = await App.register(base);
      const proof = await app.key.proof('POST', url());
      assert.equal((await app.exchange(await app.code(), {}, { proof })).status, 200);
      assert.equal((await app.exchange(await app.code(), {}, { proof })).body['error'], 'invalid_grant');
    });

    it('and refreshes for an app without a secret by the same key only', async () => {
      const app = await App.register(base);
      const tokens = await app.logIn();
      const proof = await new ProofKey().proof('POST', url());
      assert.equal((await app.refresh(tokens['refresh_token']!, { proof })).body['error'], 'invalid_grant');
      assert.equal((await app.refresh(tokens['refresh_token']!, { bound: false })).body['error'], 'invalid_grant');
      assert.equal((await app.refresh(tokens['refresh_token']!)).status, 200, 'the app itself can still use it');
    });
  });

  describe('takes a refresh token once', () => {
    it('and revokes the whole family when an old one comes back (RFC 9700, 4.14.2) [server-oauth-refresh-rotation]', async () => {
      const app = await App.register(base);
      const first = await app.logIn();
      const second = await app.refresh(first['refresh_token']!);
      const third = await app.refresh(second.body['refresh_token']!);
      assert.equal((await app.refresh(first['refresh_token']!)).body['error'], 'invalid_grant');
      assert.equal((await app.refresh(third.body['refresh_token']!)).body['error'], 'invalid_grant');
      assert.equal(await node.issuer.revoked(claimsOf(third.body['access_token']!)), true);
    });

    it('of many that come at once', async () => {
      const app = await App.register(base);
      const tokens = await app.logIn();
      const answers = await Promise.all(Array.from({ length: 6 }, () => app.refresh(tokens['refresh_token']!)));
      assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    });

    it('from the app that it is for', async () => {
      const [app, thief] = [await App.register(base), await App.register(base)];
      const tokens = await app.logIn();
      const url = `${base}.oidc/token`;
      const stolen = await post(url, { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'],
        client_id: thief.id }, {
        dpop: await app.key.proof('POST', url),
      });
      assert.equal(stolen.body['error'], 'invalid_grant');
    });

    it('and lets no other app revoke it', async () => {
      const [app, thief] = [await App.register(base), await App.register(base)];
      const tokens = await app.logIn();
      await post(`${base}.oidc/token/revocation`, { client_id: thief.id, token: tokens['refresh_token'] });
      assert.equal((await app.refresh(tokens['refresh_token']!)).status, 200);
    });
  });
});
