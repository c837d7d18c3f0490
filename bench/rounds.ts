import { load } from './load.ts';
import type { Answer, Load } from './load.ts';
import type { Measure } from './results.ts';
import { cpuMicroseconds, memoryMegabytes } from './server.ts';
import type { BenchServer } from './server.ts';

/** What a server is asked in a work. */
export interface Lane {
  readonly server: BenchServer;
  /** The request of all turns, or what makes that of a connection for its nth; turns count through all rounds. */
  readonly request: Buffer | ((connection: number, turn: number) => Buffer);
  /** Whether an answer is as it should be. */
  right(answer: Answer, connection: number, turn: number): boolean;
  /** Looks, after all rounds, for what was acknowledged; tells what is not there. */
  audit?(): Promise<string | undefined>;
}

export interface Rounds {
  readonly connections: number;
  readonly rounds: number;
  /** How long each round lasts. */
  readonly seconds: number;
  /** How long a server warms up at most. */
  readonly warmUpSeconds: number;
}

/**
 * How many requests are made at most for a server to warm up, of which it is not known how fast it is: as many as it
 * takes until V8 has compiled all that they run through.
 */
const firstSupply = 12_000;
/** How many more requests are made than are expected to be sent; a round in which none is left ends early. */
const reserve = 1.5;

/** A lane on its way through the rounds. */
class Runner {
  readonly lane: Lane;
  readonly #connections: number;
  readonly #turns: number[];
  readonly #measured = { rate: [] as number[], p50: [] as number[], p99: [] as number[], cpu: [] as number[] };
  #perSecond = 0;
  #wrong = 0;
  #sent = 0;
  #firstWrong: string | undefined;
  /** Why it takes part no more. */
  #broken: string | undefined;

  constructor(lane: Lane, connections: number) {
    this.lane = lane;
    this.#connections = connections;
    this.#turns = Array.from({ length: connections }, () => 0);
  }

  /** A round that does not count, after which the server is warm and it is known how fast it is. */
  warmUp(seconds: number): Promise<void> {
    return this.#unlessBroken(async () => {
      const { times, seconds: took } = await this.#load(seconds, firstSupply);
      this.#perSecond = times.length / took;
    });
  }

  round(seconds: number): Promise<void> {
    return this.#unlessBroken(() => this.#round(seconds));
  }

  async #unlessBroken(work: () => Promise<void>): Promise<void> {
    if (this.#broken !== undefined) return;
    try {
      await work();
    } catch (error) {
      this.#broken = String(error);
    }
  }

  async #round(seconds: number): Promise<void> {
    const { pid } = this.lane.server;
    const before = cpuMicroseconds(pid);
    const { times, seconds: took } = await this.#load(seconds, this.#perSecond * seconds * reserve);
    const { rate, p50, p99, cpu } = this.#measured;
    this.#perSecond = times.length / took;
    if (times.length === 0) return;
    rate.push(this.#perSecond);
    p50.push(times[Math.floor(times.length * 0.5)]!);
    p99.push(times[Math.floor(times.length * 0.99)]!);
    cpu.push((cpuMicroseconds(pid) - before) / times.length);
  }

  async #load(seconds: number, supply: number): Promise<Load> {
    const { server, request, right } = this.lane;
    const first = [...this.#turns];
    const each = Math.ceil(supply / this.#connections) + 1;
    // Made ahead: what that costs is no part of the round.
    const made = typeof request !== 'function' ? undefined : first.map((turn, connection) =>
      Array.from({ length: each }, (_, i) => request(connection, turn + i)));
    const loaded = await load({
      port: server.port, connections: this.#connections, seconds,
      next: made === undefined ? () => request as Buffer : (connection, turn) => made[connection]![turn],
      right: (answer, connection, turn) => right(answer, connection, first[connection]! + turn),
    });
    for (const [connection, turns] of loaded.turns.entries()) this.#turns[connection]! += turns;
    this.#sent += loaded.times.length + loaded.wrong;
    this.#wrong += loaded.wrong;
    this.#firstWrong ??= loaded.firstWrong;
    return loaded;
  }

  /** What was found, once the rounds are over. */
  async measures(work: string): Promise<Measure[]> {
    const lost = await this.lane.audit?.().catch((error: unknown) => `cannot be read afterwards: ${String(error)}`);
    const share = (100 * this.#wrong / this.#sent).toFixed(1);
    const wrong = this.#firstWrong && `${share} % of the answers were wrong: ${this.#firstWrong.split('\r\n', 1)[0]!}`;
    const failed = [this.#broken, wrong, lost].filter(Boolean).join('; ');
    const { name, pid } = this.lane.server;
    const of = { work, server: name, ...(failed === '' ? {} : { failed }) };
    const { rate, p50, p99, cpu } = this.#measured;
    return [
      { ...of, what: 'rate', unit: '1/s', rounds: rate },
      { ...of, what: 'p50', unit: 'ms', rounds: p50 },
      { ...of, what: 'p99', unit: 'ms', rounds: p99 },
      { ...of, what: 'cpu', unit: 'µs', rounds: cpu },
      { ...of, what: 'memory', unit: 'MB', rounds: [memoryMegabytes(pid)] },
    ];
  }
}

/**
 * Has servers do the same work in turn, so that whatever else the machine does meets them all. `enter` prepares one;
 * one that cannot be prepared, or breaks, has failed, and the others go on.
 */
export async function compete(
  work: string, servers: readonly BenchServer[], enter: (server: BenchServer) => Promise<Lane>,
  { connections, rounds, seconds, warmUpSeconds }: Rounds,
): Promise<Measure[]> {
  const runners: Runner[] = [];
  const measures: Measure[] = [];
  for (const server of servers) {
    try {
      runners.push(new Runner(await enter(server), connections));
    } catch (error) {
      measures.push({ work, server: server.name, what: 'rate', unit: '1/s', rounds: [], failed: String(error) });
    }
  }
  for (const runner of runners) await runner.warmUp(warmUpSeconds);
  for (let i = 0; i < rounds; i += 1) {
    for (const runner of runners) await runner.round(seconds);
  }
  for (const runner of runners) measures.push(...await runner.measures(work));
  return measures;
}
