import type { Database, Key, Version } from '../../src/storage/database.ts';

/** Adds one to a number kept under each key, again until no other commit came between; gives the commit's version. */
export async function addOne(database: Database, keys: readonly Key[]): Promise<Version> {
  for (;;) {
    const found = await database.get(keys);
    const counts = found.map((entry) => (entry === undefined ? 0 : Number(Buffer.from(entry.value).toString())));
    const version = await database.commit({
      checks: found.map((entry, index) => (entry === undefined
        ? { key: keys[index]!, exists: false }
        : { key: keys[index]!, version: entry.version })),
      puts: counts.map((count, index) => ({ key: keys[index]!, value: Buffer.from(String(count + 1)) })),
    });
    if (version !== undefined) return version;
  }
}
