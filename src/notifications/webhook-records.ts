import { expiryEntry, expiryKey } from '../accounts/expiry.ts';
import type { End } from '../accounts/expiry.ts';
import { hashOf } from '../accounts/secret.ts';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Check, Database, Key } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Channel } from './channel.ts';
import { decodeChannel, encodeChannel } from './channel.ts';
import type { Cursor } from './messages.ts';

/** A channel whose messages are sent to a receiver. */
export interface Webhook extends Channel {
  readonly type: 'WebhookChannel2023';
  /** An absolute URL without a fragment. */
  readonly sendTo: string;
  /** Since when, in milliseconds since 1970, and why nothing is sent any more. */
  readonly disabled?: { readonly at: number; readonly reason: string; readonly last?: number };
}

/** How far a webhook was told: all messages up to the cursor. */
export interface Progress extends Cursor {
  /** `Channel.held`, as of then. */
  readonly held?: boolean;
  /** Whether the message about the state was sent, or was not due. */
  readonly begun?: boolean;
  /** When a message was delivered last, in milliseconds since 1970. */
  readonly last?: number;
  /** Since when every try has failed, how many, why, and when the next one is due. */
  readonly failing?: {
    readonly since: number; readonly attempts: number; readonly next: number; readonly reason: string;
  };
}

/** How many records are read at a time. */
const pageLength = 100;

/**
 * Webhooks in the database: the channel under `channel/`; what changes with every message beside it, under `delivery/`,
 * and only for those that are told; and whose they are, under `subscriber/`.
 */
export class WebhookRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async keep(webhook: Webhook, progress: Progress): Promise<void> {
    const key = keys.channel(webhook.id);
    await this.#database.commit({
      puts: [
        { key, value: encodeChannel(webhook) }, expiryEntry(key, webhook.expires),
        { key: keys.delivery(webhook.id), value: encodeJson(progress) },
        { key: subscriberKey(webhook), value: new Uint8Array() },
      ],
    });
  }

  /** The webhook, when it has not ended. */
  async find(id: string): Promise<Webhook | undefined> {
    const [entry] = await this.#database.get([keys.channel(id)]);
    const webhook = entry && decodeChannel<Channel>(id, entry.value);
    return webhook !== undefined && isWebhook(webhook) ? webhook : undefined;
  }

  /** Deletes all of a webhook; false when there is none. */
  async end(id: string): Promise<boolean> {
    const webhook = await this.find(id);
    if (webhook === undefined) return false;
    const key = keys.channel(id);
    await this.#database.commit({
      deletes: [key, expiryKey(key, webhook.expires), keys.delivery(id), subscriberKey(webhook)],
    });
    return true;
  }

  /** Keeps how far a webhook was told, as long as it is told at all and `checks` hold; false when not. */
  async save(id: string, progress: Progress, checks: readonly Check[]): Promise<boolean> {
    const key = keys.delivery(id);
    const saved = await this.#database.commit({
      checks: [{ key, exists: true }, ...checks], puts: [{ key, value: encodeJson(progress) }],
    });
    return saved !== undefined;
  }

  /** Has a webhook told no more, but lets its subscriber see why; false as for `save`. */
  async disable(webhook: Webhook, disabled: Webhook['disabled'], checks: readonly Check[]): Promise<boolean> {
    const key = keys.channel(webhook.id);
    const done = await this.#database.commit({
      checks: [{ key, exists: true }, { key: keys.delivery(webhook.id), exists: true }, ...checks],
      puts: [{ key, value: encodeChannel({ ...webhook, disabled } as Webhook) }],
      deletes: [keys.delivery(webhook.id)],
    });
    return done !== undefined;
  }

  /** Those that are told. */
  async * active(): AsyncIterable<{ readonly webhook: Webhook; readonly progress: Progress }> {
    for await (const page of pages(this.#database.range(keys.deliveries))) {
      const channels = await this.#database.get(page.map(({ key }) => keys.channel(key[1]!)));
      for (const [i, { key, value }] of page.entries()) {
        const channel = channels[i];
        // One that ended while this was read.
        if (channel === undefined) continue;
        yield { webhook: decodeChannel<Webhook>(key[1]!, channel.value), progress: decodeJson<Progress>(value) };
      }
    }
  }

  /** Those of somebody, by `Channel.by`; with how far they were told, unless that is over. */
  async of(by: string): Promise<{ readonly webhook: Webhook; readonly progress?: Progress }[]> {
    const found: { webhook: Webhook; progress?: Progress }[] = [];
    for await (const page of pages(this.#database.range(keys.subscriber(hashOf(by))))) {
      const ids = page.map(({ key }) => key[2]!);
      const entries = await this.#database.get(ids.flatMap((id) => [keys.channel(id), keys.delivery(id)]));
      for (const [i, id] of ids.entries()) {
        const [channel, delivery] = entries.slice(2 * i);
        if (channel === undefined) continue;
        found.push({
          webhook: decodeChannel<Webhook>(id, channel.value),
          ...(delivery && { progress: decodeJson<Progress>(delivery.value) }),
        });
      }
    }
    return found;
  }

  /** How many somebody has, counted to `limit`. */
  async countOf(by: string, limit: number): Promise<number> {
    let count = 0;
    for await (const _ of this.#database.range(keys.subscriber(hashOf(by)), { limit })) count += 1;
    return count;
  }

  /** How many are told, counted to `limit`. */
  async count(limit: number): Promise<number> {
    let count = 0;
    for await (const _ of this.#database.range(keys.deliveries, { limit })) count += 1;
    return count;
  }
}

/** What goes with a channel that has expired. */
export const channelEnd: End = {
  also: ([, id = ''], value) => [keys.delivery(id), subscriberKey(decodeChannel(id, value))],
};

function subscriberKey({ by, id }: Pick<Channel, 'by' | 'id'>): Key {
  return keys.subscriber(hashOf(by), id);
}

function isWebhook(channel: Channel): channel is Webhook {
  return channel.type === 'WebhookChannel2023' && channel.expires > Date.now();
}

async function * pages<T>(entries: AsyncIterable<T>): AsyncIterable<T[]> {
  let page: T[] = [];
  for await (const entry of entries) {
    if (page.push(entry) < pageLength) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
