import { hash, randomBytes } from 'node:crypto';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';

/**
 * The 32 random bytes under a name, which are made when somebody first asks for them: the same for all processes, and
 * after every restart.
 */
export async function sharedSecret(database: Database, name: string): Promise<Buffer> {
  const key = keys.secret(name);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const [entry] = await database.get([key]);
    if (entry !== undefined) return Buffer.from(entry.value);
    // Another process may be faster: then its secret is the one.
    await database.commit({ checks: [{ key, exists: false }], puts: [{ key, value: randomBytes(32) }] });
  }
  throw new Error(`The secret "${name}" could not be made.`);
}

/** What stands in keys and values for an id that is worth something to whoever knows it: its SHA-256, in base64url. */
export function digest(secret: string): string {
  return hash('sha256', secret, 'base64url');
}
