/**
 * Run by `level.test.ts`, which kills it: commits pairs of entries to the database in a directory, from several loops
 * at once, and prints the name and version of each pair once its commit is acknowledged.
 */
import { writeSync } from 'node:fs';
import { openLevel } from '../../src/storage/level.ts';

const [directory, round] = process.argv.slice(2);
const database = await openLevel(directory!);

for (let loop = 0; loop < 8; loop += 1) void write(loop);

async function write(loop: number): Promise<void> {
  for (let count = 0; ; count += 1) {
    const name = `${round}-${loop}-${count}`;
    const value = Buffer.alloc(Math.floor(Math.random() * 5_000), name);
    const version = await database.commit({ puts: [{ key: ['left', name], value }, { key: ['right', name], value }] });
    writeSync(1, `${name} ${version}\n`);
  }
}
