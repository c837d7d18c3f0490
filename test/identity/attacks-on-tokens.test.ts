import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import type { JWK } from 'jose';
import {
  hash, headersOf, keyPair, logIn, openIssuer, openNode, ownKeys, ownWebId, page, paths, privateJwk, rawJwt, sign, tokenOf,
} from './world.ts';
import type { Answered, Claims, Issuer, KeyPair, Login, Node, Sent } from './world.ts';

const now = (): number => Math.floor(Date.now() / 1000);
const oidcIssuer = '<http://www.w3.org/ns/solid/terms#oidcIssuer>';

/** What an attacker has: users of an issuer, its pages and keys, and a node to send requests to. */
interface Scene {
  readonly issuer: Issuer;
  readonly node: Node;
  readonly login: Login;
}

type Refusal = 'invalid_token' | 'invalid_dpop_proof' | 'credentials';

interface Attack {
  readonly name: string;
  readonly refusal: Refusal;
  /** What the answer says. */
  readonly says: RegExp;
  readonly send: (scene: Scene) => Promise<Answered>;
}

const attacks: Attack[] = [];

function attack(name: string, refusal: Refusal, says: RegExp, send: Attack['send']): void {
  attacks.push({ name, refusal, says, send });
}

/** A request with a proof that has these claims and this header instead of good ones. */
function proofAttack(name: string, says: RegExp, claims: Claims | ((scene: Scene) => Claims), header: Claims = {}, sent: Partial<Sent> = {}): void {
  attack(name, 'invalid_dpop_proof', says, async (scene) => {
    const { node, login } = scene;
    const url = `${node.baseUrl}${sent.path?.slice(1) ?? ''}`;
    return node.send({ ...sent, headers: await headersOf(login, url, typeof claims === 'function' ? claims(scene) : claims, header) });
  });
}

/** A request with a token that has these claims and this header instead of good ones, and a good proof. */
function tokenAttack(name: string, says: RegExp, claims: Claims | ((scene: Scene) => Claims), header: Claims = {}): void {
  attack(name, 'invalid_token', says, async (scene) => {
    const login = await logIn(scene.issuer, typeof claims === 'function' ? claims(scene) : claims, header);
    return scene.node.send({ headers: await headersOf(login, scene.node.baseUrl) });
  });
}

/** A request with a token that is put together by hand, and a proof by the key that it says it is bound to. */
function forgery(name: string, says: RegExp, forge: (claims: Claims, scene: Scene) => Promise<string>): void {
  attack(name, 'invalid_token', says, async (scene) => {
    const { issuer, node } = scene;
    const key = await keyPair();
    const claims = {
      iss: issuer.issuer, webid: issuer.webId, sub: issuer.webId, aud: 'solid', iat: now(), exp: now() + 600, cnf: { jkt: key.jwk.kid },
    };
    return node.send({ headers: await headersOf({ key, token: await forge(claims, scene) }, node.baseUrl) });
  });
}

/** A good request, when the issuer or the host of the WebID answers otherwise at a path. */
function pageAttack(name: string, says: RegExp, change: (issuer: Issuer, scene: Scene) => unknown): void {
  attack(name, 'invalid_token', says, async (scene) => {
    const { issuer, node, login } = scene;
    await change(issuer, scene);
    return node.send({ headers: await headersOf(login, node.baseUrl) });
  });
}

async function withHeaders({ node, login }: Scene, change: (good: [token: [string, string], proof: [string, string]]) => [string, string][]): Promise<Answered> {
  return node.send({ headers: change(await headersOf(login, node.baseUrl)) });
}

// The Authorization header
attack('another scheme', 'credentials', /not "DPoP"/, ({ node }) => node.send({ headers: [['Authorization', 'Basic YTpi']] }));
attack('a scheme without a token', 'credentials', /not "DPoP"/, ({ node }) => node.send({ headers: [['Authorization', 'DPoP']] }));
attack('an empty header', 'credentials', /not "DPoP"/, ({ node }) => node.send({ headers: [['Authorization', '']] }));
attack('two tokens in one header', 'credentials', /not "DPoP"/, (scene) =>
  withHeaders(scene, ([[name, value], proof]) => [[name, `${value}, ${value}`], proof]));
attack('two Authorization headers', 'credentials', /several Authorization headers/, (scene) =>
  withHeaders(scene, ([token, proof]) => [token, token, proof]));
