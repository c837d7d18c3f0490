import assert from 'node:assert/strict';
import type { Write } from '../../src/storage/database.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { problem } from '../pods/open-pod.ts';
import { assertWhole, day, email, entriesOf, hour, openRoom, password } from './open-room.ts';

async function opened() {
  const room = openRoom();
  const { id } = await room.logins.register(email, password, 'admin');
  return { ...room, id };
}

describe('sessions', () => {
  it('are found by their secret, and by nothing else', async () => {
    const { sessions, id, clock } = await opened();
    const secret = await sessions.begin(id, 'Firefox');
    assert.match(secret, /^[\w-]{63}$/);
    const { session, account } = (await sessions.find(secret))!;
    assert.deepEqual(session, {
      id: session.id, account: id, created: clock.now, lastUsed: clock.now, expires: clock.now + 14 * day, about: 'Firefox',
    });
    assert.equal(account.id, id);
    const wrong = `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`;
    const anothers = '0'.repeat(20) + secret.slice(20);
    for (const text of ['', 'x', wrong, anothers, secret.slice(20), `${secret}A`, id + session.id, '\0']) {
      assert.equal(await sessions.find(text), undefined, text);
      await sessions.end(text);
    }
    assert.ok(await sessions.find(secret));
  });

  it('end when they are not used for the days that are set, and are swept away', async () => {
    const room = await opened();
    const { sessions, id, clock } = room;
    const [used, unused] = [await sessions.begin(id, 'used'), await sessions.begin(id, 'unused')];
    clock.now += 14 * day - 1;
    await room.sweep();
    assert.equal((await sessions.find(used))!.session.lastUsed, clock.now);
    await assertWhole(room);
    clock.now += 1;
    assert.deepEqual([await sessions.find(unused), (await sessions.list(id)).map(({ about }) => about)], [undefined, ['used']]);
    await room.sweep();
    assert.equal((await entriesOf(room.database, ['session'])).length, 1);
    clock.now += 14 * day - 2;
    assert.ok(await sessions.find(used));
    await assertWhole(room);
  });

  it('are written to hourly at most, however often they are used', async () => {
    const { sessions, id, clock, database } = await opened();
    const secret = await sessions.begin(id, '');
    const version = async (): Promise<string> => (await entriesOf(database, ['session']))[0]!.version;
    const first = await version();
    clock.now += hour - 1;
    await sessions.find(secret);
    assert.equal(await version(), first);
    clock.now += 1;
    const found = await Promise.all(Array.from({ length: 10 }, () => sessions.find(secret)));
    assert.ok(found.every((one) => one?.session.lastUsed === clock.now));
    assert.notEqual(await version(), first);
  });

  it('are listed, the last used first, and ended one by one', async () => {
    const room = await opened();
    const { sessions, id, clock } = room;
    const secrets: string[] = [];
    for (const about of ['a', 'b', 'c']) {
      secrets.push(await sessions.begin(id, about));
      clock.now += 2 * hour;
    }
    await sessions.find(secrets[0]!);
    const list = await sessions.list(id);
    assert.deepEqual(list.map(({ about }) => about), ['a', 'c', 'b']);
    assert.equal(await sessions.endOne(id, list[1]!.id), true);
    assert.equal(await sessions.endOne(id, list[1]!.id), false);
    assert.equal(await sessions.endOne('0'.repeat(20), list[0]!.id), false);
    for (const text of ['', '\0', '../x', secrets[0]!]) assert.equal(await sessions.endOne(id, text), false);
    await sessions.end(secrets[1]!);
    await sessions.end(secrets[1]!);
    assert.deepEqual((await sessions.list(id)).map(({ about }) => about), ['a']);
    assert.deepEqual([await sessions.list('x'), await sessions.list('0'.repeat(20))], [[], []]);
    await assertWhole(room);
  });

  it('end all at once, but for one', async () => {
    const room = await opened();
    const { sessions, id } = room;
    const bob = await room.logins.register('bob@example.org', password, 'admin');
    const others = await sessions.begin(bob.id, '');
    const secrets = await Promise.all(Array.from({ length: 5 }, () => sessions.begin(id, '')));
    await sessions.endAll(id, { except: secrets[3] });
    const alive = await Promise.all(secrets.map((secret) => sessions.find(secret)));
    assert.deepEqual(alive.map((found) => found !== undefined), [false, false, false, true, false]);
    assert.equal((await entriesOf(room.database, ['session', id])).length, 1);
    await sessions.endAll(id, { except: others });
    assert.equal(await sessions.find(secrets[3]!), undefined);
    assert.ok(await sessions.find(others));
    await assert.rejects(sessions.endAll('0'.repeat(20)), problem('missing'));
    await assertWhole(room);
  });

  it('have ended when that was committed, though a crash came before they were deleted', async () => {
    class Killed extends MemoryDatabase {
      left = Infinity;
      override async commit(write: Write): Promise<string | undefined> {
        if (this.left <= 0) throw new Error('killed');
        this.left -= 1;
        return super.commit(write);
      }
    }
    const database = new Killed();
    const room = openRoom({}, { database });
    const { id } = await room.logins.register(email, password, 'admin');
    const [keep, end] = [await room.sessions.begin(id, 'keep'), await room.sessions.begin(id, 'end')];
    database.left = 1;
    await assert.rejects(room.sessions.endAll(id, { except: keep }), /killed/);
    database.left = Infinity;
    assert.equal((await entriesOf(database, ['session'])).length, 2);
    assert.equal(await room.sessions.find(end), undefined);
    assert.deepEqual((await room.sessions.list(id)).map(({ about }) => about), ['keep']);
    assert.ok(await room.sessions.find(keep));
  });

  it('are a hundred at most: a further one ends the one that was not used for the longest time', async () => {
    const room = await opened();
    const { sessions, id, clock } = room;
    const first = await sessions.begin(id, '0');
    const second = await sessions.begin(id, '1');
    clock.now += 1;
    for (let i = 2; i < 100; i += 1) await sessions.begin(id, String(i));
    clock.now += 2 * hour;
    await sessions.find(first);
    await sessions.begin(id, '100');
    assert.equal(await sessions.find(second), undefined);
    assert.ok(await sessions.find(first));
    assert.equal((await sessions.list(id)).length, 100);
    await assertWhole(room);
  });

  it('keep little of what the client says of itself', async () => {
    const { sessions, id } = await opened();
    await sessions.begin(id, `${'x'.repeat(199)}\u{1f600}`);
    assert.equal((await sessions.list(id))[0]!.about, `${'x'.repeat(199)}\ufffd`);
  });
});
