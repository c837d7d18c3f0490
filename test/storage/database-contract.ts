import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  keyLimit, type Database, type Entry, type Key, type Version, type Write,
} from '../../src/storage/database.ts';
import { addOne } from './add-one.ts';

let families = 0;

/** A key part that no other test has. */
export function newFamily(): string {
  families += 1;
  return `family ${families}`;
}

export function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}

export function textOf(entry: Entry | undefined): string | undefined {
  return entry && Buffer.from(entry.value).toString();
}

/** A key by itself: who reads one may leave a note on it for the next time. */
function partsOf(key: Key): Key {
  return [...key];
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/**
 * What every database does. `prepare` is called once, before the first test, and gives what opens the database; when
 * that is `durable`, opening it again gives the same data.
 */
export function databaseContract(
  name: string, { durable }: { durable: boolean }, prepare: () => Promise<() => Promise<Database>>,
): void {
  describe(`${name} as a database`, function () {
    let open: () => Promise<Database>;
    let database: Database;
    const put = (key: Key, text = ''): Promise<Version | undefined> =>
      database.commit({ puts: [{ key, value: bytes(text) }] });
    const names = async (prefix: Key, page?: { after?: Key; limit?: number }): Promise<string[]> =>
      (await collect(database.range(prefix, page))).map(({ key }) => key.slice(prefix.length).join('|'));

    before(async function () {
      this.timeout(60_000);
      open = await prepare();
      database = await open();
    });
    after(() => database[Symbol.asyncDispose]());

    describe('order and ranges', () => {
      it('orders keys part by part, by the bytes of UTF-8', async () => {
        const family = newFamily();
        const ordered: Key[] = [
          [''], ['', ''], ['', 'a'], ['a'], ['a', ''], ['a', 'b'], ['a\u0001'], ['a-b', 'x'], ['a/b', 'x'], ['aa'],
          ['é'], ['\uff5e'], ['\uff5e', 'x'], ['\u{1f600}'],
        ];
        for (const key of ordered.toReversed()) await put([family, ...key]);
        const found = await collect(database.range([family]));
        assert.deepEqual(found.map(({ key }) => key), ordered.map((key) => [family, ...key]));
      });

      it('keeps that order for any keys', async () => {
        const part = fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => !/\0|\p{Surrogate}/u.test(text));
        const keys = fc.uniqueArray(fc.array(part, { minLength: 1, maxLength: 3 }), {
          selector: (key) => key.join('\0'), maxLength: 12,
        });
        await fc.assert(fc.asyncProperty(keys, async (ordered) => {
          const family = newFamily();
          await database.commit({ puts: ordered.map((key) => ({ key: [family, ...key], value: bytes('') })) });
          const found = await collect(database.range([family]));
          assert.deepEqual(found.map(({ key }) => key), ordered.toSorted(byParts).map((key) => [family, ...key]));
        }), { numRuns: 40 });
      });

      it('gives neither the prefix itself nor what only resembles it', async () => {
        const family = newFamily();
        for (const key of [['a'], ['a', '1'], ['a', '1', 'x'], ['a', '2'], ['a '], ['ab', '3'], ['b', '4']]) {
          await put([family, ...key]);
        }
        assert.deepEqual(await names([family, 'a']), ['1', '1|x', '2']);
        assert.deepEqual(await names([family, 'c']), []);
      });

      it('gives everything for the prefix of no parts', async () => {
        const family = newFamily();
        await put([family]);
        const all = await collect(database.range([]));
        assert.ok(all.some(({ key }) => key[0] === family && key.length === 1));
      });

      it('makes pages with `after` and `limit`', async () => {
        const family = newFamily();
        for (const part of ['a', 'b', 'c', 'd', 'e']) await put([family, part]);
        const cases: [{ after?: Key; limit?: number }, string[]][] = [
          [{ limit: 2 }, ['a', 'b']],
          [{ after: [family, 'b'], limit: 2 }, ['c', 'd']],
          [{ after: [family, 'bb'] }, ['c', 'd', 'e']],
          [{ after: [family, 'e'] }, []],
          [{ limit: 0 }, []],
          [{ limit: 99 }, ['a', 'b', 'c', 'd', 'e']],
          [{ after: [''] }, ['a', 'b', 'c', 'd', 'e']],
          [{ after: [family, 'e', 'deeper'] }, []],
          [{ after: ['g'] }, []],
        ];
        for (const [page, expected] of cases) {
          assert.deepEqual(await names([family], page), expected, JSON.stringify(page));
        }
      });

      it('gives each entry of a long range once, with its value and version', async () => {
        const family = newFamily();
        const parts = Array.from({ length: 1_300 }, (_, index) => String(index).padStart(5, '0'));
        const version = await database.commit({
          puts: parts.map((part) => ({ key: [family, part], value: bytes(part.repeat(20)) })),
        });
        const found = await collect(database.range([family]));
        assert.deepEqual(found.map(({ key }) => key[1]), parts);
        assert.ok(found.every((entry) => textOf(entry) === entry.key[1]!.repeat(20) && entry.version === version));
      });

      it('reads on while others write: what is not touched appears exactly once', async () => {
        const family = newFamily();
        const parts = Array.from({ length: 1_200 }, (_, index) => `kept ${String(index).padStart(5, '0')}`);
        await database.commit({ puts: parts.map((part) => ({ key: [family, part], value: bytes('') })) });
        const seen: string[] = [];
        for await (const { key } of database.range([family])) {
          if (seen.length % 200 === 0) {
            await put([family, `${key[1]} new`]);
            await database.commit({ deletes: [[family, `${key[1]} new`]] });
            await put([family, 'a new one before all']);
          }
          seen.push(key[1]!);
        }
        assert.deepEqual(seen.filter((part) => /^kept \d+$/.test(part)), parts);
        assert.deepEqual(seen, seen.toSorted());
      });

      it('can be left in the middle', async () => {
        const family = newFamily();
        for (const part of ['a', 'b', 'c']) await put([family, part]);
        for await (const { key } of database.range([family])) {
          assert.deepEqual(key, [family, 'a']);
          break;
        }
        assert.deepEqual(await names([family]), ['a', 'b', 'c']);
      });
    });

    describe('get', () => {
      it('gives entries in the order asked, with gaps and repetitions', async () => {
        const family = newFamily();
        await put([family, 'a'], 'one');
        await put([family, 'b'], 'two');
        const found = await database.get([[family, 'b'], [family, 'none'], [family, 'a'], [family, 'b']]);
        assert.deepEqual(found.map(textOf), ['two', undefined, 'one', 'two']);
        assert.deepEqual(found.map((entry) => entry?.key[1]), ['b', undefined, 'a', 'b']);
        assert.deepEqual(await database.get([]), []);
      });

      it('sees the writes of one commit together', async () => {
        const family = newFamily();
        const keys = Array.from({ length: 10 }, (_, index) => [family, String(index)]);
        let writing = true;
        const writer = (async () => {
          for (let round = 0; round < 60; round += 1) {
            await database.commit({ puts: keys.map((key) => ({ key, value: bytes(String(round)) })) });
          }
          writing = false;
        })();
        while (writing) {
          const found = await database.get(keys);
          assert.equal(new Set(found.map(textOf)).size, 1);
          assert.equal(new Set(found.map((entry) => entry?.version)).size, 1);
        }
        await writer;
      });
    });

    describe('values and keys', () => {
      it('keeps empty values, a value of 1 MB, and every byte', async () => {
        const family = newFamily();
        const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
        const large = Buffer.alloc(1024 * 1024, everyByte);
        const values = [new Uint8Array(0), everyByte, large];
        const keys = values.map((_, index) => [family, String(index)]);
        await database.commit({ puts: values.map((value, index) => ({ key: keys[index]!, value })) });
        for (const found of [await database.get(keys), await collect(database.range([family]))]) {
          assert.equal(found.length, values.length);
          found.forEach((entry, index) => assert.equal(Buffer.compare(entry!.value, values[index]!), 0));
        }
      });

      it('gives a range of large values whole', async () => {
        const family = newFamily();
        for (let index = 0; index < 5; index += 1) {
          const value = Buffer.alloc(700_000, index);
          await database.commit({ puts: [{ key: [family, String(index)], value }] });
        }
        const found = await collect(database.range([family]));
        assert.deepEqual(found.map(({ value }) => value[0]), [0, 1, 2, 3, 4]);
        assert.ok(found.every(({ value }) => value.length === 700_000));
      });

      it('keeps keys of any characters up to the limit', async () => {
        const family = newFamily();
        const keys = [
          [family, '\uff5e\u{1f600}\u0001\u007f', ''], [family, "'; drop table entries --", '\\x00', '{"a"}'],
          [family, '\u{1f600}'.repeat(50), 'x'.repeat(keyLimit - Buffer.byteLength(family) - 203)],
        ];
        await database.commit({ puts: keys.map((key) => ({ key, value: bytes('') })) });
        assert.deepEqual((await database.get(keys)).map((entry) => partsOf(entry!.key)), keys.map(partsOf));
        assert.equal((await collect(database.range([family]))).length, keys.length);
      });

      const notKeys: [string, Key][] = [
        ['of no parts', []], ['with U+0000', ['a\0b']], ['with half a surrogate pair', ['a\ud83d']],
        ['with the other half', ['\ude00']], ['that is too long', ['x'.repeat(keyLimit)]],
      ];
      for (const [what, key] of notKeys) {
        it(`refuses a key ${what}`, async () => {
          await assert.rejects(database.get([key]), TypeError);
          await assert.rejects(database.commit({ checks: [{ key, exists: false }] }), TypeError);
          await assert.rejects(database.commit({ puts: [{ key, value: bytes('') }] }), TypeError);
          await assert.rejects(database.commit({ deletes: [key] }), TypeError);
          await assert.rejects(collect(database.range([], { after: key })), TypeError);
          if (key.length > 0) await assert.rejects(collect(database.range(key)), TypeError);
        });
      }

      it('refuses a write that names a key twice', async () => {
        const key = [newFamily()];
        const value = bytes('');
        const writes: Write[] = [
          { puts: [{ key, value }, { key, value }] }, { deletes: [key, key] },
          { puts: [{ key, value }], deletes: [key] },
        ];
        for (const write of writes) await assert.rejects(database.commit(write), TypeError);
        assert.deepEqual(await database.get([key]), [undefined]);
      });
    });

    describe('commit', () => {
      it('puts and deletes', async () => {
        const family = newFamily();
        await put([family, 'a'], 'one');
        await put([family, 'b'], 'two');
        const version = await database.commit({
          puts: [{ key: [family, 'b'], value: bytes('new') }, { key: [family, 'c'], value: bytes('three') }],
          deletes: [[family, 'a'], [family, 'never there']],
        });
        const found = await database.get([[family, 'a'], [family, 'b'], [family, 'c']]);
        assert.deepEqual(found.map(textOf), [undefined, 'new', 'three']);
        assert.deepEqual(found.map((entry) => entry?.version), [undefined, version, version]);
      });

      it('writes nothing when any check fails', async () => {
        const family = newFamily();
        const key = [family, 'a'];
        const old = (await put(key, 'old'))!;
        const current = (await put(key, 'current'))!;
        const holding: Write['checks'] = [
          { key, version: current }, { key, exists: true }, { key: [family, 'no'], exists: false },
        ];
        const failing: Write['checks'] = [
          { key, version: old }, { key, exists: false }, { key, version: 'not a version' },
          { key: [family, 'no'], exists: true }, { key: [family, 'no'], version: current },
        ];
        for (const check of failing) {
          const result = await database.commit({
            checks: [...holding, check], puts: [{ key: [family, 'b'], value: bytes('') }], deletes: [key],
          });
          assert.equal(result, undefined, JSON.stringify(check));
        }
        assert.deepEqual(await names([family]), ['a']);
        assert.equal(textOf((await database.get([key]))[0]), 'current');
        assert.ok(await database.commit({ checks: holding, deletes: [key] }));
      });

      it('judges the checks on the state before the write', async () => {
        const key = [newFamily()];
        const puts = [{ key, value: bytes('text') }];
        const made = await database.commit({ checks: [{ key, exists: false }], puts });
        const changed = await database.commit({ checks: [{ key, version: made! }], puts });
        assert.ok(changed! > made!);
        const checks = [{ key, exists: true }, { key, version: changed! }];
        assert.ok(await database.commit({ checks, deletes: [key] }));
        assert.deepEqual(await database.get([key]), [undefined]);
      });

      it('gives a version for a commit of checks only', async () => {
        const key = [newFamily()];
        assert.ok(await database.commit({ checks: [{ key, exists: false }] }));
        assert.equal(await database.commit({ checks: [{ key, exists: true }] }), undefined);
        assert.ok(await database.commit({}));
      });

      it('gives each commit a greater version, also for the same bytes and after a delete', async () => {
        const key = [newFamily()];
        const versions: Version[] = [];
        for (let round = 0; round < 20; round += 1) {
          versions.push((await put(key, 'same'))!);
          assert.equal((await database.get([key]))[0]?.version, versions.at(-1));
          if (round % 3 === 0) versions.push((await database.commit({ deletes: [key] }))!);
        }
        assert.deepEqual(versions, versions.toSorted());
        assert.equal(new Set(versions).size, versions.length);
      });

      it('lets exactly one of many make what did not exist', async () => {
        const key = [newFamily()];
        const results = await Promise.all(Array.from({ length: 30 }, (_, index) => database.commit({
          checks: [{ key, exists: false }], puts: [{ key, value: bytes(String(index)) }],
        })));
        const winners = results.flatMap((version, index) => (version === undefined ? [] : [index]));
        assert.equal(winners.length, 1);
        const [entry] = await database.get([key]);
        assert.equal(textOf(entry), String(winners[0]));
        assert.equal(entry?.version, results[winners[0]!]);
      });

      it('loses none of 100 concurrent commits on overlapping keys', async function () {
        this.timeout(20_000);
        const family = newFamily();
        const counters = Array.from({ length: 5 }, (_, index) => [family, 'counter', String(index)]);
        const pairs = Array.from({ length: 100 }, (_, index) =>
          [counters[index % 5]!, counters[(index + 1 + (index % 3)) % 5]!]);
        const versions = await Promise.all(pairs.map((pair) => addOne(database, pair)));
        assert.equal(new Set(versions).size, 100);
        const found = await database.get(counters);
        for (const [index, counter] of counters.entries()) {
          const touching = versions.filter((_, commit) => pairs[commit]!.includes(counter)).toSorted();
          assert.equal(Number(textOf(found[index])), touching.length);
          assert.equal(found[index]?.version, touching.at(-1));
        }
      });

      it('gives versions in the order in which one key is written', async function () {
        this.timeout(20_000);
        const key = [newFamily()];
        const seen: { count: number; version: Version }[] = [];
        await Promise.all(Array.from({ length: 10 }, async () => {
          for (let round = 0; round < 5; round += 1) {
            const version = await addOne(database, [key]);
            const [entry] = await database.get([key]);
            assert.ok(entry!.version >= version);
            seen.push({ count: Number(textOf(entry)), version: entry!.version });
          }
        }));
        seen.sort((one, other) => one.count - other.count);
        assert.deepEqual(seen.map(({ version }) => version), seen.map(({ version }) => version).toSorted());
        assert.equal(seen.at(-1)?.count, 50);
      });

      it('never shows half of a commit to a check', async () => {
        const family = newFamily();
        const [left, right] = [[family, 'left'], [family, 'right']];
        const both = [{ key: left, value: bytes('') }, { key: right, value: bytes('') }];
        const results = await Promise.all(Array.from({ length: 60 }, (_, index) => {
          if (index % 3 === 0) return database.commit({ puts: both });
          if (index % 3 === 1) return database.commit({ deletes: [left, right] });
          return database.commit({ checks: [{ key: left, exists: true }, { key: right, exists: false }] });
        }));
        assert.ok(results.every((version, index) => (version === undefined) === (index % 3 === 2)));
      });
    });

    if (durable) describe('opening again', () => {
      it('gives what was committed, and goes on with greater versions', async () => {
        const family = newFamily();
        let last = (await put([family, 'kept'], 'text'))!;
        await put([family, 'gone']);
        for (let round = 0; round < 3; round += 1) {
          last = (await database.commit({ deletes: [[family, 'gone']] }))!;
          await database[Symbol.asyncDispose]();
          database = await open();
          const [kept, gone] = await database.get([[family, 'kept'], [family, 'gone']]);
          assert.equal(textOf(kept), 'text');
          assert.equal(gone, undefined);
          const next = (await put([family, 'gone']))!;
          assert.ok(next > last);
        }
      });

      it('waits, when closing, for the commits in flight, and takes no more', async () => {
        const family = newFamily();
        const commits = Array.from({ length: 20 }, (_, index) => put([family, String(index)]));
        await database[Symbol.asyncDispose]();
        await assert.rejects(put([family, 'late']), /closed/);
        assert.ok((await Promise.all(commits)).every((version) => version !== undefined));
        database = await open();
        assert.equal((await names([family])).length, 20);
      });
    });
  });
}

/** The order of the contract, worked out anew. */
function byParts(one: Key, other: Key): number {
  for (const [index, part] of one.entries()) {
    const counterpart = other[index];
    if (counterpart === undefined) return 1;
    const order = Buffer.compare(Buffer.from(part), Buffer.from(counterpart));
    if (order !== 0) return order;
  }
  return one.length - other.length;
}
