import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Identity } from './identity.ts';
import { requestBytes, sendOnce } from './load.ts';

/** The top level of the project. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** A server that the bench has started, in a process of its own, with a container in which anybody may read and `agent` may do all. */
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
  /** What is asked for until it is answered with a status below 500. */
  readonly firstUrl: string;
  /** How long it may take to answer, in milliseconds. */
  readonly patience?: number;
}

/** Starts a server with Node, in production, and waits for its first right answer. Disposing of it stops it with SIGTERM. */
export async function spawnServer(
  { name, args, port, open, own, firstUrl, patience = 60_000 }: Spawning,
): Promise<BenchServer> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: root, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NODE_ENV: 'production' },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { log = (log + text).slice(-10_000); });
  let running = true;
  const ended = once(child, 'exit').then(() => { running = false; });
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  while (!await answers(port, firstUrl)) {
    const late = performance.now() - begun > patience;
    if (!late && running) {
      await new Promise((resolve) => { setTimeout(resolve, 5); });
      continue;
    }
    await stop('SIGKILL');
    throw new Error(`${name} ${late ? 'does not answer' : 'ended before it answered'}:\n${log}`);
  }
  const startedWithin = performance.now() - begun;
  return { name, port, pid: child.pid!, open, own, startedWithin, [Symbol.asyncDispose]: () => stop('SIGTERM') };
}

async function answers(port: number, url: string): Promise<boolean> {
  try {
    return (await sendOnce(port, requestBytes('GET', url))).status < 500;
  } catch {
    return false;
  }
}

/** Microseconds of CPU that a process has used so far, in steps of 10,000 (proc_pid_stat(5): ticks of 1/100 s). */
export function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** What a process holds in RAM, in MB; `peak`: the most that it ever held. */
export function memoryMegabytes(pid: number, which: 'now' | 'peak' = 'now'): number {
  const line = which === 'now' ? /^VmRSS:\s+(\d+) kB$/m : /^VmHWM:\s+(\d+) kB$/m;
  return Number(line.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) * 1024 / 1e6;
}
