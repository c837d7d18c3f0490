import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { root } from '../../clients/child-server.ts';
import type { ChildServer } from '../../clients/child-server.ts';
import { temporaryDirectory } from '../../storage/temporary-directory.ts';
import { FrailProxy } from './frail-proxy.ts';
import { startNode } from './nodes.ts';

/** A node of ours behind a proxy, as the world sees it. */
export class FrailNode implements AsyncDisposable {
  readonly proxy: FrailProxy;
  readonly #data: string;
  readonly #port: number;
  #server!: ChildServer;
  #frozen = false;

  private constructor(proxy: FrailProxy, data: string, port: number) {
    this.proxy = proxy;
    this.#data = data;
    this.#port = port;
  }

  static async start(): Promise<FrailNode> {
    const port = await freePort();
    const node = new FrailNode(await FrailProxy.open(port), await temporaryDirectory(), port);
    await node.restart();
    return node;
  }

  get url(): string {
    return this.proxy.url;
  }

  /** Starts it again, with the data that it had. */
  async restart(): Promise<void> {
    this.#server = await startNode(['--base-url', this.url], String(this.#port), this.#data);
  }

  async stop(signal?: NodeJS.Signals): Promise<void> {
    await this.#server.stop(signal);
  }

  /** Takes connections, as the kernel does that for it, and answers nothing. */
  freeze(): void {
    this.#server.process.kill('SIGSTOP');
    this.#frozen = true;
  }

  thaw(): void {
    this.#server.process.kill('SIGCONT');
    this.#frozen = false;
  }

  /** Runs a command on its data while it is stopped. Throws when it failed. */
  async command(...args: readonly string[]): Promise<void> {
    await this.stop();
    const child = spawn(process.execPath, ['scripts/start.js', ...args, '--data', this.#data], { cwd: root });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => { output += text; });
    }
    const [status] = await once(child, 'close');
    if (status !== 0) throw new Error(`${args.join(' ')}: ${status}\n${output}`);
    await this.restart();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#frozen) this.thaw();
    await this.stop();
    await this.proxy[Symbol.asyncDispose]();
  }
}

async function freePort(): Promise<number> {
  await using server = createServer();
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
