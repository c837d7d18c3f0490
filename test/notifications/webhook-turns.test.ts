import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turns } from '../../src/notifications/webhook-turns.ts';
import type { EndTurn, TurnsLimits } from '../../src/notifications/webhook-turns.ts';

describe('the turns of receivers', () => {
  const never = new AbortController().signal;

  /** Has somebody ask for a turn; `in`: those who have it, by name, in order. */
  function open(limits: Partial<TurnsLimits>) {
    const turns = new Turns({ inAll: 4, perHost: 2, toSlow: 1, ...limits });
    const inside: string[] = [];
    const ends = new Map<string, EndTurn>();
    const ask = async (name: string, signal = never): Promise<void> => {
      void turns.take(name[0]!, signal).then((end) => {
        inside.push(name);
        ends.set(name, end);
      }, () => undefined);
      await nextTurn();
    };
    const end = async (name: string, well?: boolean): Promise<void> => {
      ends.get(name)!(well);
      await nextTurn();
    };
    return { inside, ask, end };
  }

  it('lets in as many as there may be for one host, and in all', async () => {
    const { inside, ask, end } = open({});
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) await ask(name);
    assert.deepEqual(inside, ['a1', 'a2', 'b1', 'b2']);
    await end('b1', true);
    assert.deepEqual(inside.slice(4), ['c1']);
    await end('a1', true);
    assert.deepEqual(inside.slice(5), ['a3']);
  });

  it('has hosts take turns, however many wait for one of them', async () => {
    const { inside, ask, end } = open({ inAll: 1 });
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1']) await ask(name);
    for (const name of ['a1', 'a2', 'b1', 'c1', 'a3']) await end(name, true);
    assert.deepEqual(inside, ['a1', 'a2', 'b1', 'c1', 'a3', 'a4']);
  });

  it('leaves to hosts that were slow, or failed, a part of the places, until they answer well', async () => {
    const { inside, ask, end } = open({});
    for (const name of ['a1', 'b1']) await ask(name);
    for (const name of ['a1', 'b1']) await end(name, false);
    for (const name of ['a2', 'b2', 'c1', 'd1', 'e1']) await ask(name);
    assert.deepEqual(inside.slice(2), ['a2', 'c1', 'd1', 'e1']);
    await end('a2', true);
    await ask('a3');
    assert.deepEqual(inside.slice(6), ['b2']);
    await end('c1');
    assert.deepEqual(inside.slice(7), ['a3']);
  });

  it('forgets who no longer waits', async () => {
    const { inside, ask, end } = open({ inAll: 1 });
    const leaving = new AbortController();
    await ask('a1');
    await ask('b1', leaving.signal);
    await ask('c1');
    leaving.abort();
    await end('a1', true);
    assert.deepEqual(inside, ['a1', 'c1']);
    await ask('d1', leaving.signal);
    await end('c1', true);
    assert.deepEqual(inside, ['a1', 'c1']);
  });
});
