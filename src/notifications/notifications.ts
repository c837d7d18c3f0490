import type { IncomingMessage, Server } from 'node:http';
import type { Middleware } from 'koa';
import type { Agent } from '../access/agent.ts';
import type { Log } from '../log.ts';
import type { Pod } from '../pods/pod.ts';
import type { Resource } from '../pods/resource.ts';
import type { Database } from '../storage/database.ts';
import type { Signal } from '../storage/signal.ts';
import type { ChannelType } from './channel.ts';
import { notificationsPath, serviceUrl } from './channel.ts';
import { Channels } from './channels.ts';
import { Connections } from './connections.ts';
import type { Core } from './core.ts';
import { serviceOf } from './description.ts';
import type { Service } from './description.ts';
import { Feed } from './feed.ts';
import { Judge } from './judge.ts';
import { Places } from './places.ts';
import type { PlacesOptions } from './places.ts';
import { subscriptionServices } from './services.ts';
import type { ServicesOptions } from './services.ts';
import { Sockets } from './sockets.ts';
import { Solid01 } from './solid-01.ts';
import { StreamingChannels } from './streaming-channel.ts';
import { takeUpgrades } from './upgrade.ts';
import { WebSocketChannels } from './web-socket-channel.ts';

export interface NotificationsOptions extends ServicesOptions, PlacesOptions {
  readonly database: Database;
  readonly signal: Signal;
  /** How often it is tried whether a hint was lost, in milliseconds. */
  readonly lookMilliseconds: number;
  readonly tagOf: (pod: Pod, resource: Resource) => string;
  readonly renew: (agent: Agent) => Promise<Agent | undefined>;
  readonly maxSockets: number;
  readonly channelUnusedSeconds: number;
  readonly slowReaderSeconds: number;
  readonly pingSeconds: number;
  readonly log: Log;
}

/** How often it is looked whether grants have ended. */
const recheckMilliseconds = 30_000;

/** Telling those who asked to be told that something changed. Disposing of it ends all that is open. */
export interface Notifications extends AsyncDisposable {
  readonly core: Core;
  readonly middleware: Middleware;
  /** What clients discover: the address for `Updates-Via`, and the subscription services. */
  readonly discovery: { readonly updatesVia: string; readonly services: readonly Service[] };
  /** Takes WebSockets from a server. */
  serve(server: Server): void;
  /** Looks whether the grants of those who are connected still stand. */
  recheck(): Promise<void>;
}

/** Opens the room. `more`: types of channels beside those to which the subscriber connects. */
export function openNotifications(
  options: NotificationsOptions, more: (core: Core) => readonly ChannelType[] = () => [],
): Notifications {
  const { baseUrl, log, slowReaderSeconds } = options;
  const connections = new Connections(options);
  const feed = new Feed(options);
  const core: Core = {
    ...options, feed, connections, unusedSeconds: options.channelUnusedSeconds,
    judge: new Judge(options), places: new Places(options), channels: new Channels(options.database),
  };
  const webSockets = new WebSocketChannels(core);
  const types: readonly ChannelType[] = [webSockets, new StreamingChannels(core), ...more(core)];
  const sockets = new Sockets(connections, slowReaderSeconds, log);
  const solid01 = new Solid01({ ...options, ...core });
  const pinging = setInterval(() => connections.ping(), options.pingSeconds * 1000).unref();
  // Also for grants that end by themselves, of which nobody tells.
  const rechecking = setInterval(() => void connections.recheck(), recheckMilliseconds).unref();
  const updatesVia = `${baseUrl}${notificationsPath}solid-0.1`;

  return {
    core,
    middleware: subscriptionServices(types, options),
    discovery: {
      updatesVia: updatesVia.replace(/^http/, 'ws'),
      services: types.map(({ name }) => serviceOf(baseUrl, name)),
    },
    serve(server) {
      connections.serve(server);
      takeUpgrades(server, (request, socket, head) => {
        const path = pathOf(request);
        const channel = serviceUrl(new URL(baseUrl).pathname, webSockets.name);
        if (path === new URL(updatesVia).pathname) {
          void sockets.accept(request, socket, head, () => solid01.admit(request));
        } else if (path.startsWith(channel)) {
          void sockets.accept(request, socket, head, () => webSockets.admit(request, path.slice(channel.length)));
        } else {
          return false;
        }
        return true;
      });
    },
    recheck: () => connections.recheck(),
    async [Symbol.asyncDispose]() {
      clearInterval(pinging);
      clearInterval(rechecking);
      await connections.stop();
      feed[Symbol.dispose]();
    },
  };
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split(/[?#]/, 1)[0]!;
}
