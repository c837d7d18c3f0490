import assert from 'node:assert/strict';
import fc from 'fast-check';
import { evaluatePreconditions, ifRangeHolds, parseEntityTags } from '../../src/http/conditional.ts';
import type { Current } from '../../src/http/conditional.ts';
import { Problem } from '../../src/problem.ts';

const isProblem = (kind: string) => (error: unknown): boolean => error instanceof Problem && error.kind === kind;

/** In revision 7, of which there are two representations; with a time between two seconds, as no HTTP date can say. */
const current: Current = {
  tag: '7-turtle',
  isCurrent: (tag) => tag === '7-turtle' || tag === '7-jsonld',
  lastModified: new Date('1994-11-06T08:49:37.250Z'),
};
const same = 'Sun, 06 Nov 1994 08:49:37 GMT';
const before = 'Sun, 06 Nov 1994 08:49:36 GMT';
const after = 'Sun, 06 Nov 1994 08:49:38 GMT';

describe('Entity tags (RFC 9110, 8.8.3)', () => {
  const good: [header: string, tags: ReturnType<typeof parseEntityTags>][] = [
    ['*', '*'],
    [' * ', '*'],
    ['"a"', [{ weak: false, value: 'a' }]],
    ['W/"a"', [{ weak: true, value: 'a' }]],
    ['""', [{ weak: false, value: '' }]],
    ['"a,b", W/"c;d" ,\t"*"',
      [{ weak: false, value: 'a,b' }, { weak: true, value: 'c;d' }, { weak: false, value: '*' }]],
    [', "a",, "b" ,', [{ weak: false, value: 'a' }, { weak: false, value: 'b' }]],
    ['"\\"', [{ weak: false, value: '\\' }]],
  ];
  for (const [header, tags] of good) {
    it(`are read from '${header}'`, () => assert.deepEqual(parseEntityTags(header), tags));
  }

  const bad = ['', ' ', ',', 'a', '"a', 'a"', '"a" "b"', 'w/"a"', 'W/ "a"', '*, "a"', '"a", *', '"a b"', "'a'"];
  for (const header of bad) {
    it(`are not read from '${header}'`, () => assert.throws(() => parseEntityTags(header), isProblem('invalid')));
  }

  it('come back from a list as they went in', () => {
    const tag = fc.record({ weak: fc.boolean(), value: fc.stringMatching(/^[\x21\x23-\x7e\x80-\xff]{0,9}$/) },
      { noNullPrototype: true });
    const space = fc.constantFrom('', ' ', '\t ');
    fc.assert(fc.property(fc.array(tag, { minLength: 1 }), space, space, (tags, left, right) => {
      const header = tags.map(({ weak, value }) => `${weak ? 'W/' : ''}"${value}"`).join(`${left},${right}`);
      assert.deepEqual(parseEntityTags(header), tags);
    }), { numRuns: 300 });
  });

  it('throw nothing but a Problem', () => {
    const piece = fc.constantFrom('"', 'W/', ',', ' ', '*', 'a', '\\', 'é', '\u0000');
    fc.assert(fc.property(fc.array(piece).map((parts) => parts.join('')), (header) => {
      try {
        parseEntityTags(header);
      } catch (error) {
        assert.ok(isProblem('invalid')(error));
      }
    }), { numRuns: 500 });
  });
});

