import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { root } from '../../clients/child-server.ts';
import { openPost } from './post.ts';
import type { Post } from './post.ts';

/** A node in a process of its own, run from the sources, with a mail server of its own. Disposing of it stops both. */
export interface Node extends AsyncDisposable {
  /** The base URL of the node. */
  readonly url: string;
  /** What it mailed. */
  readonly post: Post;
  /** The address of its page for the first visit, which it prints when it starts. */
  setupLink(): Promise<string>;
  /** What it logged so far, JSON lines. */
  log(): string;
}

/** How long it may take to say something, in milliseconds. */
const patience = 50_000;

/** Limits by address would count all people of the tests as one. */
const manyFromOneAddress = [
  '--max-logins-per-address', '100000', '--max-registrations-per-address', '100000',
  '--max-resets-per-address', '100000',
];

export async function startNode(...options: readonly string[]): Promise<Node> {
  const post = await openPost();
  const child = spawn(process.execPath, [
    '--import', 'tsx', 'src/main.ts', 'serve', '--port', '0', '--database', 'memory', '--remote-localhost', 'yes',
    '--mail-url', post.url, '--mail-from', 'Pods of Example <pods@example.org>', ...manyFromOneAddress, ...options,
  ], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  // Also when the tests are interrupted.
  const end = (): void => { child.kill(); };
  process.once('exit', end);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { log = (log + text).slice(-100_000); });
  const ended = once(child, 'exit').then(async ([status, signal]) => {
    process.off('exit', end);
    await post[Symbol.asyncDispose]();
    return `the server ended (${status ?? signal})\n${log}`;
  });
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  const saying = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = said.map((line) => pattern.exec(line)?.[1]).find((match) => match !== undefined);
      if (found !== undefined) return found;
      const next = once(lines, 'line', { signal: AbortSignal.timeout(patience) }).then(() => undefined);
      const outcome = await Promise.race([next, ended]);
      if (outcome !== undefined) throw new Error(outcome);
    }
  };
  return {
    url: await saying(/^Freehold is listening at (\S+)$/), post, log: () => log,
    setupLink: () => saying(/(https?:\S+\/\.admin\/setup\/\S+)/),
    [Symbol.asyncDispose]: async () => {
      end();
      await ended;
    },
  };
}
