import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A process that runs the command line, and what it has said so far. */
interface Run {
  readonly child: ChildProcess;
  readonly said: { out: string; err: string };
  /** The exit status, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

const loopbackAddresses = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ address }) => address === '127.0.0.1' || address === '::1')
  .map(({ address }) => address);

/** The environment without what might be set for other tests. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FREEHOLD_')));

describe('The command line', function () {
  this.timeout(30_000);
  let folder: string;
  const children = new Set<ChildProcess>();
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'freehold-cli-')); });
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
    rmSync(folder, { recursive: true });
  });

  function run(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
    const program = ['--import', 'tsx', 'src/main.ts'];
    const child = spawn(process.execPath, [...program, ...argv], { env: { ...environment, ...env } });
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => { said.out += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { said.err += text; });
    const ended = once(child, 'close').then(([status, signal]) => (status ?? signal) as number | string);
    children.add(child);
    return { child, said, ended };
  }

  async function listening(...argv: readonly string[]): Promise<Run & { url: string }> {
    const server = run(['--port', '0', '--data', folder, ...argv]);
    await Promise.race([server.ended, once(server.child.stdout!, 'data')]);
    const url = /^Freehold is listening at (http:\/\/localhost:\d+\/)\n/.exec(server.said.out)?.[1];
    assert(url !== undefined, server.said.out + server.said.err);
    return { ...server, url };
  }

  /** A request whose body is on its way; `finish` sends the rest. */
  async function slowPut(url: string): Promise<{ finish(): void; status: Promise<number> }> {
    let finish = (): void => {};
    const rest = new Promise<void>((resolve) => { finish = resolve; });
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('first, ');
      await rest;
      yield Buffer.from('second');
    }
    const init = { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: body(), duplex: 'half' };
    const status = fetch(url, init as unknown as RequestInit).then((response) => response.status);
    await setTimeout(200);
    return { finish, status };
  }

  it('serves, prints the address and the link with which to set it up, and is told to stop with SIGTERM', async () => {
    const server = await listening();
    for (const host of loopbackAddresses) {
      const port = new URL(server.url).port;
      const live = get({ host, port, path: '/.health/live', headers: { host: `localhost:${port}` } });
      const [response] = await once(live, 'response') as [IncomingMessage];
      response.resume();
      assert.equal(response.statusCode, 200);
    }
    server.child.kill('SIGTERM');
    assert.equal(await server.ended, 0);
    assert.match(server.said.out, new RegExp(`^Freehold is listening at ${server.url}\n.*\n${server.url}\\.admin/setup/\\?token=[\\w-]{43}\n$`));
  });

  it('lets requests under way end before it stops', async () => {
    const server = await listening('--seed', 'config/example-seed.json');
    const { finish, status } = await slowPut(`${server.url}alice/playground/slow.txt`);
    server.child.kill('SIGINT');
    await setTimeout(200);
    finish();
    assert.equal(await status, 201);
    const finished = performance.now();
    assert.equal(await server.ended, 0);
    assert(performance.now() - finished < 5000, 'waited for a connection that nobody used any more');
  });

  it('ends at once at a second signal', async () => {
    const server = await listening('--seed', 'config/example-seed.json');
    const { status } = await slowPut(`${server.url}alice/playground/never.txt`);
    const broken = assert.rejects(status);
    server.child.kill('SIGTERM');
    await setTimeout(700);
    server.child.kill('SIGTERM');
    assert.equal(await server.ended, 143);
    await broken;
  });

  it('says in one sentence that the port is in use, and exits with status 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { ended, said } = run(['--port', String(port), '--data', folder]);
    assert.equal(await ended, 1);
    other.close();
    assert.equal(said.err, `Port ${port} is in use by another program; choose another one with --port.\n`);
  });

  it('says in one sentence that another process uses the data, and exits with status 1', async () => {
    await listening();
    const { ended, said } = run(['--port', '0', '--data', folder]);
    assert.equal(await ended, 1);
    assert.match(said.err, /^The database in \S+ is in use by another process\.\n$/);
  });

  it('says in one sentence that the data cannot be written, and exits with status 1', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { ended, said } = run(['--port', '0', '--data', file]);
    assert.equal(await ended, 1);
    assert.match(said.err, /^The database in \S+ cannot be opened: [^\n]+\n$/);
  });

  it('does not hang when only a part of the data can be written', async () => {
    writeFileSync(join(folder, 'blobs'), '');
    const { ended, said } = run(['--port', '0', '--data', folder]);
    assert.equal(await ended, 1);
    assert.match(said.err, /^[^\n]+\n$/);
  });

  const mistakes: [what: string, argv: readonly string[], env: NodeJS.ProcessEnv, said: string][] = [
    ['mistakes in the options', ['--prot', '1'], { FREEHOLD_HOST: 'a b' },
      '--prot: there is no such option; did you mean --port?\n'
      + 'FREEHOLD_HOST must be a host name or an IP address, without a port, not "a b"\n'],
    ['an unknown command', ['serv'], {}, '"serv": there is no such command; did you mean serve?\n'],
    ['a seed file that is not there', ['--seed', '/nowhere.json'], {}, '/nowhere.json: there is no such file\n'],
  ];
  for (const [what, argv, env, text] of mistakes) {
    it(`tells ${what} and exits with status 2`, async () => {
      const { ended, said } = run(argv, env);
      assert.equal(await ended, 2);
      assert.deepEqual(said, { out: '', err: `${text}\`freehold help\` lists all options.\n` });
    });
  }

  it('prints all commands and options for --help', async () => {
    const { ended, said } = run(['serve', '--help']);
    assert.equal(await ended, 0);
    assert.match(said.out, /^ {2}check +\S/m);
    assert.match(said.out, /^ {2}--base-url URL +\S/m);
    assert(said.out.split('\n').every((line) => line.length <= 120));
    assert.equal(said.err, '');
  });

  it('prints the version', async () => {
    const { ended, said } = run(['--version']);
    assert.equal(await ended, 0);
    assert.match(said.out, /^Freehold \d+\.\d+\.\d+, Node \d+/);
  });
});
