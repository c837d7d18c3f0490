import assert from 'node:assert/strict';
import type { Measure } from '../../bench/results.ts';
import { targets } from '../../bench/targets.ts';
import type { Verdict } from '../../bench/targets.ts';
import { measure, results } from './measures.ts';

/** What issue 7 asks for, in its order. */
const asked = `
get-turtle: 0.40 of bare http
get-turtle: 0.65 of bare Koa
get-turtle: 10 × JSS
get-turtle: 150 × CSS
get-jsonld: 0.35 of bare http
get-jsonld: 8 × JSS
get-proof: 0.10 of bare http
get-proof: 0.70 of the ceiling
get-proof: 6 × JSS
get-proof: 45 × CSS
put-proof: 0.60 of the ceiling
put-proof: 3.5 × JSS
put-proof: 35 × CSS
patch-many: 0.60 of the ceiling
patch-many: 3.5 × JSS
patch-many: 45 × CSS
patch-one: 0.50 of the ceiling
patch-one: nothing lost
listing-10000: whole: 20 times as fast as CSS
listing-10000: longest wait of others: at most 20 ms
listing-1000000: first byte: at most 100 ms
listing-1000000: growth of memory: at most 100 MB
listing-1000000: longest wait of others: at most 20 ms
large-down: 0.80 of bare streaming
large-down: growth of memory: at most 100 MB
large-up: 0.80 of bare streaming
large-up: growth of memory: at most 100 MB
start-empty: start: not slower than JSS
start-1000000: start: at most 1,500 ms
idle: memory: at most 100 MB
growth: GET of any, of 1,000,000: 0.80 of what it is of 1,000
growth: GET of any beside a writer, of 1,000,000: 0.80 of what it is of 1,000
growth: GET of the same 1,000, of 1,000,000: 0.80 of what it is of 1,000
growth: PUT, of 1,000,000: 0.80 of what it is of 1,000
`.trim().split('\n');

function judge(text: string, ...measures: readonly Measure[]): Verdict {
  const target = targets.find(({ work, asked: what }) => `${work}: ${what}` === text);
  assert(target !== undefined, `There is no target "${text}".`);
  return target.judge(results(measures));
}

const rate = (server: string, rounds: readonly number[], more: Partial<Measure> = {}): Measure =>
  measure('get-turtle', server, 'rate', rounds, more);

describe('What must show', () => {
  it('is what issue 7 asks for', () => {
    assert.deepEqual(targets.map((target) => `${target.work}: ${target.asked}`), asked);
  });

  it('is not known of what was not measured', () => {
    for (const target of targets) {
      assert.deepEqual(target.judge(results([])), { measured: 'not measured', shows: undefined });
    }
    const alone = judge('get-turtle: 0.40 of bare http', rate('freehold', [400]));
    assert.deepEqual(alone, { measured: 'not measured', shows: undefined });
  });

  it('shows from the ratio on that is asked for', () => {
    const ratioOf = (ours: number): Verdict =>
      judge('get-turtle: 0.40 of bare http', rate('freehold', [ours, 1, 1]), rate('bare-http', [1000, 1, 1_000_000]));
    assert.deepEqual(ratioOf(400), { measured: '0.4', shows: true });
    assert.deepEqual(ratioOf(396), { measured: '0.396', shows: false });
    assert.deepEqual(judge('get-turtle: 150 × CSS', rate('freehold', [18_000]), rate('css', [100])),
      { measured: '180', shows: true });
  });

  it('shows from the speed on that is asked for, of what takes time', () => {
    const whole = (server: string, time: number): Measure => measure('listing-10000', server, 'whole', [time]);
    const speed = 'listing-10000: whole: 20 times as fast as CSS';
    assert.deepEqual(judge(speed, whole('freehold', 100), whole('css', 2_000)), { measured: '20', shows: true });
    assert.deepEqual(judge(speed, whole('freehold', 101), whole('css', 2_000)), { measured: '19.8', shows: false });
  });

  it('shows up to a bound: of the median, but of what others wait in each round', () => {
    const listed = (what: string, ...rounds: number[]): Measure => measure('listing-1000000', 'freehold', what, rounds);
    const first = 'listing-1000000: first byte: at most 100 ms';
    assert.deepEqual(judge(first, listed('first byte', 5, 100, 900)), { measured: '100 ms', shows: true });
    assert.deepEqual(judge(first, listed('first byte', 5, 101, 900)), { measured: '101 ms', shows: false });
    const wait = 'listing-1000000: longest wait of others: at most 20 ms';
    assert.deepEqual(judge(wait, listed('longest wait of others', 5, 20, 3)), { measured: '20 ms', shows: true });
    assert.deepEqual(judge(wait, listed('longest wait of others', 5, 21, 3)), { measured: '21 ms', shows: false });
  });

  it('shows when a million resources cost at most a fifth', () => {
    const with1000 = measure('growth', 'freehold', 'PUT, of 1,000', [1_000]);
    const with1000000 = (value: number): Measure => measure('growth', 'freehold', 'PUT, of 1,000,000', [value]);
    const growth = 'growth: PUT, of 1,000,000: 0.80 of what it is of 1,000';
    assert.deepEqual(judge(growth, with1000, with1000000(800)), { measured: '0.8', shows: true });
    assert.deepEqual(judge(growth, with1000, with1000000(790)), { measured: '0.79', shows: false });
  });

  it('does not show where Freehold failed, however fast it was', () => {
    const failed = '3 of 800 documents are not what was acknowledged';
    const one = (more: Partial<Measure>): Measure => measure('patch-one', 'freehold', 'rate', [9_000], more);
    const ceiling = measure('patch-one', 'ceiling', 'rate', [1]);
    assert.deepEqual(judge('patch-one: nothing lost', one({})), { measured: 'nothing lost', shows: true });
    for (const text of ['patch-one: nothing lost', 'patch-one: 0.50 of the ceiling']) {
      assert.deepEqual(judge(text, one({ failed }), ceiling), { measured: `failed: ${failed}`, shows: false });
    }
  });

  it('says when the other server failed', () => {
    const judged = (rounds: readonly number[]): Verdict =>
      judge('get-turtle: 10 × JSS', rate('freehold', [20_000]), rate('jss', rounds, { failed: 'answered 500' }));
    assert.deepEqual(judged([1_000]), { measured: '20, though JSS failed in part', shows: true });
    assert.deepEqual(judged([]), { measured: 'JSS failed', shows: undefined });
  });
});
