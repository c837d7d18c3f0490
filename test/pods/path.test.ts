import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  ancestorsOf, auxiliaryKind, encodeSegment, isContainerPath, nameOf, parentOf, parsePath, placeOf, subjectOf, twinOf,
} from '../../src/pods/path.ts';
import { Problem } from '../../src/problem.ts';

const limits = { maxPathLength: 200, maxPathDepth: 5 };
const parse = (raw: string) => parsePath(raw, limits);

describe('the path of a resource', () => {
  const same: [string, string][] = [
    ['/', '/'],
    ['/a', '/a'],
    ['/a/', '/a/'],
    ['/a/b.ttl', '/a/b.ttl'],
    ['/%61%2d%7E', '/a-~'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/caf\u00c3\u00a9', '/caf%C3%A9'],
    ['/a b', '/a%20b'],
    ['/a"<>\\^`{|}', '/a%22%3C%3E%5C%5E%60%7B%7C%7D'],
    ['/a%2Fb', '/a%2Fb'],
    ['/a%2fb', '/a%2Fb'],
    ['/a%252Fb', '/a%252Fb'],
    ['/a%5c', '/a%5C'],
    ["/!$&'()*+,;=:@", "/!$&'()*+,;=:@"],
    ['/%21', '/%21'],
    ['/.hidden', '/.hidden'],
    ['/...', '/...'],
    ['/a.acl', '/a.acl'],
    ['/a/.meta', '/a/.meta'],
    ['/acl', '/acl'],
    ['/a.acls/', '/a.acls/'],
  ];
  for (const [raw, path] of same) {
    it(`reads ${JSON.stringify(raw)} as ${path} (RFC 3986 section 6.2.2)`, () => assert.equal(parse(raw), path));
  }

  const refused: [string, Problem['kind'], RegExp][] = [
    ['', 'invalid', /slash/],
    ['a', 'invalid', /slash/],
    ['//', 'invalid', /empty segment/],
    ['/a//b', 'invalid', /empty segment/],
    ['/.', 'invalid', /"\." segment/],
    ['/a/..', 'invalid', /"\.\." segment/],
    ['/a/../b', 'invalid', /"\.\." segment/],
    ['/%2e%2e/b', 'invalid', /"\.\." segment/],
    ['/%2E/', 'invalid', /"\." segment/],
    ['/a%00', 'invalid', /NUL/],
    ['/%', 'invalid', /hexadecimal/],
    ['/%4', 'invalid', /hexadecimal/],
    ['/%zz', 'invalid', /hexadecimal/],
    ['/a#b', 'invalid', /encoded/],
    ['/\u{1F600}', 'invalid', /encoded/],
    ['/1/2/3/4/5/6', 'invalid', /deeper than 5/],
    [`/${'x'.repeat(200)}`, 'invalid', /longer than 200/],
    [`/${'x'.repeat(2000)}`, 'invalid', /longer than 200/],
    ['/a.acl/', 'invalid', /reserved/],
    ['/a.meta/b', 'invalid', /reserved/],
    ['/.acl/', 'invalid', /reserved/],
    ['/a.acl.acl', 'missing', /auxiliary/],
    ['/a.meta.acl', 'missing', /auxiliary/],
    ['/.acl.meta', 'missing', /auxiliary/],
  ];
  for (const [raw, kind, says] of refused) {
    it(`refuses ${JSON.stringify(raw.slice(0, 20))} as ${kind}`, () => {
      assert.throws(() => parse(raw), (error) => error instanceof Problem && error.kind === kind && says.test(error.message));
    });
  }

  it('may be as long and as deep as the limits, and no more', () => {
    assert.equal(parse(`/${'x'.repeat(199)}`).length, 200);
    assert.equal(parse('/1/2/3/4/5'), '/1/2/3/4/5');
    assert.equal(parse('/1/2/3/4/5/'), '/1/2/3/4/5/');
  });

  it('is the same when it is read again, and never anything but a Problem', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }).map((text) => `/${text}`), (raw) => {
      let path;
      try {
        path = parse(raw);
      } catch (error) {
        return error instanceof Problem;
      }
      return parse(path) === path && !/[^\x21-\x7e]|\/\/|\/\.{1,2}(\/|$)|%(?![0-9A-F]{2})|%00/.test(path);
    }), { numRuns: 2000 });
  });

  it('holds any name once it is encoded', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), (name) => {
      fc.pre(!/\u0000|^\.{1,2}$|\.(acl|meta)$/.test(name));
      const path = parsePath(`/${encodeSegment(name)}`, { maxPathLength: 2000, maxPathDepth: 5 });
      assert.equal(decodeURIComponent(nameOf(path)), name);
    }));
  });
});

describe('what follows from a path', () => {
  const rows: [path: string, parent: string | undefined, name: string, twin: string | undefined][] = [
    ['/', undefined, '/', undefined],
    ['/a', '/', 'a', '/a/'],
    ['/a/', '/', 'a/', '/a'],
    ['/a/b', '/a/', 'b', '/a/b/'],
    ['/a/b/', '/a/', 'b/', '/a/b'],
    ['/a/b.acl', '/a/', 'b.acl', undefined],
    ['/a/.meta', '/', '.meta', undefined],
    ['/.acl', undefined, '.acl', undefined],
  ];
  for (const [raw, parent, name, twin] of rows) {
    it(`${raw} is ${name} in ${parent ?? 'nothing'}, beside ${twin ?? 'nothing'}`, () => {
      const path = parse(raw);
      assert.deepEqual([parentOf(path), nameOf(path), twinOf(path)], [parent, name, twin]);
    });
  }

  it('auxiliary resources belong to their subjects', () => {
    for (const [raw, subject, kind] of [['/.acl', '/', 'acl'], ['/a/.meta', '/a/', 'meta'], ['/a/b.acl', '/a/b', 'acl']]) {
      assert.deepEqual([subjectOf(parse(raw!)), auxiliaryKind(parse(raw!))], [subject, kind]);
    }
    assert.equal(subjectOf(parse('/a')), undefined);
  });

  it('the ancestors go from the nearest container to the root', () => {
    assert.deepEqual(ancestorsOf(parse('/a/b/c')), ['/a/b/', '/a/', '/']);
    assert.deepEqual(ancestorsOf(parse('/a/b/.acl')), ['/a/', '/']);
    assert.deepEqual(ancestorsOf(parse('/')), []);
  });

  it('no two paths have one place in the keyspace', () => {
    const segment = fc.constantFrom('a', 'b', 'a.acl', 'b.meta', '.acl', '.meta');
    const anyPath = fc.array(segment, { maxLength: 4 }).chain((segments) =>
      fc.constantFrom(`/${segments.join('/')}`, `/${segments.join('/')}/`)).filter((raw) => {
      try { return isContainerPath(parse(raw)) || true; } catch { return false; }
    });
    fc.assert(fc.property(anyPath, anyPath, (one, other) => {
      const places = [one, other].map((raw) => JSON.stringify(placeOf(parse(raw))));
      assert.equal(places[0] === places[1], one === other);
    }));
  });
});
