import assert from 'node:assert/strict';
import { runAccountScript } from '../../clients/account-script.ts';
import type { Step } from '../../clients/account-script.ts';
import { communityServer, startNode } from './nodes.ts';

const names = { email: 'script@example.org', password: 'the password of a script', pod: 'script' };

/** The answers without what only says where they come from, and with refusals by their class. */
function outline(steps: readonly Step[]): { step: string; status: string }[] {
  const isTold = (status: number): boolean => status < 400 || status === 401 || status === 403;
  return steps.map(({ step, status }) => ({ step, status: isTold(status) ? String(status) : '4xx' }));
}

describe('a script for the account API of the Community Solid Server', () => {
  let theirs: readonly Step[];

  it('runs on the Community Solid Server', async function () {
    this.timeout(120_000);
    const { url } = await communityServer();
    theirs = await runAccountScript(url, names);
  });

  it('runs unchanged here, and is answered all that it is answered there', async function () {
    this.timeout(60_000);
    const server = await startNode();
    try {
      const ours = await runAccountScript(server.url, names);
      assert.deepEqual(outline(ours), outline(theirs));
      for (const [i, { step, has, status }] of theirs.entries()) {
        // Of refusals, scripts show the message.
        const expected = status < 400 ? has : ['message'];
        assert.deepEqual(expected.filter((name) => !ours[i]!.has.includes(name)), [], step);
      }
    } finally {
      await server.stop();
    }
  });
});
