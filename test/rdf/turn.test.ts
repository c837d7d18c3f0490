import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { inTurn } from '../../src/rdf/turn.ts';
import { Problem } from '../../src/problem.ts';

const mebibyte = 1024 * 1024;

/** Work that goes on until it is told to end. */
function work(): { run: () => Promise<void>; end: () => void; begun: () => boolean } {
  let begun = false;
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => { end = resolve; });
  return { run: () => { begun = true; return ended; }, end, begun: () => begun };
}

describe('documents that are read at a time', () => {
  it('are at most 16 MiB together, in the order in which they came; short ones do not wait', async () => {
    const works = Array.from({ length: 4 }, work);
    const done = works.map(({ run }, i) => inTurn([8, 8, 1, 8][i]! * mebibyte, run));
    await setImmediate();
    assert.deepEqual(works.map(({ begun }) => begun()), [true, true, false, false]);
    assert.equal(await inTurn(1000, async () => 'short'), 'short');
    works[0]!.end();
    await done[0];
    assert.deepEqual(works.map(({ begun }) => begun()), [true, true, true, false]);
    works[1]!.end();
    await done[1];
    assert.deepEqual(works.map(({ begun }) => begun()), [true, true, true, true]);
    works.forEach(({ end }) => end());
    await Promise.all(done);
  });

  it('may be a single one that is larger; and one that fails makes room too', async () => {
    await assert.rejects(inTurn(64 * mebibyte, async () => { throw new Error('broken'); }), /broken/);
    assert.equal(await inTurn(64 * mebibyte, async () => 'read'), 'read');
  });

  it('keep 32 waiting, and no more', async () => {
    const first = work();
    const reading = inTurn(16 * mebibyte, first.run);
    const others = Array.from({ length: 32 }, () => inTurn(mebibyte, async () => 'read'));
    await assert.rejects(inTurn(mebibyte, async () => 'read'), (error) => error instanceof Problem && error.kind === 'busy');
    first.end();
    await reading;
    assert.deepEqual(new Set(await Promise.all(others)), new Set(['read']));
  });
});
