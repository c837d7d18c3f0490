import type { Context } from 'koa';
import type { Agent } from '../access/agent.ts';
import type { ResourcePath } from '../pods/path.ts';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Asked } from './subscription-request.ts';

/** The types of channels (Solid Notifications Protocol, Notification Channel Types), as they stand in addresses. */
export type ChannelTypeName = 'WebSocketChannel2023' | 'StreamingHTTPChannel2023' | 'WebhookChannel2023';

/**
 * What somebody asked to be told, and how: the Notification Channel Data Model with what we must know beside. Kept in
 * the database under `id`. What types need more is in records that extend this one.
 */
export interface Channel {
  /** The SHA-256 of the secret in its address (`hashOf`): whoever reads the database cannot use the channel. */
  readonly id: string;
  readonly type: ChannelTypeName;
  /** The id of the pod, which stays when the pod moves to another address. */
  readonly pod: string;
  /** The topic, within the pod. */
  readonly path: ResourcePath;
  /** Whether what is below a container is reported too: our extension `depth: infinity`. */
  readonly deep: boolean;
  /** Who is told, and under which authority: judged again whenever there is something to tell. */
  readonly agent: Agent;
  /** For whose number of channels it counts: a WebID, or the network of who has none. */
  readonly by: string;
  readonly accept: 'jsonld' | 'turtle';
  /** Milliseconds since 1970. Nothing that happens before is reported. */
  readonly startAt?: number;
  /** Milliseconds since 1970. Always set: no channel lives for ever. */
  readonly endAt: number;
  /** The least time between two messages, in milliseconds. What happens meanwhile is told by its last message alone. */
  readonly rate?: number;
  /** The entity tag that the subscriber knows. A message comes at once when the topic is in another state. */
  readonly state?: string;
  /** When it was made, in milliseconds since 1970. */
  readonly created: number;
  /** The last sequence number of the pod's change log that is not for this channel. What comes after, is. */
  readonly after: number;
  /**
   * Whether the agent might read the topic when that was last judged: what counts when a topic is gone together with
   * its access rules. Absent: yes, as when it was made.
   */
  readonly held?: boolean;
  /** When the record may be deleted (`accounts/expiry.ts`), in milliseconds since 1970. */
  readonly expires: number;
}

/** What the answer to a subscription says beside what was asked, by the terms of the data model. */
export type Told = Readonly<Partial<Record<'receiveFrom' | 'sendTo' | 'sender', string>>>;

/** One type of channels, and what it alone knows: how messages get to the subscriber. */
export interface ChannelType {
  readonly name: ChannelTypeName;
  /**
   * Opens a channel for a request that was checked and allowed: keeps it under its id and says where messages go.
   * `secret` is what `channel.id` is the hash of, and what its address ends in. Throws `unprocessable` for what the
   * type cannot do, `too-many` and `busy` when there are too many channels.
   */
  open(channel: Channel, secret: string, asked: Asked, ctx: Context): Promise<Told>;
  /** Answers a request to the address of a channel, whatever its method; throws `missing` when there is no such one. */
  visit(ctx: Context, secret: string): Promise<void>;
}

/** Where all that belongs to notifications is, below the base URL. */
export const notificationsPath = '.notifications/';

/** The address of a subscription service (Solid Notifications Protocol, Subscription Server). */
export function serviceUrl(baseUrl: string, type: ChannelTypeName): string {
  return `${baseUrl}${notificationsPath}${type}/`;
}

/** The address of a channel, which nobody can guess: 256 random bits. */
export function channelUrl(baseUrl: string, type: ChannelTypeName, secret: string): string {
  return serviceUrl(baseUrl, type) + secret;
}

export function encodeChannel(channel: Channel): Uint8Array {
  const { id: _, ...record } = channel;
  return encodeJson(record);
}

export function decodeChannel<T extends Channel = Channel>(id: string, value: Uint8Array): T {
  return { id, ...decodeJson<Omit<T, 'id'>>(value) } as T;
}
