import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { allTests, conformance, conformancePath, requirements, showing } from '../../scripts/conformance.ts';
import type { TestTitles } from '../../scripts/conformance.ts';

describe('every requirement of the specifications on servers', function () {
  this.timeout(120_000);
  let tests: TestTitles[];
  before(async () => { tests = await allTests(); });

  it('is shown by a test, or it is said why not; and not both', () => {
    const neither = requirements().filter((requirement) => showing(requirement, tests).length === 0 && !requirement.excuse);
    const both = requirements().filter((requirement) => showing(requirement, tests).length > 0 && requirement.excuse);
    assert.deepEqual({ neither: neither.map(({ id }) => id), both: both.map(({ id }) => id) }, { neither: [], both: [] });
  });

  it('is named as the specification names it', () => {
    const known = new Set(requirements().map(({ id }) => id));
    const named = tests.flatMap(({ titles }) => titles.join().match(/(?<=\[)server-[\w-]+(?=\])/g) ?? []);
    assert.deepEqual(named.filter((id) => !known.has(id)), []);
  });

  it('stands in docs/conformance.md as `npm run docs` writes it', () => {
    assert.equal(readFileSync(conformancePath, 'utf8'), conformance(tests));
  });
});
