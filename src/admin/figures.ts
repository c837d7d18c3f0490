import { randomBytes } from 'node:crypto';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Database, Key } from '../storage/database.ts';
import { keys, sequenceText } from '../storage/keyspace.ts';

/** What is counted. */
type Counter = 'requests' | 'errors' | 'logins' | 'failed-logins';
/** What is measured from time to time. */
type Gauge = 'bytes' | 'people' | 'pods';

export type Span = 'day' | 'month' | 'years';

export interface Point {
  /** The beginning of the time that it is of, in milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}

const minute = 60_000;

/** Each span: the times that are told apart in it, how long they are, and for how long they are kept. */
const spans = {
  day: { unit: 'minute', length: minute, kept: 24 * 60 * minute },
  month: { unit: 'hour', length: 60 * minute, kept: 30 * 24 * 60 * minute },
  years: { unit: 'day', length: 24 * 60 * minute, kept: 2 * 365 * 24 * 60 * minute },
} as const satisfies Readonly<Record<Span, { unit: string; length: number; kept: number }>>;

export const spanNames = Object.keys(spans) as readonly Span[];

/** Points that a plot has at most: more are put together. */
const maxPoints = 288;
const batch = 500;

/** Of one process and one time. `times`: how many requests took up to a number of milliseconds, 2^(n/4), by n. */
interface Tally {
  readonly counts: Partial<Record<Counter, number>>;
  readonly gauges: Partial<Record<Gauge, number>>;
  readonly times: Record<number, number>;
}

/**
 * What a node did, over time: counted in memory, and kept each minute, as of that minute. Each process keeps its own,
 * and all are put together when somebody looks.
 */
export class Figures {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #process = randomBytes(6).toString('hex');
  /** What was kept last, by the span, to be added to for as long as its time is not over. */
  readonly #tallies = new Map<Span, { readonly from: number; readonly tally: Tally }>();
  /** What was counted since then. Requests wait for this, so that it is all there is to do. */
  #unsaved: Tally | undefined;

  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
  }

  count(counter: Counter, by = 1): void {
    const { counts } = this.#unsaved ??= nothing();
    counts[counter] = (counts[counter] ?? 0) + by;
  }

  measure(gauges: Partial<Record<Gauge, number>>): void {
    Object.assign((this.#unsaved ??= nothing()).gauges, gauges);
  }

  /** Counts a request that was answered: how long it took, and whether the server was at fault. */
  request(milliseconds: number, failed: boolean): void {
    const { times } = this.#unsaved ??= nothing();
    const place = milliseconds <= 1 ? 0 : Math.ceil(4 * Math.log2(milliseconds));
    times[place] = (times[place] ?? 0) + 1;
    if (failed) this.count('errors');
  }

  /** Keeps what was counted so far. */
  async flush(): Promise<void> {
    const unsaved = this.#unsaved;
    if (unsaved === undefined) return;
    this.#unsaved = undefined;
    const requests = Object.values(unsaved.times).reduce((sum, some) => sum + some, 0);
    if (requests > 0) unsaved.counts.requests = (unsaved.counts.requests ?? 0) + requests;
    await this.#database.commit({ puts: spanNames.map((span) => {
      const { from, tally } = this.#at(span);
      add(tally, unsaved);
      return { key: this.#key(span, from), value: encodeJson(tally) };
    }) });
  }

  /** All series of a span that ends now. Latencies are in milliseconds. */
  async read(span: Span): Promise<{ from: number; to: number; series: Record<string, readonly Point[]> }> {
    await this.flush();
    const { unit, length, kept } = spans[span];
    const to = this.#now();
    const from = to - kept;
    const step = Math.ceil(kept / length / maxPoints) * length;
    const sums = new Map<number, Tally>();
    const page = { after: keys.figures(unit, sequenceText(from)) };
    for await (const { key, value } of this.#database.range(keys.figures(unit), page)) {
      const at = Math.floor(Number(key[2]) / step) * step;
      const sum = sums.get(at) ?? nothing();
      sums.set(at, sum);
      add(sum, decodeJson<Tally>(value));
    }
    const points = (valueOf: (tally: Tally) => number | undefined): Point[] => [...sums].flatMap(([at, tally]) => {
      const value = valueOf(tally);
      return value === undefined ? [] : [{ at, value }];
    });
    const counted = (counter: Counter): Point[] => points(({ counts }) => counts[counter] ?? 0);
    const measured = (gauge: Gauge): Point[] => points(({ gauges }) => gauges[gauge]);
    return { from, to, series: {
      'requests': counted('requests'), 'errors': counted('errors'),
      'latency-p50': points(({ times }) => within(times, 0.5)),
      'latency-p99': points(({ times }) => within(times, 0.99)),
      'logins': counted('logins'), 'failed-logins': counted('failed-logins'),
      'bytes': measured('bytes'), 'people': measured('people'), 'pods': measured('pods'),
    } };
  }

  /** Deletes what is kept for long enough. */
  async trim(signal?: AbortSignal): Promise<void> {
    for (const { unit, kept } of Object.values(spans)) {
      const before = this.#now() - kept;
      for (;;) {
        const old: Key[] = [];
        for await (const { key } of this.#database.range(keys.figures(unit), { limit: batch })) {
          if (Number(key[2]) >= before) break;
          old.push(key);
        }
        if (old.length === 0 || signal?.aborted === true) break;
        await this.#database.commit({ deletes: old });
      }
    }
  }

  /** What was counted so far in the time that is now. */
  #at(span: Span): { readonly from: number; readonly tally: Tally } {
    const { length } = spans[span];
    const from = Math.floor(this.#now() / length) * length;
    const known = this.#tallies.get(span);
    if (known?.from === from) return known;
    const begun = { from, tally: nothing() };
    this.#tallies.set(span, begun);
    return begun;
  }

  #key(span: Span, from: number): Key {
    return keys.figures(spans[span].unit, sequenceText(from), this.#process);
  }
}

function nothing(): Tally {
  return { counts: {}, gauges: {}, times: {} };
}

function add(sum: Tally, { counts, gauges, times }: Tally): void {
  for (const [name, value] of Object.entries(counts)) {
    sum.counts[name as Counter] = (sum.counts[name as Counter] ?? 0) + value;
  }
  Object.assign(sum.gauges, gauges);
  for (const [place, value] of Object.entries(times)) {
    sum.times[Number(place)] = (sum.times[Number(place)] ?? 0) + value;
  }
}

/** Within how many milliseconds a share of the requests was answered, to a fifth of that. */
function within(times: Readonly<Record<number, number>>, share: number): number | undefined {
  const places = Object.keys(times).map(Number).sort((a, b) => a - b);
  const total = places.reduce((sum, place) => sum + times[place]!, 0);
  let seen = 0;
  for (const place of places) {
    seen += times[place]!;
    if (seen >= total * share) return Math.round(10 * 2 ** (place / 4)) / 10;
  }
  return undefined;
}
