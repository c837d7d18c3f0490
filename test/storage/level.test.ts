import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Database } from '../../src/storage/database.ts';
import { openLevel } from '../../src/storage/level.ts';
import { bytes, collect, databaseContract, textOf } from './database-contract.ts';
import { temporaryDirectory } from './temporary-directory.ts';

databaseContract('openLevel', { durable: true }, async () => {
  const directory = join(await temporaryDirectory(), 'made', 'by opening');
  return () => openLevel(directory);
});

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

  it('writes more than fits one group', async () => {
    await using database = await openLevel(await temporaryDirectory());
    const value = Buffer.alloc(1024 * 1024);
    await Promise.all(Array.from({ length: 12 }, (_, index) =>
      database.commit({ puts: [{ key: ['a', String(index)], value }] })));
    assert.equal((await collect(database.range(['a']))).length, 12);
  });

  it('takes no commit any more once a write has failed, and reads on', async () => {
    const directory = await temporaryDirectory();
    await using database = await openLevel(directory);
    await database.commit({ puts: [{ key: ['before'], value: bytes('here') }] });
    await rm(directory, { recursive: true });
    const failure = await firstFailure(database);
    assert.match(failure.message, /No such file|IO error/);
    await assert.rejects(database.commit({ puts: [{ key: ['after'], value: bytes('') }] }), (error: Error) =>
      error.message === `The database in ${directory} failed to write, and takes no writes until it is opened anew.`
        && error.cause === failure);
    assert.deepEqual((await database.get([['before'], ['after']])).map(textOf), ['here', undefined]);
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
async function firstFailure(database: Database): Promise<Error> {
  for (let round = 0; round < 100; round += 1) {
    try {
      await database.commit({ puts: [{ key: ['filling'], value: Buffer.alloc(512 * 1024) }] });
    } catch (error) {
      assert.ok(error instanceof Error);
      return error;
    }
  }
  return assert.fail('no write failed');
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
