import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/http/server.ts';
import type { Field } from '../field.ts';
import type { Measure } from '../results.ts';
import { memoryMegabytes, spawnServer } from '../server.ts';
import type { BenchServer } from '../server.ts';
import { serveStore } from '../servers/freehold.ts';
import { filledStore } from './stores.ts';

/** How long a server is left alone before its memory is looked at, in milliseconds. */
const rest = 3_000;

/** A server that is started in each round, in its turn. */
class Starter {
  readonly #name: string;
  readonly #start: (round: number) => Promise<BenchServer>;
  readonly #times: number[] = [];
  readonly #memory: number[] = [];
  #failed: string | undefined;

  constructor(name: string, start: (round: number) => Promise<BenchServer>) {
    this.#name = name;
    this.#start = start;
  }

  async round(round: number): Promise<void> {
    try {
      await using server = await this.#start(round);
      this.#times.push(server.startedWithin);
      await sleep(rest);
      this.#memory.push(memoryMegabytes(server.pid));
    } catch (error) {
      this.#failed = String(error);
    }
  }

  /** When it first answered, and what it held in RAM a while later. */
  measures(): { readonly start: Omit<Measure, 'work'>; readonly memory: Omit<Measure, 'work'> } {
    const of = { server: this.#name, ...(this.#failed === undefined ? {} : { failed: this.#failed }) };
    return {
      start: { ...of, what: 'start', unit: 'ms', rounds: this.#times },
      memory: { ...of, what: 'memory', unit: 'MB', rounds: this.#memory },
    };
  }
}

/** What `node:http` takes to answer nothing, without anything that would have to be loaded. */
async function startNothing(): Promise<BenchServer> {
  const port = await freePort();
  const url = `http://localhost:${port}/`;
  const program = `require('node:http').createServer((_, response) => response.end()).listen(${port}, 'localhost')`;
  return spawnServer({ name: 'bare-http', args: ['-e', program], port, open: url, own: url, firstUrl: url });
}

/** Servers that never ran before, and what they hold when nobody asks for anything. */
export async function startEmpty(field: Field): Promise<readonly Measure[]> {
  const empty = (name: string, round: number): string => join(field.folder, `empty-${name}-${round}`);
  const starters = [
    new Starter('bare-http', startNothing),
    new Starter('freehold', async (round) => serveStore(empty('freehold', round), await freePort())),
    ...field.peers.map((name) => new Starter(name, (round) => field.start(name, empty(name, round)))),
  ];
  for (let round = 0; round < field.options.rounds; round += 1) {
    for (const starter of starters) await starter.round(round);
  }
  const found = starters.map((starter) => starter.measures());
  return [
    ...found.map(({ start }) => ({ work: 'start-empty', ...start })),
    ...found.map(({ memory }) => ({ work: 'idle', ...memory })),
  ];
}

/** On a store with a million documents. */
export async function startFull(field: Field): Promise<readonly Measure[]> {
  const store = await filledStore(field, 1_000_000);
  const starter = new Starter('freehold', () => store.serve());
  for (let round = 0; round < field.options.rounds; round += 1) await starter.round(round);
  const { start, memory } = starter.measures();
  return [{ work: 'start-1000000', ...start }, { work: 'start-1000000', ...memory }];
}
