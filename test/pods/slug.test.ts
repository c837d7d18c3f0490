import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parsePath } from '../../src/pods/path.ts';
import { nameFromSlug, withSuffix } from '../../src/pods/slug.ts';

describe('a slug (RFC 5023 section 9.7)', () => {
  const rows: [slug: string, name: string | undefined][] = [
    ['notes.ttl', 'notes.ttl'],
    ['My Notes.ttl', 'My%20Notes.ttl'],
    ['My%20Notes.ttl', 'My%20Notes.ttl'],
    ['caf%C3%A9', 'caf%C3%A9'],
    ['caf\u00c3\u00a9', 'caf%C3%A9'],
    ['caf\u00e9', 'caf%C3%A9'],
    ['100%', '100%25'],
    ['a/b', 'a-b'],
    ['folder/', 'folder'],
    ['a%2Fb', 'a-b'],
    ['a\\b', 'a-b'],
    ['a%00b%0A', 'ab'],
    ['  x  ', 'x'],
    ['.', undefined],
    ['..', undefined],
    ['%2E%2E', undefined],
    ['/', undefined],
    ['', undefined],
    ['   ', undefined],
    ['.acl', '-acl'],
    ['notes.acl', 'notes-acl'],
    ['notes.meta', 'notes-meta'],
    ['notes.meta/', 'notes-meta'],
    // In the square of the length, this would take a second.
    [`${'/'.repeat(16_000)}x`, undefined],
    ['.well-known', '.well-known'],
    ['a:b@c!', 'a:b@c!'],
    ['x'.repeat(300), 'x'.repeat(200)],
    ['%F0%9F%98%80'.repeat(100), '%F0%9F%98%80'.repeat(50)],
  ];
  for (const [slug, name] of rows) {
    it(`${JSON.stringify(slug.slice(0, 20))} gives ${name?.slice(0, 20) ?? 'no name'}`, () => assert.equal(nameFromSlug(slug), name));
  }

  it('never gives what is no single segment of a path, nor the name of an auxiliary resource', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('.', 'acl', 'meta', '/', '%', '2F', ' ') })), (slug) => {
      const name = nameFromSlug(slug);
      fc.pre(name !== undefined);
      for (const candidate of [name, withSuffix(name, '1f')]) {
        const path = parsePath(`/${candidate}/`, { maxPathLength: 20_000, maxPathDepth: 1 });
        assert.equal(path, `/${candidate}/`);
      }
    }), { numRuns: 2000 });
  });

  it('gets what makes it unique before its extension', () => {
    assert.equal(withSuffix('photo.jpg', 'x7'), 'photo-x7.jpg');
    assert.equal(withSuffix('photo', 'x7'), 'photo-x7');
    assert.equal(withSuffix('.profile', 'x7'), '.profile-x7');
  });
});
