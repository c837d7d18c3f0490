import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { maxPlaces } from '../../src/accounts/admission.ts';
import { maxEntries, placeOf, trimEvery } from '../../src/accounts/security-log.ts';
import type { SecurityEntry } from '../../src/accounts/security-log.ts';
import { problem } from '../pods/open-pod.ts';
import { Authenticator } from './authenticator.ts';
import { address, assertWhole, day, email, entriesOf, openRoom, other, password } from './open-room.ts';
import type { Room } from './open-room.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const from = { address, agent: firefox };

const kindsOf = (entries: readonly SecurityEntry[]): string[] => entries.map(({ kind }) => kind);

describe('the security log of an account', () => {
  let room: Room;
  let id: string;
  beforeEach(async () => {
    room = openRoom();
    ({ id } = await room.logins.register(email, password, { address, agent: firefox }));
    room.clock.now += 1;
  });
  afterEach(async () => {
    await room.mail.settled();
    await assertWhole(room);
  });
  const list = () => room.securityLog.list(id);
  const login = (agent = firefox, where = address) => room.logins.login(email, password, where, { agent });

  it('says what happened, when, and from where, the latest first', async () => {
    await login();
    const [last, first] = await list();
    const at = room.clock.now;
    assert.deepEqual({ ...last, id: '' }, { id: '', kind: 'login', about: 'with a password', at, address, agent: firefox });
    assert.deepEqual({ ...first, id: '' }, { id: '', kind: 'registered', at: at - 1, address, agent: firefox });
  });

  it('is given in pages', async () => {
    for (let i = 0; i < 5; i += 1) {
      await room.securityLog.record(id, { kind: 'app', about: String(i) });
      room.clock.now += 1;
    }
    const first = await room.securityLog.list(id, { limit: 3 });
    assert.deepEqual(first.map(({ about }) => about), ['4', '3', '2']);
    const rest = await room.securityLog.list(id, { limit: 3, after: first.at(-1)!.id });
    assert.deepEqual(kindsOf(rest), ['app', 'app', 'registered']);
    assert.deepEqual(await room.securityLog.list(id, { after: 'x/y' }), []);
    assert.deepEqual(await room.securityLog.list('x'), []);
  });

  it('has all that is done about logging in', async () => {
    const at = { from };
    await room.logins.add(id, 'second@example.org', other, from);
    await room.logins.change(id, 'second@example.org', 'yet another 55', { old: other, ...at });
    await room.logins.remove(id, 'second@example.org', from);
    const session = await room.sessions.begin(id, chrome);
    await room.sessions.endOne(id, (await room.sessions.find(session))!.session.id, from);
    await room.sessions.endAll(id, { from });
    await room.accounts.addPod(id, { name: 'alice' });
    const [webId] = (await room.accounts.get(id))!.webIds;
    const { credential } = await room.credentials.create(id, webId!, 'backup', from);
    await room.credentials.remove(id, credential.id, from);
    await room.endings.suspend(id);
    await room.endings.restore(id);
    await room.endings.leave(id, from);
    await login();
    assert.deepEqual(kindsOf(await list()).toSorted(), [
      'credential-added', 'credential-removed', 'email-added', 'email-removed', 'leaving', 'login', 'password-changed',
      'registered', 'restored', 'session-ended', 'sessions-ended', 'stays', 'suspended',
    ]);
    assert.equal((await list()).find(({ kind }) => kind === 'session-ended')!.about, 'Chrome on Windows');
  });

  it('has wrong passwords, noted after the answer, and none for an address that nobody has', async () => {
    await assert.rejects(room.logins.login(email, 'guess', '198.51.100.1', { agent: chrome }), problem('forbidden'));
    assert.deepEqual(kindsOf(await list()), ['registered']);
    await assert.rejects(room.logins.login('nobody@example.org', 'guess', '198.51.100.1'), problem('forbidden'));
    await room.mail.settled();
    const [entry] = await list();
    assert.deepEqual([entry!.kind, entry!.about, entry!.address], ['login-failed', email, '198.51.100.1']);
    assert.equal((await entriesOf(room.database, ['security'])).length, 2);
  });

  it('is written in the commit of what it is about, so that neither is without the other', async () => {
    const before = (await list()).length;
    await assert.rejects(room.logins.change(id, email, other, { old: 'wrong' }), problem('forbidden'));
    await assert.rejects(room.logins.remove(id, email), problem('conflict'));
    assert.equal((await list()).length, before);
  });

  it(`keeps ${maxEntries} entries and those that came since it was last counted, the latest`, async () => {
    const puts = [];
    for (let i = 0; i < maxEntries + 3 * trimEvery; i += 1) {
      room.clock.now += 1;
      puts.push(room.securityLog.record(id, { kind: 'login-failed', about: String(i) }));
    }
    await Promise.all(puts);
    await room.mail.settled();
    const kept = await room.securityLog.list(id, { limit: 10_000 });
    assert.ok(kept.length >= maxEntries && kept.length <= maxEntries + trimEvery, String(kept.length));
    assert.equal(kept[0]!.about, String(maxEntries + 3 * trimEvery - 1));
    assert.ok(!kindsOf(kept).includes('registered'));
  }).timeout(30_000);

  it('is swept after a year', async () => {
    room.clock.now += 365 * day - 2;
    await room.sweep();
    assert.equal((await list()).length, 1);
    room.clock.now += 1;
    await room.sweep();
    assert.deepEqual(await list(), []);
  });

  it('keeps little of what others may have written', async () => {
    await room.securityLog.record(id, { kind: 'app', about: `${'x'.repeat(199)}\u{1f600}` }, { address, agent: 'y'.repeat(5_000) });
    const [entry] = await list();
    assert.equal(entry!.about!.length, 200);
    assert.ok(entry!.about!.isWellFormed());
    assert.equal(entry!.agent!.length, 200);
  });

  describe('knows places', () => {
    const places: [what: string, agent: string, where: string, isNew: boolean][] = [
      ['the same', firefox, address, false],
      ['another address of the same provider', firefox, '192.0.77.77', false],
      ['another network', firefox, '198.51.100.1', true],
      ['another device', chrome, address, true],
      ['a newer version of the same program', firefox.replaceAll('140', '141'), address, false],
    ];
    for (const [what, agent, where, isNew] of places) {
      it(`and takes ${what} for ${isNew ? 'a new one' : 'one that it knows'}, the first time`, async () => {
        await login(agent, where);
        room.clock.now += 1;
        await login(agent, where);
        assert.deepEqual(kindsOf(await list()), ['login', isNew ? 'login-new-place' : 'login', 'registered']);
      });
    }

    it('but has nothing to compare the first one with', async () => {
      const bob = await room.logins.register('bob@example.org', password, 'admin');
      await room.logins.login('bob@example.org', password, address);
      assert.deepEqual(kindsOf(await room.securityLog.list(bob.id)).toSorted(), ['login', 'registered']);
    });

    it(`and ${maxPlaces} of them`, async () => {
      for (let i = 1; i < maxPlaces; i += 1) await login(firefox, `10.${i}.0.1`);
      room.clock.now += 1;
      await login();
      assert.equal((await list())[0]!.kind, 'login');
      room.clock.now += 1;
      await login(firefox, '10.99.0.1');
      room.clock.now += 1;
      await login();
      assert.equal((await list())[0]!.kind, 'login-new-place');
    });

    for (const [where, place] of [
      ['192.0.2.1', 'curl 192.0'], ['::ffff:192.0.2.1', 'curl 192.0'], ['2001:db8:1:2::3', 'curl 2001:db8'],
      ['fe80::1%eth0', 'curl fe80:0'], ['not an address', 'curl not an address'],
    ] as const) {
      it(`as ${place} for ${where}`, () => assert.equal(placeOf({ address: where, agent: 'curl/8' }), place));
    }
  });
});

