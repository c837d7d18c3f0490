import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The top level of the project. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A server in a process of its own, started as its user starts it. Disposing of it stops it with SIGTERM. */
export interface ChildServer extends AsyncDisposable {
  /** The base URL of the node. */
  readonly url: string;
  /** The container of alice's pod that everybody may read and write. */
  readonly open: string;
  readonly process: ChildProcess;
  /** Tells the server to stop; gives its exit status, or the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
  /** What it logged so far, JSON lines. */
  log(): string;
}

interface Start {
  /** Where its data is. */
  readonly data: string;
  /** By default, one that is free. */
  readonly port?: string;
  readonly options?: readonly string[];
  /** The program and its first arguments; by default what `npm start` runs. */
  readonly command?: readonly [program: string, ...first: string[]];
  /** The project to start. */
  readonly directory?: string;
}

const npmStart = [process.execPath, 'scripts/start.js'] as const;

/** Starts a server with the pod of the example seed, and waits until it says that it listens. */
export async function startChild({ data, port = '0', options = [], command = npmStart, directory = root }: Start):
Promise<ChildServer> {
  const [program, ...first] = command;
  const args = [...first, '--port', port, '--data', data, '--seed', 'config/example-seed.json', ...options];
  const child = spawn(program, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { log = (log + text).slice(-100_000); });
  const ended = once(child, 'exit').then(([status, signal]) => (status ?? signal) as number | string);

  const url = await Promise.race([addressSaid(child), ended.then((outcome) => {
    throw new Error(`the server ended (${outcome}) before it listened:\n${log}`);
  })]);
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> => {
    child.kill(signal);
    return ended;
  };
  return {
    url, open: `${url}alice/playground/`, process: child, stop,
    log: () => log,
    [Symbol.asyncDispose]: async () => { await stop(); },
  };
}

async function addressSaid(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) {
    const url = /^Freehold is listening at (\S+)$/.exec(line)?.[1];
    if (url !== undefined) {
      child.stdout!.resume();
      return url;
    }
  }
  return new Promise(() => {});
}

/** The memory of a process while one watches it. */
export interface MemoryWatch extends Disposable {
  /** Whether the system tells; only Linux does, in `/proc`. */
  readonly known: boolean;
  /** The most that it held in RAM beyond what it held at the beginning, in bytes. */
  growth(): number;
}

/** Looks at the memory of a process every 20 milliseconds. */
export async function watchMemory(pid: number): Promise<MemoryWatch> {
  const first = await residentBytes(pid);
  let most = first ?? 0;
  const timer = setInterval(() => {
    void residentBytes(pid).then((now) => { most = Math.max(most, now ?? 0); });
  }, 20);
  return {
    known: first !== undefined,
    growth: () => most - (first ?? 0),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** The most that a process ever held in RAM, in bytes; `undefined` where the system does not tell. */
export async function peakBytes(pid: number): Promise<number | undefined> {
  return bytesOf(pid, /^VmHWM:\s+(\d+) kB$/m);
}

async function residentBytes(pid: number): Promise<number | undefined> {
  return bytesOf(pid, /^VmRSS:\s+(\d+) kB$/m);
}

async function bytesOf(pid: number, line: RegExp): Promise<number | undefined> {
  const kibibytes = line.exec(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
