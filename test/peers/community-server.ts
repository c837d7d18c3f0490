import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** A Community Solid Server 7 in a process of its own, which keeps everything in memory. */
export interface CommunityServer extends AsyncDisposable {
  /** Its base URL, which is also its issuer. */
  readonly url: string;
  /** The last of what it printed. */
  log(): string;
}

const program = fileURLToPath(new URL('node_modules/@solid/community-server/bin/server.js', import.meta.url));

/** For how long it may start, in milliseconds: it takes 10 seconds on a machine that is idle. */
const patience = 90_000;

/** Starts one and waits until it answers. Tests give it the time with `this.timeout`. */
export async function startCommunityServer(): Promise<CommunityServer> {
  const port = await freePort();
  const url = `http://localhost:${port}/`;
  const args = ['--port', String(port), '--baseUrl', url, '--config', '@css:config/default.json'];
  const child = spawn(process.execPath, [program, ...args, '--loggingLevel', 'warn'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => { log = (log + text).slice(-100_000); });
  }
  let running = true;
  const ended = once(child, 'exit').then(() => { running = false; });
  const dispose = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const until = performance.now() + patience;
  while (!await answers(url)) {
    if (!running) throw new Error(`the Community Solid Server ended before it answered:\n${log}`);
    if (performance.now() > until) {
      await dispose();
      throw new Error(`the Community Solid Server does not answer:\n${log}`);
    }
    await new Promise((resolve) => { setTimeout(resolve, 250); });
  }
  return { url, log: () => log, [Symbol.asyncDispose]: dispose };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}.well-known/openid-configuration`, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  await using server = createServer();
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
