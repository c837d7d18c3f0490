import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { Signal } from '../../src/storage/signal.ts';

/** Milliseconds in which a hint arrives, and after which it is taken not to come. */
const patience = 5_000;
const quiet = 150;

/** Counts the calls of `wake`, and waits for one more than there were. */
export function wakeCounter(): { wake: () => void; count(): number; more(than: number): Promise<void> } {
  let calls = 0;
  return {
    wake: () => { calls += 1; },
    count: () => calls,
    async more(than) {
      for (const end = Date.now() + patience; calls <= than; await wait(5)) assert.ok(Date.now() < end, 'no wake came');
    },
  };
}

/** What every signal does. `open` gives two ends of one signal, as two processes would hold them (or one end twice). */
export function signalContract(name: string, open: () => Promise<[Signal, Signal]>): void {
  describe(`${name} as a signal`, () => {
    let [near, far]: Signal[] = [];
    before(async function () {
      this.timeout(60_000);
      [near, far] = await open();
    });
    after(async () => {
      await near![Symbol.asyncDispose]();
      await far![Symbol.asyncDispose]();
    });

    it('wakes all who listen to the topic, here and elsewhere, and nobody else', async () => {
      const [here, alsoHere, there, other] = [wakeCounter(), wakeCounter(), wakeCounter(), wakeCounter()];
      using _here = near!.listen('topic', here.wake);
      using _alsoHere = near!.listen('topic', alsoHere.wake);
      using _there = far!.listen('topic', there.wake);
      using _other = far!.listen('topic 2', other.wake);
      near!.notify('topic');
      await Promise.all([here.more(0), alsoHere.more(0), there.more(0)]);
      await wait(quiet);
      assert.equal(other.count(), 0);
    });

    it('wakes later, not while notifying', async () => {
      const here = wakeCounter();
      using _here = near!.listen('later', here.wake);
      near!.notify('later');
      assert.equal(here.count(), 0);
      await here.more(0);
    });

    it('wakes once more after each notify that followed a wake', async () => {
      const there = wakeCounter();
      using _there = far!.listen('again', there.wake);
      for (let round = 0; round < 3; round += 1) {
        const before = there.count();
        near!.notify('again');
        await there.more(before);
      }
    });

    it('may merge, but never multiplies, what is notified at once', async () => {
      const there = wakeCounter();
      using _there = far!.listen('burst', there.wake);
      for (let count = 0; count < 500; count += 1) near!.notify('burst');
      await there.more(0);
      await wait(quiet);
      assert.ok(there.count() <= 500, String(there.count()));
    });

    it('wakes no more once the listening is disposed of, also for what was notified before', async () => {
      const [stopped, going] = [wakeCounter(), wakeCounter()];
      const listening = near!.listen('stop', stopped.wake);
      using _going = near!.listen('stop', going.wake);
      near!.notify('stop');
      listening[Symbol.dispose]();
      listening[Symbol.dispose]();
      await going.more(0);
      await wait(quiet);
      assert.equal(stopped.count(), 0);
    });

    it('takes topics of any length and characters', async () => {
      for (const topic of ['', 'x'.repeat(20_000), "'; unlisten *; --", '\0', '\u{1f600} \uff5e', 'a b']) {
        const there = wakeCounter();
        using _there = far!.listen(topic, there.wake);
        near!.notify(topic);
        await there.more(0);
      }
    });

    it('takes a notify that nobody listens to', () => {
      near!.notify('nobody');
    });
  });
}
