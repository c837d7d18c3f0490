import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { reportOn, storedReport } from '../../bench/report.ts';
import type { Measure } from '../../bench/results.ts';
import { measure, results } from './measures.ts';

/** What is shown of one work of several servers. */
const turtle: readonly Measure[] = [
  measure('get-turtle', 'css', 'rate', [100, 130, 110], { version: '7.2.0' }),
  measure('get-turtle', 'css', 'p50', [250, 240, 260]),
  measure('get-turtle', 'css', 'p99', [600, 500, 700]),
  measure('get-turtle', 'bare-http', 'rate', [40_000, 60_000, 50_000]),
  measure('get-turtle', 'freehold', 'rate', [20_000, 24_000, 10_000]),
  measure('get-turtle', 'freehold', 'p50', [1.5, 1.25, 1]),
  measure('get-turtle', 'freehold', 'p99', [3, 2, 4]),
  measure('get-turtle', 'freehold', 'cpu', [41.26], { unit: 'µs' }),
  measure('get-turtle', 'jss', 'rate', [], { failed: 'a | b\nat line 3' }),
];

function pageOf(measures: readonly Measure[], found = '## Found\n\nNothing.\n'): string {
  const page = reportOn(results(measures), found).find(({ path }) => path === 'docs/performance.md');
  return page!.content;
}

