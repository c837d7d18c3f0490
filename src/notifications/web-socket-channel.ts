import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { hashOf } from '../accounts/secret.ts';
import { Problem } from '../problem.ts';
import type { Channel, ChannelType, Told } from './channel.ts';
import { channelUrl } from './channel.ts';
import type { Core } from './core.ts';
import { readResumption } from './resumption.ts';
import { Outlet } from './outlet.ts';
import { whenClosed } from './sockets.ts';
import type { Socket } from './sockets.ts';

/**
 * WebSocketChannel2023: messages come as texts, over a WebSocket at an address that only the subscriber knows, is good
 * for one connection, and has to be used soon. To go on where a connection broke off, one subscribes again and
 * connects with `?since=`, the id of the last message that one has: our extension.
 */
export class WebSocketChannels implements ChannelType {
  readonly name = 'WebSocketChannel2023';
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  async open(channel: Channel, secret: string): Promise<Told> {
    const { places, channels, unusedSeconds, baseUrl } = this.#core;
    const waiting = { ...channel, expires: Math.min(channel.endAt, Date.now() + unusedSeconds * 1000) };
    places.take(channel.by, channel.id, waiting.expires);
    await channels.keep(waiting);
    return { receiveFrom: channelUrl(baseUrl, this.name, secret).replace(/^http/, 'ws') };
  }

  async visit(ctx: Context, secret: string): Promise<void> {
    const channel = await this.#core.channels.find(hashOf(secret), this.name);
    if (channel === undefined) throw new Problem('missing', 'There is no such channel, or it was used already.');
    if (ctx.method !== 'DELETE') {
      throw new Problem('method', 'This is the address of a WebSocket.', { allow: 'DELETE' });
    }
    await this.#core.channels.end(channel);
    this.#core.places.release(channel.by, channel.id);
    ctx.status = 204;
  }

  /** What is done with a WebSocket at the address of a channel. Throws `missing` and `invalid`, and `forbidden`. */
  async admit(request: IncomingMessage, secret: string): Promise<(socket: Socket) => Outlet> {
    const { channels, places, renew } = this.#core;
    const waiting = await channels.find(hashOf(secret), this.name);
    const since = new URL(request.url ?? '', this.#core.baseUrl).searchParams.get('since') ?? undefined;
    const cursor = waiting && await readResumption(this.#core, waiting, since);
    const channel = waiting && await channels.take(waiting.id, this.name);
    if (channel === undefined) throw new Problem('missing', 'There is no such channel, or it was used already.');
    const agent = await renew(channel.agent);
    if (agent === undefined) throw new Problem('forbidden', 'The grant under which the channel was made is gone.');
    places.take(channel.by, channel.id, channel.endAt);
    whenClosed(request, () => places.release(channel.by, channel.id));
    return (socket) => new Outlet({ ...channel, agent }, cursor, {
      send: (messages) => socket.send(messages.map(({ text }) => text)),
      end: (why) => socket.end(why),
    }, this.#core);
  }
}
