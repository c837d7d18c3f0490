import { sizeOf } from './size.ts';

/** What was counted or measured in a step of time that begins at `at`, in milliseconds since 1970. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** What the points are about. */
export interface Series {
  readonly title: string;
  readonly unit: 'count' | 'bytes' | 'milliseconds';
  /** What several points become when they share a place: of what is counted their sum, else the highest or the last. */
  readonly fold: 'sum' | 'highest' | 'last';
  /** The time that is shown, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** A series made ready to be shown: a picture, the same in a sentence, and as rows of a table. */
export interface Plot {
  readonly title: string;
  /** An `<svg>` with its title and description. */
  readonly picture: string;
  readonly summary: string;
  readonly rows: readonly { readonly when: string; readonly value: string }[];
}

/** The picture in its own units. */
const width = 320;
const height = 96;
/** Of the picture, at its left and right. */
const columns = 80;
/** Of the table: more would not be read. */
const tableRows = 24;

const dayLong = 86_400_000;

/** Makes a plot: bars of what is counted, and of what is measured a line that breaks where nothing is known. */
export function plotOf(points: readonly Point[], series: Series): Plot {
  const known = points.filter(({ at }) => at >= series.from && at < series.to);
  const summary = summaryOf(known, series);
  return { title: series.title, picture: pictureOf(known, series, summary), summary, rows: rowsOf(known, series) };
}

/** A value with its unit, as people read it. */
export function valueOf(value: number, unit: Series['unit']): string {
  switch (unit) {
    case 'bytes': return sizeOf(Math.round(value));
    case 'milliseconds': return value >= 1000 ? `${threeDigits(value / 1000)} s` : `${threeDigits(value)} ms`;
    case 'count': return Math.round(value).toLocaleString('en');
  }
}

/** The values of `parts` equal parts of the time; `undefined` where nothing is known. */
export function foldInto(points: readonly Point[], { from, to, fold }: Series, parts: number): (number | undefined)[] {
  const folded = Array.from<number | undefined>({ length: parts });
  const last = Array.from({ length: parts }, () => -Infinity);
  for (const { at, value } of points) {
    const part = Math.floor((at - from) / (to - from) * parts);
    const before = folded[part];
    if (before === undefined) folded[part] = value;
    else if (fold === 'sum') folded[part] = before + value;
    else if (fold === 'highest') folded[part] = Math.max(before, value);
    else if (at >= last[part]!) folded[part] = value;
    last[part] = Math.max(last[part]!, at);
  }
  return folded;
}

/** The least of 1, 2 and 5 times a power of ten that is not less: the height of the picture. */
export function ceilingOf(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value)!;
}

function summaryOf(points: readonly Point[], { unit, fold, from, to }: Series): string {
  if (points.length === 0) return 'Nothing is known of this time.';
  const values = points.map(({ value }) => value);
  const highest = points.reduce((best, point) => (point.value > best.value ? point : best));
  const top = `${valueOf(highest.value, unit)}, ${timeOf(highest.at, to - from)}`;
  switch (fold) {
    case 'sum': {
      const sum = values.reduce((all, value) => all + value, 0);
      return sum === 0 ? 'None.' : `${valueOf(sum, unit)} in all; most at a time: ${top}.`;
    }
    case 'highest': return `Highest: ${top}. Last: ${valueOf(values.at(-1)!, unit)}.`;
    case 'last': return `Now ${valueOf(values.at(-1)!, unit)}; at first ${valueOf(values[0]!, unit)}.`;
  }
}

function pictureOf(points: readonly Point[], series: Series, summary: string): string {
  const { title, unit, fold, from, to } = series;
  const folded = foldInto(points, series, columns);
  const ceiling = ceilingOf(Math.max(0, ...folded.filter((value) => value !== undefined)));
  const x = (column: number): number => round(column / columns * width);
  const y = (value: number): number => round(height - value / ceiling * height);
  const drawn = fold === 'sum' ? barsOf(folded, x, y) : lineOf(folded, x, y);
  const middle = [height / 2, 0].map((at) => `M0 ${at}H${width}`).join('');
  const label = (at: number, anchor: string, place: number): string =>
    `<text x="${place}" y="${height + 16}" text-anchor="${anchor}">${timeOf(at, to - from)}</text>`;
  const box = `-2 -16 ${width + 4} ${height + 38}`;
  const look = fold === 'sum'
    ? 'class="bars" fill="currentColor"' : 'class="line" fill="none" stroke="currentColor" stroke-width="2"';
  return `<svg class="plot" role="img" viewBox="${box}" aria-label="${escape(`${title}: ${summary}`)}"`
    + ' fill="currentColor" font-size="11">'
    + `<path class="grid" fill="none" stroke="currentColor" stroke-opacity=".25" d="${middle}M0 ${height}H${width}"/>`
    + `<path ${look} d="${drawn}"/>`
    + `<text x="0" y="-5">${valueOf(ceiling, unit)}</text>`
    + label(from, 'start', 0) + label((from + to) / 2, 'middle', width / 2) + label(to, 'end', width)
    + '</svg>';
}

function barsOf(
  folded: readonly (number | undefined)[], x: (column: number) => number, y: (value: number) => number,
): string {
  const breadth = round(x(1) * 0.8);
  return folded.map((value, column) => {
    if (value === undefined || value <= 0) return '';
    // What is not nothing can be seen.
    return `M${x(column)} ${height}V${Math.min(y(value), height - 1)}h${breadth}V${height}z`;
  }).join('');
}

function lineOf(
  folded: readonly (number | undefined)[], x: (column: number) => number, y: (value: number) => number,
): string {
  return folded.map((value, column) => {
    if (value === undefined) return '';
    if (folded[column - 1] === undefined) return `M${x(column)} ${y(value)}h${x(1)}`;
    return `V${y(value)}h${x(1)}`;
  }).join('');
}

function rowsOf(points: readonly Point[], series: Series): Plot['rows'] {
  const { unit, from, to } = series;
  const step = (to - from) / tableRows;
  return foldInto(points, series, tableRows).flatMap((value, row) => value === undefined
    ? [] : [{ when: timeOf(from + row * step, to - from), value: valueOf(value, unit) }]);
}

/** As short as it can be understood: of a day the hour, of more the day. */
function timeOf(at: number, span: number): string {
  const text = new Date(at).toISOString();
  return span <= 2 * dayLong ? `${text.slice(11, 16)} UTC` : text.slice(0, 10);
}

function threeDigits(value: number): number {
  return Number(value.toPrecision(3));
}

function round(length: number): number {
  return Math.round(length * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