/** The cells of the lines of a table below a heading, without its head. */
function tableBelow(page: string, heading: string): string[][] {
  const section = page.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`));
  assert(section !== undefined, `There is no "${heading}".`);
  return section.split('\n').filter((line) => line.startsWith('| ')).slice(1)
    .map((line) => line.slice(2, -2).split(/ ?(?<!\\)\| ?/));
}

describe('The report', () => {
  const page = pageOf(turtle);

  it('tells when, where, what and beside whom was measured', () => {
    assert(page.includes('\nMeasured on 2026-11-30 at commit abc1234, on 2 cores of Abacus 9 with Node v20.0.0, '
      + 'beside CSS 7.2.0.\n'));
  });

  it('has a line for each server: medians, spread, and the part of bare http', () => {
    assert.match(page, /^\| server \| rate, 1\/s \| p50, ms \| p99, ms \| CPU per request, µs \| of bare http \|$/m);
    assert.deepEqual(tableBelow(page, 'Public GET of 1 KB Turtle, 32 connections'), [
      // 0.5, 0.4 and 0.2 of bare http.
      ['Freehold', '20,000 (10,000–24,000)', '1.25 (1–1.5)', '3 (2–4)', '41.3', '0.4'],
      ['bare http', '50,000 (40,000–60,000)', '', '', '', ''],
      ['JSS', 'failed', '', '', '', ''],
      ['CSS', '110 (100–130)', '250 (240–260)', '600 (500–700)', '', '0.0022'],
    ]);
    assert(page.includes('\n- JSS failed: a | b\n'));
  });

  it('judges what must show', () => {
    assert.deepEqual(tableBelow(page, 'What must show').slice(0, 5), [
      ['Public GET of 1 KB Turtle, 32 connections', '0.40 of bare http', '0.4', 'yes'],
      ['', '0.65 of bare Koa', 'not measured', '–'],
      ['', '10 × JSS', 'JSS failed', '–'],
      ['', '150 × CSS', '185', 'yes'],
      ['Public GET of the same as JSON-LD, 32 connections', '0.35 of bare http', 'not measured', '–'],
    ]);
  });

  it('leads from what does not show to the reason', () => {
    const slow = [measure('get-turtle', 'freehold', 'rate', [1]), measure('get-turtle', 'bare-http', 'rate', [4])];
    const verdict = (found: string): string => tableBelow(pageOf(slow, found), 'What must show')[0]![3]!;
    assert.equal(verdict('## Found\n\n### get-turtle\n\nIt waits.'), '**no**: [why](#get-turtle)');
    assert.equal(verdict('## Found\n\n### get-turtles'), '**no**');
  });

  it('tells how Freehold failed, within its cell', () => {
    const failed = pageOf([measure('get-turtle', 'freehold', 'rate', [], { failed: 'a | b\nat line 3' })]);
    assert.equal(tableBelow(failed, 'What must show')[0]![2], 'failed: a \\| b at line 3');
  });

  it('ends with what was found', () => {
    assert(page.endsWith('\n\n## Found\n\nNothing.\n'));
  });

  it('tells which works are from an earlier run', () => {
    const earlier = { date: '2026-11-20T23:00:00.000Z', commit: 'old0000' };
    const old = ['idle', 'login'].map((work) => measure(work, 'freehold', 'rate', [9], { earlier }));
    assert(pageOf([...old, ...turtle]).includes('\nFrom a run on 2026-11-20 at commit old0000: '
      + 'Logins at the token endpoint; Memory of an idle server.\n'));
    assert(!page.includes('From a run'));
  });
});

describe('The pictures of the report', () => {
  const listing = (members: number, server: string, whole: readonly number[], more: Partial<Measure> = {}): Measure =>
    measure(`listing-${members}`, server, 'whole', whole, more);
  const files = reportOn(results([
    ...turtle,
    listing(100, 'freehold', [2, 3, 4]), listing(10_000, 'freehold', [200]), listing(1_000_000, 'freehold', [20_000]),
    listing(100, 'css', [30]), listing(10_000, 'css', [], { failed: 'answered 500' }),
    measure('large-up', 'freehold', 'rate', [190, 200, 210], { unit: 'MB/s' }),
    measure('idle', 'freehold', 'memory', [90], { unit: 'MB' }),
  ]), '');
  const described = (name: string): string => {
    const { content } = files.find(({ path }) => path === `docs/performance/${name}`)!;
    return /<desc [^>]*>(.*)<\/desc>/.exec(content)![1]!;
  };

  it('show rates, latency, listings and large files, each where it was measured', () => {
    assert.equal(described('rates.svg'),
      'Public GET of 1 KB Turtle, 32 connections: Freehold 20,000, bare http 50,000, JSS failed, CSS 110.');
    assert.equal(described('latency.svg'), 'Public GET of 1 KB Turtle, 32 connections: Freehold 1.25–3, CSS 250–600.');
    assert.equal(described('listing.svg'),
      'Freehold: 3 at 100, 200 at 10,000, 20,000 at 1,000,000. CSS, fails at 10,000: 30 at 100.');
    assert.equal(described('large.svg'), 'Upload of 512 MiB: Freehold 200.');
  });

  it('are all in the page with a text, and no others', () => {
    const shown = [...files[0]!.content.matchAll(/^!\[(.{20,})\]\((.+)\)$/gm)].map(([, , path]) => `docs/${path!}`);
    assert.deepEqual(shown, files.slice(1).map(({ path }) => path));
    assert.deepEqual(shown, ['rates.svg', 'latency.svg', 'listing.svg', 'large.svg']
      .map((name) => `docs/performance/${name}`));
  });

  it('say of a rate that counts only in part that it does', () => {
    const jss = measure('put-proof', 'jss', 'rate', [780], { failed: '20 % answered 500' });
    const [, rates] = reportOn(results([jss]), '');
    assert.match(rates!.content, /JSS 780, failed in part\./);
  });
});

describe('docs/performance.md', () => {
  it('is as `npm run docs` writes it from bench/results/latest.json, with its pictures and no others', () => {
    const written = storedReport();
    for (const { path, content } of written) assert.equal(readFileSync(path, 'utf8'), content, path);
    const pictures = readdirSync('docs/performance').map((name) => `docs/performance/${name}`);
    assert.deepEqual(pictures.sort(), written.map(({ path }) => path).filter((path) => path.endsWith('.svg')).sort());
  });
});
