import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { check } from '../../src/cli/check.ts';
import { schema } from '../../src/config/options.ts';
import type { Options } from '../../src/config/options.ts';
import { log } from '../../src/log.ts';
import { keys } from '../../src/storage/keyspace.ts';
import { openLevel } from '../../src/storage/level.ts';
import { startServer } from '../server.ts';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { printed } from './said.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const optionsFor = (data: string): Options => schema.parse({ data, logLevel: 'silent' });

/** Checks in this process; gives the exit status and the lines that were printed. */
async function checked(options: Options): Promise<{ status: number; lines: string[] }> {
  const { gave: status, text } = await printed(() => check(options));
  return { status, lines: text.trimEnd().split('\n') };
}

/** A store with alice's pod, which nobody uses any more. */
async function store(): Promise<string> {
  const data = await temporaryDirectory();
  await using _server = await startServer({ database: 'level', data });
  return data;
}

describe('freehold check', function () {
  this.timeout(30_000);
  const { level } = log;
  afterEach(() => { log.level = level; });

  it('is a command that says, with exit status 0, that all is sound', async () => {
    const program = ['--import', 'tsx', main, 'check', '--data', await store(), '--deep'];
    const { stdout } = await promisify(execFile)(process.execPath, program);
    assert.match(stdout, /^Sound: 1 pods, 0 blobs, nothing wrong\.\n$/m);
  });

  it('prints a line for each pod and a verdict', async () => {
    const { status, lines } = await checked(optionsFor(await store()));
    assert.equal(status, 0);
    assert.equal(lines.length, 2);
    assert.match(lines[0]!, /^http:\/\/localhost:\d+\/alice\/ {2}\d+ resources, \d+ bytes, \d+ changes$/);
    assert.match(lines[1]!, /^Sound: 1 pods/);
  });

  it('prints what is wrong and that the store is damaged, with exit status 1', async () => {
    const data = await store();
    {
      await using database = await openLevel(join(data, 'database'));
      for await (const { key } of database.range(keys.tallies)) await database.commit({ deletes: [key] });
    }
    const { status, lines } = await checked(optionsFor(data));
    assert.equal(status, 1);
    assert.equal(lines.length, 3);
    assert.match(lines[1]!, /\/alice\/: The counters are missing\.$/);
    assert.match(lines[2]!, /^Damaged: .* 1 findings\.$/);
  });

  it('refuses, in one sentence, a store that a server uses', async () => {
    const data = await temporaryDirectory();
    await using _server = await startServer({ database: 'level', data });
    const message = `The database in ${join(data, 'database')} is in use by another process.`;
    await assert.rejects(check(optionsFor(data)), { name: 'StartError', message });
  });

  it('refuses a folder without a store, and makes none', async () => {
    const data = join(await temporaryDirectory(), 'missing');
    await assert.rejects(check(optionsFor(data)), { name: 'StartError', message: `There is no store in ${data}; name its folder with --data.` });
    assert.equal(existsSync(data), false);
  });

  it('refuses a database that keeps nothing', async () => {
    await assert.rejects(check({ ...optionsFor('x'), database: 'memory' }), { name: 'StartError', message: /keeps nothing/ });
  });
});
