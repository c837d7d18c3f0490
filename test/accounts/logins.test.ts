import assert from 'node:assert/strict';
import { keys } from '../../src/storage/keyspace.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import type { Key } from '../../src/storage/database.ts';
import { Problem } from '../../src/problem.ts';
import { problem } from '../pods/open-pod.ts';
import { address, assertWhole, cheap, email, entriesOf, hour, medians, minute, openRoom, other, password } from './open-room.ts';
import type { Room } from './open-room.ts';

const register = (room: Room, of = email): Promise<{ id: string }> => room.logins.register(of, password, 'admin');
const login = (room: Room, with_ = password, from = address) => room.logins.login(email, with_, from);

/** What a login attempt looks like from outside. */
async function refusal(attempt: Promise<unknown>): Promise<{ kind: string; message: string; headers: object }> {
  const error = await attempt.then(() => undefined, (thrown: unknown) => thrown);
  assert.ok(error instanceof Problem, String(error));
  return { kind: error.kind, message: error.message, headers: error.headers };
}

describe('logins', () => {
  it('are made with the account, and let in whoever knows the password', async () => {
    const room = openRoom();
    const { id } = await register(room);
    const { account, stayed } = await room.logins.login('ALICE@Example.org ', password, address);
    assert.deepEqual([account.id, account.deleteAt, stayed], [id, undefined, false]);
    await assertWhole(room);
  });

  for (const text of ['', 'alice', '@example.org', 'alice@', 'a@b@c', 'a b@example.org', 'alice@example.org\r\nBcc: x@y.z', '"a"@b.c',
    'a,b@c.d', '<a@b.c>', 'a@.c', 'a@-b', `${'x'.repeat(65)}@example.org`, `a@${'x'.repeat(253)}`, 'a@b\0', '\ud800@b.c']) {
    it(`are not for ${JSON.stringify(text.slice(0, 40))}`, async () => {
      const room = openRoom();
      await assert.rejects(room.logins.register(text, password, 'admin'), problem('invalid', /not an e-mail address/));
      assert.deepEqual(await entriesOf(room.database), []);
    });
  }

  it('are for addresses of local hosts, other scripts, and tags', async () => {
    const room = openRoom();
    for (const text of ['root@localhost', 'jörg+solid@bücher.example', "o'hara@example.org"]) await register(room, text);
    await assertWhole(room);
  });

  it('have good passwords', async () => {
    const room = openRoom();
    await assert.rejects(room.logins.register(email, 'short', { address }), problem('invalid', /too short/));
    await assert.rejects(room.logins.register(email, 'alice@example.org', { address }), problem('invalid'));
    assert.deepEqual(await entriesOf(room.database), []);
  });

  it('are for one account only', async () => {
    const room = openRoom();
    const { id } = await register(room);
    await assert.rejects(room.logins.register('Alice@example.org', other, 'admin'), problem('conflict', /already/));
    const two = await register(room, 'bob@example.org');
    await assert.rejects(room.logins.add(two.id, email, other), problem('conflict', /already/));
    await assert.rejects(room.logins.add(id, email, other), problem('conflict', /already/));
    await assertWhole(room);
  });

  it('may be several, each with its password, but not too many, nor none', async () => {
    const room = openRoom();
    const { id } = await register(room);
    for (let i = 1; i < 10; i += 1) await room.logins.add(id, `alice${i}@example.org`, other);
    room.clock.now += hour;
    await assert.rejects(room.logins.add(id, 'alice10@example.org', other), problem('conflict', /up to 10/));
    assert.equal((await room.logins.login('alice9@example.org', other, address)).account.id, id);
    await assert.rejects(room.logins.remove(id, 'bob@example.org'), problem('missing'));
    await room.logins.remove(id, email);
    await assert.rejects(login(room), problem('forbidden'));
    for (let i = 1; i < 9; i += 1) await room.logins.remove(id, `alice${i}@example.org`);
    await assert.rejects(room.logins.remove(id, 'alice9@example.org'), problem('conflict', /at least one/));
    await assertWhole(room);
  });

  it('do not tell by adding them which addresses are taken, more often than there may be new accounts', async () => {
    const room = openRoom();
    await register(room);
    const { id } = await register(room, 'mallory@example.org');
    for (let i = 0; i < 10; i += 1) await assert.rejects(room.logins.add(id, email, other), problem('conflict'));
    await assert.rejects(room.logins.add(id, email, other), problem('too-many'));
  });

  it('change their password for whoever knows it, and end all sessions but that one', async () => {
    const room = openRoom();
    const { id } = await register(room);
    const [keep, end] = [await room.sessions.begin(id, 'here'), await room.sessions.begin(id, 'there')];
    await assert.rejects(room.logins.change(id, email, other, { old: 'not the password' }), problem('forbidden', /not the password/));
    await assert.rejects(room.logins.change(id, email, 'short', { old: password }), problem('invalid'));
    await assert.rejects(room.logins.change(id, 'bob@example.org', other), problem('missing'));
    await room.logins.change(id, email, other, { old: password, keep });
    assert.deepEqual([await room.sessions.find(end), (await room.sessions.find(keep))?.account.id], [undefined, id]);
    assert.deepEqual(room.told, [`sessions ${id}`]);
    await assert.rejects(login(room), problem('forbidden'));
    await login(room, other);
    await assertWhole(room);
  });

  it('do not change their password for somebody who guesses it, nor for who has another account', async () => {
    const room = openRoom();
    await register(room);
    const mallory = await register(room, 'mallory@example.org');
    await assert.rejects(room.logins.change(mallory.id, email, other, { old: password }), problem('forbidden'));
    await assert.rejects(room.logins.change(mallory.id, email, other), problem('missing'));
    for (let i = 0; i < 9; i += 1) await assert.rejects(room.logins.change(mallory.id, email, other, { old: 'guess' }), problem('forbidden'));
    await assert.rejects(room.logins.change(mallory.id, email, other, { old: 'guess' }), problem('too-many'));
  });

  it('hash a password anew, when that is done otherwise now, as soon as its owner brings it', async () => {
    const room = openRoom();
    await register(room);
    const hash = async (): Promise<string> => Buffer.from((await room.database.get([keys.passwordLogin(email)]))[0]!.value).toString();
    const before = await hash();
    await login(room);
    assert.equal(await hash(), before);
    const dearer = openRoom({ passwordCost: { ...cheap, memory: 16 } }, { database: room.database });
    await login(dearer);
    assert.match(await hash(), /\$m=16,/);
    await login(dearer);
  });

  describe('for whoever guesses', () => {
    it('are the same whether there is such an address or not: the answer, and what is read', async () => {
      class Counting extends MemoryDatabase {
        reads = 0;
        override async get(wanted: readonly Key[]) {
          this.reads += wanted.length;
          return super.get(wanted);
        }
      }
      const database = new Counting();
      const room = openRoom({}, { database });
      const { id } = await register(room);
      const looks: unknown[] = [];
      for (const [text, with_] of [[email, 'not the password'], ['nobody@example.org', 'not the password'], ['nobody', password],
        [email, 'x'.repeat(2000)], ['x'.repeat(5000), 'y'], ['', '']] as const) {
        database.reads = 0;
        looks.push({ ...await refusal(room.logins.login(text, with_, address)), reads: database.reads });
      }
      await room.endings.suspend(id);
      database.reads = 0;
      looks.push({ ...await refusal(room.logins.login(email, 'not the password', address)), reads: database.reads });
      for (const look of looks) assert.deepEqual(look, looks[0]);
      assert.equal((looks[0] as { kind: string }).kind, 'forbidden');
    });

    it('take as long, whether there is such an address or not', async () => {
      const room = openRoom({ passwordCost: { memory: 19_456, passes: 2, logN: 15, parallel: 3 }, maxLoginsPerAccount: 1000 });
      await register(room);
      const [known, unknown] = await medians(...[email, 'nobody@example.org'].map((text) =>
        () => refusal(room.logins.login(text, 'not the password', address))) as [() => Promise<unknown>, () => Promise<unknown>]);
      assert.ok(unknown > known / 2 && unknown < known * 2, `${known} ms and ${unknown} ms`);
    });

    for (const text of [email, 'nobody@example.org']) {
      it(`are shut after ten tries for ${text}, from wherever, for a quarter of an hour`, async () => {
        const room = openRoom();
        await register(room);
        for (let i = 0; i < 10; i += 1) await assert.rejects(room.logins.login(text, 'guess', `192.0.2.${i}`), problem('forbidden'));
        await assert.rejects(room.logins.login(text.toUpperCase(), password, '192.0.2.99'), problem('too-many'));
        room.clock.now += 15 * minute;
        await assert.rejects(room.logins.login(text, 'guess', address), problem('forbidden'));
      });
    }

    it('are shut after a hundred tries from one network', async () => {
      const room = openRoom();
      for (let i = 0; i < 100; i += 1) {
        await assert.rejects(room.logins.login(`${i}@example.org`, 'guess', `2001:db8::${i}`), problem('forbidden'));
      }
      await assert.rejects(room.logins.login('x@example.org', 'guess', '2001:db8::ffff'), problem('too-many'));
      await assert.rejects(room.logins.login('x@example.org', 'guess', '2001:db9::1'), problem('forbidden'));
    });

    it('are open for whoever knows the password, however often', async () => {
      const room = openRoom();
      await register(room);
      for (let i = 0; i < 110; i += 1) await login(room);
    });
  });

  describe('whose password was forgotten', () => {
    const ask = async (room: Room, of = email): Promise<string> => {
      await room.logins.forgot(of, address);
      return room.linked();
    };

    it('get another one by the link in a mail, which works once, and all sessions end', async () => {
      const room = openRoom();
      const { id } = await register(room);
      const session = await room.sessions.begin(id, '');
      const token = await ask(room);
      const account = await room.logins.reset(token, other, address);
      assert.deepEqual([account.id, account.logins], [id, [{ kind: 'password', email, verified: true }]]);
      assert.equal(await room.sessions.find(session), undefined);
      assert.deepEqual(room.told, [`sessions ${id}`]);
      await assert.rejects(login(room), problem('forbidden'));
      await login(room, other);
      await assert.rejects(room.logins.reset(token, password, address), problem('invalid', /not of use any more/));
      assert.deepEqual(await entriesOf(room.database, ['token']), []);
      await assertWhole(room);
    });

    it('keep the link when the new password will not do', async () => {
      const room = openRoom();
      await register(room);
      const token = await ask(room);
      await assert.rejects(room.logins.reset(token, 'alice', address), problem('invalid', /too short/));
      await assert.rejects(room.logins.reset(token, 'alice@example.org', address), problem('invalid', /contains the e-mail/));
      await room.logins.reset(token, other, address);
    });

    it('have an hour for it, and no other link is of use after one was', async () => {
      const room = openRoom();
      const { id } = await register(room);
      const [late, first, second] = [await ask(room), await ask(room), await ask(room)];
      room.clock.now += hour - 1;
      await room.logins.reset(first, other, address);
      await assert.rejects(room.logins.reset(second, password, address), problem('invalid', /not of use/));
      const third = await ask(room);
      await room.logins.change(id, email, password);
      await assert.rejects(room.logins.reset(third, other, address), problem('invalid', /not of use/));
      room.clock.now += 1;
      await assert.rejects(room.logins.reset(late, other, address), problem('invalid', /not of use/));
      room.clock.now += hour;
      await room.sweep();
      assert.deepEqual(await entriesOf(room.database, ['token']), []);
    });

    it('get no link that is of use for anything else, and nothing else is one', async () => {
      const room = openRoom();
      const { id } = await register(room);
      await room.logins.askToVerify(id, email);
      const verify = await room.linked();
      await assert.rejects(room.logins.reset(verify, other, address), problem('invalid'));
      const reset = await ask(room);
      await assert.rejects(room.logins.verify(reset, address), problem('invalid'));
      for (const text of ['', 'x', '\0', reset.slice(0, -1)]) await assert.rejects(room.logins.reset(text, other, address), problem('invalid'));
      await room.logins.verify(verify, address);
    });

    it('are nobody\'s any more when the account is gone, or has no such login', async () => {
      const room = openRoom();
      const { id } = await register(room);
      const one = await ask(room);
      await room.logins.add(id, 'alice2@example.org', other);
      await room.logins.remove(id, email);
      await assert.rejects(room.logins.reset(one, other, address), problem('invalid', /not of use/));
      await register(room);
      const two = await ask(room);
      await room.endings.deleteNow((await room.accounts.byEmail(email))!.id);
      await assert.rejects(room.logins.reset(two, other, address), problem('invalid', /not of use/));
    });

    it('lose what others set up before it was known whose the address is', async () => {
      const room = openRoom();
      const { id } = await register(room);
      const { webId } = await room.accounts.addPod(id, { name: 'alice' });
      await room.credentials.create(id, webId, 'x');
      await room.logins.reset(await ask(room), other, address);
      assert.deepEqual(await room.credentials.list(id), []);
      const { credential, secret } = await room.credentials.create(id, webId, 'x');
      await room.logins.reset(await ask(room), password, address);
      assert.ok(await room.credentials.verify(credential.id, secret));
      await assertWhole(room);
    });

    it('get no mail when the address was added to an account and never confirmed', async () => {
      const room = openRoom();
      const { id } = await register(room, 'mallory@example.org');
      await room.logins.add(id, email, other);
      await room.logins.forgot(email, address);
      await room.mail.settled();
      assert.deepEqual([room.lines, await entriesOf(room.database, ['token'])], [[], []]);
      await room.logins.askToVerify(id, email);
      await room.logins.verify(await room.linked(), address);
      await ask(room);
    });

    it('are not told apart from addresses that nobody has: the answer comes before anything is looked up', async () => {
      class Counting extends MemoryDatabase {
        calls = 0;
        override async get(...of: Parameters<MemoryDatabase['get']>) { this.calls += 1; return super.get(...of); }
        override async commit(...of: Parameters<MemoryDatabase['commit']>) { this.calls += 1; return super.commit(...of); }
      }
      const database = new Counting();
      const room = openRoom({}, { database });
      const { id } = await register(room);
      for (const text of [email, 'nobody@example.org', 'nonsense']) {
        database.calls = 0;
        assert.equal(await room.logins.forgot(text, address), undefined);
        assert.equal(database.calls, 0);
        await room.mail.settled();
      }
      assert.equal(room.lines.length, 1);
      await room.endings.suspend(id);
      await room.logins.forgot(email, address);
      await room.mail.settled();
      assert.equal(room.lines.length, 1);
    });

    for (const text of [email, 'nobody@example.org']) {
      it(`are asked for five times in an hour for ${text}`, async () => {
        const room = openRoom();
        await register(room);
        for (let i = 0; i < 5; i += 1) await room.logins.forgot(text, `192.0.2.${i}`);
        await assert.rejects(room.logins.forgot(text, '192.0.2.99'), problem('too-many'));
      });
    }

    it('are asked for twenty times in an hour from one network, and links are tried as often', async () => {
      const room = openRoom();
      for (let i = 0; i < 10; i += 1) await room.logins.forgot(`${i}@example.org`, address);
      for (let i = 0; i < 5; i += 1) await assert.rejects(room.logins.reset('x', other, address), problem('invalid'));
      for (let i = 0; i < 5; i += 1) await assert.rejects(room.logins.verify('x', address), problem('invalid'));
      await assert.rejects(room.logins.forgot('x@example.org', address), problem('too-many'));
      await assert.rejects(room.logins.reset('x', other, address), problem('too-many'));
      await assert.rejects(room.logins.verify('x', address), problem('too-many'));
    });
  });

  describe('whose address is to be confirmed', () => {
    it('are confirmed by the link in a mail, which works once, for a day', async () => {
      const room = openRoom();
      const { id } = await register(room);
      await room.logins.askToVerify(id, email);
      const late = await room.linked();
      await room.logins.askToVerify(id, email);
      const token = await room.linked();
      room.clock.now += 24 * hour - 1;
      assert.deepEqual((await room.logins.verify(token, address)).logins, [{ kind: 'password', email, verified: true }]);
      await assert.rejects(room.logins.verify(token, address), problem('invalid'));
      room.clock.now += 1;
      await assert.rejects(room.logins.verify(late, address), problem('invalid'));
      await assert.rejects(room.logins.askToVerify(id, 'bob@example.org'), problem('missing'));
      await assertWhole(room);
    });

    it('stay confirmed through a change of the password', async () => {
      const room = openRoom();
      const { id } = await register(room);
      await room.logins.askToVerify(id, email);
      await room.logins.verify(await room.linked(), address);
      await room.logins.change(id, email, other);
      assert.equal((await room.accounts.get(id))!.logins[0]!.verified, true);
    });

    it('get five mails in an hour', async () => {
      const room = openRoom();
      const { id } = await register(room);
      for (let i = 0; i < 5; i += 1) await room.logins.askToVerify(id, email);
      await assert.rejects(room.logins.askToVerify(id, email), problem('too-many'));
    });
  });

  it('keep no password, and no secret of a link, session, credential or invite, that could be read', async () => {
    const room = openRoom({ signUp: 'invite' });
    const { code } = await room.invites.create({ uses: 2 });
    const { id } = await room.logins.register(email, password, { address, invite: code });
    const { webId } = await room.accounts.addPod(id, { name: 'alice' });
    const { secret } = await room.credentials.create(id, webId, 'x');
    const session = await room.sessions.begin(id, '');
    await room.logins.forgot(email, address);
    const reset = await room.linked();
    await room.logins.askToVerify(id, email);
    const verify = await room.linked();
    const all = (await entriesOf(room.database)).map(({ key, value }) => `${key.join('/')} ${Buffer.from(value).toString()}`).join('\n');
    for (const text of [password, code, secret, session, session.slice(20), reset, verify]) {
      assert.ok(!all.includes(text) && !all.includes(Buffer.from(text).toString('base64')), text);
    }
  });
});