attack('a token that is too long for anything', 'invalid_token', /longer than 16384/, ({ node }) =>
  node.send({ headers: [['Authorization', `Bearer ${'a'.repeat(16_385)}`]] }));
attack('a token that is no JWT', 'invalid_token', /not a JWT/, ({ node }) => node.send({ headers: [['Authorization', 'DPoP opaque']] }));
attack('a DPoP-bound token as a bearer token', 'invalid_token', /bound to a key/, (scene) =>
  withHeaders(scene, ([[name, value]]) => [[name, value.replace('DPoP', 'Bearer')]]));
attack('a bearer token of another issuer, as it was sent to another server', 'invalid_token', /with DPoP only/, async ({ node, issuer }) =>
  node.send({ headers: [['Authorization', `Bearer ${await tokenOf(issuer)}`]] }));

// The proof (RFC 9449, section 4.3)
attack('no proof', 'invalid_dpop_proof', /no DPoP header/, (scene) => withHeaders(scene, ([token]) => [token]));
attack('two proofs', 'invalid_dpop_proof', /several DPoP headers/, (scene) => withHeaders(scene, ([token, proof]) => [token, proof, proof]));
attack('two proofs in one header', 'invalid_dpop_proof', /not a JWT/, (scene) =>
  withHeaders(scene, ([token, [name, value]]) => [token, [name, `${value}, ${value}`]]));
attack('a replayed proof', 'invalid_dpop_proof', /used before/, async ({ node, login }) => {
  const headers = await headersOf(login, node.baseUrl);
  assert.equal((await node.send({ headers })).failure, undefined);
  return node.send({ headers });
});
attack('another proof with the same jti', 'invalid_dpop_proof', /used before/, async ({ node, login }) => {
  const claims = { jti: 'always the same' };
  assert.equal((await node.send({ headers: await headersOf(login, node.baseUrl, claims) })).failure, undefined);
  return node.send({ path: '/other', headers: await headersOf(login, `${node.baseUrl}other`, { ...claims, iat: now() - 30 }) });
});
attack('a proof by another key', 'invalid_token', /bound to another key/, async ({ node, login }) =>
  node.send({ headers: await headersOf({ ...login, key: await keyPair() }, node.baseUrl) }));
