import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { log } from '../log.ts';
import { MemorySignal } from './memory-signal.ts';
import { backOff, connect, connectionOptions } from './postgres-connection.ts';
import type { Signal } from './signal.ts';

/** The channel of PostgreSQL that carries the hints of all topics. */
const channel = 'freehold';

const notifyStatement = 'select pg_notify($1, payload) from unnest($2::text[]) as payload';

/** Topics that wait to be sent, at most; further ones are dropped. */
const pendingLimit = 10_000;

/** Milliseconds between attempts to connect again: at first, and at most. */
const firstDelay = 100;
const mostDelay = 30_000;

/**
 * A signal between all processes that share a PostgreSQL database, by LISTEN and NOTIFY on a connection of its own.
 * Rejects with an `Error` that names the database when it cannot be reached; later breaks are mended by connecting
 * again, after which all listeners are woken because something may have been missed.
 */
export async function openPostgresSignal(connectionString: string): Promise<Signal> {
  const signal = new PostgresSignal(connectionString);
  await signal.connect();
  return signal;
}

class PostgresSignal implements Signal {
  readonly #connectionString: string;
  /** Tells our own hints, which need not come back, from those of other processes. */
  readonly #self = randomUUID();
  readonly #local = new MemorySignal();
  readonly #pending = new Set<string>();
  readonly #closing = new AbortController();
  #client: pg.Client | undefined;
  #sending: Promise<void> | undefined;

  constructor(connectionString: string) {
    this.#connectionString = connectionString;
  }

  notify(topic: string): void {
    const name = wireName(topic);
    this.#local.notify(name);
    if (this.#pending.size < pendingLimit) this.#pending.add(name);
    this.#startSending();
  }

  listen(topic: string, wake: () => void): Disposable {
    return this.#local.listen(wireName(topic), wake);
  }

  async connect(): Promise<void> {
    const client = new pg.Client(connectionOptions(this.#connectionString, 'freehold signal'));
    client.on('error', (error) => log.warn({ reason: error.message }, 'The connection for signals broke.'));
    client.on('notification', ({ payload = '' }) => this.#receive(payload));
    try {
      await connect(client);
      await client.query(`listen ${channel}`);
    } catch (error) {
      await client.end();
      throw error;
    }
    this.#client = client;
    client.on('end', () => void this.#reconnect());
    if (this.#closing.signal.aborted) await client.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#sending;
    await this.#local[Symbol.asyncDispose]();
    await this.#client?.end();
  }

  #receive(payload: string): void {
    const [sender, name] = payload.split(' ', 2);
    if (sender !== this.#self && name !== undefined) this.#local.notify(name);
  }

  #startSending(): void {
    if (this.#client !== undefined && this.#pending.size > 0) this.#sending ??= this.#send();
  }

  /** Sends what is pending; what comes in the meantime goes in the next round, once however often it was notified. */
  async #send(): Promise<void> {
    while (this.#client !== undefined && this.#pending.size > 0) {
      const payloads = [...this.#pending].map((name) => `${this.#self} ${name}`);
      this.#pending.clear();
      try {
        await this.#client.query(notifyStatement, [channel, payloads]);
      } catch (error) {
        log.warn({ err: error, count: payloads.length }, 'Signals to other processes were dropped.');
      }
    }
    this.#sending = undefined;
  }

  async #reconnect(): Promise<void> {
    this.#client = undefined;
    for (let attempt = 1; !this.#closing.signal.aborted; attempt += 1) {
      try {
        await backOff(attempt, firstDelay, mostDelay, this.#closing.signal);
        await this.connect();
      } catch (error) {
        if (!this.#closing.signal.aborted) log.warn({ err: error }, 'The connection for signals is not back yet.');
        continue;
      }
      this.#local.notifyAll();
      return this.#startSending();
    }
  }
}

/** A topic as it travels and is listened to: of one length, as PostgreSQL takes payloads below 8,000 bytes only. */
function wireName(topic: string): string {
  return createHash('sha256').update(topic).digest('base64url');
}