describe('Preconditions (RFC 9110, 13.2.2)', () => {
  type Outcome = 'proceed' | 'not-modified' | 'stale' | 'invalid';
  const cases: [method: string, headers: Record<string, string>, there: boolean, outcome: Outcome][] = [
    ['GET', {}, true, 'proceed'],
    ['PUT', {}, false, 'proceed'],
    // If-Match: strong comparison with every representation of the current state.
    ['PUT', { 'if-match': '"7-turtle"' }, true, 'proceed'],
    ['PUT', { 'if-match': '"7-jsonld"' }, true, 'proceed'],
    ['PUT', { 'if-match': '"6-turtle", "7-jsonld"' }, true, 'proceed'],
    ['PUT', { 'if-match': '"6-turtle"' }, true, 'stale'],
    ['PUT', { 'if-match': 'W/"7-turtle"' }, true, 'stale'],
    ['PUT', { 'if-match': '"7-turtle-gzip"' }, true, 'stale'],
    ['GET', { 'if-match': '"6-turtle"' }, true, 'stale'],
    ['PUT', { 'if-match': '*' }, true, 'proceed'],
    ['PUT', { 'if-match': '*' }, false, 'stale'],
    ['DELETE', { 'if-match': '"7-turtle"' }, false, 'stale'],
    ['PUT', { 'if-match': '7-turtle' }, true, 'invalid'],
    // If-Unmodified-Since, which counts only without If-Match.
    ['PUT', { 'if-unmodified-since': same }, true, 'proceed'],
    ['PUT', { 'if-unmodified-since': after }, true, 'proceed'],
    ['PUT', { 'if-unmodified-since': before }, true, 'stale'],
    ['PUT', { 'if-unmodified-since': 'yesterday' }, true, 'proceed'],
    ['PUT', { 'if-unmodified-since': before }, false, 'proceed'],
    ['PUT', { 'if-match': '"7-turtle"', 'if-unmodified-since': before }, true, 'proceed'],
    // If-None-Match: for reading the very representation, for writing any.
    ['GET', { 'if-none-match': '"7-turtle"' }, true, 'not-modified'],
    ['HEAD', { 'if-none-match': '"x", "7-turtle"' }, true, 'not-modified'],
    ['GET', { 'if-none-match': '"7-jsonld"' }, true, 'proceed'],
    ['GET', { 'if-none-match': '"6-turtle"' }, true, 'proceed'],
    ['GET', { 'if-none-match': '*' }, true, 'not-modified'],
    ['GET', { 'if-none-match': '*' }, false, 'proceed'],
    ['GET', { 'if-none-match': 'W/"7-turtle"' }, true, 'not-modified'],
    ['GET', { 'if-none-match': '"7-turtle-gzip"' }, true, 'not-modified'],
    ['GET', { 'if-none-match': '"7-turtle--gzip"' }, true, 'not-modified'],
    ['GET', { 'if-none-match': 'W/"7-turtle;gzip"' }, true, 'not-modified'],
    ['GET', { 'if-none-match': '"7-turtle-br"' }, true, 'not-modified'],
    ['GET', { 'if-none-match': '"-gzip"' }, true, 'proceed'],
    ['PUT', { 'if-none-match': '*' }, false, 'proceed'],
    ['PUT', { 'if-none-match': '*' }, true, 'stale'],
    ['PATCH', { 'if-none-match': '"7-jsonld"' }, true, 'stale'],
    ['PUT', { 'if-none-match': '"6-turtle"' }, true, 'proceed'],
    ['GET', { 'if-none-match': 'x' }, true, 'invalid'],
    ['PUT', { 'if-none-match': '' }, false, 'invalid'],
    // If-Modified-Since, for reading only, and only without If-None-Match.
    ['GET', { 'if-modified-since': same }, true, 'not-modified'],
    ['HEAD', { 'if-modified-since': after }, true, 'not-modified'],
    ['GET', { 'if-modified-since': before }, true, 'proceed'],
    ['GET', { 'if-modified-since': 'now' }, true, 'proceed'],
    ['GET', { 'if-modified-since': same }, false, 'proceed'],
    ['PUT', { 'if-modified-since': same }, true, 'proceed'],
    ['GET', { 'if-none-match': '"6-turtle"', 'if-modified-since': same }, true, 'proceed'],
    ['GET', { 'if-none-match': '"7-turtle"', 'if-modified-since': before }, true, 'not-modified'],
    // If-Match comes first.
    ['GET', { 'if-match': '"6-turtle"', 'if-none-match': '"7-turtle"' }, true, 'stale'],
    ['GET', { 'if-match': '"7-turtle"', 'if-none-match': '"7-turtle"' }, true, 'not-modified'],
    ['GET', { 'if-unmodified-since': before, 'if-modified-since': same }, true, 'stale'],
    // Not for OPTIONS (RFC 9110, 13.2.1).
    ['OPTIONS', { 'if-match': '"6-turtle"', 'if-none-match': '*' }, true, 'proceed'],
  ];
  for (const [method, headers, there, outcome] of cases) {
    const conditions = Object.entries(headers).map((entry) => entry.join(': ')).join(' and ') || 'no condition';
    it(`${outcome}: ${method} of ${there ? 'something' : 'nothing'} with ${conditions}`, () => {
      const judge = (): unknown => evaluatePreconditions(method, headers, there ? current : undefined);
      if (outcome === 'stale' || outcome === 'invalid') assert.throws(judge, isProblem(outcome));
      else assert.equal(judge(), outcome);
    });
  }
});

describe('If-Range (RFC 9110, 13.1.5)', () => {
  const cases: [header: string | undefined, holds: boolean][] = [
    [undefined, true], ['"7-turtle"', true], ['"7-jsonld"', false], ['W/"7-turtle"', false], ['7-turtle', false],
    ['"7-turtle-gzip"', false], ['*', false], [same, false], [before, false], [after, false], ['', false],
  ];
  for (const [header, holds] of cases) {
    it(`${holds ? 'holds' : 'does not hold'} for ${header}`, () => assert.equal(ifRangeHolds(header, current), holds));
  }
});
