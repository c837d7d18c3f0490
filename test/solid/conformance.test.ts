import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Context, Suite } from 'mocha';
import { conformance, conformancePath, requirements, showing, testFiles, titlesIn } from '../../scripts/conformance.ts';
import type { TestTitles } from '../../scripts/conformance.ts';

/** All tests of this run. When not all files take part in it, what they show cannot be judged. */
function allTests(context: Context): TestTitles[] {
  let suite = context.test?.parent as Suite;
  while (suite.parent) suite = suite.parent;
  const tests = titlesIn(suite);
  const files = new Set(tests.map(({ file }) => file));
  if (testFiles().some((file) => !files.has(file))) context.skip();
  return tests;
}

describe('every requirement of the specifications on servers', () => {
  it('is shown by a test, or it is said why not; and not both', function () {
    const tests = allTests(this);
    const neither = requirements().filter((requirement) => showing(requirement, tests).length === 0 && !requirement.excuse);
    const both = requirements().filter((requirement) => showing(requirement, tests).length > 0 && requirement.excuse);
    assert.deepEqual({ neither: neither.map(({ id }) => id), both: both.map(({ id }) => id) }, { neither: [], both: [] });
  });

  it('is named as the specification names it', function () {
    const known = new Set(requirements().map(({ id }) => id));
    const named = allTests(this).flatMap(({ titles }) => titles.join().match(/(?<=\[)server-[\w-]+(?=\])/g) ?? []);
    assert.deepEqual(named.filter((id) => !known.has(id)), []);
  });

  it('stands in docs/conformance.md as `npm run docs` writes it', function () {
    assert.equal(readFileSync(conformancePath, 'utf8'), conformance(allTests(this)));
  });
});
