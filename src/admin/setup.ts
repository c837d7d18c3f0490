import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { encodeJson, decodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import type { Database, Entry } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';

/**
 * The link with which somebody becomes the owner of a node that has none yet. It is good once; a new one, which each
 * start of the server makes, replaces it.
 */
export class SetupLink {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes the secret of a new link. */
  async make(): Promise<string> {
    const secret = randomBytes(32).toString('base64url');
    await this.#database.commit({ puts: [{ key: keys.setup, value: encodeJson({ hash: hashOf(secret) }) }] });
    return secret;
  }

  /** Throws `forbidden` when a link is not good. */
  async check(secret: string): Promise<void> {
    const [entry, owners] = await this.#database.get([keys.setup, keys.owners]);
    if (isOwned(owners) || !isGood(secret, entry)) throw dead();
  }

  /** Uses a link, in the commit of what is done with it. Throws `forbidden` when it is not good. */
  async use(writes: Beside, secret: string): Promise<void> {
    const [entry, owners] = await writes.read([keys.setup, keys.owners]);
    if (isOwned(owners) || !isGood(secret, entry)) throw dead();
    writes.delete(keys.setup);
  }
}

function isOwned(owners: Entry | undefined): boolean {
  return owners !== undefined && decodeJson<string[]>(owners.value).length > 0;
}

function isGood(secret: string, entry: Entry | undefined): boolean {
  if (entry === undefined) return false;
  return timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(decodeJson<{ hash: string }>(entry.value).hash));
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function dead(): Problem {
  return new Problem('forbidden', 'This link is good for nothing: this server was set up already, or it has made a '
    + 'newer one since, which it told when it started.');
}
