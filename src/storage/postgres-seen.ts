import pg from 'pg';
import { log } from '../log.ts';
import { Problem } from '../problem.ts';
import { MemorySeen } from './memory-seen.ts';
import type { MemorySeenOptions } from './memory-seen.ts';
import { backOff, connect, connectionOptions } from './postgres-connection.ts';
import { isOutage, outage } from './postgres.ts';
import type { Seen } from './seen.ts';

/** Marks that go in one statement; and how many may wait for the one that is under way. */
const batchSize = 1_000;
const maxWaiting = 10_000;

/** Expired marks are deleted about this often by each process, in milliseconds, and so many at a time. */
const sweepPause = 10_000;
const sweepSize = 5_000;

/** Milliseconds by which the clocks of two processes may differ without one deleting what the other must still know. */
const clockDifference = 60_000;

const insertStatement = `
  insert into seen (mark, until) select * from unnest($1::bytea[], $2::bigint[])
  on conflict (mark) do nothing returning mark`;

const sweepStatement = `
  delete from seen where mark in (select mark from seen where until < $1::bigint limit $2 for update skip locked)`;

/** Nothing waits for the disk, also where there are only tables of the ordinary kind. */
const session = `set session characteristics as transaction isolation level read committed;
  set synchronous_commit = off`;

/** What another process that makes the table at the same time can cause. */
const races = new Set(['23505', '42P07', '42710', '40001', '40P01']);

/**
 * What was seen by all processes on a PostgreSQL database, in a table that is not in its log (`unlogged`): a mark
 * costs a round trip, which those that come meanwhile share, and no write to disk. A server that crashes empties the
 * table; a replica that takes over finds it empty. A server without such tables gets an ordinary one.
 *
 * Rejects with an `Error` that names the database when it cannot be reached.
 */
export async function openPostgresSeen(connectionString: string, options: MemorySeenOptions): Promise<Seen> {
  const client = new pg.Client(connectionOptions(connectionString, 'freehold seen'));
  client.on('error', (error) => log.error({ reason: error.message }, 'The connection to PostgreSQL broke.'));
  try {
    await connect(client);
    await makeTable(client);
  } finally {
    await client.end();
  }
  return new PostgresSeen(connectionString, options);
}

interface Waiter {
  readonly mark: string;
  readonly until: number;
  readonly resolve: (first: boolean) => void;
  readonly reject: (error: unknown) => void;
}

class PostgresSeen implements Seen {
  /** What this process has seen: it is asked first, and limits what the process puts into the table. */
  readonly #near: MemorySeen;
  readonly #pool: pg.Pool;
  readonly #now: () => number;
  readonly #waiting: Waiter[] = [];
  #work: Promise<void> | undefined;
  #sweepAt = 0;
  #closed = false;

  constructor(connectionString: string, options: MemorySeenOptions) {
    this.#near = new MemorySeen(options);
    this.#now = options.now ?? Date.now;
    this.#pool = new pg.Pool({
      ...connectionOptions(connectionString, 'freehold seen'),
      max: 1,
      verify: (client, done) => client.query(session, (error) => done(error)),
    });
    this.#pool.on('error', (error) => log.error({ reason: error.message }, 'A connection to PostgreSQL broke.'));
  }

  async first(mark: string, until: number): Promise<boolean> {
    if (this.#closed) throw new Error('What was seen is closed.');
    if (this.#waiting.length >= maxWaiting) {
      throw new Problem('busy', 'Too many requests wait for the database. Try again in a moment.',
        { 'retry-after': '5' });
    }
    if (!await this.#near.first(mark, until)) return false;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ mark, until, resolve, reject });
      this.#work ??= this.#insertAll();
    });
  }

  /** Waits for what is in flight, then closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#work;
    await this.#pool.end();
  }

  /** Inserts what waits, batch after batch, until nothing waits. Never rejects. */
  async #insertAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#insert(this.#waiting.splice(0, batchSize));
      await this.#sweep();
    }
    this.#work = undefined;
  }

  async #insert(batch: readonly Waiter[]): Promise<void> {
    try {
      const values = [batch.map(({ mark }) => Buffer.from(mark, 'latin1')), batch.map(({ until }) => Math.ceil(until))];
      const { rows } = await this.#pool.query<{ mark: Buffer }>({ name: 'seen', text: insertStatement, values });
      const fresh = new Set(rows.map(({ mark }) => mark.toString('latin1')));
      for (const { mark, resolve } of batch) resolve(fresh.has(mark));
    } catch (error) {
      for (const { reject } of batch) reject(isOutage(error) ? outage(error) : error);
    }
  }

  /** Deletes some of what expired, when that was not done for a while; goes on soon while there is more. */
  async #sweep(): Promise<void> {
    const now = this.#now();
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + sweepPause;
    const values = [Math.floor(now - clockDifference), sweepSize];
    try {
      const { rowCount } = await this.#pool.query({ name: 'sweep', text: sweepStatement, values });
      if (rowCount === sweepSize) this.#sweepAt = 0;
    } catch (error) {
      // Nobody asked for it, and it is tried again.
      log.warn({ err: error }, 'Old marks of what was seen could not be deleted.');
    }
  }
}

async function makeTable(client: pg.Client): Promise<void> {
  let kind = 'unlogged table';
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(`create ${kind} if not exists seen (mark bytea primary key, until bigint not null);
        create index if not exists seen_until on seen (until)`);
      return;
    } catch (error) {
      const code = error instanceof pg.DatabaseError ? error.code ?? '' : '';
      if (code === '0A000' && kind !== 'table') kind = 'table';
      else if (attempt >= 10 || !races.has(code)) throw error;
    }
    await backOff(attempt, 10, 200);
  }
}
