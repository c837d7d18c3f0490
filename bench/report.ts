import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pictures } from './pictures.ts';
import { failureOf, measureOf, median, ratio, readResults, spread } from './results.ts';
import type { Measure, Results } from './results.ts';
import { targets } from './targets.ts';
import type { Target } from './targets.ts';
import { nameOf, numberOf, serversIn, titleOf, worksIn } from './words.ts';

/** A file of the report: its path from the root, and what it should hold. */
export interface ReportFile {
  readonly path: string;
  readonly content: string;
}

/** Where profiles are told of; the reason why a target is missed stands below a heading with the name of the work. */
const foundPath = new URL('found.md', import.meta.url);
/** Servers that show what the machine can do; a rate is given as a part of theirs. */
const yardsticks = ['bare-http', 'bare-streaming', 'ceiling'];

const method = `Each server runs in a process of its own, and whoever asks it in another one on the same cores, over
the loopback interface. The servers take turns, round by round, and a ratio is the median of the ratios within the
rounds: what slows the machine for a while slows all of them. Every answer is checked, and what was acknowledged is read
again.

*Bare http* and *bare Koa* answer with the same bytes and headers as Freehold, and do nothing else. *Bare streaming*
moves a file between the disk and the network. *The ceiling* does what nobody can do without: it checks proofs and
syntax, reads from the embedded database and durably writes to it; it knows no access rules, containers or formats.
Freehold, too, has each write on the disk before it acknowledges it; CSS, JSS and NSS do not.`;

/** The report on the stored results; no files when nothing is stored. */
export function storedReport(): ReportFile[] {
  const results = readResults();
  return results === undefined ? [] : reportOn(results, readFileSync(foundPath, 'utf8'));
}

/** Writes the report on the stored results. */
export function writeReport(): void {
  for (const { path, content } of storedReport()) {
    const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** The report, and its pictures; `found` is Markdown, with headings of the second level and below. */
export function reportOn(results: Results, found: string): ReportFile[] {
  const drawn = pictures(results);
  const shown = drawn.map(({ name, title }) =>
    `![${title}. All figures are in the tables below.](performance/${name})`);
  const content = [
    '# Performance',
    '<!-- Written by `npm run bench` and `npm run docs` from bench/results/latest.json and bench/found.md. -->',
    ...introduction(results),
    '## What must show', targetsTable(results, found),
    ...shown.length === 0 ? [] : ['## Plots', ...shown],
    '## All figures',
    'Medians of the rounds, with the least and the greatest.',
    ...worksIn(results.measures).flatMap((work) =>
      [`### ${titleOf(work)}`, workTable(results, work), ...failures(results, work)]),
    found.trim(),
  ].join('\n\n');
  return [
    { path: 'docs/performance.md', content: `${content}\n` },
    ...drawn.map(({ name, content: svg }) => ({ path: `docs/performance/${name}`, content: svg })),
  ];
}

function introduction({ date, commit, machine, measures }: Results): string[] {
  const versions = new Map(measures.flatMap(({ server, version }) =>
    version === undefined ? [] : [[server, version]]));
  const beside = [...versions].map(([server, version]) => `${nameOf(server)} ${version}`).join(', ');
  const last = runOf({ date, commit });
  const runs = measures.map(({ work, earlier }) => ({ work, run: earlier === undefined ? last : runOf(earlier) }));
  const kept = [...new Set(runs.map(({ run }) => run))].filter((run) => run !== last).map((run) => {
    const works = worksIn(runs.filter((one) => one.run === run));
    return `From a run ${run}: ${works.map(titleOf).join('; ')}.`;
  });
  return [
    `Measured ${last}, on ${machine.cores} cores of ${machine.cpu} with Node ${machine.node}`
      + `${beside === '' ? '' : `, beside ${beside}`}.`,
    ...kept,
    method,
  ];
}

function runOf({ date, commit }: { readonly date: string; readonly commit: string }): string {
  return `on ${date.slice(0, 10)} at commit ${commit}`;
}

function targetsTable(results: Results, found: string): string {
  return table(['work', 'asked', 'measured', 'shows'], targets.map((target, i) => {
    const { measured, shows } = target.judge(results);
    const title = targets[i - 1]?.work === target.work ? '' : titleOf(target.work);
    return [title, target.asked, measured, shows === undefined ? '–' : shows ? 'yes' : missed(target, found)];
  }));
}

function missed({ work }: Target, found: string): string {
  const told = found.split('\n').includes(`### ${work}`);
  return told ? `**no**: [why](#${work})` : '**no**';
}

/** A line for each server, a column for each thing that was measured. */
function workTable(results: Results, work: string): string {
  const measures = results.measures.filter((measure) => measure.work === work);
  const columns = new Map(measures.map(({ what, unit }) =>
    [what, `${what === 'cpu' ? 'CPU per request' : what}, ${unit}`]));
  const beside = yardsticks.filter((server) => measureOf(results, work, server, 'rate') !== undefined);
  return table(
    ['server', ...columns.values(), ...beside.map((server) => `of ${nameOf(server)}`)],
    serversIn(measures).map((server) => [
      nameOf(server),
      ...[...columns.keys()].map((what) => valueOf(measureOf(results, work, server, what))),
      ...beside.map((other) =>
        partOf(measureOf(results, work, server, 'rate'), measureOf(results, work, other, 'rate'))),
    ]),
  );
}

function valueOf(measure: Measure | undefined): string {
  if (measure === undefined) return '';
  const [value, ends] = [median(measure.rounds), spread(measure.rounds)];
  if (value === undefined || ends === undefined) return 'failed';
  return measure.rounds.length === 1 ? numberOf(value) : `${numberOf(value)} (${ends.map(numberOf).join('–')})`;
}

function partOf(one: Measure | undefined, other: Measure | undefined): string {
  if (one === undefined || other === undefined || one === other) return '';
  const part = ratio(one.rounds, other.rounds);
  return part === undefined ? '' : numberOf(part);
}

/** A list of those that failed, and how. */
function failures(results: Results, work: string): string[] {
  const failed = serversIn(results.measures).flatMap((server) => {
    const failure = failureOf(results, work, server);
    return failure === undefined ? [] : [`- ${nameOf(server)} failed: ${failure.split('\n', 1)[0]!.slice(0, 200)}`];
  });
  return failed.length === 0 ? [] : [failed.join('\n')];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lineOf = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [lineOf(head), `|${'---|'.repeat(head.length)}`, ...rows.map(lineOf)].join('\n');
}
