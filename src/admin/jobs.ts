import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { Problem } from '../problem.ts';

/** Something that the server does by itself, from time to time. */
export interface Job {
  readonly name: string;
  /** What it is for: a sentence. */
  readonly about: string;
  /** How long it rests. */
  readonly everySeconds: number;
  /** Stops, in order, when `signal` is aborted. */
  readonly work: (signal: AbortSignal) => Promise<unknown>;
}

/** How it went, in this process. Times are in milliseconds since 1970. */
export interface JobState {
  readonly name: string;
  readonly about: string;
  readonly running: boolean;
  readonly lastRun?: number;
  readonly milliseconds?: number;
  readonly outcome?: 'done' | 'failed';
  readonly error?: string;
  readonly next?: number;
}

/** What a process does beside answering requests: one thing after the other for each job, until it is disposed of. */
export class Jobs implements AsyncDisposable {
  readonly #log: Log;
  readonly #closing = new AbortController();
  readonly #jobs = new Map<string, { readonly job: Job; state: JobState; running?: Promise<void> }>();
  readonly #loops: Promise<void>[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** Does this from now on, at once and then after each rest. What it throws is logged, and it is done again. */
  add(job: Job): void {
    const { name, about } = job;
    this.#jobs.set(name, { job, state: { name, about, running: false } });
    this.#loops.push(this.#loop(job));
  }

  list(): readonly JobState[] {
    return [...this.#jobs.values()].map(({ state }) => state);
  }

  /** Does a job now, or waits for it when it is being done. Throws `missing`, and what the job throws. */
  async run(name: string): Promise<void> {
    const found = this.#jobs.get(name);
    if (found === undefined) throw new Problem('missing', `There is no job "${name}".`);
    found.running ??= this.#once(name).finally(() => { delete found.running; });
    await found.running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#loops);
    await Promise.allSettled([...this.#jobs.values()].map(async ({ running }) => running));
  }

  async #loop({ name, everySeconds }: Job): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.run(name).catch((error: unknown) =>
        this.#log.error({ err: error, job: name }, 'a job failed; it is tried again'));
      const found = this.#jobs.get(name)!;
      found.state = { ...found.state, next: Date.now() + everySeconds * 1000 };
      await sleep(everySeconds * 1000, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #once(name: string): Promise<void> {
    const found = this.#jobs.get(name)!;
    const { about } = found.job;
    const lastRun = Date.now();
    const begun = performance.now();
    found.state = { ...found.state, running: true };
    const ended = (): Pick<JobState, 'name' | 'about' | 'running' | 'lastRun' | 'milliseconds'> =>
      ({ name, about, running: false, lastRun, milliseconds: Math.round(performance.now() - begun) });
    try {
      await found.job.work(this.#closing.signal);
      found.state = { ...ended(), outcome: 'done' };
    } catch (error) {
      found.state = { ...ended(), outcome: 'failed', error: error instanceof Error ? error.message : String(error) };
      throw error;
    }
  }
}
