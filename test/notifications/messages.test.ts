import assert from 'node:assert/strict';
import { activitiesOf, behind, isAfter, messageId, readCursor } from '../../src/notifications/messages.ts';
import type { Message } from '../../src/notifications/messages.ts';
import type { ResourcePath } from '../../src/pods/path.ts';

const path = (text: string): ResourcePath => text as ResourcePath;

describe('The messages about a change', () => {
  const cases: [type: 'Create' | 'Update' | 'Delete', path: string, told: string[]][] = [
    ['Create', '/a/b', ['Create /a/b', 'Add /a/b /a/']],
    ['Update', '/a/b', ['Update /a/b']],
    ['Delete', '/a/b', ['Delete /a/b', 'Remove /a/b /a/']],
    ['Create', '/a/', ['Create /a/', 'Add /a/ /']],
    ['Create', '/', ['Create /']],
    ['Create', '/a/b.acl', ['Create /a/b.acl']],
    ['Delete', '/a/.acl', ['Delete /a/.acl']],
    ['Update', '/a/b.meta', ['Update /a/b.meta']],
    ['Create', '/a/.meta', ['Create /a/.meta', 'Update /a/']],
    ['Delete', '/a/.meta', ['Delete /a/.meta', 'Update /a/']],
  ];
  for (const [type, at, told] of cases) {
    it(`are, for ${type} of ${at}: ${told.join(', ')}`, () => {
      const activities = activitiesOf({ type, path: path(at) });
      assert.deepEqual(activities.map((one) => [one.type, one.object, one.target].filter(Boolean).join(' ')), told);
      assert.deepEqual(activities.map(({ order }) => order), told.map((_, i) => i));
    });
  }

  it('have ids that are the same each time, differ for all pods, changes and messages, and are UUIDs (RFC 9562)', () => {
    const ids = ['pod', 'other'].flatMap((pod) => [1, 2, 2 ** 47].flatMap((sequence) => [0, 1].map((order) =>
      messageId(pod, { sequence, order }))));
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(messageId('pod', { sequence: 1, order: 0 }), ids[0]);
    const form = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    for (const id of ids) assert.match(id, form);
  });

  it('can be gone on after by their ids, and by the numbers of changes', () => {
    const at = (sequence: number, order: number): Message =>
      ({ id: messageId('pod', { sequence, order }), at: { sequence, order }, type: 'Update', object: 'a', published: '' });
    const all = [at(1, 0), at(1, 1), at(2, 0), at(300, 0), at(2 ** 40, 1)];
    for (const [i, { id }] of all.entries()) {
      for (const text of [id, id.replace('urn:uuid:', ''), id.toUpperCase().replace('URN:UUID:', 'urn:uuid:')]) {
        assert.deepEqual(all.filter((message) => isAfter(message, readCursor(text)!)), all.slice(i + 1));
      }
    }
    assert.deepEqual(readCursor('1'), behind(1));
    assert.deepEqual(all.filter((message) => isAfter(message, readCursor('1')!)), all.slice(2));
    for (const text of ['', '-1', '1.5', 'abc', '9'.repeat(16), 'urn:uuid:018f0000-0000-7000-8000-000000000000']) {
      assert.equal(readCursor(text), undefined, text);
    }
  });
});
