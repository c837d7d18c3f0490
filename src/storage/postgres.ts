import pg from 'pg';
import { log } from '../log.ts';
import { Problem } from '../problem.ts';
import type { Check, Database, Entry, Key, Version, Write } from './database.ts';
import { byteText, encodeWrite, type EncodedWrite } from './encoded-write.ts';
import { keyBytes, keyOf, rangeBounds } from './key-bytes.ts';
import { backOff, connect, connectionOptions } from './postgres-connection.ts';
import { migrate } from './postgres-migrations.ts';
import { versionNumber, versionText } from './version-text.ts';

/** How often a commit is tried when others write the same at the same time, before it is refused as `busy`. */
const commitAttempts = 20;

/** Milliseconds between those attempts: at first, and at most. */
const firstDelay = 4;
const mostDelay = 250;

/** A page of a range has this many entries at most, and ends once it has this many bytes of values. */
const pageEntries = 500;
const pageBytes = 1024 * 1024;

/** What a check wants, as a number that is no version: versions start at 1. */
const wantsNone = 0n;
const wantsAny = -1n;
const wantsTheImpossible = -2n;

/**
 * A commit: $1, $2 the checked keys and what is wanted of each; $3 the keys to delete; $4, $5 keys to put and values.
 *
 * All parts of the statement see one snapshot, the one before it. The stored versions are looked up one by one because
 * a join might read the whole table, and then collide with every other commit. Nothing is written in a session that
 * has lost its isolation level (a connection pooler between us and the server would do that).
 */
const commitStatement = `
  with failed as (
    select 1 from unnest($1::bytea[], $2::bigint[]) as checked(key, wanted)
    where case checked.wanted
      when ${wantsAny} then not exists (select 1 from entries where entries.key = checked.key)
      else checked.wanted <> coalesce((select version from entries where entries.key = checked.key), ${wantsNone})
    end
  ), fresh as (
    select nextval('entries_version') as version
    where not exists (select 1 from failed) and current_setting('transaction_isolation') = 'serializable'
  ), deleted as (
    delete from entries where key = any($3::bytea[]) and exists (select 1 from fresh)
  ), written as (
    insert into entries (key, value, version)
    select put.key, put.value, fresh.version from unnest($4::bytea[], $5::bytea[]) as put(key, value), fresh
    on conflict (key) do update set value = excluded.value, version = excluded.version
  )
  select (select version from fresh) as version, current_setting('transaction_isolation') as isolation`;

const getStatement = 'select key, value, version from entries where key = any($1::bytea[])';

/** A page: the entries between $1 and $2, both excluded, $3 at most, until the values before one have $4 bytes. */
const pageStatement = `
  select key, value, version from (
    select key, value, version,
      sum(octet_length(value)) over (order by key rows unbounded preceding) - octet_length(value) as before
    from entries where key > $1 and key < $2 order by key limit $3
  ) as page where before < $4 order by key`;

/** Small tables tempt the planner to read them whole, which makes every commit a conflict with every other. */
const writerSession = `set session characteristics as transaction isolation level serializable;
  set enable_seqscan = off`;

/** One statement sees one moment at any isolation level; this one cannot fail for what others write. */
const readerSession = 'set session characteristics as transaction isolation level read committed';

interface Row { key: Buffer; value: Buffer; version: string }

/**
 * Opens the database of a PostgreSQL server and makes or updates its tables; any number of processes may share it.
 * Rejects with an `Error` that names the database when it cannot be reached. `connections` is how many are used at
 * most for reading, and as many again for writing.
 *
 * It needs sessions of its own (no pooling by transaction in between), and keeps to what other servers with this wire
 * protocol and serialisable transactions have. CockroachDB wants `sql.multiple_modifications_of_table.enabled`,
 * YugabyteDB `ysql_sequence_cache_minval=1`.
 */
export async function openPostgres(connectionString: string, { connections = 10 } = {}): Promise<Database> {
  const client = new pg.Client(connectionOptions(connectionString, 'freehold migrations'));
  client.on('error', (error) => log.error({ reason: error.message }, 'The connection to PostgreSQL broke.'));
  try {
    await connect(client);
    await migrate(client);
  } finally {
    await client.end();
  }
  return new PostgresDatabase(
    openPool(connectionString, connections, readerSession),
    openPool(connectionString, connections, writerSession),
  );
}

class PostgresDatabase implements Database {
  readonly #readers: pg.Pool;
  readonly #writers: pg.Pool;
  readonly #inFlight = new Set<Promise<unknown>>();
  #closed = false;

  constructor(readers: pg.Pool, writers: pg.Pool) {
    this.#readers = readers;
    this.#writers = writers;
  }

