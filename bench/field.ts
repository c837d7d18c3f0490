import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startIdentity } from './identity.ts';
import type { Identity } from './identity.ts';
import { Prover } from './proofs.ts';
import type { Measure } from './results.ts';
import { root } from './server.ts';
import type { BenchServer, StartServer } from './server.ts';
import { startFreehold } from './servers/freehold.ts';
import { startCeiling } from './servers/yardsticks.ts';

/** What is to be done on the field, and measured. */
export type Work = (field: Field) => Promise<readonly Measure[]>;

export interface FieldOptions {
  readonly rounds: number;
  /** How long each round lasts. */
  readonly seconds: number;
  /** How long a server warms up at most. */
  readonly warmUpSeconds: number;
  /** Whether only what the main ratios need takes part. */
  readonly quick: boolean;
  /** Whether other servers take part. */
  readonly peers: boolean;
}

/** Where servers meet: who may take part, the one who asks them, and room for data. */
export class Field implements AsyncDisposable {
  readonly options: FieldOptions;
  readonly identity: Identity;
  /** Is deleted when this process ends. */
  readonly folder: string;
  readonly #starts: ReadonlyMap<string, StartServer>;
  readonly #servers = new Map<string, BenchServer>();

  private constructor(
    options: FieldOptions, identity: Identity, folder: string, peers: ReadonlyMap<string, StartServer>,
  ) {
    this.options = options;
    this.identity = identity;
    this.folder = folder;
    this.#starts = new Map([['freehold', startFreehold], ['ceiling', startCeiling], ...peers]);
  }

  static async open(options: FieldOptions): Promise<Field> {
    const peers = options.peers ? await findPeers() : new Map<string, StartServer>();
    const folder = await mkdtemp(join(tmpdir(), 'freehold-bench-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    return new Field(options, await startIdentity(), folder, peers);
  }

  get peers(): readonly string[] {
    return [...this.#starts.keys()].slice(2);
  }

  /** The server of that name, which is started when it is first asked for and stays until the end. */
  async server(name: string): Promise<BenchServer> {
    const known = this.#servers.get(name);
    if (known !== undefined) return known;
    const server = await this.start(name, join(this.folder, name));
    this.#servers.set(name, server);
    return server;
  }

  /** The servers of those names and all peers that can be started. */
  async servers(...names: readonly string[]): Promise<BenchServer[]> {
    const servers: BenchServer[] = [];
    for (const name of names) servers.push(await this.server(name));
    for (const name of this.peers) {
      try {
        servers.push(await this.server(name));
      } catch (error) {
        console.error(`${name} cannot be started: ${String(error)}`);
      }
    }
    return servers;
  }

  /** Starts one more server of that name, which whoever asks for it has to stop. */
  start(name: string, data: string): Promise<BenchServer> {
    return this.#starts.get(name)!({ data, identity: this.identity });
  }

  /** What makes requests of the bench's WebID. */
  prover(): Promise<Prover> {
    return Prover.open(this.identity);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.values()) await server[Symbol.asyncDispose]();
    await this.identity[Symbol.asyncDispose]();
  }
}

/** What starts each server that has a file in `bench/peers/`, by its name. Installs them where they are missing. */
async function findPeers(): Promise<Map<string, StartServer>> {
  execFileSync(process.execPath, ['scripts/install-for-bench.js'], { cwd: root, stdio: 'inherit' });
  const peers = new Map<string, StartServer>();
  for (const file of (await readdir(join(root, 'bench', 'peers'))).filter((name) => /^[a-z]+\.ts$/.test(name)).sort()) {
    const exported = await import(`./peers/${file}`) as Record<string, unknown>;
    const start = Object.entries(exported).find(([name]) => name.startsWith('start'))?.[1];
    if (typeof start === 'function') peers.set(file.replace('.ts', ''), start as StartServer);
  }
  return peers;
}
