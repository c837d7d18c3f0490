/**
 * Run by `level.test.ts` under a low limit of open files: commits while there is no file to be had, until a commit is
 * refused, and again once there is. Prints a line of JSON: the names that were acknowledged, and how others were refused.
 */
import { closeSync, openSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { log } from '../../src/log.ts';
import { Problem } from '../../src/problem.ts';
import { openLevel } from '../../src/storage/level.ts';

log.level = 'silent';
const database = await openLevel(process.argv[2]!);
const acknowledged: string[] = [];
const refused: string[] = [];

async function commit(name: string): Promise<boolean> {
  try {
    await database.commit({ puts: [{ key: ['kept', name], value: Buffer.alloc(256 * 1024) }] });
    acknowledged.push(name);
    return true;
  } catch (error) {
    refused.push(error instanceof Problem ? error.kind : String(error));
    return false;
  }
}

const files = takeAllFiles();
let count = 0;
while (count < 100 && await commit(`starved ${count}`)) count += 1;
await commit('still starved');
for (const file of files) closeSync(file);
for (let tries = 0; tries < 40 && !await commit(`fed ${tries}`); tries += 1) await wait(100);
process.stdout.write(`${JSON.stringify({ acknowledged, refused: [...new Set(refused)] })}\n`);
await database[Symbol.asyncDispose]();

function takeAllFiles(): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    return taken;
  }
}
