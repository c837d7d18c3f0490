import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';
import { address, day, email, openRoom, other, password } from './open-room.ts';
import type { Room } from './open-room.ts';

interface Inbox extends AsyncDisposable {
  readonly url: string;
  readonly mails: { readonly from: string; readonly to: string[]; readonly text: string }[];
}

/** A mail server on this machine, to which one logs in; `refuse` answers with an error as long as it gives one. */
async function openInbox(refuse: () => (Error & { responseCode: number }) | undefined = () => undefined): Promise<Inbox> {
  const mails: Inbox['mails'][number][] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'], authMethods: ['PLAIN'], allowInsecureAuth: true,
    onAuth: (auth, _, done) =>
      auth.username === 'pods' && auth.password === 'p@ss/word' ? done(null, { user: 'pods' }) : done(new Error('no')),
    onRcptTo: (_, __, done) => done(refuse()),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom?.address ?? '', to: rcptTo.map((to) => to.address),
          text: Buffer.concat(chunks).toString().replaceAll(/=\r\n/g, '').replaceAll('=3D', '='),
        });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()); });
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://pods:p%40ss%2Fword@127.0.0.1:${port}`, mails,
    [Symbol.asyncDispose]: () => new Promise((resolve) => { server.close(() => resolve()); }),
  };
}

const withMail = (url: string): Room => openRoom({ mailUrl: url, mailFrom: 'Pods of Example <pods@example.org>' });

function refusal(responseCode: number): Error & { responseCode: number } {
  return Object.assign(new Error('not now'), { responseCode });
}

describe('mails', () => {
  it('verify an address, set a new password, and say when an account is deleted', async () => {
    await using inbox = await openInbox();
    await using room = withMail(inbox.url);
    const { id } = await room.logins.register(email, password, { address });
    await room.mail.settled();
    const [first] = inbox.mails;
    assert.deepEqual([first!.from, first!.to], ['pods@example.org', [email]]);
    assert.match(first!.text, /^From: Pods of Example <pods@example\.org>\r$/m);
    assert.match(first!.text, /^Subject: Confirm your e-mail address\r$/m);
    assert.match(first!.text, /text\/plain[^]*Somebody, maybe you, uses alice@example.org to log in at http:\/\/localhost:3000\//);
    assert.match(first!.text, /text\/html[^]*<a href="http:\/\/localhost:3000\/verify\?[\w-]{43}">http/);
    await room.logins.verify(/verify\?([\w-]{43})/.exec(first!.text)![1]!, address);

    await room.logins.forgot(email, address);
    await room.mail.settled();
    assert.match(inbox.mails[1]!.text, /^Subject: Set a new password\r$/m);
    await room.logins.reset(/reset\?([\w-]{43})/.exec(inbox.mails[1]!.text)![1]!, other, address);

    await room.endings.leave(id);
    await room.mail.settled();
    const [notice, leaving] = inbox.mails.slice(2).toSorted((one, two) => one.text.includes('Subject: Your') ? 1 : two.text.includes('Subject: Your') ? -1 : 0);
    assert.match(notice!.text, /^Subject: A new password was set with a link from a mail\r$/m);
    assert.match(leaving!.text, /^Subject: Your account will be deleted\r$/m);
    assert.match(leaving!.text, /On 2026-01-31 it is deleted/);
    assert.equal(new Date(room.clock.now + 30 * day).toISOString().slice(0, 10), '2026-01-31');
    assert.equal(inbox.mails.length, 4);
    assert.deepEqual(room.lines, []);
  });

  it('go to nobody whose address is not known here', async () => {
    await using inbox = await openInbox();
    await using room = withMail(inbox.url);
    await room.logins.forgot('nobody@example.org', address);
    await room.mail.settled();
    assert.deepEqual([inbox.mails, room.lines], [[], []]);
  });

  it('go to one address each, whatever it looks like', async () => {
    await using inbox = await openInbox();
    await using room = withMail(inbox.url);
    await room.logins.register("o'hara&sons=x@example.org", password, 'admin');
    await room.mail.settled();
    assert.deepEqual(inbox.mails[0]!.to, ["o'hara&sons=x@example.org"]);
    assert.match(inbox.mails[0]!.text, /uses o'hara&sons=x@example\.org to log in[^]*uses o&#39;hara&amp;sons=x@example\.org to log in/);
  });

  it('are logged for the administrator where there is no mail server', async () => {
    await using room = openRoom();
    await room.logins.register(email, password, 'admin');
    await room.mail.settled();
    assert.equal(room.lines.length, 0);
    await room.logins.forgot(email, address);
    await room.mail.settled();
    const line = room.lines[0] as { level: number; link: string; email: string; msg: string };
    assert.deepEqual([line.level, line.email, room.lines.length], [40, email, 1]);
    assert.match(line.link, /^http:\/\/localhost:3000\/reset\?[\w-]{43}$/);
    assert.match(line.msg, /there is no mail server \(option mailUrl\)/);
  });

  for (const [what, code] of [['refuses them', 550], ['does not want them now, when we are closing', 450]] as const) {
    it(`are given up when the mail server ${what}, and nothing secret is logged`, async () => {
      await using inbox = await openInbox(() => refusal(code));
      const room = withMail(inbox.url);
      await room.logins.register(email, password, 'admin');
      await room.logins.forgot(email, address);
      if (code === 450) {
        await sleep(100);
        assert.deepEqual(room.lines, []); // It waits before it tries again.
        await room[Symbol.asyncDispose]();
      }
      await room.mail.settled();
      assert.deepEqual(room.lines.map(({ level, msg }) => [level, msg]), Array(2).fill([50, 'a mail could not be sent']));
      assert.doesNotMatch(JSON.stringify(room.lines), /\?[\w-]{43}|p@ss|p%40ss/);
    });
  }

  it('keep nobody waiting when the mail server says nothing', async () => {
    const sockets: { destroy(): void }[] = [];
    const silent = createServer((socket) => { sockets.push(socket); });
    await new Promise<void>((resolve) => { silent.listen(0, '127.0.0.1', resolve); });
    const room = withMail(`smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const start = performance.now();
    await room.logins.register(email, password, 'admin');
    await room.logins.forgot(email, address);
    assert.ok(performance.now() - start < 1000);
    await sleep(50);
    for (const socket of sockets) socket.destroy();
    await room[Symbol.asyncDispose]();
    silent.close();
    assert.equal(room.lines.length, 2);
  });

  it('are 500 on their way at most', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const room = openRoom({ mailUrl: `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`, mailFrom: 'a@x.org' });
    const mail = async (): Promise<{ kind: 'reset'; values: { server: string; email: string; link: string } }> =>
      ({ kind: 'reset', values: { server: 's', email, link: 'l' } });
    for (let i = 0; i < 501; i += 1) room.mail.later(mail);
    await sleep(100);
    assert.equal(room.lines.length, 1);
    // What sends nothing is done all the same.
    let done = false;
    room.mail.later(async () => { done = true; return undefined; });
    await sleep(20);
    assert(done);
    for (const socket of sockets) socket.destroy();
    silent.close();
    await room[Symbol.asyncDispose]();
  });

  it('are 10,000 at most that wait to be made', async () => {
    const room = openRoom();
    for (let i = 0; i < 10_001; i += 1) room.mail.later(async () => undefined);
    await room.mail.settled();
    assert.equal(room.lines.length, 1);
    room.mail.later(async () => ({ kind: 'reset', values: { server: 's', email, link: 'l' } }));
    await room.mail.settled();
    assert.equal(room.lines.length, 2);
  });
});
