/**
 * What comes at once, by two processes on one database: whatever the order, one wins, the others are told, and what is
 * kept agrees.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Parser } from 'n3';
import type { Database } from '../../src/storage/database.ts';
import { openLevel } from '../../src/storage/level.ts';
import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { sound } from '../pods/open-pod.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { address, assertWhole, baseUrl, day, email, openRoom, other, password, refusals } from './open-room.ts';
import type { Room } from './open-room.ts';

const external = 'https://alice.example/profile#me';

interface Two { readonly one: Room; readonly two: Room; readonly ids: readonly string[] }

const races: [what: string, run: (race: Two) => Promise<void>][] = [
  ['two that take one name: one has it', async ({ one, two, ids }) => {
    const results = await Promise.allSettled(ids.map((id, i) => (i % 2 === 0 ? one : two).accounts.addPod(id, { name: 'alice' })));
    assert.deepEqual(refusals(results), Array(ids.length - 1).fill('conflict'));
  }],
  ['one that adds pods in both processes: all are there', async ({ one, two, ids: [id = ''] }) => {
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name, i) => (i % 2 === 0 ? one : two).accounts.addPod(id, { name })));
    assert.equal((await one.accounts.get(id))!.pods.length, 6);
  }],
  ['more pods than there may be: no more are made', async ({ one, two, ids: [id = ''] }) => {
    const names = Array.from({ length: 14 }, (_, i) => `pod${i}`);
    const results = await Promise.allSettled(names.map((name, i) => (i % 2 === 0 ? one : two).accounts.addPod(id, { name })));
    const pods = (await one.accounts.get(id))!.pods.length;
    assert.ok(pods <= 10 && pods + refusals(results).length === 14, String(pods));
  }],
  ['several that register one address: one has it', async ({ one, two }) => {
    const results = await Promise.allSettled([one, two, one, two].map((room) => room.logins.register(email, password, { address })));
    assert.deepEqual(refusals(results), Array(3).fill('conflict'));
    const accounts: string[] = [];
    for await (const account of one.accounts.list()) if (account.logins.some((login) => login.email === email)) accounts.push(account.id);
    assert.equal(accounts.length, 1);
  }],
  ['two that add one address to their accounts: one has it', async ({ one, two, ids: [a = '', b = ''] }) => {
    const results = await Promise.allSettled([one.logins.add(a, email, password), two.logins.add(b, email, other)]);
    assert.deepEqual(refusals(results), ['conflict']);
  }],
  ['two that link one WebID with proof: one has it', async ({ one, two, ids: [a = '', b = ''] }) => {
    const statements = await Promise.all([one.webIds.link(a, external), one.webIds.link(b, external)]);
    const quads = statements.flatMap((linking) => (linking.linked ? [] : new Parser().parse(linking.statement)));
    for (const room of [one, two]) room.documents.set(external, quads);
    const results = await Promise.allSettled([one.webIds.link(a, external), two.webIds.link(b, external)]);
    assert.deepEqual(refusals(results), ['conflict']);
  }],
  ['one that links one WebID twice: both are told that it is linked', async ({ one, two, ids: [id = ''] }) => {
    const linking = await one.webIds.link(id, external);
    for (const room of [one, two]) room.documents.set(external, linking.linked ? [] : new Parser().parse(linking.statement));
    assert.deepEqual(await Promise.all([one, two].map((room) => room.webIds.link(id, external))), [{ linked: true }, { linked: true }]);
    assert.deepEqual((await one.accounts.get(id))!.webIds, [external]);
  }],
  ['several with one invite for two: two get in', async ({ one, two }) => {
    const { code } = await one.invites.create({ uses: 2 });
    const [open, closed] = [one, two].map((room) => openRoom({ signUp: 'invite' }, room)) as [Room, Room];
    const results = await Promise.allSettled([open, closed, open, closed, open].map((room, i) =>
      room.logins.register(`guest${i}@example.org`, password, { address, invite: code })));
    assert.deepEqual(refusals(results), Array(3).fill('forbidden'));
  }],
  ['a suspension during logins: no session outlives it', async ({ one, two, ids: [id = ''] }) => {
    const begun: string[] = [];
    const logIn = async (room: Room): Promise<void> => {
      const { account } = await room.logins.login('user0@example.org', password, address);
      begun.push(await room.sessions.begin(account.id, ''));
    };
    const results = await Promise.allSettled([logIn(one), logIn(two), one.endings.suspend(id), logIn(two), logIn(one)]);
    assert.ok(refusals(results).every((kind) => kind === 'forbidden'));
    for (const secret of begun) assert.equal(await two.sessions.find(secret), undefined);
    await one.endings.restore(id);
    for (const secret of begun) assert.equal(await two.sessions.find(secret), undefined);
  }],
  ['suspensions and restorations, and a pod that is added meanwhile: all pods are as the account is', async ({ one, two, ids: [id = ''] }) => {
    for (const name of ['a', 'b', 'c']) await one.accounts.addPod(id, { name });
    const results = await Promise.allSettled([
      one.endings.suspend(id), two.endings.restore(id), one.accounts.addPod(id, { name: 'd' }), two.endings.suspend(id),
      one.endings.restore(id), two.accounts.addPod(id, { name: 'e' }),
    ]);
    assert.ok(refusals(results).every((kind) => ['conflict', 'forbidden'].includes(kind)));
    const { state, pods } = (await one.accounts.get(id))!;
    for (const { base } of pods) {
      const { pod } = (await two.pods.look(base, two.pods.parsePath('/')))!;
      assert.equal(pod.suspended === true, state === 'suspended', base);
    }
  }],
  ['two owners that leave: one stays', async ({ one, two, ids: [a = '', b = ''] }) => {
    for (const id of [a, b]) await one.accounts.setRole(id, 'owner');
    const results = await Promise.allSettled([one.endings.leave(a), two.endings.leave(b)]);
    assert.deepEqual(refusals(results), ['conflict']);
  }],
  ['two uses of one link: one sets the password', async ({ one, two, ids: [id = ''] }) => {
    await one.logins.forgot('user0@example.org', address);
    const token = await one.linked();
    const passwords = ['first of two 12', 'second of two 34'] as const;
    const results = await Promise.allSettled([one, two].map((room, i) => room.logins.reset(token, passwords[i]!, address)));
    assert.deepEqual(refusals(results), ['invalid']);
    const right = results[0]!.status === 'fulfilled' ? 0 : 1;
    assert.equal((await one.logins.login('user0@example.org', passwords[right], address)).account.id, id);
  }],
  ['an old password while it is changed: no session of it outlives that', async ({ one, two, ids: [id = ''] }) => {
    const logIn = async (): Promise<string> => two.sessions.begin((await two.logins.login('user0@example.org', password, address)).account.id, '');
    await Promise.allSettled([logIn(), one.logins.change(id, 'user0@example.org', other), logIn()]);
    await assert.rejects(two.logins.login('user0@example.org', password, address));
  }],
  ['a login and the end of the days of grace: the account stays with all it has, or is gone with all of it', async ({ one, two, ids }) => {
    for (const id of ids) await one.accounts.addPod(id, { name: `x${id}` });
    for (const id of ids) await one.endings.leave(id);
    for (const room of [one, two]) room.clock.now += 30 * day;
    const results = await Promise.allSettled([
      ...ids.map((_, i) => two.logins.login(`user${i}@example.org`, password, address)), one.sweep(), two.sweep(),
    ]);
    assert.ok(refusals(results).every((kind) => kind === 'forbidden'));
    await one.sweep();
    for (const [i, id] of ids.entries()) {
      const account = await one.accounts.get(id);
      assert.equal(account !== undefined, results[i]!.status === 'fulfilled');
      if (account !== undefined) assert.equal(account.state, 'active');
      assert.equal(await one.pods.look(`${baseUrl}x${id}/`, one.pods.parsePath('/')) !== undefined, account !== undefined);
    }
  }],
  ['a credential for a WebID that is unlinked: it is gone with it', async ({ one, two, ids: [id = ''] }) => {
    await one.accounts.addPod(id, { name: 'alice' });
    const webId = `${baseUrl}alice/x#me`;
    await one.webIds.link(id, webId);
    await Promise.allSettled([one, two, one].map((room) => room.credentials.create(id, webId, 'x')).concat(
      [two.webIds.unlink(id, webId) as never, two.credentials.create(id, webId, 'y')]));
    assert.deepEqual(await one.credentials.list(id), []);
  }],
  ['logins that are removed at once: one is left', async ({ one, two, ids: [id = ''] }) => {
    await one.logins.add(id, email, password);
    const results = await Promise.allSettled([one.logins.remove(id, email), two.logins.remove(id, 'user0@example.org')]);
    assert.deepEqual(refusals(results), ['conflict']);
  }],
];

describe('at once', () => {
  const stores: [string, () => Promise<Database>][] = [
    ['in memory', async () => new MemoryDatabase()],
    ['on disk', async () => openLevel(join(await temporaryDirectory(), 'database'))],
  ];
  for (const [where, open] of stores) {
    for (const [what, run] of races) {
      it(`${what}, ${where}`, async () => {
        await using database = await open();
        const blobs = new MemoryBlobs();
        const [one, two] = [openRoom({}, { database, blobs }), openRoom({}, { database, blobs })];
        const ids: string[] = [];
        for (let i = 0; i < 4; i += 1) ids.push((await one.logins.register(`user${i}@example.org`, password, 'admin')).id);
        await run({ one, two, ids });
        await assertWhole(one);
        await sound(database, blobs);
      });
    }
  }
});
