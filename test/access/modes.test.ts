import assert from 'node:assert/strict';
import { append, control, includes, none, read, wacAllow, write } from '../../src/access/modes.ts';

describe('access modes', () => {
  it('include Append in Write, and nothing else in one another (WAC, Authorization Evaluation)', () => {
    const all = { read, append, write, control };
    const implied = Object.entries(all).flatMap(([name, mode]) => Object.entries(all)
      .filter(([other, wanted]) => other !== name && includes(mode, wanted)).map(([other]) => `${name}: ${other}`));
    assert.deepEqual(implied, ['write: append']);
  });

  const headers = [
    [read | write | control, read, 'user="read write append control",public="read"'],
    [append, append, 'user="append",public="append"'],
    [control, none, 'user="control",public=""'],
    [none, none, 'user="",public=""'],
  ] as const;
  for (const [user, anybody, header] of headers) {
    it(`are told as WAC-Allow: ${header}`, () => assert.equal(wacAllow({ user, public: anybody }), header));
  }
});