  async get(keys: readonly Key[]): Promise<(Entry | undefined)[]> {
    const encoded = keys.map(keyBytes);
    const rows = await this.#whileOpen(() => query<Row>(this.#readers, 'get', getStatement, [encoded]));
    const found = new Map(rows.map((row) => [byteText(row.key), row]));
    return encoded.map((key, index) => {
      const row = found.get(byteText(key));
      return row && entry(keys[index]!, row);
    });
  }

  async *range(prefix: Key, { after, limit = Infinity }: { after?: Key; limit?: number } = {}): AsyncIterable<Entry> {
    const { gt, lt } = rangeBounds(prefix, after);
    let last = gt;
    for (let left = limit; left > 0;) {
      const values = [last, lt, Math.min(left, pageEntries), pageBytes];
      const rows = await this.#whileOpen(() => query<Row>(this.#readers, 'page', pageStatement, values));
      if (rows.length === 0) return;
      for (const row of rows) yield entry(keyOf(row.key), row);
      last = rows.at(-1)!.key;
      left -= rows.length;
    }
  }

  async commit(write: Write): Promise<Version | undefined> {
    const values = commitValues(encodeWrite(write));
    return this.#whileOpen(() => commitAmongOthers(this.#writers, values));
  }

  /** Waits for what is in flight, then closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#inFlight);
    await Promise.all([this.#readers.end(), this.#writers.end()]);
  }

  async #whileOpen<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('The PostgreSQL database is closed.');
    const running = work();
    this.#inFlight.add(running);
    try {
      return await running;
    } finally {
      this.#inFlight.delete(running);
    }
  }
}

/** Commits, again after each conflict with others. */
async function commitAmongOthers(writers: pg.Pool, values: unknown[]): Promise<Version | undefined> {
  for (let attempt = 1; attempt <= commitAttempts; attempt += 1) {
    try {
      return await commitOnce(writers, values);
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
    await backOff(attempt, firstDelay, mostDelay);
  }
  throw new Problem('busy', 'Too many others write the same at the same time. Try again in a moment.');
}

async function commitOnce(writers: pg.Pool, values: unknown[]): Promise<Version | undefined> {
  const rows = await query<{ version: string | null; isolation: string }>(writers, 'commit', commitStatement, values);
  const { version, isolation } = rows[0]!;
  if (isolation !== 'serializable') {
    throw new Error(`A connection to PostgreSQL lost its isolation level and is at "${isolation}": is there a pooler?`);
  }
  return version === null ? undefined : versionText(BigInt(version));
}

/** One statement, prepared under its name; gives the rows. Throws `Problem('busy')` when the server does not serve. */
async function query<R extends pg.QueryResultRow>(
  pool: pg.Pool, name: string, text: string, values: unknown[],
): Promise<R[]> {
  try {
    return (await pool.query<R>({ name, text, values })).rows;
  } catch (error) {
    throw isOutage(error) ? outage(error) : error;
  }
}

function openPool(connectionString: string, max: number, session: string): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOptions(connectionString, 'freehold'),
    max,
    verify: (client, done) => client.query(session, (error) => done(error)),
  });
  pool.on('error', (error) => log.error({ reason: error.message }, 'A connection to PostgreSQL broke.'));
  return pool;
}

/** Puts in key order, so that two commits lock what they share in the same order. */
function commitValues({ checks, puts, deletes }: EncodedWrite): unknown[] {
  const ordered = puts.toSorted((one, other) => Buffer.compare(one.bytes, other.bytes));
  return [
    checks.map(({ key }) => keyBytes(key)), checks.map(wantedNumber),
    deletes.map(({ bytes }) => bytes),
    ordered.map(({ bytes }) => bytes), ordered.map(({ value }) => value),
  ];
}

function wantedNumber(check: Check): bigint {
  if ('version' in check) return versionNumber(check.version) ?? wantsTheImpossible;
  return check.exists ? wantsAny : wantsNone;
}

function entry(key: Key, { value, version }: Row): Entry {
  return { key, value, version: versionText(BigInt(version)) };
}

/** Serialisation failure or deadlock: the server did nothing, and asks to try again. */
function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40001' || error.code === '40P01');
}

/**
 * Whether it is the server that fails, not the statement: no answer at all, no connection (classes 08, 28, 3D, 55 of
 * PostgreSQL's error codes), or no means to go on (53, 57, 58).
 */
export function isOutage(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || /^(08|28|3D|53|55|57|58)/.test(error.code ?? '');
}

export function outage(cause: unknown): Problem {
  return Object.assign(new Problem('busy', 'The database cannot be reached. Try again in a moment.'), { cause });
}
