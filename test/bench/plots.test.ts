import assert from 'node:assert/strict';
import { barPlot, linePlot } from '../../bench/plots.ts';
import type { Bar } from '../../bench/plots.ts';

/** The attributes of all elements of that name, in their order. */
function elements(svg: string, name: string): Record<string, string>[] {
  return [...svg.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'g'))].map(([, attributes]) =>
    Object.fromEntries([...attributes!.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!])));
}

function texts(svg: string): string[] {
  return [...svg.matchAll(/<text\b[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
}

/** Throws when an element is not closed, or another one is. */
function checkNesting(svg: string): void {
  const open: string[] = [];
  for (const [, end, name, alone] of svg.matchAll(/<(\/?)(\w+)(?:\s+[\w-]+="[^"<]*")*\s*(\/?)>/g)) {
    if (end === '/') assert.equal(open.pop(), name);
    else if (alone === '') open.push(name!);
  }
  assert.deepEqual(open, []);
  assert.equal(svg.replaceAll(/<(\/?)(\w+)(?:\s+[\w-]+="[^"<]*")*\s*(\/?)>/g, '').match(/[<>]/), null);
  assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
}

const bar = (name: string, to: number | undefined, more: Partial<Bar> = {}): Bar =>
  ({ name, colour: '#123456', to, text: `${to ?? 'failed'}`, ...more });

/** The bars of a picture: all rectangles but the ground. */
const barsOf = (svg: string) => elements(svg, 'rect').slice(1)
  .map(({ x, y, width }) => ({ x: Number(x), y: Number(y), width: Number(width) }));

describe('A plot of bars', () => {
  const plot = (...bars: Bar[]) => barPlot({ title: 'Rates', axis: 'a second', groups: [{ title: 'GET', bars }] });

  it('is logarithmic: what is ten times as much is longer by the same length', () => {
    const [one, ten, hundred] = barsOf(plot(bar('a', 5_000), bar('b', 50_000), bar('c', 500_000)));
    assert(Math.abs((hundred!.width - ten!.width) - (ten!.width - one!.width)) < 0.3);
    assert(ten!.width > one!.width);
  });

  it('shows what is 1,000 times less than another, also when it stands at a power of ten', () => {
    const [most, least] = barsOf(plot(bar('a', 100_000), bar('b', 100)));
    assert(least!.width >= 10 && least!.width < most!.width);
  });

  it('begins a bar where it is told to, and at the same place otherwise', () => {
    const [whole, part, end] = barsOf(plot(bar('a', 1_000), bar('b', 1_000, { from: 100 }), bar('c', 100)));
    assert(part!.x > whole!.x);
    assert(Math.abs((part!.x + part!.width) - (whole!.x + whole!.width)) < 0.2);
    assert(Math.abs(part!.x - (end!.x + end!.width)) < 0.2);
  });

  it('keeps bars and spreads within the picture, below each other', () => {
    const svg = plot(bar('a', 99_999, { spread: [2, 2_000_000] }), bar('b', 3), bar('c', 4));
    const width = Number(elements(svg, 'svg')[0]!.width);
    const bars = barsOf(svg);
    assert(bars.every(({ x, width: length }) => x > 0 && x + length < width));
    assert(bars.every(({ y }, i) => i === 0 || y >= bars[i - 1]!.y + 13));
    const [, from, to] = /M([\d.]+) [\d.]+v7m0 -3.5H([\d.]+)/.exec(svg)!.map(Number);
    assert(from! > 0 && to! > from! && to! < width);
  });

  it('names a bar that is not there, and says why', () => {
    const svg = plot(bar('a', 10), bar('b', undefined, { text: 'failed' }));
    assert.equal(barsOf(svg).length, 1);
    assert.deepEqual(texts(svg).filter((text) => text === 'b' || text === 'failed'), ['b', 'failed']);
  });

  it('has a title, units, a ground of its own and a description of all that it shows', () => {
    const svg = plot(bar('A & <B>', 10), bar('c', 20));
    checkNesting(svg);
    const [root] = elements(svg, 'svg');
    assert.equal(root!.role, 'img');
    assert.equal(root!['aria-labelledby'], 'title description');
    assert.match(svg, /<title id="title">Rates<\/title>/);
    assert.match(svg, /<desc id="description">GET: A &amp; &lt;B&gt; 10, c 20\.<\/desc>/);
    const [ground] = elements(svg, 'rect');
    assert.deepEqual([ground!.fill, Number(ground!.width) + 1, Number(ground!.height) + 1],
      ['#fff', Number(root!.width), Number(root!.height)]);
    const shown = new Set(texts(svg));
    const expected = ['Rates', 'GET', 'A &amp; &lt;B&gt;', 'c', '10', '20', 'a second'];
    assert.deepEqual(expected.filter((text) => !shown.has(text)), []);
  });
});

describe('A plot of lines', () => {
  const svg = linePlot({
    title: 'Listing', x: 'members', y: 'ms',
    lines: [
      { name: 'one', colour: '#111111', points: [[100, 1], [10_000, 10], [1_000_000, 100]] },
      { name: 'other', colour: '#222222', points: [[100, 1.2], [10_000, 10.5], [1_000_000, 101]] },
    ],
  });
  const dots = (colour: string) => elements(svg, 'circle').filter(({ fill }) => fill === colour)
    .map(({ cx, cy }) => [Number(cx), Number(cy)] as const);

  it('is logarithmic both ways, with more above', () => {
    const [first, second, third] = dots('#111111');
    assert(Math.abs((third![0] - second![0]) - (second![0] - first![0])) < 0.3);
    assert(Math.abs((third![1] - second![1]) - (second![1] - first![1])) < 0.3);
    assert(second![0] > first![0] && second![1] < first![1]);
  });

  it('names each line at its end, with names that do not lie on each other', () => {
    const heights = [...svg.matchAll(/y="([\d.]+)"[^>]*>(?:one|other)</g)].map(([, y]) => Number(y));
    assert.equal(heights.length, 2);
    assert(Math.abs(heights[0]! - heights[1]!) >= 12);
  });

  it('has a title, units and a description of all that it shows', () => {
    checkNesting(svg);
    assert.match(svg, /<desc id="description">one: 1 at 100, 10 at 10,000, 100 at 1,000,000\. other: 1\.2 at 100, /);
    for (const text of ['Listing', 'members', 'ms', '1,000', '1,000,000']) assert(texts(svg).includes(text), text);
  });
});
