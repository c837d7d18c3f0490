import { median, ratio, spread } from './results.ts';
import type { Measure } from './results.ts';

/** By how much values lie apart around their middle, in percent. */
function plusMinus(values: readonly number[]): string {
  const [least, greatest] = spread(values) ?? [0, 0];
  const middle = median(values)!;
  return least === greatest || middle === 0 ? '' : `±${(50 * (greatest - least) / middle).toFixed(0)}%`;
}

/** The middle of some values in three digits or more. */
function middle(values: readonly number[]): string {
  const value = median(values);
  if (value === undefined) return '-';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(value >= 1 ? 3 : 2);
}

/** What stands in the columns of a table of rates. */
const columns = ['rate', 'p50', 'p99', 'cpu', 'memory'];
const heads = '     1/s        p50 ms  p99 ms  cpu µs     MB';

/** The rates of one work, with a line for each server; behind each other is what part of it Freehold does. */
function ratesTable(measures: readonly Measure[]): string[] {
  const rounds = (server: string, what: string): readonly number[] =>
    measures.find((measure) => measure.server === server && measure.what === what)?.rounds ?? [];
  const ours = rounds('freehold', 'rate');
  return [...new Set(measures.map(({ server }) => server))].map((server) => {
    const cell = (what: string, width = 8): string => middle(rounds(server, what)).padStart(width);
    const rates = rounds(server, 'rate');
    const part = server === 'freehold' ? undefined : ratio(ours, rates);
    const beside = part === undefined ? '' : `   freehold does ${part.toFixed(2)} of it`;
    return `  ${server.padEnd(15)}${cell('rate')} ${plusMinus(rates).padEnd(5)}${cell('p50')}${cell('p99')}` +
      `${cell('cpu')}${cell('memory', 7)}${beside}`;
  });
}

/** A line for each value. */
function lines(measures: readonly Measure[]): string[] {
  return measures.map(({ server, what, unit, rounds }) =>
    `  ${server.padEnd(15)}${what.padEnd(40)} ${middle(rounds).padStart(8)} ${unit.padEnd(5)}${plusMinus(rounds)}`);
}

/** All that was measured in one work, as lines to print. */
export function tableOf(work: string, measures: readonly Measure[]): string {
  const withRates = measures.some(({ what }) => what === 'p50');
  const troubles = measures.flatMap(({ server, failed }) => failed === undefined ? [] : [`  ! ${server}: ${failed}`]);
  return [
    withRates ? work.padEnd(17) + heads : work,
    ...withRates ? ratesTable(measures) : [],
    ...lines(withRates ? measures.filter(({ what }) => !columns.includes(what)) : measures),
    ...new Set(troubles),
  ].join('\n');
}
