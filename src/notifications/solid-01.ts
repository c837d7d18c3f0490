import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { publicAgent } from '../access/agent.ts';
import type { Address } from '../pods/addresses.ts';
import type { Change } from '../pods/change.ts';
import type { ResourcePath } from '../pods/path.ts';
import type { Pods } from '../pods/pods.ts';
import { Problem } from '../problem.ts';
import { networkOf } from '../accounts/rate-limit.ts';
import type { Channel } from './channel.ts';
import type { Core } from './core.ts';
import { whenClosed } from './sockets.ts';
import type { Socket } from './sockets.ts';

/** How many resources one WebSocket may follow. */
const maxFollowed = 200;

export interface Solid01Options extends Core {
  readonly pods: Pods;
  readonly locate: (url: string) => Address | undefined;
  readonly addressOf: (ctx: Pick<Context, 'req'>) => string;
}

/**
 * The older protocol `solid-0.1` ("Live Updates" of the Solid specification of 2015), the only one that rdflib knows:
 * `sub <url>` is answered with `ack <url>` or `err <url> <reason>`, and each change with `pub <url>`. Nobody can say
 * here who they are, so it serves what anybody may read, and is judged again with each change.
 */
export class Solid01 {
  readonly #options: Solid01Options;

  constructor(options: Solid01Options) {
    this.#options = options;
  }

  /**
   * What is done with a WebSocket at the address in `Updates-Via`. Throws `too-many` when there are too many from the
   * same network.
   */
  async admit(request: IncomingMessage): Promise<(socket: Socket) => undefined> {
    const { places, addressOf } = this.#options;
    const [by, id] = [networkOf(addressOf({ req: request })), randomUUID()];
    places.take(by, id, Infinity);
    whenClosed(request, () => places.release(by, id));
    return (socket) => this.#open(socket);
  }

  #open(socket: Socket): undefined {
    const following = new Map<string, Disposable>();
    socket.web.once('close', () => {
      for (const one of following.values()) one[Symbol.dispose]();
    });
    // One after the other, so that nobody makes many reads at a time; what came in one piece comes also while it
    // pauses.
    let turn: Promise<unknown> = Promise.resolve();
    let waiting = 0;
    socket.web.on('message', (data, isBinary) => {
      waiting += 1;
      if (waiting > maxFollowed) return socket.end('slow');
      socket.web.pause();
      const line = isBinary ? '' : (data as Buffer).toString();
      turn = turn.then(() => this.#answer(socket, line, following)).then((text) => socket.send([text])).then(() => {
        waiting -= 1;
        if (waiting === 0) socket.web.resume();
      });
    });
    void socket.send(['protocol solid-0.1']);
  }

  /** Answers a line. Not rejected: what fails is said. */
  async #answer(socket: Socket, line: string, following: Map<string, Disposable>): Promise<string> {
    const [, verb = '', url = ''] = /^(\S{1,16}) (\S+)\s*$/.exec(line) ?? [];
    const refuse = (why: string): string => ['err', url, why].filter((word) => word !== '').join(' ');
    if (verb !== 'sub') return refuse('this socket understands "sub <url>"');
    try {
      if (following.has(url)) return `ack ${url}`;
      if (following.size >= maxFollowed) return refuse(`no more than ${maxFollowed} resources`);
      const channel = await this.#channel(url);
      if (channel === undefined) return refuse('forbidden');
      if (socket.web.readyState === socket.web.OPEN) following.set(url, this.#follow(socket, url, channel));
      return `ack ${url}`;
    } catch (error) {
      if (error instanceof Problem) return refuse(error.message);
      this.#options.log.error({ err: error }, 'a subscription by solid-0.1 failed');
      return refuse('the server failed');
    }
  }

  /** What anybody is told of a resource; `undefined` when it is none of this node, or may not be read by all. */
  async #channel(url: string): Promise<Channel | undefined> {
    const { pods, judge, locate } = this.#options;
    const address = locate(url);
    const path = address && pods.parsePath(address.path);
    const sight = address && path && await pods.look(address.base, path);
    if (sight === undefined || path === undefined || !await judge.mayRead(sight, publicAgent)) return undefined;
    return publicChannel(sight.pod.id, path, sight.tally.sequence);
  }

  #follow(socket: Socket, url: string, channel: Channel): Disposable {
    const { feed, judge, log } = this.#options;
    let now = channel;
    return feed.follow(channel, channel.after, {
      take: async (changes: readonly Change[]) => {
        const { messages, held } = await judge.messages(now, changes);
        now = { ...now, held };
        // A `pub` says no more than that there is something new.
        if (messages.length > 0 && !await socket.send([`pub ${url}`])) socket.end('slow');
      },
      lost: (error) => {
        if (error !== undefined) log.error({ err: error }, 'a subscription by solid-0.1 broke');
        socket.end(error === undefined ? 'over' : 'failed');
      },
    });
  }
}

/** A channel that lasts as long as its socket. */
function publicChannel(pod: string, path: ResourcePath, after: number): Channel {
  const endAt = Infinity;
  return {
    id: '', type: 'WebSocketChannel2023', pod, path, deep: false, agent: publicAgent, by: '', accept: 'jsonld',
    endAt, created: 0, after, expires: endAt,
  };
}
