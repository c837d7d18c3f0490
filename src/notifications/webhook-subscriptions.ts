import { decodePod } from '../pods/pod.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import { WebhookRecords } from './webhook-records.ts';
import type { Progress, Webhook } from './webhook-records.ts';

/** A webhook, as whoever has it sees it. Times in milliseconds since 1970. */
export interface Subscription {
  /** No secret. */
  readonly id: string;
  readonly type: Webhook['type'];
  /** The URL of what is watched; absent when its pod is gone. */
  readonly topic?: string;
  readonly deep: boolean;
  readonly webId: string;
  /** The app that subscribed. */
  readonly client?: string;
  /** The origin of where messages go; the rest of the address may be a secret of the app. */
  readonly receiver: string;
  readonly since: number;
  readonly until: number;
  readonly lastDelivery?: number;
  /** `failing`: the last message was not taken, and is tried again; `disabled`: nothing more is tried. */
  readonly state: 'working' | 'failing' | 'disabled';
  readonly reason?: string;
}

/** The webhooks of people: what goes on when nobody is connected. */
export class Subscriptions {
  readonly #database: Database;
  readonly #records: WebhookRecords;

  constructor(database: Database) {
    this.#database = database;
    this.#records = new WebhookRecords(database);
  }

  /** Those that apps made in the name of some WebIDs, the latest first. */
  async of(webIds: readonly string[]): Promise<Subscription[]> {
    const found = (await Promise.all(webIds.map((webId) => this.#records.of(webId)))).flat();
    const ids = [...new Set(found.map(({ webhook }) => webhook.pod))];
    const entries = await this.#database.get(ids.map((id) => keys.pod(id)));
    const bases = new Map(ids.map((id, i) => {
      const entry = entries[i];
      return [id, entry && decodePod(id, entry).base];
    }));
    return found.map(({ webhook, progress }) => shown(webhook, progress, bases.get(webhook.pod)))
      .toSorted((one, other) => other.since - one.since);
  }

  /** Ends one of these; false when there is none with this id. What is being sent at this moment may still arrive. */
  async end(id: string, webIds: readonly string[]): Promise<boolean> {
    if (!/^[0-9a-f]{64}$/.test(id)) return false;
    const webhook = await this.#records.find(id);
    return webhook !== undefined && webIds.includes(webhook.by) && await this.#records.end(id);
  }
}

function shown(webhook: Webhook, progress: Progress | undefined, base: string | undefined): Subscription {
  const { id, type, deep, by, agent: { client }, sendTo, created, endAt, disabled } = webhook;
  const last = progress?.last ?? disabled?.last;
  const reason = disabled?.reason ?? progress?.failing?.reason;
  return {
    id, type, deep, webId: by, receiver: new URL(sendTo).origin, since: created, until: endAt,
    ...(base !== undefined && { topic: base + webhook.path.slice(1) }),
    ...(client !== undefined && { client }), ...(last !== undefined && { lastDelivery: last }),
    state: disabled !== undefined ? 'disabled' : progress?.failing !== undefined ? 'failing' : 'working',
    ...(reason !== undefined && { reason }),
  };
}
