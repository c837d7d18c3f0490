import assert from 'node:assert/strict';
import { join } from 'node:path';
import { signUpOf } from '../../src/accounts/open-accounts.ts';
import { SetupLink } from '../../src/admin/setup.ts';
import { checkStore } from '../../src/pods/check.ts';
import { ownWebId } from '../../src/pods/new-pod.ts';
import { openFiles } from '../../src/storage/files.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { openLevel } from '../../src/storage/level.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { problem, sound } from '../pods/open-pod.ts';
import { address, assertWhole, baseUrl, day, email, entriesOf, minute, openRoom, other, password } from './open-room.ts';
import type { Room } from './open-room.ts';

const alice = `${baseUrl}alice/`;
const signUp = (room: Room, address_ = email): Promise<{ id: string }> => room.logins.register(address_, password, { address });

/** A database that fails at every commit once it has made as many as are left. */
class Killed extends MemoryDatabase {
  left = Infinity;
  override async commit(write: Parameters<MemoryDatabase['commit']>[0]): Promise<string | undefined> {
    if (this.left <= 0) throw new Error('killed');
    this.left -= 1;
    return super.commit(write);
  }
}

/** Asserts that an account and all of its pods are shut, or none of them. */
async function assertShutTogether(room: Room, id: string): Promise<void> {
  const { state, pods } = (await room.accounts.get(id))!;
  for (const { base } of pods) {
    const sight = await room.pods.look(base, room.pods.parsePath('/'));
    assert.equal(sight!.pod.suspended === true, state === 'suspended', `${base} of an account that is ${state}`);
  }
}

/** Somebody with all that one can have. */
async function full(room: Room): Promise<string> {
  const { id } = await signUp(room);
  await room.logins.forgot(email, address);
  await room.linked();
  await room.logins.add(id, 'second@example.org', other);
  const { webId } = await room.accounts.addPod(id, { name: 'alice' });
  await room.accounts.addPod(id, { name: 'work', webId });
  await room.credentials.create(id, webId, 'backup');
  await room.sessions.begin(id, 'Firefox');
  await room.webIds.link(id, 'https://elsewhere.example/me').catch(() => undefined);
  return id;
}

