import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { log } from '../../src/log.ts';
import { Problem } from '../../src/problem.ts';
import type { Database, Key } from '../../src/storage/database.ts';
import { openLevel } from '../../src/storage/level.ts';
import { bytes, collect, databaseContract, textOf } from './database-contract.ts';
import { temporaryDirectory } from './temporary-directory.ts';

for (const [what, options] of [['', {}], [' that reads in another thread', { pause: -1, cacheBytes: 0 }]] as const) {
  databaseContract(`openLevel${what}`, { durable: true }, async () => {
    const directory = join(await temporaryDirectory(), 'made', 'by opening');
    return () => openLevel(directory, options);
  });
}

describe('openLevel', () => {
  it('refuses a directory that is in use, and names it', async () => {
    const directory = await temporaryDirectory();
    await using _first = await openLevel(directory);
    const message = `The database in ${directory} is in use by another process.`;
    await assert.rejects(openLevel(directory), { name: 'Error', message });
  });

  it('refuses a directory that cannot be one, and names it', async () => {
    const file = fileURLToPath(import.meta.url);
    const start = `The database in ${file} cannot be opened: `;
    await assert.rejects(openLevel(file), (error: Error) => error.message.startsWith(start));
  });

  it('gives commits that wait together versions in the order in which they were made', async () => {
    await using database = await openLevel(await temporaryDirectory());
    const key = ['one key'];
    const versions = await Promise.all(Array.from({ length: 50 }, (_, index) =>
      database.commit({ puts: [{ key, value: bytes(String(index)) }] })));
    assert.ok(versions.every((version, index) => index === 0 || version! > versions[index - 1]!));
    assert.equal(textOf((await database.get([key]))[0]), '49');
  });

  it('lets a commit see those before it in its group', async () => {
    await using database = await openLevel(await temporaryDirectory());
    const key = ['a'];
    const first = database.commit({ puts: [{ key: ['warm up'], value: bytes('') }] });
    const results = await Promise.all([
      database.commit({ checks: [{ key, exists: false }], puts: [{ key, value: bytes('') }] }),
      database.commit({ checks: [{ key, exists: false }], puts: [{ key, value: bytes('') }] }),
      database.commit({ checks: [{ key, exists: true }], deletes: [key] }),
      database.commit({ checks: [{ key, exists: true }], deletes: [key] }),
      database.commit({ checks: [{ key, exists: false }], puts: [{ key, value: bytes('end') }] }),
      first,
    ]);
    assert.deepEqual(results.map((version) => version !== undefined), [true, false, true, false, true, true]);
    assert.equal(textOf((await database.get([key]))[0]), 'end');
  });

  for (const [cacheBytes, pause] of [[0, 1], [2_000, 1], [1_000_000, 1], [0, -1], [2_000, -1]] as const) {
    const how = `${cacheBytes} bytes cached and ${pause < 0 ? 'another thread that reads' : 'reads on the spot'}`;
    it(`shows entries as they were at one moment, and never what was before, with ${how}`, async () => {
      await using database = await openLevel(await temporaryDirectory(), { cacheBytes, pause });
      const all = Array.from({ length: 12 }, (_, i): Key => ['k', String(i)]);
      const put = (round: number): Promise<unknown> => database.commit({
        // One of them comes and goes.
        puts: (round % 2 === 0 ? all : all.slice(1)).map((key) => ({ key, value: Buffer.from(String(round)) })),
        deletes: round % 2 === 0 ? [] : [all[0]!],
      });
      await put(0);
      let written = 0;
      let done = false;
      const writing = (async () => {
        for (let round = 1; round <= 300; round += 1) {
          await put(round);
          written = round;
        }
        done = true;
      })();
      await Promise.all(Array.from({ length: 8 }, async (_, reader) => {
        let last = 0;
        for (let turn = 0; !done; turn += 1) {
          const asked = all.filter((_key, i) => i === 1 || (turn + i + reader) % 3 > 0);
          const known = written;
          const entries = turn % 4 > 0 ? await database.get(asked) : await collect(database.range(['k']));
          const seen = new Set(entries.flatMap((entry) => entry === undefined ? [] : [Buffer.from(entry.value).toString()]));
          assert.equal(seen.size, 1, `parts of several commits: ${[...seen].join(', ')}`);
          const round = Number([...seen][0]);
          assert(round >= last && round >= known, `${round} after ${Math.max(last, known)}`);
          const [first] = asked;
          if (turn % 4 > 0 && first === all[0]) assert.equal(entries[0] === undefined, round % 2 === 1);
          last = round;
        }
      }));
      await writing;
    });
  }

  it('writes more than fits one group', async () => {
    await using database = await openLevel(await temporaryDirectory());
    const value = Buffer.alloc(1024 * 1024);
    await Promise.all(Array.from({ length: 12 }, (_, index) =>
      database.commit({ puts: [{ key: ['a', String(index)], value }] })));
    assert.equal((await collect(database.range(['a']))).length, 12);
  });

  describe('when a write failed', () => {
    const level = log.level;
    before(() => { log.level = 'silent'; });
    after(() => { log.level = level; });

    it('refuses commits and reads on, and takes commits again once the files are back', async () => {
      const directory = join(await temporaryDirectory(), 'database');
      await using database = await openLevel(directory);
      const before = await database.commit({ puts: [{ key: ['before'], value: bytes('here') }] });
      await rename(directory, `${directory} elsewhere`);
      const { cause } = await firstRefusal(database);
      const filled = (await collect(database.range(['filling']))).length;
      assert.match(String(cause), /No such file|IO error/);
      for (let tries = 0; tries < 2; tries += 1) {
        const { kind, headers } = await refused(database.commit({ puts: [{ key: ['never'], value: bytes('') }] }));
        assert.deepEqual([kind, headers], ['busy', { 'retry-after': '1' }]);
      }
      assert.deepEqual((await database.get([['before'], ['never']])).map(textOf), ['here', undefined]);

      await rename(`${directory} elsewhere`, directory);
      await wait(1_000);
      const [after, found] = await Promise.all([
        database.commit({ checks: [{ key: ['before'], version: before! }], puts: [{ key: ['after'], value: bytes('') }] }),
        database.get([['before']]),
      ]);
      assert.ok(after! > before!);
      assert.equal(textOf(found[0]), 'here');
      assert.ok((await collect(database.range(['filling']))).length >= filled);
    });

    it('makes no empty database where its files are gone', async () => {
      const directory = join(await temporaryDirectory(), 'database');
      await using database = await openLevel(directory);
      await rename(directory, `${directory} elsewhere`);
      await firstRefusal(database);
      await mkdir(directory);
      assert.equal((await refused(database.commit({}))).kind, 'busy');
      assert.equal((await refused(database.get([['filling', '0']]))).kind, 'busy');
    });

    it('takes commits again once there are files to be had, and has lost none', async () => {
      const directory = await temporaryDirectory();
      const program = fileURLToPath(new URL('level-starver.ts', import.meta.url));
      const command = 'ulimit -n 60; exec "$0" --import tsx "$@"';
      const starver = spawn('sh', ['-c', command, process.execPath, program, directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(starver, 'exit');
      const told = JSON.parse(await text(starver.stdout)) as { acknowledged: string[]; refused: string[] };
      assert.deepEqual(await exit, [0, null]);
      assert.deepEqual(told.refused, ['busy']);
      assert.match(told.acknowledged.at(-1)!, /^fed/);
      await using database = await openLevel(directory);
      const kept = new Set((await collect(database.range(['kept']))).map(({ key }) => key[1]));
      assert.deepEqual(told.acknowledged.filter((name) => !kept.has(name)), []);
    });
  });

  it('has every acknowledged commit, whole, after its process was killed amid a stream of them', async function () {
    this.timeout(30_000);
    const directory = await temporaryDirectory();
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < 3; round += 1) {
      const before = acknowledged.size;
      await writeUntilKilled(directory, String(round), acknowledged);
      assert.ok(acknowledged.size > before + 10, 'the writer wrote');
      await using database = await openLevel(directory);
      const [left, right] = [await collect(database.range(['left'])), await collect(database.range(['right']))];
      const stored = new Map(left.map(({ key, version }) => [key[1], version]));
      assert.deepEqual(new Map(right.map(({ key, version }) => [key[1], version])), stored);
      for (const [name, version] of acknowledged) assert.equal(stored.get(name), version);
      const next = await database.commit({});
      assert.ok([...stored.values()].every((version) => version < next!));
    }
  });
});

/** Commits until the database, whose directory is gone, needs a new file. */
async function firstRefusal(database: Database): Promise<Problem> {
  for (let round = 0; round < 100; round += 1) {
    try {
      await database.commit({ puts: [{ key: ['filling', String(round)], value: Buffer.alloc(512 * 1024) }] });
    } catch (error) {
      assert.ok(error instanceof Problem);
      return error;
    }
  }
  return assert.fail('no write failed');
}

async function refused(work: Promise<unknown>): Promise<Problem> {
  const error: unknown = await work.then(() => assert.fail('it was not refused'), (reason: unknown) => reason);
  assert.ok(error instanceof Problem, String(error));
  return error;
}

async function writeUntilKilled(directory: string, round: string, acknowledged: Map<string, string>): Promise<void> {
  const program = fileURLToPath(new URL('level-writer.ts', import.meta.url));
  const writer = spawn(process.execPath, ['--import', 'tsx', program, directory, round], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(writer, 'exit');
  let killed = false;
  for await (const line of createInterface(writer.stdout)) {
    const [name, version] = line.split(' ');
    // A line cut off by the kill acknowledges nothing.
    if (version?.length === 16) acknowledged.set(name!, version);
    if (killed) continue;
    killed = true;
    void wait(100 + Math.random() * 200).then(() => writer.kill('SIGKILL'));
  }
  assert.deepEqual(await exit, [null, 'SIGKILL']);
}
