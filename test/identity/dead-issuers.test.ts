import assert from 'node:assert/strict';
import type { JWK } from 'jose';
import { until } from '../remote/servers.ts';
import {
  headersOf, keyPair, logIn, openIssuer, openNode, ownKeys, ownWebId, page, paths, statusOf,
} from './world.ts';
import type { Answered, Issuer, Login, Node } from './world.ts';

describe('When an issuer', () => {
  let issuer: Issuer;
  let node: Node;
  beforeEach(async () => {
    issuer = await openIssuer();
    node = await openNode({}, 0.8);
  });
  afterEach(async () => {
    await node[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
  });

  const send = async (login: Login): Promise<Answered> =>
    node.send({ headers: await headersOf(login, node.baseUrl, { iat: Math.floor(node.now()) }) });

  /** Another login with the same issuer, whose token this node has not seen. */
  const another = (): Promise<Login> => logIn(issuer);

  function assertBusy({ agent, failure }: Answered): void {
    assert.deepEqual([agent, failure?.kind], [{}, 'busy'], failure?.message);
    assert.match(failure!.headers['retry-after']!, /^\d+$/);
    assert.equal(failure!.headers['www-authenticate'], undefined);
  }

  const outages: [name: string, kill: () => unknown][] = [
    ['was killed', () => issuer[Symbol.asyncDispose]()],
    ['hangs', () => { issuer.answer = () => {}; }],
    ['hangs within its answers', () => { issuer.answer = (_request, response) => response.writeHead(200, { 'content-type': 'text/turtle' }).write('#'); }],
    ['answers 500', () => { issuer.answer = (_request, response) => response.writeHead(500).end(); }],
    ['answers 429', () => { issuer.answer = (_request, response) => response.writeHead(429).end(); }],
  ];
  for (const [name, kill] of outages) {
    describe(name, () => {
      it('tells its users that it cannot be reached, not that their tokens are invalid', async () => {
        const login = await another();
        await kill();
        assertBusy(await send(login));
        assertBusy(await send(login));
      });

      it('lets tokens go on working that were known, and new ones, for a day', async function () {
        this.timeout(20_000);
        const known = await logIn(issuer, { exp: Math.floor(node.now()) + 100_000 });
        assert.equal(statusOf(await send(known)), 200);
        await kill();
        for (const seconds of [1, 40, 80_000]) {
          node.pass(seconds);
          assert.equal(statusOf(await send(known)), 200, `after ${seconds} more seconds`);
        }
        const fresh = await logIn(issuer, { exp: Math.floor(node.now()) + 100_000 });
        assert.equal(statusOf(await send(fresh)), 200);
        node.pass(7_000);
        assertBusy(await send(known));
      });

      it('does not take a forged token for a good one, nor one by a key that it may have by now for a bad one', async () => {
        assert.equal(statusOf(await send(await another())), 200);
        await kill();
        node.pass(60);
        issuer.signsWith = await keyPair();
        assertBusy(await send(await another()));
      });

      it('has nobody else wait for it', async () => {
        await using patient = await openNode({}, 10);
        const ask = async (login: Login): Promise<Answered> => patient.send({ headers: await headersOf(login, patient.baseUrl) });
        const mine = await logIn({ issuer: patient.baseUrl, webId: ownWebId, signsWith: await ownKeys() });
        await using healthy = await openIssuer();
        const [known, unknown, theirs] = [await logIn(healthy), await logIn(healthy), await another()];
        assert.equal(statusOf(await ask(known)), 200);
        await kill();
        let answered = 0;
        const waiting = Array.from({ length: 30 }, () => ask(theirs).finally(() => { answered += 1; }));
        const hangs = name.startsWith('hangs');
        if (hangs) await until(() => issuer.server.asked.length > 0);
        for (const login of [mine, known, mine, known, unknown]) assert.equal(statusOf(await ask(login)), 200);
        if (hangs) assert.equal(answered, 0);
        if (hangs) await issuer[Symbol.asyncDispose]();
        for (const answer of await Promise.all(waiting)) assertBusy(answer);
      });
    });
  }

  it('hangs, those whose tokens are known do not wait for it', async () => {
    await using patient = await openNode({}, 10);
    const ask = async (login: Login): Promise<Answered> =>
      patient.send({ headers: await headersOf(login, patient.baseUrl, { iat: Math.floor(patient.now()) }) });
    const [login, unknown] = [await another(), await another()];
    assert.equal(statusOf(await ask(login)), 200);
    issuer.answer = () => {};
    patient.pass(60);
    const asked = issuer.server.asked.length;
    let answered = false;
    const waiting = ask(unknown).finally(() => { answered = true; });
    for (let i = 0; i < 3; i += 1) assert.equal(statusOf(await ask(login)), 200);
    await until(() => issuer.server.asked.length > asked);
    assert.equal(answered, false);
    await issuer[Symbol.asyncDispose]();
    // Its copies serve those whose tokens are not known.
    assert.equal(statusOf(await waiting), 200);
  });

  it('is back, its users are too, within half a minute', async () => {
    const login = await another();
    issuer.answer = (_request, response) => response.writeHead(503).end();
    assertBusy(await send(login));
    issuer.answer = undefined;
    assertBusy(await send(login));
    node.pass(31);
    assert.equal(statusOf(await send(login)), 200);
  });

  it('rotates its keys, tokens by the new key are taken at once, and those by the old one until they are seen no more', async () => {
    issuer.pages.set(paths.keys, page('application/json', () => JSON.stringify({ keys: issuer.shown }), { 'cache-control': 'max-age=86400' }));
    const before = await another();
    assert.equal(statusOf(await send(before)), 200);
    const unseen = await another();
    issuer.signsWith = await keyPair();
    issuer.shown.splice(0, 1, issuer.signsWith.jwk);
    node.pass(11);
    const asked = issuer.server.asked.length;
    assert.equal(statusOf(await send(await another())), 200);
    assert.deepEqual(issuer.server.asked.slice(asked), [paths.keys]);
    assert.equal(statusOf(await send(before)), 200);
    assert.equal(statusOf(await send(unseen)), 401);
    node.pass(301);
    assert.equal(statusOf(await send(before)), 401);
  });

  it('changes its key under the same name, tokens by the new one are taken', async () => {
    assert.equal(statusOf(await send(await another())), 200);
    const { jwk, privateKey, alg } = await keyPair();
    issuer.signsWith = { alg, privateKey, jwk: { ...jwk, kid: issuer.signsWith.jwk.kid } };
    issuer.shown.splice(0, 1, issuer.signsWith.jwk);
    node.pass(11);
    assert.equal(statusOf(await send(await another())), 200);
  });

  it('moves its keys, they are found', async () => {
    issuer.pages.set(paths.metadata, page('application/json',
      () => JSON.stringify({ issuer: issuer.issuer, jwks_uri: `${issuer.server.origin}/keys` }), { 'cache-control': 'max-age=86400' }));
    assert.equal(statusOf(await send(await another())), 200);
    issuer.pages.set('/new-keys', issuer.pages.get(paths.keys)!);
    issuer.pages.delete(paths.keys);
    issuer.pages.set(paths.metadata, page('application/json', () => JSON.stringify({ issuer: issuer.issuer, jwks_uri: `${issuer.server.origin}/new-keys` })));
    node.pass(31);
    assert.equal(statusOf(await send(await another())), 200);
  });

  it('is sent tokens with names of keys that it never had, it is asked no more often than every ten seconds', async () => {
    assert.equal(statusOf(await send(await another())), 200);
    node.pass(11);
    const asked = issuer.server.asked.length;
    for (let i = 0; i < 20; i += 1) assert.equal(statusOf(await send(await logIn(issuer, {}, { kid: `none ${i}` }))), 401);
    assert.deepEqual(issuer.server.asked.slice(asked).toSorted(), [paths.metadata, paths.keys].toSorted());
  });

  it('can be reached but for its keys, a token by a key that it may have by now is not called invalid', async () => {
    assert.equal(statusOf(await send(await another())), 200);
    issuer.pages.set(paths.keys, (_request, response) => response.writeHead(503).end());
    issuer.signsWith = await keyPair();
    node.pass(11);
    assertBusy(await send(await another()));
  });

  it('has keys of kinds that are not known here, and what are no keys, the others are of use', async () => {
    const odd = [null, 'key', [], { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }, { kty: 'EC', crv: 1 }, { kty: 'oct', k: 'AAAA' }];
    issuer.shown.unshift(...odd as JWK[]);
    assert.equal(statusOf(await send(await another())), 200);
  });

  it('has several keys of the same name or tokens without a name, the one that fits is found', async () => {
    const { jwk } = await keyPair();
    issuer.shown.unshift({ ...jwk, kid: issuer.signsWith.jwk.kid });
    assert.equal(statusOf(await send(await another())), 200);
    assert.equal(statusOf(await send(await logIn(issuer, {}, { kid: undefined }))), 200);
  });

  it('answers garbage, tokens that are known go on working, and others are told what is wrong', async () => {
    const known = await another();
    assert.equal(statusOf(await send(known)), 200);
    issuer.pages.set(paths.keys, page('application/json', () => '<html>'));
    node.pass(31);
    assert.equal(statusOf(await send(known)), 200);
    assert.match((await send(await another())).failure!.message, /key set .* cannot be read: It is not JSON/);
  });
});
