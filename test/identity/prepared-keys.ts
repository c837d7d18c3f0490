import { SigningKeys } from '../../src/identity/keys.ts';
import type { Database } from '../../src/storage/database.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';

let template: Promise<MemoryDatabase> | undefined;

/** A database in memory that has signing keys already, the same in all of them: it takes long to make an RSA key. */
export async function databaseWithKeys(): Promise<Database> {
  template ??= (async () => {
    const made = new MemoryDatabase();
    await (await SigningKeys.open(made, { keyDays: 90 }))[Symbol.asyncDispose]();
    return made;
  })();
  const copy = new MemoryDatabase();
  for await (const { key, value } of (await template).range([])) await copy.commit({ puts: [{ key, value }] });
  return copy;
}
