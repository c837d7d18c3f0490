import assert from 'node:assert/strict';
import { MemorySeen } from '../../src/storage/memory-seen.ts';
import { openPostgresSeen } from '../../src/storage/postgres-seen.ts';
import { newPostgresDatabase } from '../storage/postgres-server.ts';
import { headersOf, logIn, openIssuer, openNode, ownKeys, ownWebId, statusOf, tokenOf } from './world.ts';
import type { Answered, Claims, Issuer, Login, Node } from './world.ts';

describe('A proof that was used [server-dpop-jti]', () => {
  let issuer: Issuer;
  let login: Login;
  before(async () => {
    issuer = await openIssuer();
    login = await logIn(issuer);
  });
  after(() => issuer[Symbol.asyncDispose]());

  const send = async (node: Node, claims: Claims = {}, as = login): Promise<Answered> =>
    node.send({ headers: await headersOf(as, node.baseUrl, claims) });

  it('is good for one of many requests that it comes with at the same time', async () => {
    await using node = await openNode();
    const headers = await headersOf(login, node.baseUrl);
    const answers = await Promise.all(Array.from({ length: 20 }, () => node.send({ headers })));
    assert.equal(answers.filter((answer) => statusOf(answer) === 200).length, 1);
    for (const { failure } of answers) if (failure) assert.match(failure.headers['www-authenticate']!, /error="invalid_dpop_proof"/);
  });

  it('is no hindrance for another key with the same jti', async () => {
    await using node = await openNode();
    const other = await logIn(issuer);
    for (const as of [login, other]) assert.equal(statusOf(await send(node, { jti: '1' }, as)), 200);
    for (const as of [login, other]) assert.equal(statusOf(await send(node, { jti: '1' }, as)), 401);
  });

  it('is remembered for as long as it could be good, and for no longer', async () => {
    await using node = await openNode();
    const from = Math.floor(node.now());
    // The jti returns with another time: what is made for the future is good, and remembered, for longest.
    assert.equal(statusOf(await send(node, { jti: '1', iat: from + 58 })), 200);
    node.pass(115);
    assert.match((await send(node, { jti: '1', iat: from + 58 })).failure!.message, /used before/);
    assert.match((await send(node, { jti: '1', iat: from + 115 })).failure!.message, /used before/);
    node.pass(20);
    assert.equal(statusOf(await send(node, { jti: '1', iat: from + 135 })), 200);
  });

  it('was not used by a request whose token could not be checked', async () => {
    await using node = await openNode();
    await using other = await openIssuer();
    const as = await logIn(other);
    const headers = await headersOf(as, node.baseUrl);
    other.answer = (_request, response) => response.writeHead(503).end();
    assert.equal(statusOf(await node.send({ headers })), 503);
    other.answer = undefined;
    node.pass(31);
    assert.equal(statusOf(await node.send({ headers })), 200);
  });

  it('is not forgotten because many came: those that come then are asked to come again later', async () => {
    let time = Date.now();
    await using node = await openNode({ seen: new MemorySeen({ limit: 10, now: () => time }) });
    for (let i = 0; i < 10; i += 1) assert.equal(statusOf(await send(node, { jti: String(i) })), 200);
    const { agent, failure } = await send(node, { jti: 'one more' });
    assert.deepEqual([agent, failure!.kind], [{}, 'busy']);
    assert.match(failure!.headers['retry-after']!, /^\d+$/);
    for (let i = 0; i < 10; i += 1) assert.equal(statusOf(await send(node, { jti: String(i) })), 401);
    // Those who bring no proof are not affected.
    const bearer = await tokenOf({ issuer: node.baseUrl, webId: ownWebId, signsWith: await ownKeys() });
    assert.equal(statusOf(await node.send({ headers: [['Authorization', `Bearer ${bearer}`]] })), 200);
    time += 71_000;
    node.pass(71);
    assert.equal(statusOf(await send(node, { jti: 'later', iat: Math.floor(node.now()) })), 200);
  });

  it('is not good at another process of the same node', async function () {
    this.timeout(30_000);
    const url = await newPostgresDatabase();
    await using one = await openPostgresSeen(url, { limit: 1_000 });
    await using other = await openPostgresSeen(url, { limit: 1_000 });
    const baseUrl = 'https://node.example/';
    await using here = await openNode({ baseUrl, seen: one });
    await using there = await openNode({ baseUrl, seen: other });
    const sent = { host: 'node.example', headers: await headersOf(login, baseUrl) };
    const answers = await Promise.all([here.send(sent), there.send(sent), here.send(sent), there.send(sent)]);
    assert.equal(answers.filter((answer) => statusOf(answer) === 200).length, 1);
    assert.equal(answers.filter((answer) => statusOf(answer) === 401).length, 3);
    assert.equal(statusOf(await there.send({ host: 'node.example', headers: await headersOf(login, baseUrl) })), 200);
  });
});