describe('accounts', () => {
  it('begin without a login, and are deleted after half an hour without one, with their pods', async () => {
    const room = openRoom();
    const account = await room.accounts.create({ address });
    assert.match(account.id, /^[0-9a-f]{20}$/);
    assert.deepEqual(await room.accounts.get(account.id), account);
    assert.deepEqual(account, {
      id: account.id, created: room.clock.now, state: 'active', deleteAt: room.clock.now + 30 * minute,
      webIds: [], pods: [], logins: [],
    });
    await room.accounts.addPod(account.id, { name: 'alice' });
    room.clock.now += 30 * minute - 1;
    assert.equal(await room.sweep(), 0);
    room.clock.now += 1;
    await room.sweep();
    assert.equal(await room.accounts.get(account.id), undefined);
    assert.deepEqual((await entriesOf(room.database)).map(({ key }) => key[0]).filter((family) => family !== 'garbage'), ['name']);
  });

  it('stay once somebody can log in', async () => {
    const room = openRoom();
    const { id } = await room.accounts.create({ address });
    const account = await room.logins.add(id, ' Alice@Example.ORG ', password);
    assert.deepEqual(account.logins, [{ kind: 'password', email, verified: false }]);
    assert.equal(account.deleteAt, undefined);
    room.clock.now += day;
    await room.sweep();
    assert.deepEqual(await room.accounts.get(id), account);
    assert.deepEqual(await room.accounts.byEmail('ALICE@example.org'), account);
    await assertWhole(room);
  });

  it('are found by nothing that is none of theirs', async () => {
    const { accounts } = openRoom();
    for (const id of ['', 'x', '0'.repeat(20), '0'.repeat(19) + '\0']) assert.equal(await accounts.get(id), undefined);
    for (const webId of ['', 'x'.repeat(3000), '\0', '\ud800']) assert.equal(await accounts.byWebId(webId), undefined);
    for (const text of ['', '@', 'x'.repeat(3000), '\0', '\ud800@x']) assert.equal(await accounts.byEmail(text), undefined);
  });

  it('are listed, from where one stopped', async () => {
    const room = openRoom();
    for (let i = 0; i < 5; i += 1) await room.accounts.create('admin');
    const ids: string[] = [];
    for await (const { id } of room.accounts.list()) ids.push(id);
    assert.equal(ids.length, 5);
    const rest: string[] = [];
    for await (const { id } of room.accounts.list(ids[2])) rest.push(id);
    assert.deepEqual(rest, ids.slice(3));
  });

  describe('signing up', () => {
    it('is refused to everybody but the administrator where it is closed', async () => {
      const room = openRoom({ signUp: 'closed' });
      const { code } = await room.invites.create({});
      await assert.rejects(room.accounts.create({ address, invite: code }), problem('forbidden', /only the administrator/));
      await room.accounts.create('admin');
    });

    it('needs an invite that is good where that is the rule', async () => {
      const room = openRoom({ signUp: 'invite' });
      const { code } = await room.invites.create({ uses: 1 });
      for (const invite of [undefined, '', ' ']) {
        await assert.rejects(room.accounts.create({ address, invite }), problem('forbidden', /need an invite/));
      }
      await assert.rejects(signUp(room), problem('forbidden'));
      await assert.rejects(room.accounts.create({ address, invite: `${code}x` }), problem('forbidden', /good for nothing/));
      await room.logins.register(email, password, { address, invite: ` ${code} ` });
      await assert.rejects(room.accounts.create({ address, invite: code }), problem('forbidden', /good for nothing/));
      await room.accounts.create('admin');
      await assertWhole(room);
    });

    it('keeps the invite when the address is taken', async () => {
      const room = openRoom({ signUp: 'invite' });
      await room.logins.register(email, password, 'admin');
      const { code } = await room.invites.create({});
      await assert.rejects(room.logins.register(email, other, { address, invite: code }), problem('conflict', /already/));
      await room.logins.register('bob@example.org', other, { address, invite: code });
    });

    it('is limited for each address, not for the administrator', async () => {
      const room = openRoom();
      for (let i = 0; i < 10; i += 1) await room.accounts.create({ address: `2001:db8::${i}` });
      await assert.rejects(room.accounts.create({ address: '2001:db8::ffff' }), problem('too-many'));
      await assert.rejects(room.logins.register(email, password, { address: '2001:db8::1' }), problem('too-many'));
      await room.accounts.create({ address: '2001:db8:0:1::1' });
      await room.accounts.create('admin');
    });

    for (const [option, url, expected] of [
      [undefined, 'http://localhost:3000/', 'open'], [undefined, 'http://127.0.0.1/', 'open'], [undefined, 'http://[::1]:1/', 'open'],
      [undefined, 'https://pods.localhost/', 'open'], [undefined, 'https://localhost.example/', 'invite'],
      [undefined, 'https://pods.example/', 'invite'], ['open', 'https://pods.example/', 'open'], ['closed', 'http://localhost/', 'closed'],
    ] as const) {
      it(`is ${expected} at ${url} when the option is ${option ?? 'not set'}`, () => assert.equal(signUpOf(option, url), expected));
    }
  });

  describe('adding a pod', () => {
    it('makes it, its name and its WebID the account\'s', async () => {
      const room = openRoom();
      const { id } = await signUp(room);
      const added = await room.accounts.addPod(id, { name: 'alice', label: 'Alice "A." B' });
      assert.deepEqual([added.webId, added.linked, added.pod.base], [ownWebId(alice), true, alice]);
      const account = await room.accounts.byWebId(added.webId);
      assert.deepEqual([account?.id, account?.pods, account?.webIds], [id, [added.pod], [added.webId]]);
      const card = await room.pods.look(alice, room.pods.parsePath('/profile/card'));
      assert.match(Buffer.from(card!.bytes!).toString(), /foaf:name "Alice \\"A.\\" B";[^]*solid:oidcIssuer <http:\/\/localhost:3000\/>/);
      assert.deepEqual(card!.pod.owners, [added.webId]);
      await assertWhole(room);
      await sound(room.database, room.blobs);
    });

    it('gives it to another WebID of the account, whose issuer is not said there', async () => {
      const room = openRoom();
      const { id } = await signUp(room);
      const { webId } = await room.accounts.addPod(id, { name: 'alice' });
      const added = await room.accounts.addPod(id, { name: 'work', webId });
      assert.deepEqual([added.webId, added.linked], [webId, false]);
      const card = await room.pods.look(added.pod.base, room.pods.parsePath('/profile/card'));
      assert.deepEqual(card!.pod.owners, [webId]);
      assert.doesNotMatch(Buffer.from(card!.bytes!).toString(), /solid:oidcIssuer </);
      assert.deepEqual((await room.accounts.get(id))!.webIds, [webId]);
      await assertWhole(room);
    });

    it('is refused for a WebID of somebody else, a name that is none, and accounts that are not active', async () => {
      const room = openRoom();
      const { id } = await signUp(room);
      await assert.rejects(room.accounts.addPod(id, { name: 'a', webId: 'https://bob.example/#me' }), problem('forbidden'));
      for (const name of ['', 'Alice', 'a/b', 'x'.repeat(64), 'a\0', 'admin']) {
        await assert.rejects(room.accounts.addPod(id, { name }), problem('invalid'), name);
      }
      await room.endings.suspend(id);
      await assert.rejects(room.accounts.addPod(id, { name: 'a' }), problem('forbidden', /suspended/));
      await assert.rejects(room.accounts.addPod('0'.repeat(20), { name: 'a' }), problem('missing'));
      await assertWhole(room);
      assert.deepEqual(await entriesOf(room.database, ['host']), []);
    });

    it('takes names that are good only, where the one pod is at the root too', async () => {
      const room = openRoom({ podAddresses: 'root' });
      const { id } = await signUp(room);
      await assert.rejects(room.accounts.addPod(id, { name: 'x'.repeat(5000) }), problem('invalid'));
      assert.equal((await room.accounts.addPod(id, { name: 'alice' })).pod.base, baseUrl);
      await assert.rejects(room.accounts.addPod(id, { name: 'bob' }), problem('conflict'));
    });

    it('stops at as many as an account may have', async () => {
      const room = openRoom({ maxPodsPerAccount: 2 });
      const { id } = await signUp(room);
      for (const name of ['a', 'b']) await room.accounts.addPod(id, { name });
      await assert.rejects(room.accounts.addPod(id, { name: 'c' }), problem('conflict', /up to 2 pods/));
      await assertWhole(room);
    });

    it('never gives a name to two, not after the first is gone either', async () => {
      const room = openRoom();
      const [one, two] = [await signUp(room), await signUp(room, 'bob@example.org')];
      await room.accounts.addPod(one.id, { name: 'alice' });
      await assert.rejects(room.accounts.addPod(two.id, { name: 'alice' }), problem('conflict'));
      await room.endings.deleteNow(one.id);
      await assert.rejects(room.accounts.addPod(two.id, { name: 'alice' }), problem('conflict', /"alice" is taken/));
      await assertWhole(room);
    });
  });

  describe('suspending', () => {
    it('shuts all doors at once, and restoring opens them', async () => {
      const room = openRoom();
      const { id } = await signUp(room);
      const { webId } = await room.accounts.addPod(id, { name: 'alice' });
      const session = await room.sessions.begin(id, '');
      const { credential, secret } = await room.credentials.create(id, webId, 'x');
      assert.equal((await room.endings.suspend(id)).state, 'suspended');
      assert.deepEqual(room.told, [`all ${id}`]);
      assert.equal(await room.sessions.find(session), undefined);
      assert.equal(await room.credentials.verify(credential.id, secret), undefined);
      assert.equal(await room.credentials.find(credential.id), undefined);
      await assert.rejects(room.sessions.begin(id, ''), problem('forbidden'));
      await assert.rejects(room.logins.login(email, password, address), problem('forbidden', /suspended/));
      await assert.rejects(room.logins.login(email, other, address), problem('forbidden', /is wrong/));
      await assert.rejects(room.endings.leave(id), problem('forbidden'));
      await assert.rejects(room.endings.stay(id), problem('conflict'));

      assert.equal((await room.endings.restore(id)).state, 'active');
      await assert.rejects(room.endings.restore(id), problem('conflict', /not suspended/));
      assert.equal(await room.sessions.find(session), undefined);
      assert.equal((await room.credentials.verify(credential.id, secret))?.webId, webId);
      await room.logins.login(email, password, address);
      await assertWhole(room);
    });

    it('shuts and opens its pods in the commit of the account, wherever a crash comes', async () => {
      for (const change of ['suspend', 'restore'] as const) {
        let crashes = 0;
        for (let commits = 0; ; commits += 1) {
          const database = new Killed();
          const room = openRoom({}, { database });
          const id = await full(room);
          if (change === 'restore') await room.endings.suspend(id);
          database.left = commits;
          const failed = await room.endings[change](id).then(() => false, () => true);
          await assertShutTogether(room, id);
          if (!failed) break;
          crashes += 1;
        }
        assert.ok(crashes > 0);
      }
    });

    it('keeps an account that was about to be deleted', async () => {
      const room = openRoom();
      const { id } = await signUp(room);
      await room.endings.leave(id);
      await room.endings.suspend(id);
      room.clock.now += 31 * day;
      await room.sweep();
      assert.equal((await room.endings.restore(id)).deleteAt, undefined);
    });
  });

  describe('leaving', () => {
    it('shuts the account, and deletes it after the days of grace with all that it owns, but for its names', async () => {
      const room = openRoom();
      const id = await full(room);
      const bob = await signUp(room, 'bob@example.org');
      await room.accounts.addPod(bob.id, { name: 'bob' });
      room.clock.now += 2 * day;
      await room.sweep();
      const account = await room.endings.leave(id);
      assert.deepEqual([account.state, account.deleteAt], ['leaving', room.clock.now + 30 * day]);
      assert.deepEqual(await room.sessions.list(id), []);
      assert.ok(room.told.includes(`all ${id}`));
      assert.deepEqual(await room.endings.leave(id), account);
      room.clock.now += 30 * day - 1;
      await room.sweep();
      assert.ok(await room.accounts.get(id));
      await assertWhole(room);
      room.clock.now += 1;
      await room.sweep();
      assert.equal(await room.accounts.get(id), undefined);
      await assertWhole(room);
      await sound(room.database, room.blobs);
      const mentioning = (await entriesOf(room.database))
        .filter(({ key, value }) => `${key.join('/')} ${Buffer.from(value).toString()}`.includes(id)).map(({ key }) => key.join('/'));
      assert.deepEqual(mentioning, ['name/alice', 'name/work']);
      assert.equal((await room.accounts.get(bob.id))!.pods.length, 1);
    });

    it('is over when its owner logs in, and says so', async () => {
      const room = openRoom();
      const { id } = await signUp(room);
      await room.endings.leave(id);
      room.clock.now += 30 * day - 1;
      const { account, stayed } = await room.logins.login(email, password, address);
      assert.deepEqual([account.state, account.deleteAt, stayed], ['active', undefined, true]);
      room.clock.now += 2;
      await room.sweep();
      assert.ok(await room.sessions.begin(id, ''));
      assert.equal((await room.logins.login(email, password, address)).stayed, false);
      await assertWhole(room);
    });

    it('is over when the administrator says so', async () => {
      const room = openRoom();
      const { id } = await signUp(room);
      await assert.rejects(room.endings.stay(id), problem('conflict', /not about to be deleted/));
      await room.endings.leave(id);
      assert.equal((await room.endings.stay(id)).state, 'active');
      await assertWhole(room);
    });

    it('can be at once', async () => {
      const room = openRoom();
      const id = await full(room);
      await room.endings.deleteNow(id);
      assert.equal(await room.accounts.get(id), undefined);
      await assert.rejects(room.endings.deleteNow(id), problem('missing'));
      room.clock.now += 31 * day;
      await room.sweep();
      assert.deepEqual((await entriesOf(room.database)).map(({ key }) => key[0]).filter((family) => family !== 'garbage'), ['name', 'name']);
    });

    it('has no way back once the deletion has begun, and goes on after a crash at any commit', async () => {
      let crashes = 0;
      for (let before = 1; ; before += 1) {
        const database = new Killed();
        const room = openRoom({}, { database });
        const id = await full(room);
        await room.endings.leave(id);
        room.clock.now += 30 * day;
        database.left = before;
        const failed = await room.sweep().then(() => false, () => true);
        database.left = Infinity;
        await sound(database, room.blobs);
        const account = await room.accounts.get(id);
        if (account !== undefined) {
          await assert.rejects(room.endings.stay(id), problem('conflict'), String(before));
          await assert.rejects(room.logins.login(email, password, address), problem('forbidden'));
          await assert.rejects(room.endings.suspend(id), problem('conflict'));
        }
        await room.sweep();
        assert.equal(await room.accounts.get(id), undefined);
        await assertWhole(room);
        await sound(database, room.blobs);
        if (!failed) break;
        crashes += 1;
      }
      assert.ok(crashes > 10, String(crashes));
    });

    it('stops when it is told to, and goes on later', async () => {
      const room = openRoom();
      const id = await full(room);
      await room.endings.leave(id);
      room.clock.now += 30 * day;
      assert.equal(await room.endings.end(id, room.clock.now, AbortSignal.abort()), false);
      assert.equal((await room.accounts.get(id))!.state, 'leaving');
      await room.sweep();
      assert.equal(await room.accounts.get(id), undefined);
    });
  });

  describe('that own the node', () => {
    const ways: [what: string, way: (room: Room, id: string) => Promise<unknown>][] = [
      ['be suspended', ({ endings }, id) => endings.suspend(id)],
      ['leave', ({ endings }, id) => endings.leave(id)],
      ['be deleted', ({ endings }, id) => endings.deleteNow(id)],
      ['become an admin', ({ accounts }, id) => accounts.setRole(id, 'admin')],
      ['have no role any more', ({ accounts }, id) => accounts.setRole(id, undefined)],
    ];
    const others: [what: string, shut: (room: Room, id: string) => Promise<unknown>][] = [
      ['there is none', ({ accounts }, id) => accounts.setRole(id, 'admin')],
      ['the other is suspended', ({ endings }, id) => endings.suspend(id)],
      ['the other leaves', ({ endings }, id) => endings.leave(id)],
      // With a disk that failed, what was begun is not at its end.
      ['the other is being deleted', async (room, id) => {
        const database = room.database as Killed;
        database.left = 1;
        await assert.rejects(room.endings.deleteNow(id), /killed/);
        database.left = Infinity;
      }],
    ];
    /** Two who own the node. */
    async function owned(): Promise<{ room: Room; id: string; other: string }> {
      const room = openRoom({}, { database: new Killed() });
      const [one, two] = [await signUp(room), await signUp(room, 'bob@example.org')];
      for (const { id } of [one, two]) await room.accounts.setRole(id, 'owner');
      return { room, id: one.id, other: two.id };
    }
    for (const [what, way] of ways) {
      it(`can ${what} beside another that is active`, async () => {
        const { room, id } = await owned();
        await way(room, id);
        await assertWhole(room);
      });
      for (const [when, shut] of others) {
        it(`cannot ${what} when ${when}`, async () => {
          const { room, id, other: another } = await owned();
          await shut(room, another);
          const before = await room.accounts.get(id);
          await assert.rejects(way(room, id), problem('conflict', /last owner/));
          assert.deepEqual(await room.accounts.get(id), before);
          assert.ok(await room.accounts.hasOwner());
        });
      }
    }

    it('are active when they become it, and no setup link is left then', async () => {
      const room = openRoom();
      const { id } = await signUp(room);
      await new SetupLink(room.database).make();
      await room.endings.leave(id);
      await assert.rejects(room.accounts.setRole(id, 'owner'), problem('forbidden'));
      await room.endings.stay(id);
      await room.accounts.setRole(id, 'admin');
      assert.ok((await room.database.get([keys.setup]))[0]);
      await room.accounts.setRole(id, 'owner');
      assert.deepEqual(await room.database.get([keys.setup]), [undefined]);
    });
  });

  it('are kept on disk', async () => {
    const directory = await temporaryDirectory();
    const open = async () => ({ database: await openLevel(join(directory, 'database')), blobs: await openFiles(join(directory, 'blobs')) });
    let stores = await open();
    const room = openRoom({}, stores);
    const { id } = await signUp(room);
    const { webId } = await room.accounts.addPod(id, { name: 'alice' });
    const session = await room.sessions.begin(id, '');
    await room.database[Symbol.asyncDispose]();
    stores = await open();
    await using database = stores.database;
    const again = openRoom({}, stores);
    assert.equal((await again.sessions.find(session))?.account.id, id);
    assert.equal((await again.accounts.byWebId(webId))?.id, id);
    await assertWhole(again);
    const findings: string[] = [];
    await checkStore(database, stores.blobs, (finding) => findings.push(finding));
    assert.deepEqual(findings, []);
    assert.ok((await database.get([keys.name('alice')]))[0]);
  });
});