describe('notices by mail', () => {
  it('go to verified addresses about what their owner has to know at once, and to no others', async () => {
    const mails: { to: string[]; text: string }[] = [];
    const server = new SMTPServer({
      authOptional: true, disabledCommands: ['STARTTLS'],
      onData(stream, session, done) {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          mails.push({
            to: session.envelope.rcptTo.map(({ address: to }) => to), 
            text: Buffer.concat(parts).toString().replaceAll('=\r\n', '').replaceAll('=3D', '='),
          });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()); });
    const room = openRoom({ mailUrl: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, mailFrom: 'pods@example.org' });
    try {
      const { id } = await room.logins.register(email, password, { address, agent: firefox });
      const device = new Authenticator('http://localhost:3000');
      const something = async (): Promise<void> => {
        const made = await room.passkeys.add(id, device.create(await room.passkeys.creation(id)), 'Phone', from);
        await room.passkeys.remove(id, made.id, from);
      };
      await something();
      await room.mail.settled();
      assert.equal(mails.length, 1); // That which verifies the address.
      await room.logins.verify(/verify\?([\w-]{43})/.exec(mails[0]!.text)![1]!, address);
      await room.logins.add(id, 'unverified@example.org', other, from);
      await something();
      await room.logins.login(email, password, '198.51.100.9', { agent: chrome });
      await room.logins.login(email, password, '198.51.100.9', { agent: chrome });
      await room.securityLog.record(id, { kind: 'app', about: 'Notes (notes.example)' }, from);
      await room.securityLog.record(id, { kind: 'app-withdrawn', about: 'Notes (notes.example)' }, from);
      await room.mail.settled();

      const notices = mails.filter(({ text }) => /in your account at/.test(text));
      assert.deepEqual(notices.map(({ to }) => to), notices.map(() => [email]));
      assert.deepEqual(notices.map(({ text }) => /^Subject: (.*)\r$/m.exec(text)![1]!).toSorted(), [
        'A new app was connected', 'A passkey was added', 'A passkey was removed',
        'An e-mail address to log in with was added', 'Logged in with a device or from a network that is new here',
      ]);
      const { text } = notices.find((notice) => notice.text.includes('A new app'))!;
      assert.match(text, /text\/plain[^]*What: Notes \(notes\.example\)\r\nWhen: 2026-01-01 00:00 UTC\r\nFrom: Firefox on Linux, at the address 192\.0\.2\.1\r\n/);
      assert.ok(text.includes(`\r\n\r\nhttp://localhost:3000/security/${id}\r\n`));
      assert.match(text, /text\/html[^]*<li>What: Notes/);
      assert.deepEqual(room.lines, []);
    } finally {
      await room[Symbol.asyncDispose]();
      await new Promise<void>((resolve) => { server.close(() => resolve()); });
    }
  });

  it('are neither sent nor logged where there is no mail server', async () => {
    const room = openRoom();
    const { id } = await room.logins.register(email, password, 'admin');
    await room.logins.askToVerify(id, email);
    await room.logins.verify(await room.linked(), address);
    const before = room.lines.length;
    await room.logins.change(id, email, other, { old: password });
    await room.mail.settled();
    assert.equal(room.lines.length, before);
  });

  it('go by another mail server from when that is set', async () => {
    const room = openRoom();
    assert.equal(room.mail.works, false);
    room.mail.use({ mailUrl: 'smtp://127.0.0.1:9', mailFrom: 'a@example.org' });
    assert.equal(room.mail.works, true);
    room.mail.use({});
    assert.equal(room.mail.works, false);
  });
});
