import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Key } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import { nextTurn } from '../storage/pace.ts';
import { Problem } from '../problem.ts';
import { Transaction } from './transaction.ts';

/** How often a commit is tried when other processes are faster, and the longest wait before the next try. */
const maxAttempts = 12;
const longestWaitMilliseconds = 100;
/** How many waiting writes go into one commit. */
const maxBatch = 128;
/**
 * For how many turns of the event loop a commit waits for company, and for how many milliseconds at most. Requests that
 * came at the same time get here in different turns, as their signatures are checked in another thread. When nothing
 * else is to be done, so many turns take microseconds.
 */
const turnsForCompany = 6;
const millisecondsForCompany = 5;

interface Job {
  readonly reads: readonly Key[];
  readonly work: (transaction: Transaction) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The writes of each pod, one after the other, so that within a process they never fail each other's checks: while
 * one commit is on its way to the disk the next writes gather, and all that wait, with those that come within the next
 * turns of the event loop, go into the next commit together.
 *
 * Nothing here waits for a client or another server: a job has all it needs before it joins the queue.
 */
export class WriteQueue {
  readonly #database: Database;
  readonly #maxWaiting: number;
  readonly #committed: (podId: string) => void;
  readonly #waiting = new Map<string, Job[]>();

  /**
   * `maxWaiting`: how many writes may wait for one pod. `committed` is called after each commit, must not throw and is
   * waited for by nobody.
   */
  constructor(database: Database, maxWaiting: number, committed: (podId: string) => void = () => undefined) {
    this.#database = database;
    this.#maxWaiting = maxWaiting;
    this.#committed = committed;
  }

  /**
   * Runs `work` in a transaction on the pod and resolves to its result once that is committed; rejects with what
   * `work` threw, and then nothing of it was written. `work` may run several times, so it does nothing but read and
   * write the transaction. `reads` are the keys it is going to read: all that wait are read in one round trip.
   * Throws `busy` when too many writes wait, or when other processes were faster each time.
   */
  run<T>(podId: string, reads: readonly Key[], work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const job: Job = { reads, work, resolve: resolve as Job['resolve'], reject };
      const waiting = this.#waiting.get(podId);
      if (waiting === undefined) {
        this.#waiting.set(podId, [job]);
        void this.#drain(podId);
      } else if (waiting.length < this.#maxWaiting) {
        waiting.push(job);
      } else {
        reject(new Problem('busy', 'Too many writes to this storage are waiting. Try again in a moment.',
          { 'retry-after': '1' }));
      }
    });
  }

  async #drain(podId: string): Promise<void> {
    const waiting = this.#waiting.get(podId)!;
    while (waiting.length > 0) {
      await company();
      await this.#commit(podId, waiting.splice(0, maxBatch));
    }
    this.#waiting.delete(podId);
  }

  async #commit(podId: string, jobs: readonly Job[]): Promise<void> {
    try {
      for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
        const settle = await this.#attempt(podId, jobs);
        if (settle !== undefined) return settle();
        if (attempt === 2 && jobs.length > 1) return await this.#commitInHalves(podId, jobs);
        await sleep(Math.random() * Math.min(2 ** attempt, longestWaitMilliseconds));
      }
      throw new Problem('busy', 'This storage is being written to from too many places at once. Try again in a moment.',
        { 'retry-after': '1' });
    } catch (error) {
      for (const job of jobs) job.reject(error);
    }
  }

  /** What takes shorter is less likely to be overtaken; and one slow job must not be the undoing of the others. */
  async #commitInHalves(podId: string, jobs: readonly Job[]): Promise<void> {
    const half = Math.ceil(jobs.length / 2);
    await this.#commit(podId, jobs.slice(0, half));
    await this.#commit(podId, jobs.slice(half));
  }

  /** Runs all jobs in one transaction and commits it. `undefined` when a check failed and all must run again. */
  async #attempt(podId: string, jobs: readonly Job[]): Promise<(() => void) | undefined> {
    const transaction = new Transaction(this.#database, podId);
    await transaction.prepare([[keys.tally(podId)], ...jobs.map(({ reads }) => reads)]);
    const outcomes: (() => void)[] = [];
    for (const job of jobs) {
      outcomes.push(await transaction.attempt(job.work).then(
        (value) => () => job.resolve(value),
        (error: unknown) => () => job.reject(error)));
    }
    const write = transaction.toWrite();
    if (write !== undefined) {
      if (await this.#database.commit(write) === undefined) return undefined;
      this.#committed(podId);
    }
    return () => outcomes.forEach((settle) => settle());
  }
}

/** Lets others arrive: a commit takes the disk, another thread and the processor about as long for many as for one. */
async function company(): Promise<void> {
  const until = performance.now() + millisecondsForCompany;
  let turns = 0;
  do await nextTurn(); while ((turns += 1) < turnsForCompany && performance.now() < until);
}
