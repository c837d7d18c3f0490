import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Identity } from './identity.ts';
import { requestBytes, sendOnce } from './load.ts';

/** The top level of the project. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * A server that the bench has started, in a process of its own, with a container in which anybody may read and the
 * bench's WebID may do all.
 */
export interface BenchServer extends AsyncDisposable {
  /** `freehold`, `bare-http`, `bare-koa`, `bare-streaming`, `ceiling`, `css`, `jss`, `nss`. */
  readonly name: string;
  readonly port: number;
  /** Of the process that answers; its memory and CPU are read from `/proc`. */
  readonly pid: number;
  /** The URL of a container with a slash at its end: public read; the bench's WebID reads and writes. */
  readonly open: string;
  /** The URL of a container that only the bench's WebID may read and write. */
  readonly own: string;
  /** The folder behind `open`, of a server whose resources are files. */
  readonly openFolder?: string;
  /** Milliseconds from spawn to the first right answer. */
  readonly startedWithin: number;
}

export interface StartOptions {
  /** The folder for its data, which need not be there. */
  readonly data: string;
  readonly identity: Identity;
  /** One that is free, unless given. */
  readonly port?: number;
}

export type StartServer = (options: StartOptions) => Promise<BenchServer>;

export interface Spawning {
  readonly name: string;
  /** What comes behind `node`. */
  readonly args: readonly string[];
  readonly port: number;
  readonly open: string;
  readonly own: string;
  /** What is asked for until it is answered with this status; by default with any below 500. */
  readonly firstUrl: string;
  readonly firstStatus?: number;
  /** How long it may take to answer, in milliseconds. */
  readonly patience?: number;
}

/** How long a server may take to stop, in milliseconds, before it is killed. */
const stopping = 15_000;

/** Starts a server with Node, in production, and waits for its first right answer. Disposing of it stops it. */
export async function spawnServer(
  { name, args, port, open, own, firstUrl, firstStatus, patience = 60_000 }: Spawning,
): Promise<BenchServer> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: root, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NODE_ENV: 'production' },
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { log = (log + text).slice(-10_000); });
  let running = true;
  const ended = once(child, 'exit').then(() => {
    running = false;
    process.off('exit', kill);
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(kill, stopping);
    await ended;
    clearTimeout(timer);
  };
  while (!await answers(port, firstUrl, firstStatus)) {
    const late = performance.now() - begun > patience;
    if (!late && running) {
      await new Promise((resolve) => { setTimeout(resolve, 5); });
      continue;
    }
    await stop();
    throw new Error(`${name} ${late ? 'does not answer' : 'ended before it answered'}:\n${log}`);
  }
  const startedWithin = performance.now() - begun;
  return { name, port, pid: child.pid!, open, own, startedWithin, [Symbol.asyncDispose]: stop };
}

async function answers(port: number, url: string, expected: number | undefined): Promise<boolean> {
  try {
    const { status } = await sendOnce(port, requestBytes('GET', url));
    return expected === undefined ? status < 500 : status === expected;
  } catch {
    return false;
  }
}

/** Microseconds of CPU that a process has used so far, in steps of 10,000 (proc_pid_stat(5): ticks of 1/100 s). */
export function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** What a process holds in RAM, in MB. */
export function memoryMegabytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) * 1024 / 1e6;
}

/** Looks every 20 milliseconds at what a process holds in RAM; `most`: the most of it, in MB. */
export function watchMemory(pid: number): { most(): number } & Disposable {
  let most = memoryMegabytes(pid);
  const timer = setInterval(() => { most = Math.max(most, memoryMegabytes(pid)); }, 20);
  return { most: () => most, [Symbol.dispose]: () => clearInterval(timer) };
}
