import assert from 'node:assert/strict';
import { ceilingOf, foldInto, plotOf, valueOf } from '../../src/pages/plots.ts';
import type { Series } from '../../src/pages/plots.ts';

const hour = 3_600_000;
const day: Series = { title: 'Requests', unit: 'count', fold: 'sum', from: 0, to: 24 * hour };

describe('A plot', () => {
  const folds: [Series['fold'], expected: (number | undefined)[]][] = [
    ['sum', [4, undefined, 7]], ['highest', [3, undefined, 5]], ['last', [1, undefined, 2]],
  ];
  for (const [fold, expected] of folds) {
    it(`makes one of several points: ${fold}`, () => {
      const points = [[0, 3], [1, 1], [8, 5], [7, 0], [8.5, 2]].map(([at, value]) => ({ at: at!, value: value! }));
      const of = { ...day, fold, from: 0, to: 9 };
      assert.deepEqual(foldInto(points.filter(({ at }) => at !== 7), of, 3), expected);
    });
  }

  it('leaves out what is not of its time', () => {
    const { rows, summary } = plotOf([-1, 0, 24 * hour - 1, 24 * hour].map((at) => ({ at, value: 1 })), day);
    assert.deepEqual(rows, [{ when: '00:00 UTC', value: '1' }, { when: '23:00 UTC', value: '1' }]);
    assert.match(summary, /^2 in all/);
  });

  const ceilings: [value: number, ceiling: number][] = [
    [0, 1], [1, 1], [1.01, 2], [2, 2], [3, 5], [5, 5], [6, 10], [10, 10], [11, 20], [999, 1000], [0.03, 0.05], [4e12, 5e12],
  ];
  for (const [value, ceiling] of ceilings) {
    it(`that reaches ${value} is ${ceiling} high`, () => assert.ok(Math.abs(ceilingOf(value) - ceiling) < 1e-9));
  }

  const values: [value: number, unit: Series['unit'], words: string][] = [
    [12_345, 'count', '12,345'], [0, 'count', '0'], [1_234_567, 'bytes', '1.23 MB'], [12.345, 'milliseconds', '12.3 ms'],
    [999, 'milliseconds', '999 ms'], [1000, 'milliseconds', '1 s'], [61_234, 'milliseconds', '61.2 s'],
  ];
  for (const [value, unit, words] of values) {
    it(`says ${value} ${unit} as "${words}"`, () => assert.equal(valueOf(value, unit), words));
  }

  it('says in words and in a table what its picture shows', () => {
    const { picture, summary, rows } = plotOf([{ at: 0, value: 2 }, { at: 12 * hour, value: 40 }], day);
    assert.equal(summary, '42 in all; most at a time: 40, 12:00 UTC.');
    assert.match(picture, /role="img" viewBox="[^"]+" aria-label="Requests: 42 in all; most at a time: 40, 12:00 UTC\."/);
    assert.deepEqual(rows, [{ when: '00:00 UTC', value: '2' }, { when: '12:00 UTC', value: '40' }]);
  });

  it('draws bars of what is counted, the least of them still to be seen', () => {
    const { picture } = plotOf([{ at: 0, value: 1 }, { at: 12 * hour, value: 50_000 }], day);
    assert.match(picture, /class="bars"[^>]* d="M0 96V95h3\.2V96zM160 96V0h3\.2V96z"/);
  });

  it('draws a line of what is measured, broken where nothing is known', () => {
    const points = [0, 0.3, 12].map((at) => ({ at: at * hour, value: 1 + at }));
    const { picture } = plotOf(points, { ...day, unit: 'milliseconds', fold: 'highest' });
    assert.match(picture, /class="line"[^>]* d="M0 [\d.]+h4V[\d.]+h4M160|class="line"[^>]* d="M0 [\d.]+h4M160/);
  });

  it('says that it knows nothing, and draws an empty picture', () => {
    const { picture, summary, rows } = plotOf([], day);
    assert.equal(summary, 'Nothing is known of this time.');
    assert.match(picture, /class="bars"[^>]* d=""/);
    assert.deepEqual(rows, []);
  });

  it('says the day instead of the hour when it is of more than two days', () => {
    const { rows } = plotOf([{ at: 5 * 24 * hour, value: 1 }], { ...day, to: 30 * 24 * hour });
    assert.deepEqual(rows, [{ when: '1970-01-06', value: '1' }]);
  });

  it('loads, runs and styles nothing', () => {
    const { picture } = plotOf([{ at: 0, value: 2 }], { ...day, title: '"><script>' });
    assert.doesNotMatch(picture, /<script|style=|href=|url\(/);
  });
});
