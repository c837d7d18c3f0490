import assert from 'node:assert/strict';
import { createDpopHeader, generateDpopKeyPair } from '@inrupt/solid-client-authn-core';
import { calculateJwkThumbprint } from 'jose';
import { headersOf, logIn, openIssuer, openNode, statusOf, tokenOf } from './world.ts';
import type { Answered, Claims, Issuer, Login, Node, Sent } from './world.ts';

describe('A DPoP proof', () => {
  let issuer: Issuer;
  let login: Login;
  before(async () => {
    issuer = await openIssuer();
    login = await logIn(issuer);
  });
  after(() => issuer[Symbol.asyncDispose]());

  async function send(node: Node, claims: Claims, sent: Partial<Sent> = {}, header: Claims = {}): Promise<Answered> {
    return node.send({ ...sent, headers: await headersOf(login, node.baseUrl, claims, header) });
  }

  describe('for a URL that is written in another way [server-dpop-htu]', () => {
    const base = 'https://node.example/';
    const urls: [path: string, htu: string][] = [
      ['/', 'https://node.example'],
      ['/', 'HTTPS://NODE.example:443/'],
      ['/alice/', 'https://node.example/alice/?a=b#c'],
      ['/alice/?query', 'https://node.example/alice/'],
      ['/alice/?query', 'https://node.example/alice/?query'],
      ['/a%2fb', 'https://node.example/a%2Fb'],
      ['/a%7Eb', 'https://node.example/a~b'],
      ['/a~b', 'https://node.example/%61%7eb'],
      ['/caf%C3%A9', 'https://node.example/café'],
      ['/a%20b', 'https://node.example/a b'],
      ['/b', 'https://node.example/a/../b'],
      ['https://NODE.example:443/alice/', 'https://node.example/alice/'],
      ['http://node.example', 'https://node.example/'],
    ];
    for (const [path, htu] of urls) {
      it(`is good: ${htu} for ${path} (RFC 9449, section 4.3, check 9)`, async () => {
        await using node = await openNode({ baseUrl: base });
        assert.deepEqual(statusOf(await send(node, { htu }, { path, host: 'node.example' })), 200);
      });
    }

    const others: [path: string, htu: string][] = [
      ['/a%2Fb', 'https://node.example/a/b'],
      ['/a/b', 'https://node.example/a%2Fb'],
      ['/a%25b', 'https://node.example/a%b'],
      ['/alice', 'https://node.example/alice/'],
      ['/alice/', 'https://node.example:80/alice/'],
      ['/alice/', 'http://node.example/alice/'],
      ['http://evil.example/alice/', 'https://node.example/alice/'],
      ['//evil.example/', 'https://evil.example/'],
    ];
    for (const [path, htu] of others) {
      it(`is not good: ${htu} for ${path}`, async () => {
        await using node = await openNode({ baseUrl: base });
        assert.deepEqual(statusOf(await send(node, { htu }, { path, host: 'node.example' })), 401);
      });
    }
  });

  it('is made for the address of the world, whatever port and host the server has behind its proxy', async () => {
    await using node = await openNode({ baseUrl: 'https://node.example:8443/pods/' });
    const proof = { htu: 'https://node.example:8443/pods/alice/' };
    assert.equal(statusOf(await send(node, proof, { path: '/pods/alice/', host: 'Node.example:8443' })), 200);
    assert.match((await send(node, proof, { path: '/pods/alice/', host: 'node.example' })).failure!.message, /another host/);
  });

  it('is made for the host of the pod where pods are subdomains', async () => {
    await using node = await openNode({ baseUrl: 'https://node.example/', options: { podAddresses: 'subdomain' } });
    const sent = { path: '/notes/', host: 'alice.node.example' };
    assert.equal(statusOf(await send(node, { htu: 'https://alice.node.example/notes/' }, sent)), 200);
    assert.match((await send(node, { htu: 'https://bob.node.example/notes/' }, sent)).failure!.message, /htu/);
    const { failure } = await send(node, { htu: 'https://evilnode.example/' }, { host: 'evilnode.example' });
    assert.match(failure!.message, /another host/);
    await using paths = await openNode({ baseUrl: 'https://node.example/' });
    assert.match((await send(paths, { htu: 'https://alice.node.example/notes/' }, sent)).failure!.message, /another host/);
  });

  it('is made for the method, also for one that no standard has', async () => {
    await using node = await openNode();
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      assert.equal(statusOf(await send(node, { htm: method }, { method })), 200);
      assert.match((await send(node, {}, { method })).failure!.message, /htm/);
    }
  });

  it('is good for as long as the operator says, in both directions', async () => {
    await using node = await openNode({ dpopSeconds: 20 });
    const now = Math.floor(Date.now() / 1000);
    for (const [offset, status] of [[-15, 200], [15, 200], [-25, 401], [25, 401]] as const) {
      assert.equal(statusOf(await send(node, { iat: now + offset })), status, String(offset));
    }
    assert.equal(statusOf(await send(node, { iat: now + 0.5 })), 200);
  });

  it('may have a long jti, and a key with members that do not matter', async () => {
    await using node = await openNode();
    assert.equal(statusOf(await send(node, { jti: 'a'.repeat(256), nonce: 'of no meaning here' })), 200);
    assert.equal(statusOf(await send(node, {}, {}, { jwk: { ...login.key.jwk, key_ops: ['verify'], ext: true }, kid: 'of no meaning' })), 200);
  });

  it('may do without the hash of the token where the operator allows it, but not have that of another', async () => {
    await using node = await openNode({ dpopWithoutAth: true });
    assert.equal(statusOf(await send(node, { ath: undefined })), 200);
    assert.equal(statusOf(await send(node, {})), 200);
    for (const ath of ['', null, 'A'.repeat(43)]) {
      assert.match((await send(node, { ath })).failure!.message, /ath/);
    }
  });

  it('is good as the library makes it that most Solid apps use, which needs the switch for proofs without the hash', async () => {
    const pair = await generateDpopKeyPair();
    const token = await tokenOf(issuer, { cnf: { jkt: await calculateJwkThumbprint(pair.publicKey) } });
    for (const [dpopWithoutAth, status] of [[true, 200], [false, 401]] as const) {
      await using node = await openNode({ dpopWithoutAth });
      const proof = await createDpopHeader(`${node.baseUrl}a%20b?c=d#e`, 'get', pair);
      const answer = await node.send({ path: '/a%20b?c=d', headers: [['Authorization', `DPoP ${token}`], ['DPoP', proof]] });
      assert.equal(statusOf(answer), status);
    }
  });

  it('comes with a scheme in any letters', async () => {
    await using node = await openNode();
    const [token, proof] = await headersOf(login, node.baseUrl);
    assert.equal(statusOf(await node.send({ headers: [['Authorization', token[1].replace('DPoP', 'dpop')], proof] })), 200);
  });
});
