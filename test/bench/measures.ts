import type { Measure, Results } from '../../bench/results.ts';

/** A measure, in short: `measure('get-turtle', 'css', 'rate', [120, 130, 140])`. */
export function measure(
  work: string, server: string, what: string, rounds: readonly number[], more: Partial<Measure> = {},
): Measure {
  return { work, server, what, unit: what === 'rate' ? '1/s' : 'ms', rounds, ...more };
}

/** Results of those measures, on a machine of this name. */
export function results(measures: readonly Measure[], more: Partial<Results> = {}): Results {
  const machine = { cpu: 'Abacus 9', cores: 2, node: 'v20.0.0' };
  return { date: '2026-11-30T10:00:00.000Z', commit: 'abc1234', machine, measures, ...more };
}
