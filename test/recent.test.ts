import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Recent } from '../src/recent.ts';

describe('what was used last', () => {
  it('is at hand, and what was not used for long is forgotten', () => {
    const recent = new Recent<number>(100);
    for (let i = 0; i < 1_000; i += 1) {
      recent.set(String(i), i);
      assert.equal(recent.get('0'), 0, 'used all the time');
    }
    assert.deepEqual([recent.get('999'), recent.get('960')], [999, 960]);
    assert.equal(recent.get('800'), undefined);
  });

  it('is no more than there may be, however it is used', () => {
    const names = Array.from({ length: 30 }, (_, i) => String(i));
    const step = fc.tuple(fc.constantFrom('get', 'set', 'delete', 'clear'), fc.constantFrom(...names), fc.nat(10));
    fc.assert(fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const recent = new Recent<number>(50, (_, value) => value);
      const last = new Map<string, number>();
      for (const [what, name, value] of steps) {
        if (what === 'get') assert([undefined, last.get(name)].includes(recent.get(name)));
        else if (what === 'set') recent.set(name, value);
        else if (what === 'delete') recent.delete(name);
        else recent.clear();
        if (what === 'set') last.set(name, value);
        if (what === 'delete') last.delete(name);
        if (what === 'clear') last.clear();
      }
      const kept = names.flatMap((name) => recent.get(name) ?? []);
      assert(kept.reduce((sum, value) => sum + value, 0) <= 50, String(kept));
    }));
  });

  it('is nothing of a name whose value has become too large to be kept', () => {
    const recent = new Recent<number>(50, (_, value) => value);
    recent.set('a', 1);
    recent.set('b', 2);
    recent.set('a', 25);
    assert.deepEqual([recent.get('a'), recent.get('b')], [25, 2]);
    recent.set('a', 26);
    assert.deepEqual([recent.get('a'), recent.get('b')], [undefined, 2]);
  });
});
