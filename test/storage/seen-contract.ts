import assert from 'node:assert/strict';
import { Problem } from '../../src/problem.ts';
import type { Seen } from '../../src/storage/seen.ts';

export interface SeenEnds {
  readonly near: Seen;
  readonly far: Seen;
  /** Moves the clock of both. */
  readonly pass: (seconds: number) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What is to be `busy`. */
export async function busy(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(() => undefined, (thrown: unknown) => thrown);
  assert.ok(error instanceof Problem && error.kind === 'busy', `not busy: ${String(error)}`);
  return error;
}

/**
 * What everything does that remembers what was seen. `open` gives two ends of one memory, as two processes would hold
 * them (or one end twice), each of which holds 100 marks.
 */
export function seenContract(name: string, open: () => Promise<SeenEnds>): void {
  describe(`${name} as a memory of what was seen`, () => {
    let { near, far, pass, now } = {} as SeenEnds;
    beforeEach(async function () {
      this.timeout(60_000);
      ({ near, far, pass, now } = await open());
    });
    afterEach(async () => {
      await near[Symbol.asyncDispose]();
      await far[Symbol.asyncDispose]();
    });

    it('tells a mark that comes for the first time from one that was seen, wherever that was', async () => {
      assert.equal(await near.first('one', now() + 60_000), true);
      assert.equal(await near.first('other', now() + 60_000), true);
      assert.equal(await near.first('one', now() + 60_000), false);
      assert.equal(await far.first('one', now() + 90_000), false);
      assert.equal(await far.first('third', now() + 60_000), true);
    });

    it('lets one of many through that come at the same time', async () => {
      const all = await Promise.all(Array.from({ length: 60 }, (_, i) => [near, far][i % 2]!.first('same', now() + 60_000)));
      assert.equal(all.filter(Boolean).length, 1);
    });

    it('remembers each until its time is up, in whatever order they came', async () => {
      const seconds = [120, 5, 60, 1, 119, 30];
      for (const s of seconds) await near.first(String(s), now() + s * 1000);
      pass(59);
      for (const s of [60, 119, 120]) assert.equal(await near.first(String(s), now() + 1000), false, String(s));
      pass(60);
      for (const s of [119, 120]) assert.equal(await near.first(String(s), now() + 1000), false, String(s));
    });

    it('forgets none when it is full, but takes no more until the time of some is up', async () => {
      const marks = Array.from({ length: 100 }, (_, i) => `mark ${i}`);
      for (const mark of marks) assert.equal(await near.first(mark, now() + 60_000), true);
      assert.match((await busy(near.first('one too many', now() + 60_000))).headers['retry-after'] ?? '', /^\d+$/);
      for (const mark of marks) assert.equal(await near.first(mark, now() + 60_000), false);
      pass(71);
      assert.equal(await near.first('one more', now() + 60_000), true);
    });
  });
}
