import assert from 'node:assert/strict';
import { Passwords } from '../../src/accounts/passwords.ts';
import { weakness } from '../../src/accounts/weak-password.ts';
import { problem } from '../pods/open-pod.ts';
import { cheap, medians, password } from './open-room.ts';

const passwords = new Passwords({ minPasswordLength: 10, passwordCost: cheap });
const scrypt = new Passwords({ minPasswordLength: 10, passwordCost: cheap, passwordHash: 'scrypt' });

describe('passwords', () => {
  const refused: [why: string, text: string, says: RegExp][] = [
    ['nine characters', 'violet 41', /too short.* at least 10/],
    ['nine characters of more bytes', 'vïólét 41', /too short/],
    ['nine characters in ten code points', 'vio\u0308let 41', /too short/],
    ['1,001 bytes', `${password}${'é'.repeat(493)}`, /too long.* 1000 bytes/],
    ['one that leaked often', 'Basketball', /most common/],
    ['one that leaked often, with digits for letters', 'b4sk3tb4ll', /most common/],
    ['a common word with a year', 'Summer2026', /common word/],
    ['a common word with digits for letters and signs', '!P@ssw0rd1', /common word/],
    ['a row of keys', 'ertyuiopas', /row of keys/],
    ['a row of keys backwards', 'lkjhgfdsapo', /row of keys/],
    ['digits in a row, over the end', '5678901234', /row of keys/],
    ['something repeated', 'xk7zxk7zxk', /repeats itself/],
    ['few characters', 'xxyyxxzyzyxyz', /too few different/],
    ['the e-mail address', 'my alice@example.org', /contains the e-mail address/],
    ['the name of the address', 'zanzibarro!2', /the name of the e-mail address/],
  ];
  for (const [why, text, says] of refused) {
    it(`refuses ${why}`, () => {
      const email = text.startsWith('zan') ? 'zanzibarro@example.org' : 'alice@example.org';
      assert.throws(() => passwords.check(text, email), problem('invalid', says));
    });
  }

  const taken: [why: string, text: string][] = [
    ['ten characters', 'vyolet 41x'],
    ['ten characters of many code points, counted once they are composed', 'vio\u0308le\u0301t 41x'],
    ['1,000 bytes', password + 'é'.repeat(492) + 'y'],
    ['a common word with more around it', 'summer of love'],
    ['a phrase', 'correct horse battery staple'],
    ['the name of the address with more around it', 'alice likes tea'],
    ['many letters of one script', 'немного солнца'],
  ];
  for (const [why, text] of taken) {
    it(`takes ${why}`, () => passwords.check(text, 'alice@example.org'));
  }

  it('takes ten thousand random ones', () => {
    const characters = 'abcdefghijklmnopqrstuvwxyz0123456789';
    let seed = 7;
    const next = (): number => { seed = (seed * 48_271) % 2_147_483_647; return seed; };
    for (let i = 0; i < 10_000; i += 1) {
      const text = Array.from({ length: 12 }, () => characters[next() % 36]).join('');
      assert.equal(weakness(text, 'alice@example.org'), undefined, text);
    }
  });

  for (const [name, its, prefix] of [
    ['argon2id', passwords, '$argon2id$v=19$m=8,t=1,p=1$'], ['scrypt', scrypt, '$scrypt$ln=2,r=8,p=1$'],
  ] as const) {
    it(`are hashed with ${name}, each time with another salt, and verified`, async () => {
      const hashes = [await its.hash(password), await its.hash(password)];
      assert.ok(hashes.every((hash) => hash.startsWith(prefix)), hashes.join(' '));
      assert.notEqual(hashes[0], hashes[1]);
      assert.deepEqual(await its.verify(password, hashes[0]), { right: true, stale: false });
      assert.deepEqual(await its.verify(`${password}x`, hashes[0]), { right: false, stale: false });
      assert.equal((await its.verify(password, undefined)).right, false);
    });
  }

  it('are the same however a keyboard composes their letters', async () => {
    const hash = await passwords.hash('caf\u00e9 au lait!');
    assert.equal((await passwords.verify('cafe\u0301 au lait!', hash)).right, true);
  });

  it('are wrong when they are too long, whatever the hash is of', async () => {
    assert.equal((await passwords.verify('x'.repeat(1001), await passwords.hash(''))).right, false);
  });

  it('are to be hashed anew when that is done otherwise now, or with Argon2 again', async () => {
    const old = await passwords.hash(password);
    const dearer = new Passwords({ minPasswordLength: 10, passwordCost: { ...cheap, memory: 16 } });
    assert.deepEqual(await dearer.verify(password, old), { right: true, stale: true });
    assert.deepEqual(await passwords.verify(password, await scrypt.hash(password)), { right: true, stale: true });
  });

  it('cost 19 MiB and two passes of Argon2id unless told otherwise (OWASP, Password Storage)', async () => {
    const usual = new Passwords({ minPasswordLength: 10 });
    assert.match(await usual.hash(password), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const fallback = new Passwords({ minPasswordLength: 10, passwordHash: 'scrypt' });
    const hash = await fallback.hash(password);
    assert.match(hash, /^\$scrypt\$ln=15,r=8,p=3\$/);
    assert.deepEqual(await fallback.verify(password, hash), { right: true, stale: false });
  });

  it('say so when Argon2 is missing that a hash was made with', async () => {
    await assert.rejects(scrypt.verify(password, await passwords.hash(password)), /@node-rs\/argon2 is missing/);
  });

  it('are hashed two at once, 50 wait, and more are told to come again', async () => {
    const its = new Passwords({ minPasswordLength: 10, passwordCost: cheap });
    const results = await Promise.allSettled(Array.from({ length: 60 }, () => its.hash(password)));
    const refusedOnes = results.filter((result) => result.status === 'rejected');
    assert.equal(refusedOnes.length, 8);
    problem('busy')(refusedOnes[0]!.reason);
    assert.equal((refusedOnes[0]!.reason as { headers: Record<string, string> }).headers['retry-after'], '5');
    await its.hash(password);
  });

  it('take the same time to refuse whether there is a hash or not', async () => {
    const its = new Passwords({ minPasswordLength: 10 });
    const hash = await its.hash(password);
    const refuse = async (given: string | undefined): Promise<void> =>
      assert.equal((await its.verify('something else', given)).right, false);
    const [known, unknown] = await medians(() => refuse(hash), () => refuse(undefined));
    assert.ok(unknown > known / 2 && unknown < known * 2, `${known} ms and ${unknown} ms`);
  });
});
