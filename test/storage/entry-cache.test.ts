import assert from 'node:assert/strict';
import type { Entry } from '../../src/storage/database.ts';
import { EntryCache, nameOf } from '../../src/storage/entry-cache.ts';

const entry = (text: string): Entry => ({ key: [text], value: Buffer.from(text), version: text });

describe('the cache of entries', () => {
  it('names each key differently, and what is none like no key', () => {
    const keys = [['a', 'b'], ['a\0b'], ['a', '', 'b'], ['a', 'b', ''], ['a'], ['', 'a']];
    assert.equal(new Set(keys.map(nameOf)).size, keys.length);
  });

  it('gives what was before while something is being written, and then that', () => {
    const cache = new EntryCache(10_000);
    cache.remember('a', entry('old'));
    const reading = cache.begin();
    cache.writing(new Map([['a', entry('new')]]));
    assert.equal(cache.find('a')?.entry?.version, 'old');
    assert.deepEqual([cache.isBeingWritten('a'), cache.isBeingWritten('b')], [true, false]);
    cache.written(true);
    assert.deepEqual([cache.find('a')?.entry?.version, cache.isBeingWritten('a')], ['new', false]);
    cache.end(reading, new Map([['a', entry('old')]]));
    assert.equal(cache.find('a')?.entry?.version, 'new');
  });

  it('forgets what could not be written, as nobody knows whether it was', () => {
    const cache = new EntryCache(10_000);
    cache.remember('a', entry('old'));
    cache.remember('b', undefined);
    cache.writing(new Map([['a', entry('new')]]));
    cache.written(false);
    assert.equal(cache.find('a'), undefined);
    assert.deepEqual(cache.find('b'), { entry: undefined });
  });

  it('forgets everything when the store is opened anew, also what is being read meanwhile', () => {
    const cache = new EntryCache(10_000);
    cache.remember('a', entry('old'));
    const reading = cache.begin();
    cache.clear();
    assert.equal(cache.find('a'), undefined);
    assert.equal(reading.void, true);
    cache.end(reading, new Map([['a', entry('old')]]));
    assert.equal(cache.find('a'), undefined);
  });

  it('keeps no more than it may', () => {
    const cache = new EntryCache(2_000);
    for (let i = 0; i < 100; i += 1) cache.remember(String(i), entry(String(i)));
    const kept = Array.from({ length: 100 }, (_, i) => cache.find(String(i))).filter((known) => known !== undefined);
    assert(kept.length > 2 && kept.length < 12, String(kept.length));
    assert(cache.find('99') !== undefined && cache.find('0') === undefined);
  });
});
