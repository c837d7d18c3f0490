import { expiryEntry, expiryKey } from '../accounts/expiry.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Channel } from './channel.ts';
import { decodeChannel, encodeChannel } from './channel.ts';

/** The channels that wait for their subscriber, in the database: for whichever process the subscriber comes to. */
export class Channels {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps a channel until it expires. */
  async keep(channel: Channel): Promise<void> {
    const key = keys.channel(channel.id);
    await this.#database.commit({ puts: [{ key, value: encodeChannel(channel) }, expiryEntry(key, channel.expires)] });
  }

  /** The channel with an id, if there is one of that type that has not expired. */
  async find(id: string, type: Channel['type']): Promise<Channel | undefined> {
    return (await this.#find(id, type))?.channel;
  }

  /** The same, which then is no more there: of several who come for it, one gets it. */
  async take(id: string, type: Channel['type']): Promise<Channel | undefined> {
    const found = await this.#find(id, type);
    if (found === undefined) return undefined;
    const key = keys.channel(id);
    const taken = await this.#database.commit({
      checks: [{ key, version: found.version }], deletes: [key, expiryKey(key, found.channel.expires)],
    });
    return taken === undefined ? undefined : found.channel;
  }

  async end({ id, expires }: Pick<Channel, 'id' | 'expires'>): Promise<void> {
    const key = keys.channel(id);
    await this.#database.commit({ deletes: [key, expiryKey(key, expires)] });
  }

  async #find(id: string, type: Channel['type']): Promise<{ channel: Channel; version: string } | undefined> {
    const [entry] = await this.#database.get([keys.channel(id)]);
    if (entry === undefined) return undefined;
    const channel = decodeChannel(id, entry.value);
    return channel.type === type && channel.expires > Date.now() ? { channel, version: entry.version } : undefined;
  }
}
