import assert from 'node:assert/strict';
import { read } from '../../src/access/modes.ts';
import { algorithms, challenge } from '../../src/identity/challenge.ts';
import { until } from '../remote/servers.ts';
import {
  headersOf, keyPair, logIn, openIssuer, openNode, ownKeys, ownWebId, page, paths, statusOf, tokenOf,
} from './world.ts';
import type { Answered, Claims, Issuer, Login, Node, Sent } from './world.ts';

describe('Who is asking', () => {
  let issuer: Issuer;
  let node: Node;
  const send = async (login: Login, sent: Partial<Sent> = {}, proof: Claims = {}): Promise<Answered> => node.send({
    ...sent, headers: [...await headersOf(login, `${node.baseUrl}${sent.path?.slice(1) ?? ''}`, proof), ...sent.headers ?? []],
  });
  beforeEach(async () => {
    issuer = await openIssuer();
    node = await openNode();
  });
  afterEach(async () => {
    await node[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
  });

  /** Our own issuer as one that signs tokens. */
  const own = async (webId = ownWebId) => ({ issuer: node.baseUrl, webId, signsWith: await ownKeys() });

  it('is the public without credentials, with the origin that a browser says', async () => {
    assert.deepEqual(await node.send({ headers: [] }), { agent: {} });
    assert.deepEqual(await node.send({ headers: [['Origin', 'https://app.example']] }), { agent: { origin: 'https://app.example' } });
  });

  it('is who a DPoP-bound access token says, with client, issuer and origin (Solid-OIDC, section 8) [server-oidc-access-token]', async () => {
    const login = await logIn(issuer);
    assert.deepEqual(await send(login, { headers: [['Origin', 'https://app.example']] }), {
      agent: { webId: issuer.webId, client: 'https://app.example/id', issuer: issuer.issuer, origin: 'https://app.example' },
    });
  });

  it('is who an ID token says that is meant for its client and for Solid storages (Solid-OIDC 0.1, section 8.1) [server-oidc-id-token]', async () => {
    const login = await logIn(issuer, { aud: ['https://app.example/id', 'solid'], azp: 'https://app.example/id', client_id: undefined, nonce: 'n' }, { typ: 'JWT' });
    assert.deepEqual((await send(login)).agent, { webId: issuer.webId, client: 'https://app.example/id', issuer: issuer.issuer });
  });

  for (const alg of algorithms) {
    it(`can be proven by tokens signed with ${alg}, and by proofs signed with it`, async function () {
      this.timeout(20_000);
      await using other = await openIssuer(alg);
      assert.equal((await send(await logIn(other))).agent.webId, other.webId);
      assert.equal((await send(await logIn(issuer, {}, {}, alg))).agent.webId, issuer.webId);
    });
  }

  const clients: [claims: Claims, client: string | undefined][] = [
    [{ client_id: 'a', azp: 'b' }, 'a'], [{ client_id: undefined, azp: 'b' }, 'b'], [{ client_id: undefined }, undefined],
  ];
  for (const [claims, client] of clients) {
    it(`names the client ${client ?? 'not at all'} of a token with ${JSON.stringify(claims)}`, async () => {
      assert.equal((await send(await logIn(issuer, claims))).agent.client, client);
    });
  }

  const soon = 4_000_000_000;
  const grant = { type: 'solid', locations: ['https://alice.example/notes/'], actions: ['read'], exp: soon };
  const authorities: [details: unknown, authority: unknown][] = [
    [undefined, undefined],
    [[grant], [{ locations: ['https://alice.example/notes/'], except: [], modes: read, until: soon * 1000 }]],
    [[], []], [null, []], ['all', []], [{ ...grant }, []], [[{ type: 'payment' }], []],
  ];
  for (const [details, authority] of authorities) {
    it(`is narrowed to ${JSON.stringify(authority)} by authorization_details ${JSON.stringify(details)} (RFC 9396)`, async () => {
      assert.deepEqual((await send(await logIn(issuer, { authorization_details: details }))).agent.authority, authority);
    });
  }

  it('may have an issuer that is named with or without its last slash, in the WebID document and the metadata', async () => {
    const bare = issuer.issuer.slice(0, -1);
    issuer.pages.set(paths.profile, page('text/turtle', () => `<#me> <http://www.w3.org/ns/solid/terms#oidcIssuer> <${bare}>.`));
    assert.equal((await send(await logIn(issuer))).agent.issuer, issuer.issuer);
    assert.equal((await send(await logIn(issuer, { iss: bare }))).agent.issuer, bare);
  });

  it('may have several issuers, and a document with several WebIDs, in JSON-LD, at another address', async () => {
    issuer.pages.set('/moved', page('application/ld+json; charset=utf-8', () => JSON.stringify([
      { '@id': issuer.webId, 'http://www.w3.org/ns/solid/terms#oidcIssuer': [{ '@id': 'https://other.example/' }, { '@id': issuer.issuer }] },
      { '@id': '#bob', 'http://www.w3.org/ns/solid/terms#oidcIssuer': { '@id': 'https://bob.example/' } },
    ])));
    issuer.pages.set(paths.profile, (_request, response) => response.writeHead(303, { location: '/moved' }).end());
    assert.equal((await send(await logIn(issuer))).agent.webId, issuer.webId);
    const bob = await send(await logIn(issuer, { webid: `${issuer.server.origin}/alice#bob` }));
    assert.match(bob.failure!.message, /does not name the issuer/);
  });

  it('costs no request to anybody with a token and a WebID of our own', async () => {
    const login = await logIn(await own());
    assert.deepEqual((await send(login)).agent, { webId: ownWebId, client: 'https://app.example/id', issuer: node.baseUrl });
    await node[Symbol.asyncDispose]();
    node = await openNode({ ownIssuers: async () => [] });
    assert.match((await send(await logIn(await own()))).failure!.message, /does not name the issuer/);
  });

  it('may have a WebID here and an issuer elsewhere, or the reverse', async () => {
    await node[Symbol.asyncDispose]();
    node = await openNode({ ownIssuers: async (webId) => webId === ownWebId ? [issuer.issuer] : undefined });
    assert.equal((await send(await logIn({ ...issuer, webId: ownWebId }))).agent.webId, ownWebId);
    assert.deepEqual(issuer.server.asked, [paths.metadata, paths.keys]);

    issuer.pages.set(paths.profile, page('text/turtle', () => `<#me> <http://www.w3.org/ns/solid/terms#oidcIssuer> <${node.baseUrl}>.`));
    assert.equal((await send(await logIn(await own(issuer.webId)))).agent.webId, issuer.webId);
    assert.deepEqual(issuer.server.asked, [paths.metadata, paths.keys, paths.profile]);
  });

  it('asks other servers once for many requests, and looks for the issuer in the WebID document first', async () => {
    const login = await logIn(issuer);
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(login)));
    assert.deepEqual(answers.map(statusOf), answers.map(() => 200));
    assert.deepEqual(issuer.server.asked, [paths.profile, paths.metadata, paths.keys]);
    assert.equal(statusOf(await send(await logIn(issuer))), 200);
    assert.equal(issuer.server.asked.length, 3);
  });

  it('ends with the token, also when it was good a moment ago', async () => {
    const login = await logIn(issuer, { exp: Math.floor(Date.now() / 1000) + 10 });
    assert.equal(statusOf(await send(login)), 200);
    node.pass(60);
    assert.equal(statusOf(await send(login, {}, { iat: Math.floor(node.now()) })), 200);
    node.pass(15);
    assert.match((await send(login, {}, { iat: Math.floor(node.now()) })).failure!.message, /has expired/);
  });

  it('ends soon after the WebID document names the issuer no longer, without waiting for that document', async () => {
    const login = await logIn(issuer);
    assert.equal(statusOf(await send(login)), 200);
    issuer.pages.set(paths.profile, page('text/turtle', () => ''));
    node.pass(29);
    const ask = async (): Promise<Answered> => send(login, {}, { iat: Math.floor(node.now()) });
    assert.equal(statusOf(await ask()), 200);
    // The copy is no longer fresh, and is fetched again; who asks meanwhile is judged by it, and for half a minute.
    let answer = await ask();
    await until(async () => {
      node.pass(31);
      answer = await ask();
      return answer.failure !== undefined;
    });
    assert.match(answer.failure!.message, /does not name the issuer/);
  });

  it('begins at once when the WebID document names the issuer, though it did not a while ago [server-oidc-webid-issuer]', async () => {
    const named = issuer.pages.get(paths.profile)!;
    issuer.pages.set(paths.profile, page('text/turtle', () => '', { 'cache-control': 'max-age=3600' }));
    const login = await logIn(issuer);
    assert.equal(statusOf(await send(login)), 401);
    issuer.pages.set(paths.profile, named);
    node.pass(11);
    assert.equal(statusOf(await send(login, {}, { iat: Math.floor(node.now()) })), 200);
  });

  it('has the grant that our own issuer names, and none that another one does', async () => {
    assert.equal((await send(await logIn(await own(), { grant: 'g1' }))).agent.grant, 'g1');
    assert.equal((await send(await logIn(issuer, { grant: 'g1' }))).agent.grant, undefined);
    assert.equal((await send(await logIn(await own(), { grant: 7 }))).agent.grant, undefined);
  });

  it('has no access when the operator refuses the issuer, the app or the person, with the reason', async () => {
    await node[Symbol.asyncDispose]();
    const asked: unknown[] = [];
    let reason: string | undefined;
    node = await openNode({ refuses: async (asking) => { asked.push(asking); return reason; } });
    const login = await logIn(issuer);
    assert.equal((await send(login)).agent.webId, issuer.webId);
    reason = 'That issuer is blocked.';
    const { agent, failure } = await send(login);
    assert.deepEqual([agent, failure!.kind, failure!.message], [{}, 'unauthenticated', reason]);
    assert.match(failure!.headers['www-authenticate']!, /error="invalid_token", error_description="That issuer is blocked."/);
    reason = '';
    assert.equal((await send(login)).failure!.kind, 'unauthenticated');
    assert.deepEqual(asked[0], { webId: issuer.webId, issuer: issuer.issuer, client: 'https://app.example/id' });
    // Who is not asked about: anybody, and a token that is no good.
    const before = asked.length;
    await node.send({ headers: [] });
    await send(await logIn(issuer, { aud: 'elsewhere' }));
    assert.equal(asked.length, before);
  });

  it('ends when our own issuer revokes the token, and asks it about no token of others', async () => {
    const asked: unknown[] = [];
    let revoked = false;
    await node[Symbol.asyncDispose]();
    const baseUrl = 'http://node.example/';
    const { jwk } = await ownKeys();
    node = await openNode({ baseUrl, own: { issuer: baseUrl, keys: async () => ({ keys: [jwk] }), revoked: async ({ jti }) => { asked.push(jti); return revoked; } } });
    const login = await logIn(await own(), { jti: 'number one' });
    const host = 'node.example';
    assert.equal(statusOf(await send(login, { host })), 200);
    revoked = true;
    assert.match((await send(login, { host })).failure!.message, /was revoked/);
    assert.equal(statusOf(await send(await logIn(issuer, { jti: 'number two' }), { host })), 200);
    assert.deepEqual(asked, ['number one', 'number one']);
  });

  describe('with a bearer token', () => {
    const bearer = async (token: string): Promise<Answered> => node.send({ headers: [['Authorization', `Bearer ${token}`]] });

    it('is believed of our own issuer', async () => {
      assert.equal((await bearer(await tokenOf(await own()))).agent.webId, ownWebId);
    });

    it('is believed of other issuers only when the operator says so', async () => {
      assert.match((await bearer(await tokenOf(issuer))).failure!.message, /with DPoP only/);
      await node[Symbol.asyncDispose]();
      node = await openNode({ bearerIssuers: [issuer.issuer.slice(0, -1)] });
      assert.equal((await bearer(await tokenOf(issuer))).agent.webId, issuer.webId);
    });

    it('is not believed when the token is bound to a key (RFC 9449, section 7.2)', async () => {
      const cnf = { jkt: (await keyPair()).jwk.kid };
      assert.match((await bearer(await tokenOf(await own(), { cnf }))).failure!.message, /bound to a key/);
    });
  });

  it('is found out once for a request, however often that is asked, as its proof is good for once', async () => {
    const login = await logIn(issuer);
    const sent = { headers: await headersOf(login, node.baseUrl) };
    assert.equal(statusOf(await node.send(sent)), 200);
    assert.match((await node.send(sent)).failure!.message, /used before/);
  });

  it('is told to those who sent no credentials how to [server-oidc-challenge]', () => {
    assert.equal(challenge, 'DPoP algs="ES256 ES384 RS256 PS256 EdDSA Ed25519", scope="openid webid"');
  });

  it('is told what is wrong in a header that what strangers sent cannot break', async () => {
    const webid = `${issuer.server.origin}/"\\é${'x'.repeat(600)}#me`;
    const { failure } = await send(await logIn(issuer, { webid }));
    assert.equal(failure!.kind, 'unauthenticated');
    assert.match(failure!.headers['www-authenticate']!, /^DPoP algs="[\w ]+", scope="openid webid", error="invalid_token", error_description="[\x20\x21\x23-\x5b\x5d-\x7e]{1,500}"$/);
  });
});
