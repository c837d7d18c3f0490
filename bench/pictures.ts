import { barPlot, linePlot } from './plots.ts';
import type { Bar, BarPlot } from './plots.ts';
import { failureOf, measureOf, median, spread } from './results.ts';
import type { Measure, Results } from './results.ts';
import { colourOf, nameOf, numberOf, serversIn, titleOf, worksIn } from './words.ts';

export interface Picture {
  /** Of the file. */
  readonly name: string;
  readonly title: string;
  /** An `<svg>`. */
  readonly content: string;
}

const time = 'ms (logarithmic): less is better';

/** A plot of each kind of which something was measured. */
export function pictures(results: Results): Picture[] {
  return [
    ...bars('rates.svg', results,
      { title: 'Requests a second', axis: 'requests a second (logarithmic): more is better' },
      (work, server) => valueBar(measureOf(results, work, server, 'rate'), '1/s')),
    ...bars('latency.svg', results, { title: 'Time to answer, from p50 to p99', axis: time },
      (work, server) => rangeBar(measureOf(results, work, server, 'p50'), measureOf(results, work, server, 'p99'))),
    ...listings('listing.svg', results, 'whole', 'Time to list a container'),
    ...listings('waits.svg', results, 'longest wait of others', 'Longest wait of others while a container is listed'),
    ...bars('large.svg', results, { title: 'Large files', axis: 'MB a second (logarithmic): more is better' },
      (work, server) => valueBar(measureOf(results, work, server, 'rate'), 'MB/s')),
  ];
}

/** A bar of a server, but for its name. */
type Length = Omit<Bar, 'name' | 'colour'>;

/** A group for each work of which `lengthOf` gives bars; no picture without one. */
function bars(
  name: string, results: Results, plot: Omit<BarPlot, 'groups'>,
  lengthOf: (work: string, server: string) => Length | undefined,
): Picture[] {
  const groups = worksIn(results.measures).map((work) => ({
    title: titleOf(work),
    bars: serversIn(results.measures).flatMap((server) => {
      const length = lengthOf(work, server);
      return length === undefined ? [] : [{ name: nameOf(server), colour: colourOf(server), ...length }];
    }),
  })).filter((group) => group.bars.some(({ to }) => to !== undefined));
  return groups.length === 0 ? [] : [{ name, title: plot.title, content: barPlot({ ...plot, groups }) }];
}

function valueBar(measure: Measure | undefined, unit: Measure['unit']): Length | undefined {
  if (measure?.unit !== unit) return undefined;
  const value = median(measure.rounds);
  if (value === undefined || value <= 0) return { text: 'failed' };
  const [least, greatest] = spread(measure.rounds)!;
  return { to: value, ...least > 0 ? { spread: [least, greatest] } : {}, text: numberOf(value) + partly(measure) };
}

function rangeBar(half: Measure | undefined, most: Measure | undefined): Length | undefined {
  if (half === undefined || most === undefined) return undefined;
  const [from, to] = [median(half.rounds), median(most.rounds)];
  if (from === undefined || to === undefined) return { text: 'failed' };
  return { from, to, text: `${numberOf(from)}–${numberOf(to)}${partly(half)}` };
}

function partly({ failed }: Measure): string {
  return failed === undefined ? '' : ', failed in part';
}

/** A line for each server: what was measured in the listings, over their members. */
function listings(name: string, results: Results, what: string, title: string): Picture[] {
  const found = worksIn(results.measures).flatMap((work) => {
    const members = /^listing-(\d+)$/.exec(work)?.[1];
    return members === undefined ? [] : [{ work, members: Number(members) }];
  });
  const lines = serversIn(results.measures).flatMap((server) => {
    const points = found.flatMap(({ work, members }) => {
      const value = median(measureOf(results, work, server, what)?.rounds ?? []);
      return value === undefined || value <= 0 ? [] : [[members, value] as const];
    });
    const lost = found.find(({ work }) => failureOf(results, work, server) !== undefined);
    const end = lost === undefined ? '' : `, fails at ${numberOf(lost.members)}`;
    return points.length === 0 ? [] : [{ name: nameOf(server) + end, colour: colourOf(server), points }];
  });
  const axes = { x: 'members (logarithmic)', y: time };
  return lines.length === 0 ? [] : [{ name, title, content: linePlot({ title, ...axes, lines }) }];
}
