import assert from 'node:assert/strict';
import type { Invite } from '../../src/accounts/invites.ts';
import { problem } from '../pods/open-pod.ts';
import { address, day, entriesOf, openRoom } from './open-room.ts';
import type { Room } from './open-room.ts';

const listed = async ({ invites }: Room): Promise<Invite[]> => {
  const all: Invite[] = [];
  for await (const invite of invites.list()) all.push(invite);
  return all;
};

describe('invites', () => {
  it('are good for as many accounts as they say', async () => {
    const room = openRoom({ signUp: 'invite' });
    const { invite, code } = await room.invites.create({ uses: 3, note: 'the choir' });
    assert.match(code, /^[\w-]{22}$/);
    assert.deepEqual(await listed(room), [invite]);
    assert.deepEqual(invite, { id: invite.id, uses: 3, created: room.clock.now, note: 'the choir' });
    await room.accounts.create({ address, invite: code });
    assert.deepEqual((await listed(room)).map(({ uses }) => uses), [2]);
    for (let i = 0; i < 2; i += 1) await room.accounts.create({ address, invite: code });
    assert.deepEqual(await listed(room), []);
    await assert.rejects(room.accounts.create({ address, invite: code }), problem('forbidden', /good for nothing/));
  });

  it('have ids that no command takes for an option', async () => {
    const { invite } = await openRoom({ signUp: 'invite' }).invites.create({});
    assert.match(invite.id, /^[0-9a-f]+$/);
  });

  it('end when they should, and are swept away', async () => {
    const room = openRoom({ signUp: 'invite' });
    const { invite, code } = await room.invites.create({ days: 2, uses: 5 });
    assert.equal(invite.expires, room.clock.now + 2 * day);
    room.clock.now += 2 * day - 1;
    await room.accounts.create({ address, invite: code });
    await room.sweep();
    room.clock.now += 1;
    await assert.rejects(room.accounts.create({ address, invite: code }), problem('forbidden', /good for nothing/));
    assert.deepEqual(await listed(room), []);
    await room.sweep();
    assert.deepEqual(await entriesOf(room.database, ['invite']), []);
  });

  it('are taken back', async () => {
    const room = openRoom({ signUp: 'invite' });
    const { invite, code } = await room.invites.create({ days: 1 });
    assert.equal(await room.invites.remove(invite.id), true);
    for (const id of [invite.id, '', 'x', '\0', code]) assert.equal(await room.invites.remove(id), false);
    await assert.rejects(room.accounts.create({ address, invite: code }), problem('forbidden'));
    assert.deepEqual(await entriesOf(room.database), []);
  });

  for (const wish of [{ uses: 0 }, { uses: 1.5 }, { uses: 100_001 }, { uses: NaN }, { days: 0 }, { days: -1 }, { days: 3651 },
    { days: NaN }, { note: 'x'.repeat(501) }]) {
    it(`are not made with ${JSON.stringify(wish).slice(0, 40)}`, async () => {
      await assert.rejects(openRoom().invites.create(wish), problem('invalid'));
    });
  }

  it('are not used up where nobody needs one', async () => {
    const room = openRoom();
    const { invite, code } = await room.invites.create({});
    await room.accounts.create({ address, invite: code });
    await room.accounts.create({ address, invite: 'nonsense' });
    assert.deepEqual(await listed(room), [invite]);
  });
});
