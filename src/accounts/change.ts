import { setTimeout as sleep } from 'node:timers/promises';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import type { Check, Database, Entry, Key, Write } from '../storage/database.ts';

/** How often a change is tried when others are faster, and the longest wait before the next try. */
const maxAttempts = 16;
const longestWaitMilliseconds = 100;

/**
 * Makes a change of several entries, all of it or nothing: what `work` read is what the commit checks, so that nobody
 * else's change comes between. `work` runs again when somebody was faster, so it does nothing but read and write; what
 * it throws leaves everything as it was. Throws `busy` when others were faster each time.
 */
export async function change<T>(database: Database, work: (writes: Beside) => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const draft = new Draft(database);
    const result = await work(draft);
    const write = draft.toWrite();
    if (write === undefined || await database.commit(write) !== undefined) return result;
    await sleep(Math.random() * Math.min(2 ** attempt, longestWaitMilliseconds));
  }
  throw new Problem('busy', 'This account is being changed from too many places at once. Try again in a moment.',
    { 'retry-after': '1' });
}

/** What one commit will check and write. It does not see its own writes: each entry is read, then written. */
class Draft implements Beside {
  readonly #database: Database;
  /** By `key.join('\0')`. */
  readonly #read = new Map<string, { key: Key; entry: Entry | undefined }>();
  readonly #written = new Map<string, { key: Key; value: Uint8Array | undefined }>();

  constructor(database: Database) {
    this.#database = database;
  }

  readonly read = async (wanted: readonly Key[]): Promise<readonly (Entry | undefined)[]> => {
    const unknown = wanted.filter((key) => !this.#read.has(key.join('\0')));
    const found = unknown.length === 0 ? [] : await this.#database.get(unknown);
    unknown.forEach((key, i) => this.#read.set(key.join('\0'), { key, entry: found[i] }));
    return wanted.map((key) => this.#read.get(key.join('\0'))!.entry);
  };

  readonly put = (key: Key, value: Uint8Array): void => {
    this.#written.set(key.join('\0'), { key, value });
  };

  readonly delete = (key: Key): void => {
    this.#written.set(key.join('\0'), { key, value: undefined });
  };

  /** `undefined` when there is nothing to write. */
  toWrite(): Write | undefined {
    if (this.#written.size === 0) return undefined;
    const written = [...this.#written.values()];
    return {
      checks: [...this.#read.values()].map(({ key, entry }): Check =>
        entry === undefined ? { key, exists: false } : { key, version: entry.version }),
      puts: written.flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }])),
      deletes: written.flatMap(({ key, value }) => (value === undefined ? [key] : [])),
    };
  }
}
