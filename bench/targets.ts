import { measureOf, median, ratio, spread } from './results.ts';
import type { Measure, Results } from './results.ts';
import { nameOf, numberOf } from './words.ts';

/** Something that must show. */
export interface Target {
  readonly work: string;
  readonly asked: string;
  judge(results: Results): Verdict;
}

export interface Verdict {
  readonly measured: string;
  /** `undefined` when there is nothing to judge by. */
  readonly shows: boolean | undefined;
}

const ours = 'freehold';
const unknown: Verdict = { measured: 'not measured', shows: undefined };

/** What must show by issue 7, in its order. */
export const targets: readonly Target[] = [
  ...rates('get-turtle', { 'bare-http': 0.4, 'bare-koa': 0.65, 'jss': 10, 'css': 150 }),
  ...rates('get-jsonld', { 'bare-http': 0.35, 'jss': 8 }),
  ...rates('get-proof', { 'bare-http': 0.1, 'ceiling': 0.7, 'jss': 6, 'css': 45 }),
  ...rates('put-proof', { 'ceiling': 0.6, 'jss': 3.5, 'css': 35 }),
  ...rates('patch-many', { 'ceiling': 0.6, 'jss': 3.5, 'css': 45 }),
  ...rates('patch-one', { ceiling: 0.5 }), nothingLost('patch-one'),
  sooner('listing-10000', 'whole', 'css', 20), within('listing-10000', 'longest wait of others', 20, 'ms'),
  within('listing-1000000', 'first byte', 100, 'ms'), within('listing-1000000', 'growth of memory', 100, 'MB'),
  within('listing-1000000', 'longest wait of others', 20, 'ms'),
  ...rates('large-down', { 'bare-streaming': 0.8 }), within('large-down', 'growth of memory', 100, 'MB'),
  ...rates('large-up', { 'bare-streaming': 0.8 }), within('large-up', 'growth of memory', 100, 'MB'),
  sooner('start-empty', 'start', 'jss', 1), within('start-1000000', 'start', 1_500, 'ms'),
  within('idle', 'memory', 100, 'MB'),
  holds('growth', 'GET of any'), holds('growth', 'GET of any beside a writer'),
  holds('growth', 'GET of the same 1,000'), holds('growth', 'PUT'),
];

/** At least that part, or that many times, of what each of these servers does in the same time. */
function rates(work: string, least: Readonly<Record<string, number>>): Target[] {
  return Object.entries(least).map(([server, times]) => {
    const asked = times < 1 ? `${times.toFixed(2)} of ${nameOf(server)}` : `${times} × ${nameOf(server)}`;
    return compared(work, asked, times, 'rate', server, (we, they) => ratio(we.rounds, they.rounds));
  });
}

/** In so much less time than the server takes. */
function sooner(work: string, what: string, server: string, least: number): Target {
  const asked = `${what}: ${least === 1 ? 'not slower than' : `${least} times as fast as`} ${nameOf(server)}`;
  return compared(work, asked, least, what, server, (we, they) => ratio(they.rounds, we.rounds));
}

function compared(
  work: string, asked: string, least: number, what: string, server: string,
  advantage: (we: Measure, they: Measure) => number | undefined,
): Target {
  return {
    work,
    asked,
    judge(results) {
      const [we, they] = [measureOf(results, work, ours, what), measureOf(results, work, server, what)];
      if (we?.failed !== undefined) return failedAs(we.failed);
      if (they?.rounds.length === 0 && they.failed !== undefined) {
        return { measured: `${nameOf(server)} failed`, shows: undefined };
      }
      const found = we === undefined || they === undefined ? undefined : advantage(we, they);
      if (found === undefined) return unknown;
      const partly = they!.failed === undefined ? '' : `, though ${nameOf(server)} failed in part`;
      return { measured: numberOf(found) + partly, shows: found >= least };
    },
  };
}

/** No more than `most`, in the median of the rounds; how long others wait, in every round. */
function within(work: string, what: string, most: number, unit: Measure['unit']): Target {
  return {
    work,
    asked: `${what}: at most ${numberOf(most)} ${unit}`,
    judge(results) {
      const we = measureOf(results, work, ours, what);
      if (we?.failed !== undefined) return failedAs(we.failed);
      const rounds = we?.rounds ?? [];
      const found = what === 'longest wait of others' ? spread(rounds)?.[1] : median(rounds);
      return found === undefined ? unknown : { measured: `${numberOf(found)} ${unit}`, shows: found <= most };
    },
  };
}

/** What was acknowledged is there. */
function nothingLost(work: string): Target {
  return {
    work,
    asked: 'nothing lost',
    judge(results) {
      const we = measureOf(results, work, ours, 'rate');
      if (we === undefined) return unknown;
      return we.failed === undefined ? { measured: 'nothing lost', shows: true } : failedAs(we.failed);
    },
  };
}

/** Within 20 % of what was done when there was little. */
function holds(work: string, request: string): Target {
  return {
    work,
    asked: `${request}, of 1,000,000: 0.80 of what it is of 1,000`,
    judge(results) {
      const [few, many] = ['1,000', '1,000,000'].map((count) =>
        measureOf(results, work, ours, `${request}, of ${count}`));
      const failed = few?.failed ?? many?.failed;
      if (failed !== undefined) return failedAs(failed);
      const found = few === undefined || many === undefined ? undefined : ratio(many.rounds, few.rounds);
      return found === undefined ? unknown : { measured: numberOf(found), shows: found >= 0.8 };
    },
  };
}

function failedAs(failed: string): Verdict {
  return { measured: `failed: ${failed}`, shows: false };
}
