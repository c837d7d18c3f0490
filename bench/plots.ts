import { numberOf } from './words.ts';

/** A line of a plot of bars. */
export interface Bar {
  readonly name: string;
  readonly colour: string;
  /** Where the bar begins and ends; from the edge of the picture without a beginning; without an end there is none. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Drawn across the end of the bar. */
  readonly spread?: readonly [least: number, greatest: number] | undefined;
  /** Stands behind the bar. */
  readonly text: string;
}

export interface BarPlot {
  readonly title: string;
  /** What the axis shows, with its unit. */
  readonly axis: string;
  readonly groups: readonly { readonly title: string; readonly bars: readonly Bar[] }[];
}

export interface Line {
  readonly name: string;
  readonly colour: string;
  /** From left to right. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LinePlot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

/** A logarithmic axis, which leads from one power of ten to another. */
interface Axis {
  readonly ticks: readonly number[];
  /** Where a value is in the picture. */
  place(value: number): number;
}

const width = 760;
/** Room within the border. */
const padding = 16;
/** Left of what is drawn, and right of it: there is room for a name behind the end of a line. */
const [leftSide, rightSide] = [120, 160];
const ink = '#1f2328';
const faint = '#d0d7de';

/** Bars on a logarithmic axis, in groups below each other. */
export function barPlot({ title, axis: label, groups }: BarPlot): string {
  const [lineHeight, titleHeight, top] = [17, 30, 48];
  const bars = groups.flatMap((group) => group.bars);
  const values = bars.flatMap(({ from, to, spread }) => [from, to, ...spread ?? []])
    .filter((value) => value !== undefined);
  const bottom = top + groups.length * titleHeight + bars.length * lineHeight + 10;
  // The shortest bar can be seen, too.
  const axis = logarithmic([Math.min(...values) / 1.5, ...values], leftSide, width - rightSide);
  let y = top;
  const drawn = groups.map((group) => {
    const head = textAt(leftSide, y + 20, group.title, 'start', ' font-weight="600"');
    y += titleHeight;
    const lines = group.bars.map((bar, line) => barAt(bar, y + line * lineHeight, axis));
    y += group.bars.length * lineHeight;
    return head + lines.join('');
  });
  const foot = textAt((leftSide + width - rightSide) / 2, bottom + 36, label, 'middle');
  const description = groups.map((group) =>
    `${group.title}: ${group.bars.map(({ name, text }) => `${name} ${text}`).join(', ')}.`).join(' ');
  return picture(title, description, bottom + 52, [...uprights(axis, top, bottom), ...drawn, foot]);
}

function barAt({ name, colour, from: begin, to: end, spread, text }: Bar, y: number, axis: Axis): string {
  const named = textAt(leftSide - 8, y + 12, name, 'end');
  if (end === undefined) return named + textAt(leftSide + 6, y + 12, text, 'start', ' font-style="italic"');
  const x = begin === undefined ? leftSide : axis.place(begin);
  const length = round(Math.max(2, axis.place(end) - x));
  const bar = `<rect x="${round(x)}" y="${y + 2}" width="${length}" height="13" fill="${colour}"/>`;
  const ends = spread?.map((value) => round(axis.place(value)));
  const across = ends === undefined ? ''
    : `<path d="M${ends[0]} ${y + 5}v7m0 -3.5H${ends[1]}m0 -3.5v7" fill="none" stroke="${ink}" stroke-width="1.2"/>`;
  const behind = Math.max(axis.place(end), ...ends ?? []) + 6;
  return named + bar + across + textAt(behind, y + 12, text, 'start');
}

/** Lines on two logarithmic axes, with their names at their ends. */
export function linePlot({ title, x: xLabel, y: yLabel, lines }: LinePlot): string {
  const [top, bottom] = [72, 400];
  const points = lines.flatMap((line) => line.points);
  const xAxis = logarithmic(points.map(([x]) => x), leftSide, width - rightSide);
  const yAxis = logarithmic(points.map(([, y]) => y), bottom, top);
  const placed = lines.map(({ points: found, ...line }) =>
    ({ ...line, at: found.map(([x, y]) => [round(xAxis.place(x)), round(yAxis.place(y))] as const) }));
  // The first line lies on top of the others.
  const drawn = placed.toReversed().map(({ colour, at }) => {
    const dots = at.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3.5" fill="${colour}"/>`).join('');
    const path = at.map(([x, y]) => `${x} ${y}`).join('L');
    return `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}`;
  });
  const heights = apart(placed.map(({ at }) => at.at(-1)![1]), 16);
  const names = placed.map(({ name, colour, at }, line) => {
    const [[x, y], height] = [at.at(-1)!, heights[line]!];
    return `<path d="M${x + 5} ${y}L${x + 14} ${height}" stroke="${colour}"/>`
      + textAt(x + 18, height + 4, name, 'start', ' font-weight="600"');
  });
  const description = lines.map(({ name, points: found }) =>
    `${name}: ${found.map(([x, y]) => `${numberOf(y)} at ${numberOf(x)}`).join(', ')}.`).join(' ');
  const labels = [
    textAt(leftSide, top - 12, yLabel, 'start'),
    textAt((leftSide + width - rightSide) / 2, bottom + 40, xLabel, 'middle'),
  ];
  const grid = [...uprights(xAxis, top, bottom), ...levels(yAxis)];
  return picture(title, description, bottom + 56, [...grid, ...drawn, ...names, ...labels]);
}

function logarithmic(values: readonly number[], start: number, end: number): Axis {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  // A short axis has more ticks.
  const steps = high - low > 2 ? [1] : [1, 2, 5];
  const ticks = Array.from({ length: high - low }, (_, i) => steps.map((step) => step * 10 ** (low + i))).flat();
  return {
    ticks: [...ticks, 10 ** high],
    place: (value) => start + (Math.log10(value) - low) / (high - low) * (end - start),
  };
}

/** The lines of an axis from left to right, with their values below. */
function uprights({ ticks, place }: Axis, top: number, bottom: number): string[] {
  return ticks.map((tick) => {
    const x = round(place(tick));
    return `<path d="M${x} ${top}V${bottom}" stroke="${faint}"/>${textAt(x, bottom + 17, numberOf(tick), 'middle')}`;
  });
}

/** The lines of an axis from below to above, with their values at their left. */
function levels({ ticks, place }: Axis): string[] {
  return ticks.map((tick) => {
    const y = round(place(tick));
    return `<path d="M${leftSide} ${y}H${width - rightSide}" stroke="${faint}"/>`
      + textAt(leftSide - 8, y + 4, numberOf(tick), 'end');
  });
}

/** Places from the top, moved down where they would be closer to each other than `least`. */
function apart(places: readonly number[], least: number): number[] {
  const moved = [...places];
  let last = -Infinity;
  for (const i of places.map((_, line) => line).sort((one, other) => places[one]! - places[other]!)) {
    last = Math.max(places[i]!, last + least);
    moved[i] = last;
  }
  return moved;
}

/** A whole picture on a ground of its own, as it stands on light and on dark pages. */
function picture(title: string, description: string, height: number, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`
      + ` role="img" aria-labelledby="title description" font-family="system-ui, sans-serif" font-size="12"`
      + ` fill="${ink}">`,
    `<title id="title">${escape(title)}</title>`,
    `<desc id="description">${escape(description)}</desc>`,
    // Text can be read where it lies on lines.
    '<style>text{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}</style>',
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="6" fill="#fff" stroke="${faint}"/>`,
    textAt(padding, padding + 18, title, 'start', ' font-size="16" font-weight="600"'),
    ...content,
    '</svg>\n',
  ].join('\n');
}

function textAt(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end', look = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${look}>${escape(text)}</text>`;
}

function round(length: number): number {
  return Math.round(length * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
