import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseMediaType } from '../../src/http/media-type.ts';
import { Problem } from '../../src/problem.ts';

describe('A media type', () => {
  const good: [header: string, essence: string, text: string][] = [
    ['text/turtle', 'text/turtle', 'text/turtle'],
    ['Text/TURTLE', 'text/turtle', 'text/turtle'],
    ['  text/turtle ', 'text/turtle', 'text/turtle'],
    ['text/turtle;', 'text/turtle', 'text/turtle'],
    ['Text/Plain; Charset=ISO-8859-1', 'text/plain', 'text/plain; Charset=ISO-8859-1'],
    ['text/plain ;charset=utf-8 ', 'text/plain', 'text/plain;charset=utf-8'],
    ['multipart/mixed; boundary="a;b\\"c"', 'multipart/mixed', 'multipart/mixed; boundary="a;b\\"c"'],
    ['application/vnd.api+json; profile="https://x.example/a, b"', 'application/vnd.api+json',
      'application/vnd.api+json; profile="https://x.example/a, b"'],
  ];
  for (const [header, essence, text] of good) {
    it(`is read from '${header}'`, () => assert.deepEqual(parseMediaType(header), { essence, text }));
  }

  const bad = [
    '', ';', 'text', 'text/', '/turtle', 'text/turtle/x', 'text /turtle', '*/*', 'text/*', 'text/turtle, text/html',
    'text/plain; charset', 'text/plain; =utf-8', 'text/plain; charset=', 'text/plain; charset = utf-8',
    'text/plain; charset="utf-8', 'text/plain; profile=http://x.example/', 'text/plain; a="\u0000"',
    `text/plain; a=${'b'.repeat(512)}`, `${'a'.repeat(128)}/b`,
  ];
  for (const header of bad) {
    it(`is not read from '${header.slice(0, 50)}'`, () => {
      assert.throws(() => parseMediaType(header), (error) => error instanceof Problem && error.kind === 'invalid');
    });
  }

  it('is read from its own text to the same, and nothing but a Problem is ever thrown', () => {
    const piece = fc.constantFrom('text', '/', 'x+y', ';', ' ', '"', '\\', '=', 'charset', '*', ',', '\t', 'é');
    const pieces = fc.array(piece).map((parts) => parts.join(''));
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), pieces), (header) => {
      try {
        const once = parseMediaType(header);
        assert.deepEqual(parseMediaType(once.text), once);
        assert.equal(once.essence, once.essence.toLowerCase());
        assert.ok(once.text.startsWith(once.essence));
      } catch (error) {
        assert.ok(error instanceof Problem, String(error));
      }
    }), { numRuns: 500 });
  });
});
