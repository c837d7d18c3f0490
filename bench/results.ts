import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `npm run bench` found. */
export interface Results {
  /** ISO 8601, of the last run. */
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  /** The short id of the commit that was measured last. */
  readonly commit: string;
  readonly measures: readonly Measure[];
}

/** What one server did in one work. */
export interface Measure {
  /** `get-turtle`, … */
  readonly work: string;
  /** `freehold`, `bare-http`, `css`, … */
  readonly server: string;
  /** Of a server of others. */
  readonly version?: string;
  /**
   * `rate`, `p50`, `p99`, `cpu` (what the server used for a request), `memory`. Of listings `first byte`, `whole`,
   * `longest wait of others`; of them and of large files `growth of memory`. Of starts `start`. Of `growth` rates:
   * `GET of any, of 1,000`, `GET of any, of 1,000,000`, the same of `GET of the same 1,000` and of `PUT`.
   */
  readonly what: string;
  readonly unit: '1/s' | 'ms' | 'µs' | 'MB' | 'MB/s';
  /** One value each round, in their order; the median and the spread are made when read. */
  readonly rounds: readonly number[];
  /** Why there is no value that counts: `answered 500`. */
  readonly failed?: string;
  /** The run it is from, when that is not the last one. */
  readonly earlier?: { readonly date: string; readonly commit: string };
}

/** Where results are stored. */
export const resultsPath = fileURLToPath(new URL('results/latest.json', import.meta.url));

/** The value in the middle; of an even number the mean of the two there. `undefined` of none. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/** The least and the greatest value; `undefined` of none. */
export function spread(values: readonly number[]): readonly [least: number, greatest: number] | undefined {
  return values.length === 0 ? undefined : [Math.min(...values), Math.max(...values)];
}

/**
 * How many times as much as another: the median over rounds that were done one beside the other, so that what slows the
 * machine for a while slows both. `undefined` when there are none.
 */
export function ratio(ours: readonly number[], theirs: readonly number[]): number | undefined {
  return median(ours.flatMap((value, round) => theirs[round] === undefined ? [] : [value / theirs[round]]));
}

export function measureOf({ measures }: Results, work: string, server: string, what: string): Measure | undefined {
  return measures.find((measure) => measure.work === work && measure.server === server && measure.what === what);
}

/** Why something that a server did in a work does not count. */
export function failureOf({ measures }: Results, work: string, server: string): string | undefined {
  return measures.find((measure) => measure.work === work && measure.server === server && measure.failed)?.failed;
}

/** What is stored; `undefined` when nothing is. */
export function readResults(path = resultsPath): Results | undefined {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) as Results : undefined;
}

export function writeResults(results: Results, path = resultsPath): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
}

/**
 * The results of a run of some works, with all else from before. What was measured in a work is replaced for all its
 * servers, as servers are compared that ran beside each other; of another machine nothing is kept.
 */
export function mergeResults(stored: Results | undefined, run: Results): Results {
  if (stored === undefined || !sameMachine(stored.machine, run.machine)) return run;
  // Not the whole work: `idle` is measured in the course of several.
  const keyOf = ({ work, what }: Measure): string => `${work} ${what}`;
  const anew = new Set(run.measures.map(keyOf));
  const { date, commit } = stored;
  const kept = stored.measures.filter((measure) => !anew.has(keyOf(measure)))
    .map((measure) => ({ earlier: { date, commit }, ...measure }));
  return { ...run, measures: [...kept, ...run.measures] };
}

function sameMachine(one: Results['machine'], other: Results['machine']): boolean {
  return one.cpu === other.cpu && one.cores === other.cores && one.node === other.node;
}
