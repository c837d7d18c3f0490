import assert from 'node:assert/strict';
import { Secret, TOTP } from 'otpauth';
import { CodeWanted, recoveryCodes } from '../../src/accounts/second-factors.ts';
import { problem } from '../pods/open-pod.ts';
import { address, assertWhole, email, entriesOf, minute, openRoom, other, password } from './open-room.ts';
import type { Room } from './open-room.ts';

const from = { address, agent: 'curl/8' };
const second = 1_000;

describe('a second factor', () => {
  let room: Room;
  let id: string;
  beforeEach(async () => {
    room = openRoom();
    ({ id } = await room.logins.register(email, password, 'admin'));
  });
  afterEach(() => assertWhole(room));

  /** The code that an app shows, `later` milliseconds from now. */
  const codeOf = (secret: string, later = 0): string => TOTP.generate({
    secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30, timestamp: room.clock.now + later,
  });
  const setUp = async () => {
    const { step, secret } = await room.secondFactors.enrol(id);
    const codes = await room.secondFactors.confirm(id, step, codeOf(secret), from);
    room.clock.now += 30 * second;
    return { secret, codes };
  };
  const login = (code?: string, word = password) => room.logins.login(email, word, address, { code });
  const wanted = async (): Promise<string> => {
    const error = await login().then(() => assert.fail('no code was wanted'), (reason: unknown) => reason);
    assert.ok(error instanceof CodeWanted);
    return error.step!;
  };

  it('is set up with a key URI that apps can read, and counts once a code is right', async () => {
    const { step, secret, uri } = await room.secondFactors.enrol(id);
    assert.equal(Buffer.from(Secret.fromBase32(secret).bytes).byteLength, 20);
    const url = new URL(uri);
    assert.deepEqual([url.protocol, url.host, decodeURIComponent(url.pathname)], ['otpauth:', 'totp', '/localhost:3000:alice@example.org']);
    assert.deepEqual(['secret', 'issuer', 'algorithm', 'digits', 'period'].map((name) => url.searchParams.get(name)),
      [secret, 'localhost:3000', 'SHA1', '6', '30']);
    await assert.rejects(room.secondFactors.confirm(id, step, '000000'), problem('forbidden', /wrong/));
    assert.equal((await login()).how, 'password');
    const codes = await room.secondFactors.confirm(id, step, codeOf(secret));
    assert.equal(new Set(codes).size, recoveryCodes);
    for (const code of codes) assert.match(code, /^(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
    assert.equal((await room.accounts.get(id))!.secondFactor, true);
    await assert.rejects(login(), problem('forbidden', /second step/));
    await assert.rejects(room.secondFactors.enrol(id), problem('conflict'));
  });

  it('is not set up by the question of another account, nor after half an hour', async () => {
    const bob = await room.logins.register('bob@example.org', other, 'admin');
    const { step, secret } = await room.secondFactors.enrol(id);
    await assert.rejects(room.secondFactors.confirm(bob.id, step, codeOf(secret)), problem('invalid'));
    await assert.rejects(room.secondFactors.enrolment(bob.id, step), problem('invalid'));
    assert.equal((await room.secondFactors.enrolment(id, step)).secret, secret);
    room.clock.now += 30 * minute;
    await assert.rejects(room.secondFactors.confirm(id, step, codeOf(secret)), problem('invalid', /too long/));
  });

  it('lets in with the password and a code at once, as scripts do', async () => {
    const { secret } = await setUp();
    const { account, how } = await login(codeOf(secret));
    assert.deepEqual([account.id, how], [id, 'password+code']);
    room.clock.now += 30 * second;
    await login(` ${codeOf(secret).slice(0, 3)} ${codeOf(secret).slice(3)} `);
  });

  it('lets in with a second step after the password, once, for ten minutes, and not after a new password', async () => {
    const { secret } = await setUp();
    const step = await wanted();
    await assert.rejects(room.secondFactors.finish(step, '123456', from), problem('forbidden'));
    assert.equal((await room.secondFactors.finish(step, codeOf(secret), from)).account.id, id);
    room.clock.now += 30 * second;
    await assert.rejects(room.secondFactors.finish(step, codeOf(secret), from), problem('invalid'));

    const late = await wanted();
    room.clock.now += 10 * minute;
    await assert.rejects(room.secondFactors.finish(late, codeOf(secret), from), problem('invalid', /too long/));

    const before = await wanted();
    await room.logins.change(id, email, other, { old: password });
    await assert.rejects(room.secondFactors.finish(before, codeOf(secret), from), problem('invalid', /changed meanwhile/));
  });

  it('takes each code once, also of a moment before (RFC 6238, section 5.2)', async () => {
    const { secret } = await setUp();
    const code = codeOf(secret);
    await login(code);
    await assert.rejects(login(code), problem('forbidden', /used already/));
    await assert.rejects(login(codeOf(secret, -30 * second)), problem('forbidden'));
    await login(codeOf(secret, 30 * second));
    await assert.rejects(login(code), problem('forbidden'));
  });

  for (const [steps, good] of [[-2, false], [-1, true], [0, true], [1, true], [2, false]] as const) {
    it(`${good ? 'takes' : 'refuses'} a code of ${steps} half minutes from now`, async () => {
      const { secret } = await setUp();
      room.clock.now += 2 * minute;
      const attempt = login(codeOf(secret, steps * 30 * second));
      await (good ? attempt : assert.rejects(attempt, problem('forbidden')));
    });
  }

  it('takes a recovery code once, as people type it', async () => {
    const { codes } = await setUp();
    const typed = codes[0]!.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l');
    assert.equal((await login(typed)).how, 'password+recovery-code');
    await assert.rejects(login(codes[0]), problem('forbidden'));
    assert.equal((await room.secondFactors.state(id))!.recovery, recoveryCodes - 1);
    assert.deepEqual((await room.securityLog.list(id)).filter(({ kind }) => kind === 'recovery-code-used').map(({ about }) => about), ['9 are left']);
    await login(codes[1]);
  });

  it('has other recovery codes when they are made anew, and only those', async () => {
    const { codes } = await setUp();
    const renewed = await room.secondFactors.renew(id);
    await assert.rejects(login(codes[0]), problem('forbidden'));
    await login(renewed[0]);
    assert.equal((await room.secondFactors.state(id))!.recovery, recoveryCodes - 1);
  });

  it('keeps no recovery code that could be read', async () => {
    const { codes } = await setUp();
    const all = (await entriesOf(room.database)).map(({ value }) => Buffer.from(value).toString()).join();
    for (const code of codes) assert.ok(!all.includes(code) && !all.includes(code.replaceAll('-', '')));
  });

  it('is tried with a code ten times in an hour, whatever the way and the network', async () => {
    const { secret } = await setUp();
    const step = await wanted();
    for (let i = 0; i < 5; i += 1) {
      await assert.rejects(room.logins.login(email, password, `192.0.2.${i}`, { code: '000000' }), problem('forbidden'));
      await assert.rejects(room.secondFactors.finish(step, '000000', { ...from, address: `198.51.100.${i}` }), problem('forbidden'));
    }
    await assert.rejects(login(codeOf(secret)), problem('too-many'));
    await assert.rejects(room.secondFactors.finish(step, codeOf(secret), from), problem('too-many'));
    await assert.rejects(room.secondFactors.check(id, codeOf(secret), from), problem('too-many'));
    room.clock.now += 60 * minute;
    await login(codeOf(secret));
  });

  it('does not count codes that are right', async () => {
    const { secret } = await setUp();
    for (let i = 0; i < 12; i += 1) {
      await login(codeOf(secret));
      room.clock.now += 30 * second;
    }
  });

  it('tells nobody without the password that it is there', async () => {
    await setUp();
    for (const code of [undefined, '000000']) {
      const refusal = async (who: string): Promise<unknown> => {
        const [result] = await Promise.allSettled([room.logins.login(who, 'not the password', address, { code })]);
        assert.ok(result.status === 'rejected' && problem('forbidden')(result.reason));
        return String(result.reason);
      };
      assert.equal(await refusal(email), await refusal('nobody@example.org'));
    }
  });

  it('lets nobody use one code twice at the same time', async () => {
    const { secret } = await setUp();
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => login(codeOf(secret))));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('stays when a password is set with a mail', async () => {
    const { secret } = await setUp();
    await room.logins.forgot(email, address);
    await room.logins.reset(await room.linked(), other, address);
    await assert.rejects(login(undefined, other), problem('forbidden', /second step/));
    await login(codeOf(secret), other);
  });

  it('is turned off by its owner, or by an administrator, and can be set up again', async () => {
    await setUp();
    await room.secondFactors.disable(id);
    await login();
    await assert.rejects(room.secondFactors.disable(id), problem('conflict'));
    await assert.rejects(room.secondFactors.renew(id), problem('conflict'));
    await assert.rejects(room.secondFactors.check(id, '000000', from), problem('conflict'));
    await setUp();
    await room.secondFactors.reset(id);
    await room.secondFactors.reset(id);
    await login();
    assert.equal(await room.secondFactors.state(id), undefined);
    assert.deepEqual((await room.securityLog.list(id)).map(({ kind }) => kind).filter((kind) => kind.startsWith('second-factor')).toSorted(),
      ['second-factor-off', 'second-factor-on', 'second-factor-on', 'second-factor-reset']);
  });

  it('lets in with the password alone when it was turned off between the two steps', async () => {
    await setUp();
    const step = await wanted();
    await room.secondFactors.disable(id);
    assert.equal((await room.secondFactors.finish(step, 'whatever', from)).how, 'password');
  });

  it('keeps no account that is about to be deleted before the code is right, and opens none that is suspended', async () => {
    const { secret, codes } = await setUp();
    await room.endings.leave(id);
    const step = await wanted();
    assert.equal((await room.accounts.get(id))!.state, 'leaving');
    assert.equal((await room.secondFactors.finish(step, codeOf(secret), from)).stayed, true);
    const again = await wanted();
    await room.endings.suspend(id);
    await assert.rejects(room.secondFactors.finish(again, codes[0]!, from), problem('invalid'));
    await assert.rejects(login(codes[1]), problem('forbidden', /suspended/));
    assert.equal((await room.secondFactors.state(id))!.recovery, recoveryCodes);
  });

  it('needs an account with a password', async () => {
    const bare = await room.accounts.create('admin');
    await assert.rejects(room.secondFactors.enrol(bare.id), problem('conflict', /e-mail address/));
  });
});
