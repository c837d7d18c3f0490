import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { maxAway, ProofThread } from '../../src/identity/proof-thread.ts';
import { log } from '../../src/log.ts';
import { SigningKey } from '../../src/identity/signing-key.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = publicKey.export({ format: 'jwk' });
const key = new SigningKey(jwk, 'ES256');
const good = signed(JSON.stringify({ alg: 'ES256', jwk }));
/** Its header begins with a byte order mark, which some readers of JSON take and some do not. */
const odd = signed(`\ufeff${JSON.stringify({ alg: 'ES256', jwk })}`);
const bad = `${good.slice(0, -8)}AAAAAAAA`;

function signed(header: string): string {
  const input = `${Buffer.from(header).toString('base64url')}.e30`;
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** A thread that runs what is given, in which `answer` sends what it makes of what it was asked. */
function running(code: string, processors = 2): ProofThread {
  return new ProofThread(new URL(`data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    const answer = (make) => {
      parentPort.on('message', (jws) => parentPort.postMessage(make(jws)));
      parentPort.postMessage([]);
    };
    ${code}`)}`), processors);
}

const check = (thread: ProofThread, jws: readonly string[]): Promise<boolean[]> =>
  Promise.all(jws.map((one) => thread.check(one, key)));

/** What a thread says of good ones, which it was made to call bad: whether it was asked. */
async function untilReady(thread: ProofThread): Promise<void> {
  const deadline = Date.now() + 5_000;
  while ((await check(thread, [good, good]))[1]) {
    assert.ok(Date.now() < deadline, 'The thread was not ready within five seconds.');
    await sleep(5);
  }
}

describe('The thread that checks signatures', () => {
  const { level } = log;
  before(() => { log.level = 'silent'; });
  after(() => { log.level = level; });

  it('tells those of a key from others, in the order in which it was asked, while it starts and after', async () => {
    const { outputFiles: [built] } = await build({
      entryPoints: ['src/identity/proof-worker.ts'], bundle: true, platform: 'node', format: 'esm', write: false,
    });
    const thread = new ProofThread(new URL(`data:text/javascript,${encodeURIComponent(built!.text)}`), 2);
    const jws = Array.from({ length: 3 * maxAway }, (_, i) => [bad, good, odd][i % 3]!);
    for (const begun = Date.now(); Date.now() - begun < 1_000; await sleep(5)) {
      assert.deepEqual(await check(thread, jws), jws.map((one) => one !== bad));
    }
  });

  it('is asked what comes together, and not what comes alone', async () => {
    const thread = running('answer((jws) => jws.map(() => false))');
    await untilReady(thread);
    assert.deepEqual(await check(thread, [good]), [true]);
    assert.deepEqual(await check(thread, [good, good]), [false, false]);
  });

  it(`is asked for ${maxAway} at a time, and no more`, async () => {
    const thread = running('answer((jws) => jws.map(() => false))');
    await untilReady(thread);
    const answers = await check(thread, Array.from({ length: maxAway + 3 }, () => good));
    assert.deepEqual(answers, [...Array.from({ length: maxAway }, () => false), true, true, true]);
  });

  it('is none where there is one processor', async () => {
    const thread = running('answer((jws) => jws.map(() => false))', 1);
    for (let round = 0; round < 50; round += 1) {
      assert.deepEqual(await check(thread, [good, good]), [true, true]);
      await sleep(5);
    }
  });

  it('checks here what it cannot tell', async () => {
    const thread = running('answer((jws) => jws.map((one, i) => i === 0 ? undefined : false))');
    await untilReady(thread);
    assert.deepEqual(await check(thread, [good, good]), [true, false]);
    assert.deepEqual(await check(thread, [bad, good]), [false, false]);
  });

  it('may end while what it has said is on its way', async () => {
    for (let busy = 0; busy < 12; busy += 1) {
      const thread = running(`let count = 0;
        answer((jws) => { if ((count += 1) > 1 && jws.length === 3) throw new Error('broken'); return jws.map(() => false); })`);
      await untilReady(thread);
      const both = [check(thread, [good, bad]), nextTurn().then(() => check(thread, [good, bad, good]))];
      await nextTurn();
      await nextTurn();
      // Nothing of what the thread says is heard meanwhile.
      for (const until = performance.now() + busy; performance.now() < until;);
      const [first, second] = await Promise.all(both);
      assert.equal(first![1], false);
      assert.deepEqual(second, [true, false, true]);
    }
  });

  for (const [what, code] of [
    ['cannot be had', 'no code'],
    ['ends when it is asked', 'answer(() => process.exit())'],
    ['fails when it is asked', 'answer(() => { throw new Error("broken"); })'],
  ] as const) {
    it(`is done without when it ${what}, and nobody who asked is left without an answer`, async () => {
      const thread = running(code);
      for (let round = 0; round < 50; round += 1) {
        assert.deepEqual(await check(thread, [good, bad, good]), [true, false, true]);
        await sleep(5);
      }
    });
  }
});