attack('a proof that shows the key of the token but is signed by another', 'invalid_dpop_proof', /not signed by the key in it/, async ({ node, login }) => {
  const key: KeyPair = { ...login.key, privateKey: (await keyPair()).privateKey };
  return node.send({ headers: await headersOf({ ...login, key }, node.baseUrl) });
});
attack('a proof whose claims were changed', 'invalid_dpop_proof', /not signed by the key in it/, (scene) =>
  withHeaders(scene, ([token, [name, value]]) => {
    const [header, payload, signature] = value.split('.') as [string, string, string];
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()) as object, jti: 'another' };
    return [token, [name, [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')]];
  }));
attack('a proof without a signature', 'invalid_dpop_proof', /not signed with one of/, ({ node, login }) => node.send({
  headers: [['Authorization', `DPoP ${login.token}`], ['DPoP', rawJwt({ alg: 'none', typ: 'dpop+jwt', jwk: login.key.jwk }, { htm: 'GET', htu: node.baseUrl, iat: now(), jti: 'a' })]],
}));
attack('a proof with a shared secret', 'invalid_dpop_proof', /not signed with one of/, async ({ node, login }) => {
  const secret = Buffer.from('a secret of thirty-two bytes or so');
  const proof = await sign({ htm: 'GET', htu: node.baseUrl, iat: now(), jti: 'a', ath: hash(login.token) },
    { alg: 'HS256', typ: 'dpop+jwt', jwk: { kty: 'oct', k: secret.toString('base64url') } }, secret);
  return node.send({ headers: [['Authorization', `DPoP ${login.token}`], ['DPoP', proof]] });
});
attack('a proof that shows the private part of its key', 'invalid_dpop_proof', /not only the public part/, async ({ node, login }) => {
  const { d } = await privateJwk(login.key);
  return node.send({ headers: await headersOf(login, node.baseUrl, {}, { jwk: { ...login.key.jwk, d } }) });
});
proofAttack('a proof that shows no key', /is not a JSON object/, {}, { jwk: undefined });
proofAttack('a proof whose key is a list', /is not a JSON object/, {}, { jwk: [] });
proofAttack('a proof whose key is not on its curve', /not signed by the key in it/, {}, { jwk: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' } });
proofAttack('a proof whose key would take long to compute with', /longer than is taken/, {}, { jwk: { kty: 'RSA', n: 'a'.repeat(1_400), e: 'AQAB' } });
proofAttack('a proof whose key is malformed', /is malformed/, {}, { jwk: { kty: 'RSA', n: null, e: [] } });
proofAttack('a proof whose key is for another algorithm', /for another use/, {}, { jwk: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA', alg: 'ES384' } });
proofAttack('a proof whose key is for encryption', /for another use/, {}, { jwk: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA', use: 'enc' } });
attack('a proof whose algorithm does not fit its key', 'invalid_dpop_proof', /not signed by the key in it/, async ({ node, login }) => {
  const { alg: _, ...jwk } = login.key.jwk;
  const rsa = await keyPair('RS256', 'client');
  return node.send({ headers: await headersOf({ ...login, key: rsa }, node.baseUrl, {}, { jwk }) });
});
proofAttack('a proof of another type', /another type/, {}, { typ: 'JWT' });
proofAttack('a proof with critical parameters', /not understood here/, {}, { crit: ['odd'], odd: true });
proofAttack('a proof longer than a proof is', /longer than 8192/, { more: 'a'.repeat(7_000) });
proofAttack('a proof for another method', /method GET \(htm\)/, { htm: 'PUT' });
proofAttack('a proof for the method in small letters', /method GET \(htm\)/, { htm: 'get' });
proofAttack('a proof for another method than that of the request', /method DELETE \(htm\)/, {}, {}, { method: 'DELETE' });
const otherUrls: [what: string, htu: (url: URL) => unknown][] = [
  ['another path', (url) => `${url.href}/`],
  ['a path in another case', (url) => url.href.replace('/note', '/Note')],
  ['a path with an escaped slash', (url) => url.href.replace('/note/', '/note%2F')],
  ['another scheme', (url) => url.href.replace('http:', 'https:')],
  ['another port', (url) => `${url.protocol}//${url.hostname}:${Number(url.port) + 1}${url.pathname}`],
  ['no port', (url) => `${url.protocol}//${url.hostname}${url.pathname}`],
  ['another name of the host', (url) => url.href.replace('127.0.0.1', 'localhost')],
  ['a host that only begins so', (url) => url.href.replace('127.0.0.1', '127.0.0.1.evil.example')],
  ['a user name', (url) => url.href.replace('//', '//a@')],
  ['a path alone', (url) => url.pathname],
  ['a list with the URL', (url) => [url.href]],
  ['nothing', () => undefined],
];
for (const [what, htu] of otherUrls) {
  proofAttack(`a proof for ${what}`, /not made for .* \(htu\)/, ({ node }) => ({ htu: htu(new URL('note/a%20b', node.baseUrl)) }), {}, { path: '/note/a%20b' });
}
proofAttack('a proof of two minutes ago', /not made within/, () => ({ iat: now() - 120 }));
proofAttack('a proof from the future', /not made within/, () => ({ iat: now() + 120 }));
proofAttack('a proof without a time', /when it was made/, { iat: undefined });
proofAttack('a proof with a time in words', /when it was made/, { iat: 'now' });
proofAttack('a proof without the hash of the token', /not made for this token/, { ath: undefined });
proofAttack('a proof with the hash of another token', /not made for this token/, { ath: hash('another') });
proofAttack('a proof without a jti', /no identifier/, { jti: undefined });
proofAttack('a proof with an empty jti', /no identifier/, { jti: '' });
proofAttack('a proof with a number for a jti', /no identifier/, { jti: 1 });
proofAttack('a proof with a jti that is too long', /no identifier/, { jti: 'a'.repeat(257) });
attack('a request for a host that is not this server\'s', 'invalid_dpop_proof', /another host/, async ({ node, login }) =>
  node.send({ host: 'evil.example', headers: await headersOf(login, 'http://evil.example/') }));

// The token
forgery('a token without a signature', /not signed with one of/, async (claims) => rawJwt({ alg: 'none', typ: 'at+jwt' }, claims));
forgery('a token without a signature, in other letters', /not signed with one of/, async (claims) => rawJwt({ alg: 'nOnE' }, claims));
forgery('a token whose signature was taken away', /not signed with a key of its issuer/, async (claims, { issuer }) => rawJwt({ alg: 'ES256', kid: issuer.signsWith.jwk.kid }, claims));
forgery('a token that is signed with the public key as a secret (HS256)', /not signed with one of/, async (claims, { issuer }) => {
  const pem = createPublicKey({ key: { ...issuer.signsWith.jwk }, format: 'jwk' }).export({ format: 'pem', type: 'spki' });
  return sign(claims, { alg: 'HS256', kid: issuer.signsWith.jwk.kid }, Buffer.from(pem));
});
forgery('a token that is signed with a key of its own', /not signed with a key of its issuer/, async (claims) => {
  const { privateKey, jwk } = await keyPair();
  return sign(claims, { alg: 'ES256', typ: 'at+jwt', jwk }, privateKey);
});
forgery('a token that says where its key is (jku, x5u)', /not signed with a key of its issuer/, async (claims, { issuer }) => {
  const { privateKey, jwk } = await keyPair();
  issuer.pages.set('/evil', page('application/json', () => JSON.stringify({ keys: [jwk] })));
  const jku = `${issuer.server.origin}/evil`;
  return sign(claims, { alg: 'ES256', kid: jwk.kid, jku, x5u: jku }, privateKey);
});
forgery('a token with the kid of a key that did not sign it', /not signed with a key of its issuer/, async (claims, { issuer }) =>
  sign(claims, { alg: 'ES256', kid: issuer.signsWith.jwk.kid }, (await keyPair()).privateKey));
forgery('a token with the kid of a key for another algorithm', /not signed with a key of its issuer/, async (claims, { issuer }) => {
  const rsa = await keyPair('RS256', 'client');
  issuer.shown.push({ ...rsa.jwk, alg: 'PS256' });
  return sign(claims, { alg: 'RS256', kid: rsa.jwk.kid }, rsa.privateKey);
});
forgery('a token with the kid of a key for encryption', /not signed with a key of its issuer/, async (claims, { issuer }) => {
  const { jwk, privateKey } = await keyPair();
  issuer.shown.push({ ...jwk, use: 'enc' });
  return sign(claims, { alg: 'ES256', kid: jwk.kid }, privateKey);
});
forgery('a token with a kid that leads elsewhere', /not signed with a key of its issuer/, async (claims) =>
  sign(claims, { alg: 'ES256', kid: '../../etc/passwd\' or 1=1' }, (await keyPair()).privateKey));
forgery('a token whose claims were changed', /not signed with a key of its issuer/, async (claims, { issuer }) => {
  const [header, , signature] = (await tokenOf(issuer, claims)).split('.') as [string, string, string];
  return [header, Buffer.from(JSON.stringify({ ...claims, client_id: 'https://trusted.example/' })).toString('base64url'), signature].join('.');
});
forgery('a token of our issuer that it did not sign', /not signed with a key of its issuer/, async (claims, { node }) =>
  sign({ ...claims, iss: node.baseUrl, webid: ownWebId }, { alg: 'ES256', kid: (await ownKeys()).jwk.kid }, (await keyPair()).privateKey));
forgery('a token for one of our WebIDs by an issuer that it does not name', /does not name the issuer/, (claims, { issuer }) => tokenOf(issuer, { ...claims, webid: ownWebId }));
forgery('a proof in the place of a token', /neither an access token nor an ID token/, (claims, { issuer }) => tokenOf(issuer, claims, { typ: 'dpop+jwt' }));
forgery('a logout token', /neither an access token nor an ID token/, (claims, { issuer }) => tokenOf(issuer, claims, { typ: 'logout+jwt' }));
forgery('a token of a type that is no text', /neither an access token nor an ID token/, async (claims) => rawJwt({ alg: 'ES256', typ: 1 }, claims, 'AA'));
forgery('a token within a token', /not understood here/, (claims, { issuer }) => tokenOf(issuer, claims, { cty: 'JWT' }));
forgery('an encrypted token', /not a JWT|not signed with one of/, async () => 'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d');
forgery('a token with critical parameters', /not understood here/, (claims, { issuer }) => tokenOf(issuer, claims, { crit: ['odd'], odd: true }));
forgery('a token with a payload that is not encoded (b64)', /not understood here/, async (claims) => rawJwt({ alg: 'ES256', crit: ['b64'], b64: false }, claims, 'AA'));
forgery('a token whose payload is a list', /not a JWT/, async () => rawJwt({ alg: 'ES256' }, [], 'AA'));
tokenAttack('a token for a WebID that does not name its issuer', /does not name the issuer/, ({ issuer }) => ({ webid: `${issuer.server.origin}/alice#other` }));
tokenAttack('a token of an issuer that only begins like the one that is named', /does not name the issuer/, ({ issuer }) => ({ iss: `${issuer.issuer}evil` }));
tokenAttack('a token of an issuer in other letters', /does not name the issuer/, ({ issuer }) => ({ iss: issuer.issuer.replace('http', 'HTTP') }));
tokenAttack('a token of an issuer with two slashes', /does not name the issuer/, ({ issuer }) => ({ iss: `${issuer.issuer}/` }));
tokenAttack('a token without an issuer', /not have the claim iss/, { iss: undefined });
tokenAttack('a token of several issuers', /claim iss/, ({ issuer }) => ({ iss: [issuer.issuer] }));
tokenAttack('a token of an issuer with a query', /claim iss/, ({ issuer }) => ({ iss: `${issuer.issuer}?a` }));
tokenAttack('a token of an issuer that is a file', /claim iss/, { iss: 'file:///etc/passwd' });
tokenAttack('a token without a WebID, but with a sub', /not have the claim webid/, { webid: undefined });
tokenAttack('a token with a WebID that is no URL', /claim webid/, { webid: 'alice' });
tokenAttack('a token with a WebID of another scheme', /claim webid/, { webid: 'data:text/turtle,<>' });
tokenAttack('a token with a WebID with a password', /claim webid/, ({ issuer }) => ({ webid: issuer.webId.replace('//', '//a:b@') }));
tokenAttack('a token with a WebID that is too long', /claim webid/, ({ issuer }) => ({ webid: issuer.webId + 'a'.repeat(2_048) }));
tokenAttack('a token with several WebIDs', /claim webid/, ({ issuer }) => ({ webid: [issuer.webId] }));
tokenAttack('a token for another audience', /audience/, { aud: 'https://other.example' });
tokenAttack('a token without an audience', /audience/, { aud: undefined });
tokenAttack('a token for an audience that only contains the word', /audience/, { aud: ['solid.example', 'solidarity'] });
tokenAttack('an ID token of another client, for that client alone', /audience/, { aud: 'https://app.example/id', azp: 'https://app.example/id' }, { typ: 'JWT' });
tokenAttack('an expired token', /expired/, () => ({ iat: now() - 600, exp: now() - 120 }));
tokenAttack('a token without an end', /claim exp/, { exp: undefined });
tokenAttack('a token with an end in words', /claim exp/, { exp: 'never' });
tokenAttack('a token from the future', /from the future/, () => ({ iat: now() + 120 }));
tokenAttack('a token without a time of issue', /claim iat/, { iat: undefined });
tokenAttack('a token that is not good yet', /not good yet/, () => ({ nbf: now() + 120 }));
tokenAttack('a token whose nbf is no time', /claim nbf/, { nbf: null });
tokenAttack('a token that is bound to nothing', /not bound to a key/, { cnf: undefined });
tokenAttack('a token that is bound to something else', /something else/, { cnf: { 'x5t#S256': 'A'.repeat(43) } });
tokenAttack('a token that is bound to an empty thumbprint', /something else/, { cnf: { jkt: '' } });
tokenAttack('a token that is bound to nothing at all', /something else/, { cnf: null });
tokenAttack('a token of several clients', /identifier of a client/, { client_id: ['a', 'b'] });

// Other servers that lie
pageAttack('a WebID document that is a page', /text\/turtle/, (issuer) => issuer.pages.set(paths.profile, page('text/html', () => '<p>')));
pageAttack('a WebID document that is not RDF in spite of its name', /cannot be read/, (issuer) => issuer.pages.set(paths.profile, page('text/turtle', () => '<p>')));
pageAttack('a WebID document of 10 MB', /is larger than/, (issuer) => issuer.pages.set(paths.profile, page('text/turtle', () => '#'.repeat(10_000_000))));
pageAttack('a WebID document that is not there', /status 404/, (issuer) => issuer.pages.delete(paths.profile));
pageAttack('a WebID document that names the issuer in words', /does not name/, (issuer) => issuer.pages.set(paths.profile, page('text/turtle', () => `<#me> ${oidcIssuer} "${issuer.issuer}".`)));
pageAttack('a WebID document that names the issuer for others', /does not name/, (issuer) => issuer.pages.set(paths.profile, page('text/turtle', () => `<> ${oidcIssuer} <${issuer.issuer}>. <#you> ${oidcIssuer} <${issuer.issuer}>.`)));
pageAttack('a WebID document that names the issuer in a graph of its own', /does not name/, (issuer) => issuer.pages.set(paths.profile, page('application/trig', () => `<#g> { <#me> ${oidcIssuer} <${issuer.issuer}>. }`)));
pageAttack('a WebID document that redirects to a private address', /not at a public address/, (issuer) =>
  issuer.pages.set(paths.profile, (_request, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end()));
pageAttack('a WebID document that redirects for ever', /redirects more than/, (issuer) =>
  issuer.pages.set(paths.profile, (_request, response) => response.writeHead(302, { location: paths.profile }).end()));
pageAttack('metadata that name another issuer', /names another issuer/, (issuer) => issuer.pages.set(paths.metadata, page('application/json', () => JSON.stringify({ issuer: 'https://other.example/', jwks_uri: `${issuer.server.origin}${paths.keys}` }))));
pageAttack('metadata without keys', /jwks_uri/, (issuer) => issuer.pages.set(paths.metadata, page('application/json', () => JSON.stringify({ issuer: issuer.issuer }))));
pageAttack('metadata whose keys are at a private address', /not at a public address/, (issuer) => issuer.pages.set(paths.metadata, page('application/json', () => JSON.stringify({ issuer: issuer.issuer, jwks_uri: 'http://[::ffff:10.0.0.1]/' }))));
pageAttack('metadata that are a list', /not a JSON object/, (issuer) => issuer.pages.set(paths.metadata, page('application/json', () => '[]')));
pageAttack('keys that are no JSON', /not JSON/, (issuer) => issuer.pages.set(paths.keys, page('application/json', () => '{')));
pageAttack('keys that are no set', /not a set/, (issuer) => issuer.pages.set(paths.keys, page('application/json', () => '{"keys":{}}')));
pageAttack('too many keys', /not a set/, (issuer) => { for (let i = 0; i < 100; i += 1) issuer.shown.push({ kty: 'oct' }); });
pageAttack('no keys', /not signed with a key of its issuer/, (issuer) => { issuer.shown.length = 0; });
pageAttack('keys that show their private part', /not signed with a key of its issuer/, async (issuer) => { issuer.shown[0] = await privateJwk(issuer.signsWith); });
pageAttack('a secret among the keys', /not signed with a key of its issuer/, (issuer) => { issuer.shown[0] = { kty: 'oct', k: 'AAAA', kid: issuer.signsWith.jwk.kid }; });
pageAttack('keys that do not fit where they say', /not signed with a key of its issuer/, (issuer) => { issuer.shown[0] = { ...issuer.shown[0]!, x: 'AAAA' }; });
pageAttack('malformed keys', /not signed with a key of its issuer/, (issuer) => { issuer.shown[0] = { ...issuer.shown[0]!, x: null } as unknown as JWK; });
pageAttack('more keys of the same name than are tried', /not signed with a key of its issuer/, async (issuer) => {
  const { x, y } = (await keyPair()).jwk;
  const [good] = issuer.shown;
  issuer.shown.splice(0, 1, ...Array.from({ length: 8 }, () => ({ ...good!, x, y } as JWK)), good!);
});

describe('An attack on who is asking [server-oidc-token-validation] [server-dpop-proof-validation]', () => {
  let node: Node;
  before(async () => { node = await openNode(); });
  after(() => node[Symbol.asyncDispose]());

  for (const { name, refusal, says, send } of attacks) {
    it(`with ${name} is refused`, async () => {
      await using issuer = await openIssuer();
      const { agent, failure } = await send({ issuer, node, login: await logIn(issuer) });
      assert.deepEqual(agent, {});
      assert.equal(failure?.kind, 'unauthenticated', failure?.message);
      assert.match(failure.message, says);
      const header = failure.headers['www-authenticate']!;
      assert.match(header, /^DPoP algs="ES256 /);
      assert.equal(/error="(\w+)"/.exec(header)?.[1], refusal === 'credentials' ? undefined : refusal);
    });
  }

  it('comes in more than forty forms here', () => assert.ok(attacks.length > 40));
});
