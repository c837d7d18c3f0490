import assert from 'node:assert/strict';
import { problem } from '../pods/open-pod.ts';
import { assertWhole, email, entriesOf, hour, openRoom, password } from './open-room.ts';

async function opened() {
  const room = openRoom();
  const { id } = await room.logins.register(email, password, 'admin');
  const { webId } = await room.accounts.addPod(id, { name: 'alice' });
  return { ...room, id, webId };
}

describe('client credentials', () => {
  it('are verified by their secret, which is kept by nobody', async () => {
    const room = await opened();
    const { credential, secret } = await room.credentials.create(room.id, room.webId, 'My backup!');
    assert.match(credential.id, /^My-backup_[0-9a-f-]{36}$/);
    assert.deepEqual(credential, { id: credential.id, account: room.id, webId: room.webId, label: 'My backup!', created: room.clock.now });
    assert.deepEqual(await room.credentials.find(credential.id), credential);
    assert.deepEqual(await room.credentials.verify(credential.id, secret), { ...credential, lastUsed: room.clock.now });
    for (const text of ['', 'x', secret.slice(0, -1), `${secret}x`]) {
      assert.equal(await room.credentials.verify(credential.id, text), undefined);
    }
    for (const id of ['', 'x', '\0', 'https://app.example/id', `${credential.id}x`, `x${credential.id}`]) {
      assert.deepEqual([await room.credentials.find(id), await room.credentials.verify(id, secret)], [undefined, undefined]);
    }
    await assertWhole(room);
  });

  for (const label of ['', '   ', 'ünïcödé/../', '-', 'x'.repeat(500), '\ud800']) {
    it(`are found whatever their label: ${JSON.stringify(label.slice(0, 20))}`, async () => {
      const { credentials, id, webId } = await opened();
      const { credential, secret } = await credentials.create(id, webId, label);
      assert.ok(await credentials.verify(credential.id, secret));
    });
  }

  it('are written to hourly at most, however often they are used', async () => {
    const { credentials, id, webId, clock, database } = await opened();
    const { credential, secret } = await credentials.create(id, webId, 'x');
    const version = async (): Promise<string> => (await entriesOf(database, ['credential']))[0]!.version;
    await credentials.verify(credential.id, secret);
    const first = await version();
    clock.now += hour - 1;
    await credentials.verify(credential.id, secret);
    assert.equal(await version(), first);
    clock.now += 1;
    const all = await Promise.all(Array.from({ length: 40 }, () => credentials.verify(credential.id, secret)));
    assert.ok(all.every((one) => one !== undefined));
    assert.notEqual(await version(), first);
    assert.equal((await credentials.list(id))[0]!.lastUsed, clock.now);
  });

  it('are for the WebIDs of the account only, and not too many', async () => {
    const room = await opened();
    const { credentials, id, webId } = room;
    await assert.rejects(credentials.create(id, 'https://bob.example/#me', 'x'), problem('forbidden'));
    for (let i = 0; i < 100; i += 1) await credentials.create(id, webId, String(i));
    await assert.rejects(credentials.create(id, webId, 'x'), problem('conflict', /up to 100/));
    assert.deepEqual((await credentials.list(id)).map(({ label }) => label), Array.from({ length: 100 }, (_, i) => String(i)));
    assert.deepEqual(await credentials.list('x'), []);
    await assertWhole(room);
  });

  it('are removed by their account only', async () => {
    const room = await opened();
    const { credentials, id, webId } = room;
    const { credential, secret } = await credentials.create(id, webId, 'x');
    const bob = await room.logins.register('bob@example.org', password, 'admin');
    assert.equal(await credentials.remove(bob.id, credential.id), false);
    assert.ok(await credentials.verify(credential.id, secret));
    assert.equal(await credentials.remove(id, credential.id), true);
    assert.equal(await credentials.remove(id, credential.id), false);
    assert.deepEqual([await credentials.verify(credential.id, secret), await credentials.list(id)], [undefined, []]);
    await assertWhole(room);
  });
});
