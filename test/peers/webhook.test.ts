import assert from 'node:assert/strict';
import { createSolidTokenVerifier } from '@solid/access-token-verifier';
import { startServer } from '../server.ts';
import { request } from '../solid/request.ts';
import { hook, startReceiver } from '../notifications/receiver.ts';

describe('@solid/access-token-verifier, by which receivers of Community Solid Server check webhooks', () => {
  it('finds that a message is from the sender that the subscription named', async () => {
    await using server = await startServer({ remoteLocalhost: true });
    await using receiver = await startReceiver();
    const topic = `${server.open}watched.ttl`;
    const { sender, sendTo } = await hook(server.url, 'https://bob.example/#me', { topic, sendTo: `${receiver.url}in?a=b` });
    await request('PUT', topic, { 'content-type': 'text/turtle' }, '');
    const { headers } = await receiver.inbox.next();

    const verify = createSolidTokenVerifier();
    const dpop = { header: String(headers['dpop']), method: 'POST', url: sendTo } as const;
    const claims = await verify(headers.authorization!, dpop);
    assert.equal(claims.webid, sender);
    assert.equal(claims.iss, server.url);
    const elsewhere = verify(headers.authorization!, { ...dpop, url: `${receiver.url}elsewhere` });
    await assert.rejects(elsewhere, /htu parameter/);
  });
});
