import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  failureOf, measureOf, median, mergeResults, ratio, readResults, spread, writeResults,
} from '../../bench/results.ts';
import { measure, results } from './measures.ts';

describe('What the bench stores', () => {
  it('has the value in the middle as its median', () => {
    assert.equal(median([9, 100, 10]), 10);
    assert.equal(median([4, 1, 3, 100]), 3.5);
    assert.equal(median([7]), 7);
    assert.equal(median([]), undefined);
  });

  it('has a spread from the least to the greatest', () => {
    assert.deepEqual(spread([9, 100, 10]), [9, 100]);
    assert.deepEqual(spread([7]), [7, 7]);
    assert.equal(spread([]), undefined);
  });

  it('is compared round by round', () => {
    // 0.5, 1 and 0.3; of the medians it would be 0.75.
    assert.equal(ratio([10, 40, 30], [20, 40, 100]), 0.5);
    assert.equal(ratio([10, 40, 30], [20]), 0.5);
    assert.equal(ratio([10], []), undefined);
  });

  it('is found by work, server and what was measured', () => {
    const rate = measure('get-turtle', 'css', 'rate', [1]);
    const p50 = measure('get-turtle', 'css', 'p50', [2], { failed: 'answered 500' });
    const others = [measure('get-jsonld', 'css', 'rate', [3]), measure('get-turtle', 'jss', 'rate', [4])];
    const found = results([...others, rate, p50]);
    assert.equal(measureOf(found, 'get-turtle', 'css', 'rate'), rate);
    assert.equal(measureOf(found, 'get-turtle', 'css', 'p99'), undefined);
    assert.equal(failureOf(found, 'get-turtle', 'css'), 'answered 500');
    assert.equal(failureOf(found, 'get-turtle', 'jss'), undefined);
  });

  it('is read as it was written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'freehold-results-'));
    try {
      const path = join(folder, 'results', 'latest.json');
      const stored = results([measure('get-turtle', 'css', 'rate', [1.5, 2])]);
      assert.equal(readResults(path), undefined);
      writeResults(stored, path);
      assert.deepEqual(readResults(path), stored);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('A run of some works', () => {
  const old = results([
    measure('get-turtle', 'freehold', 'rate', [1]), measure('get-turtle', 'css', 'rate', [2]),
    measure('put-proof', 'freehold', 'rate', [3]), measure('put-proof', 'css', 'rate', [4]),
  ]);
  const run = results([measure('get-turtle', 'freehold', 'rate', [5])],
    { date: '2026-12-01T00:00:00.000Z', commit: 'def5678' });

  it('replaces these with all their servers, and keeps the others with the run they are from', () => {
    const earlier = { date: old.date, commit: old.commit };
    assert.deepEqual(mergeResults(old, run), { ...run, measures: [
      measure('put-proof', 'freehold', 'rate', [3], { earlier }),
      measure('put-proof', 'css', 'rate', [4], { earlier }),
      measure('get-turtle', 'freehold', 'rate', [5]),
    ] });
  });

  it('replaces what it measured: the memory of an idle server is looked at in the course of several works', () => {
    const [rest, after] = ['memory', 'memory after mixed'].map((what) => measure('idle', 'freehold', what, [90]));
    const again = measure('idle', 'freehold', 'memory after mixed', [80]);
    const { measures } = mergeResults(results([rest!, after!]), results([again]));
    assert.deepEqual(measures.map(({ what, rounds }) => [what, rounds]), [['memory', [90]], ['memory after mixed', [80]]]);
  });

  it('leaves with what is older still the run that it is from', () => {
    const third = results([measure('get-turtle', 'freehold', 'rate', [6])], { commit: 'fed9876' });
    const kept = mergeResults(mergeResults(old, run), third).measures.filter(({ work }) => work === 'put-proof');
    assert.deepEqual(kept.map(({ earlier }) => earlier?.commit), [old.commit, old.commit]);
  });

  it('is all there is when nothing was stored, or on another machine', () => {
    assert.equal(mergeResults(undefined, run), run);
    assert.equal(mergeResults({ ...old, machine: { ...old.machine, cores: 64 } }, run), run);
  });
});
