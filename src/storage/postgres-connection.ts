import { setTimeout } from 'node:timers/promises';
import type pg from 'pg';

/** Milliseconds after which a connection that is not there, or a free one of a pool, is given up. */
const connectTimeout = 5_000;

/** Milliseconds after which an answer is given up. */
const answerTimeout = 30_000;

/** Milliseconds of silence after which the system looks whether the other side is still there. */
const keepAliveDelay = 10_000;

/** What all connections to PostgreSQL have in common. `name` is what its list of connections shows. */
export function connectionOptions(connectionString: string, name: string): pg.ClientConfig {
  return {
    connectionString,
    fallback_application_name: name,
    connectionTimeoutMillis: connectTimeout,
    query_timeout: answerTimeout,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelay,
  };
}

/** Connects the client. Rejects with an `Error` that names the database (never the password) when it cannot. */
export async function connect(client: pg.Client): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    const place = `${client.database ?? ''} at ${client.host}:${client.port}`;
    // A name that has several addresses fails with one error for each, and no message of its own.
    const reasons = error instanceof AggregateError ? error.errors : [error];
    const why = reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason))).join('; ');
    throw new Error(`The PostgreSQL database ${place} cannot be reached: ${why}`, { cause: error });
  }
}

/**
 * Waits before a further attempt: `first` milliseconds before the second one, doubling up to `most`, and up to half of
 * it less by chance, so that those who failed together do not try again together. Rejects when `signal` aborts.
 */
export async function backOff(attempt: number, first: number, most: number, signal?: AbortSignal): Promise<void> {
  const delay = Math.min(most, first * 2 ** (attempt - 1));
  await setTimeout(delay * (1 - Math.random() / 2), undefined, signal === undefined ? {} : { signal });
}
