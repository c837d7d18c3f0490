import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { availableParallelism } from 'node:os';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { makePerson } from './account-script.ts';
import { startChild } from './child-server.ts';
import { TokenBearer } from './dpop.ts';

describe('A server that many ask at once', function () {
  this.timeout(60_000);

  it('knows each by their own proof, also when a thread helps it (RFC 9449 section 4.3)', async function () {
    if (availableParallelism() === 1) this.skip();
    await using server = await startChild({ data: await temporaryDirectory(), options: ['--log-level', 'debug'] });
    const { pod, issuer, credential } = await makePerson(server.url,
      { email: 'ann@example.org', password: 'a password of hers', pod: 'ann' });
    const ann = await TokenBearer.login(issuer, credential);
    const url = `${pod}private`;
    assert.equal((await ann.fetch(url, { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: 'x' })).status, 201);

    /** Whose signature is not that of the key in it. */
    const forged = async (): Promise<Response> => {
      const { authorization, dpop } = await ann.headers('GET', url);
      const signature = (await ann.headers('GET', url)).dpop.split('.')[2]!;
      return fetch(url, { headers: { authorization, dpop: [...dpop.split('.').slice(0, 2), signature].join('.') } });
    };
    const ask = async (): Promise<void> => {
      const answers = await Promise.all(Array.from({ length: 48 }, (_, i) => i % 4 === 0 ? forged() : ann.fetch(url)));
      assert.deepEqual(answers.map(({ status }) => status), answers.map((_, i) => i % 4 === 0 ? 401 : 200));
      await Promise.all(answers.map((answer) => answer.text()));
    };
    const deadline = Date.now() + 20_000;
    while (!server.log().includes('in a thread of their own')) {
      assert.ok(Date.now() < deadline, `No thread has helped:\n${server.log()}`);
      await ask();
      await sleep(20);
    }
    for (let round = 0; round < 10; round += 1) await ask();
    assert.doesNotMatch(server.log(), /the thread that checks signatures failed/);
  });
});
