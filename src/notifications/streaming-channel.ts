import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Context } from 'koa';
import { hashOf } from '../accounts/secret.ts';
import { negotiate } from '../http/accept.ts';
import { Problem } from '../problem.ts';
import type { Channel, ChannelType, Told } from './channel.ts';
import { channelUrl } from './channel.ts';
import type { Connection } from './connections.ts';
import type { Core } from './core.ts';
import { mediaTypes } from './messages.ts';
import { Outlet } from './outlet.ts';
import type { Ending } from './outlet.ts';
import { readResumption } from './resumption.ts';

/** How long a channel is kept whose subscriber is not connected. */
const resumableMilliseconds = 3_600_000;
/** How long what is still to be sent may take when the server stops. */
const stopMilliseconds = 2_000;

/** How messages follow each other in a stream of a media type; `alive` is what says nothing. */
interface Framing {
  readonly frame: (message: { readonly id: string; readonly text: string }) => string;
  readonly alive: string;
}

/** JSON text sequences by lines; concatenated Turtle is Turtle; server-sent events (HTML Standard, 9.2). */
const framings: Readonly<Record<string, Framing>> = {
  'application/x-ndjson': { frame: ({ text }) => `${text}\n`, alive: '\n' },
  [mediaTypes.turtle]: { frame: ({ text }) => `${text}\n`, alive: '\n' },
  'text/event-stream': {
    frame: ({ id, text }) => `id: ${id}\n${text.trimEnd().split('\n').map((line) => `data: ${line}\n`).join('')}\n`,
    alive: ':\n',
  },
};

/**
 * StreamingHTTPChannel2023: messages come as the body of an answer that does not end, at an address that only the
 * subscriber knows. It is good for one connection at a time, until the channel ends: as an `EventSource` does, one goes
 * on with the id of the last message in `Last-Event-ID`, or in `?since=`. Without, the channel begins anew.
 */
export class StreamingChannels implements ChannelType {
  readonly name = 'StreamingHTTPChannel2023';
  readonly #core: Core;
  readonly #streams = new Map<string, Stream>();

  constructor(core: Core) {
    this.#core = core;
  }

  async open(channel: Channel, secret: string): Promise<Told> {
    const { places, channels, unusedSeconds, baseUrl } = this.#core;
    const waiting = { ...channel, expires: Math.min(channel.endAt, Date.now() + unusedSeconds * 1000) };
    places.take(channel.by, channel.id, waiting.expires);
    await channels.keep(waiting);
    return { receiveFrom: channelUrl(baseUrl, this.name, secret) };
  }

  async visit(ctx: Context, secret: string): Promise<void> {
    const { channels, places, connections, judge, renew } = this.#core;
    const channel = await channels.find(hashOf(secret), this.name);
    if (channel === undefined) throw new Problem('missing', 'There is no such channel, or it has ended.');
    if (ctx.method === 'DELETE') return this.#delete(ctx, channel);
    if (ctx.method !== 'GET') {
      throw new Problem('method', 'A channel is read with GET and ended with DELETE.', { allow: 'GET, DELETE' });
    }
    const since = ctx.get('Last-Event-ID') || new URLSearchParams(ctx.querystring).get('since') || undefined;
    const cursor = await readResumption(this.#core, channel, since);
    const agent = await renew(channel.agent);
    if (agent === undefined) throw new Problem('forbidden', 'The grant under which the channel was made is gone.');
    const sight = await judge.look(channel.pod, channel.path);
    const held = sight?.resource === undefined ? channel.held ?? true : await judge.mayRead(sight, agent);
    using _ = connections.reserve();
    places.take(channel.by, channel.id, channel.endAt);
    // From now on it does not wait to be used, but is there until it ends.
    if (channel.expires < channel.endAt) await channels.keep({ ...channel, expires: channel.endAt });

    const plain = channel.accept === 'turtle' ? mediaTypes.turtle : 'application/x-ndjson';
    const mediaType = negotiate(ctx.get('Accept'), [plain, 'text/event-stream']) ?? plain;
    this.#streams.get(channel.id)?.outlet?.end('over');
    this.#begin(ctx, mediaType);
    const stream = new Stream(ctx.res, framings[mediaType]!, this.#core.slowReaderSeconds);
    this.#streams.set(channel.id, stream);
    connections.add(stream);
    ctx.res.once('close', () => {
      connections.delete(stream);
      if (this.#streams.get(channel.id) === stream) void this.#await({ ...channel, held: stream.outlet?.held ?? held });
    });
    stream.outlet = new Outlet({ ...channel, agent, held }, cursor, stream, this.#core);
    // Its grant may have been withdrawn while it was being opened.
    void connections.recheck([stream]);
  }

  async #delete(ctx: Context, channel: Channel): Promise<void> {
    await this.#core.channels.end(channel);
    this.#core.places.release(channel.by, channel.id);
    const stream = this.#streams.get(channel.id);
    this.#streams.delete(channel.id);
    stream?.outlet?.end('over');
    ctx.status = 204;
  }

  /** Keeps a channel for a while whose subscriber has gone, and may come back. */
  async #await(channel: Channel): Promise<void> {
    const { places, channels, log } = this.#core;
    this.#streams.delete(channel.id);
    const expires = Math.min(channel.endAt, Date.now() + resumableMilliseconds);
    try {
      places.take(channel.by, channel.id, expires);
      await channels.keep({ ...channel, expires });
    } catch (error) {
      log.warn({ err: error }, 'a channel of notifications is kept for longer than need be');
    }
  }

  #begin(ctx: Context, mediaType: string): void {
    ctx.status = 200;
    ctx.set('Content-Type', mediaType);
    ctx.set('Cache-Control', 'no-store');
    ctx.set('Connection', 'close');
    // A proxy (nginx) must not wait until there is enough to pass on.
    ctx.set('X-Accel-Buffering', 'no');
    ctx.vary('Accept');
    ctx.respond = false;
    ctx.req.socket.setTimeout(0);
    ctx.res.flushHeaders();
  }
}

/** An answer that does not end. */
class Stream implements Connection {
  readonly #response: ServerResponse;
  readonly #framing: Framing;
  readonly #slowReaderSeconds: number;
  outlet: Outlet | undefined;

  constructor(response: ServerResponse, framing: Framing, slowReaderSeconds: number) {
    this.#response = response;
    this.#framing = framing;
    this.#slowReaderSeconds = slowReaderSeconds;
    response.on('error', () => response.destroy());
    response.once('close', () => this.outlet?.[Symbol.dispose]());
  }

  ping(): void {
    if (this.#response.writableNeedDrain) this.#response.destroy();
    else this.#response.write(this.#framing.alive);
  }

  send(messages: readonly { readonly id: string; readonly text: string }[]): Promise<boolean> {
    if (this.#response.destroyed) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#slowReaderSeconds * 1000, false);
      this.#response.write(messages.map(this.#framing.frame).join(''), () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  end(why: Ending): void {
    if (why === 'slow') this.#response.destroy();
    else this.#response.end();
  }

  async stop(): Promise<void> {
    if (this.#response.destroyed || this.#response.closed) return;
    const closed = once(this.#response, 'close');
    this.outlet?.end('stopping');
    const late = setTimeout(() => this.#response.destroy(), stopMilliseconds);
    await closed;
    clearTimeout(late);
  }
}
