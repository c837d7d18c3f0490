import assert from 'node:assert/strict';
import fc from 'fast-check';
import { link, parseLinks } from '../../src/http/link.ts';
import type { Link } from '../../src/http/link.ts';
import { Problem } from '../../src/problem.ts';

const container = 'http://www.w3.org/ns/ldp#BasicContainer';

describe('A link that is sent', () => {
  it('has its relation first and in quotes, as clients expect', () => {
    const value = link('https://pod.example/a.acl', 'acl');
    assert.equal(value, '<https://pod.example/a.acl>; rel="acl"');
    assert.match(value, /<([^>]+)>;\s*rel="acl"/);
  });

  it('cannot be broken by its target', () => {
    assert.equal(link('a>; rel="x"\r\n<é', 'acl'), '<a%3E;%20rel=%22x%22%0D%0A%3C%C3%A9>; rel="acl"');
  });
});

describe('Links that are received (RFC 8288, 3)', () => {
  const good: [header: string | string[] | undefined, links: Link[]][] = [
    [undefined, []],
    ['', []],
    [' , ', []],
    ['<a>', [{ target: 'a', rels: [] }]],
    [`<${container}>; rel="type"`, [{ target: container, rels: ['type'] }]],
    [`<${container}>;rel=type`, [{ target: container, rels: ['type'] }]],
    [`<${container}> ; REL = "Type"`, [{ target: container, rels: ['type'] }]],
    ['<a>; rel="x  Y http://x.example/Z"', [{ target: 'a', rels: ['x', 'y', 'http://x.example/Z'] }]],
    ['<a>; rel=http://x.example/Z', [{ target: 'a', rels: ['http://x.example/Z'] }]],
    ['<a>; rel="x" , <b>; rel="y"', [{ target: 'a', rels: ['x'] }, { target: 'b', rels: ['y'] }]],
    [['<a>; rel="x"', '<b>; rel="y"'], [{ target: 'a', rels: ['x'] }, { target: 'b', rels: ['y'] }]],
    [',<a>;rel=x,,<b>;rel=y,', [{ target: 'a', rels: ['x'] }, { target: 'b', rels: ['y'] }]],
    ['<a>; flag, <b>; rel="y"', [{ target: 'a', rels: [] }, { target: 'b', rels: ['y'] }]],
    ['<a,b;c>; title="d, <e>; rel=\\"f\\""; rel="x"', [{ target: 'a,b;c', rels: ['x'] }]],
    ['<a>; rel="x"; rel="y"', [{ target: 'a', rels: ['x'] }]],
    ['<a>; rel=""; rel="y"', [{ target: 'a', rels: [] }]],
    ['<a>;; rel="x";', [{ target: 'a', rels: ['x'] }]],
    ['<a>; rel=', [{ target: 'a', rels: [] }]],
    ['<a>; uri=b; rel=c', [{ target: 'a', rels: ['c'] }]],
    ["<a>; title*=UTF-8'en'x; rel=c", [{ target: 'a', rels: ['c'] }]],
    ['<a>; rel="describes"; anchor="#me"', [{ target: 'a', rels: ['describes'], anchor: '#me' }]],
    ['<>; rel="acl"', [{ target: '', rels: ['acl'] }]],
  ];
  for (const [header, links] of good) {
    it(`are read from ${JSON.stringify(header)}`, () => assert.deepEqual(parseLinks(header), links));
  }

  const bad = [
    'a', '<a', 'a>; rel="x"', '<a> rel="x"', '<a>; rel="x', '<a>; rel="x" y', '<a>; ="x"', '<a> <b>', '<a<b>>',
    '<a>; rel="x\\', 'http://x.example/; rel="type"', '<a>; rel="x"; <b>',
  ];
  for (const header of bad) {
    it(`are not read from '${header}'`, () => {
      assert.throws(() => parseLinks(header), (error) => error instanceof Problem && error.kind === 'invalid');
    });
  }

  it('are limited in number', () => {
    assert.equal(parseLinks('<a>; rel="x",'.repeat(100)).length, 100);
    assert.throws(() => parseLinks('<a>; rel="x",'.repeat(101)), Problem);
  });

  it('come back as they went out', () => {
    const target = fc.webUrl({ withFragments: true, withQueryParameters: true });
    const rel = fc.constantFrom('acl', 'type', 'http://www.w3.org/ns/solid/terms#storageDescription');
    fc.assert(fc.property(fc.array(fc.tuple(target, rel)), (pairs) => {
      const expected = pairs.map(([to, name]) => ({ target: to, rels: [name] }));
      assert.deepEqual(parseLinks(pairs.map((pair) => link(...pair))), expected);
      assert.deepEqual(parseLinks(pairs.map((pair) => link(...pair)).join(',')), expected);
    }), { numRuns: 200 });
  });

  it('throw nothing but a Problem', () => {
    const piece = fc.constantFrom(
      '<', '>', 'a', ';', ',', ' ', '"', '\\', '=', 'rel', '*', "'", 'anchor=', '\u0000', '__proto__',
    );
    fc.assert(fc.property(fc.array(piece).map((parts) => parts.join('')), (header) => {
      try {
        parseLinks(header);
      } catch (error) {
        assert.ok(error instanceof Problem, String(error));
      }
    }), { numRuns: 1000 });
  });
});
