import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { CompactSign } from 'jose';
import { maxAway, ProofThread } from '../../src/identity/proof-thread.ts';
import { SigningKey } from '../../src/identity/signing-key.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = publicKey.export({ format: 'jwk' });
const key = new SigningKey(jwk, 'ES256');
const good = await new CompactSign(Buffer.from('{}')).setProtectedHeader({ alg: 'ES256', jwk }).sign(privateKey);
const bad = `${good.slice(0, -8)}AAAAAAAA`;

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
  while ((await check(thread, [good, good])).includes(true)) {
    assert.ok(Date.now() < deadline, 'The thread was not ready within five seconds.');
    await sleep(5);
  }
}

describe('The thread that checks signatures', () => {
  it('tells those of a key from others, in the order in which it was asked, while it starts and after', async () => {
    const { outputFiles: [built] } = await build({
      entryPoints: ['src/identity/proof-worker.ts'], bundle: true, platform: 'node', format: 'esm', write: false,
    });
    const thread = new ProofThread(new URL(`data:text/javascript,${encodeURIComponent(built!.text)}`), 2);
    const jws = Array.from({ length: 3 * maxAway }, (_, i) => i % 3 === 0 ? bad : good);
    for (const begun = Date.now(); Date.now() - begun < 1_000; await sleep(5)) {
      assert.deepEqual(await check(thread, jws), jws.map((one) => one === good));
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
