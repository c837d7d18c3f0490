import assert from 'node:assert/strict';
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { maxPasskeys } from '../../src/accounts/passkeys.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { problem } from '../pods/open-pod.ts';
import { Authenticator } from './authenticator.ts';
import type { Amiss } from './authenticator.ts';
import { address, assertWhole, email, entriesOf, minute, openRoom, other, password } from './open-room.ts';
import type { Room } from './open-room.ts';

const from = { address, agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };

describe('passkeys', () => {
  let room: Room;
  let id: string;
  let device: Authenticator;
  beforeEach(async () => {
    room = openRoom();
    ({ id } = await room.logins.register(email, password, 'admin'));
    device = new Authenticator('http://localhost:3000');
  });
  afterEach(() => assertWhole(room));

  const add = async (name = 'Laptop', amiss?: Amiss) =>
    room.passkeys.add(id, device.create(await room.passkeys.creation(id), amiss), name, from);
  const login = async (amiss?: Amiss) => room.passkeys.login(device.get(await room.passkeys.question(address), amiss), from);

  it('log their owner in, who does not say who they are, and remember when', async () => {
    const made = await add();
    room.clock.now += minute;
    const { account, how, stayed } = await login();
    assert.deepEqual([account.id, how, stayed], [id, 'passkey', false]);
    assert.deepEqual(await room.passkeys.list(id), [
      { id: made.id, name: 'Laptop', created: room.clock.now - minute, lastUsed: room.clock.now, synced: true },
    ]);
  });

  it('are asked for as discoverable, with user verification, for the host of the base URL (WebAuthn, 5.4)', async () => {
    const creation = await room.passkeys.creation(id) as unknown as PublicKeyCredentialCreationOptionsJSON;
    assert.deepEqual(creation.rp, { name: 'localhost:3000', id: 'localhost' });
    assert.deepEqual([creation.user.name, Buffer.from(creation.user.id, 'base64url').toString('hex')], [email, id]);
    assert.equal(creation.authenticatorSelection!.residentKey, 'required');
    assert.equal(creation.authenticatorSelection!.userVerification, 'required');
    const question = await room.passkeys.question(address);
    assert.deepEqual([question['rpId'], question['userVerification'], question['allowCredentials']], ['localhost', 'required', undefined]);
  });

  const wrongs: [what: string, amiss: Amiss][] = [
    ['of another origin', { origin: 'http://localhost:3001' }], ['of another host', { rpId: 'example.org' }],
    ['without user verification', { verified: false }], ['for another question', { challenge: 'x'.repeat(43) }],
    ['of another ceremony', { type: 'webauthn.other' }],
  ];
  for (const [what, amiss] of wrongs) {
    it(`are not added ${what} (WebAuthn, 7.1)`, async () => {
      await assert.rejects(add('x', amiss), problem('invalid'));
      assert.deepEqual(await room.passkeys.list(id), []);
    });
    it(`log nobody in ${what} (WebAuthn, 7.2)`, async () => {
      await add();
      await assert.rejects(login(amiss), problem('forbidden', /not accepted/));
      assert.equal((await room.passkeys.list(id))[0]!.lastUsed, undefined);
    });
  }

  it('log nobody in who says that they are somebody else, and say the same as for one that is not known', async () => {
    await add();
    const bob = await room.logins.register('bob@example.org', password, 'admin');
    const stranger = Buffer.from('00'.repeat(10), 'hex').toString('base64url');
    const answers = [];
    for (const amiss of [{ userHandle: Buffer.from(bob.id, 'hex').toString('base64url') }, { userHandle: stranger },
      { userHandle: 'x' }, { credential: 'AAAA' }, { verified: false }]) {
      const [result] = await Promise.allSettled([login(amiss)]);
      answers.push(result.status === 'rejected' ? String(result.reason) : assert.fail('let in'));
    }
    assert.equal(new Set(answers).size, 1);
  });

  it('count one answer to one question, and for ten minutes', async () => {
    await add();
    const question = await room.passkeys.question(address);
    const answer = device.get(question);
    await room.passkeys.login(answer, from);
    await assert.rejects(room.passkeys.login(answer, from), problem('forbidden'));
    await assert.rejects(room.passkeys.login(device.get(question), from), problem('forbidden'));

    const [late, inTime] = [await room.passkeys.question(address), await room.passkeys.question(address)];
    room.clock.now += 10 * minute - 1;
    await room.passkeys.login(device.get(inTime), from);
    room.clock.now += 1;
    await assert.rejects(room.passkeys.login(device.get(late), from), problem('forbidden'));
  });

  it('leave no question behind', async () => {
    await add();
    await login();
    await assert.rejects(login({ userHandle: 'x' }), problem('forbidden'));
    assert.deepEqual(await entriesOf(room.database, ['challenge']), []);
    await room.passkeys.question(address);
    await room.passkeys.creation(id);
    assert.equal((await entriesOf(room.database, ['challenge'])).length, 2);
    room.clock.now += 10 * minute;
    await room.sweep();
    assert.deepEqual(await entriesOf(room.database, ['challenge']), []);
  });

  it('are refused when their counter does not go up, as that of a copy does not (WebAuthn, 6.1.1)', async () => {
    await add();
    await login({ counter: 7 });
    await assert.rejects(login({ counter: 7 }), problem('forbidden'));
    await assert.rejects(login({ counter: 3 }), problem('forbidden'));
    await login({ counter: 8 });
    await room.mail.settled();
    assert.equal((await room.securityLog.list(id)).filter(({ kind }) => kind === 'passkey-failed').length, 2);
  });

  it('are not added to another account than the one that they were asked for', async () => {
    const bob = await room.logins.register('bob@example.org', password, 'admin');
    const answer = device.create(await room.passkeys.creation(id));
    await assert.rejects(room.passkeys.add(bob.id, answer, 'x'), problem('invalid'));
    await assert.rejects(room.passkeys.add(id, answer, 'x'), problem('invalid', /Begin again/));
  });

  it('are not of use for another account that has one with the same id', async () => {
    const mine = await add('mine', { credential: 'c2FtZQ' });
    const mallory = await room.logins.register('mallory@example.org', other, 'admin');
    const theirs = new Authenticator('http://localhost:3000');
    const made = theirs.create(await room.passkeys.creation(mallory.id), { credential: 'c2FtZQ' });
    await room.passkeys.add(mallory.id, made, 'theirs');
    const answer = theirs.get(await room.passkeys.question(address), { userHandle: Buffer.from(id, 'hex').toString('base64url') });
    await assert.rejects(room.passkeys.login(answer, from), problem('forbidden'));
    assert.equal((await login()).account.id, id);
    assert.equal(mine.name, 'mine');
  });

  it('are renamed and removed, and count no more then', async () => {
    const { id: passkey } = await add();
    await room.passkeys.rename(id, passkey, ' \u{1f511} '.repeat(100));
    assert.equal((await room.passkeys.list(id))[0]!.name.length <= 100, true);
    await room.passkeys.remove(id, passkey, from);
    await assert.rejects(login(), problem('forbidden'));
    for (const work of [room.passkeys.remove(id, passkey), room.passkeys.rename(id, passkey, 'x'), room.passkeys.remove(id, 'x/y')]) {
      await assert.rejects(work, problem('missing'));
    }
    assert.deepEqual(await entriesOf(room.database, ['passkey']), []);
  });

  it(`are ${maxPasskeys} at most`, async () => {
    for (let i = 0; i < maxPasskeys - 1; i += 1) await add(String(i));
    const [one, two] = [await room.passkeys.creation(id), await room.passkeys.creation(id)];
    await room.passkeys.add(id, device.create(one), 'last');
    await assert.rejects(room.passkeys.add(id, device.create(two), 'too many'), problem('conflict', /up to 20/));
    await assert.rejects(room.passkeys.creation(id), problem('conflict', /up to 20/));
  });

  it('need an account with a password, so that none is the last way in', async () => {
    const bare = await room.accounts.create('admin');
    await assert.rejects(room.passkeys.creation(bare.id), problem('conflict', /e-mail address/));
  });

  it('keep an account that was about to be deleted, and open none that is suspended', async () => {
    await add();
    await room.endings.leave(id);
    assert.deepEqual(await login().then(({ stayed, account }) => [stayed, account.state]), [true, 'active']);
    await room.endings.suspend(id);
    await assert.rejects(login(), problem('forbidden', /suspended/));
  });

  it('of somebody who used an address that was not theirs end when its owner sets a password; others stay', async () => {
    for (const verified of [false, true]) {
      await add();
      if (verified) {
        await room.logins.askToVerify(id, email);
        await room.logins.verify(await room.linked(), address);
      }
      await room.logins.forgot(email, address);
      await room.logins.reset(await room.linked(), other, address);
      assert.equal((await room.passkeys.list(id)).length, verified ? 1 : 0);
      // The address is verified from the first time on.
    }
  });

  it('end with their account', async () => {
    await add();
    await room.endings.deleteNow(id);
    assert.deepEqual(await entriesOf(room.database, ['passkey']), []);
    assert.deepEqual(await entriesOf(room.database, ['security', id]), []);
    await assert.rejects(login(), problem('forbidden'));
  });

  it('are questions that one network may ask three hundred times in a quarter of an hour', async () => {
    for (let i = 0; i < 300; i += 1) await room.passkeys.question(address);
    await assert.rejects(room.passkeys.question(address), problem('too-many'));
    await room.passkeys.question('192.0.2.77');
  });

  it('are not possible where the server has an address only', () => {
    for (const [baseUrl, possible] of [['http://127.0.0.1:3000/', false], ['http://[::1]:3000/', false], ['https://pods.example/', true]] as const) {
      assert.equal(openRoom({ baseUrl }).passkeys.possible, possible);
    }
  });

  it('are found under keys that hold nothing of what an authenticator says', async () => {
    await add();
    const [entry] = await entriesOf(room.database, ['passkey']);
    assert.deepEqual(entry!.key, keys.passkey(id, entry!.key[2]!));
    assert.match(entry!.key[2]!, /^[0-9a-f]{64}$/);
  });
});
