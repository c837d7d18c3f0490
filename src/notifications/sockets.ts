import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Log } from '../log.ts';
import { Problem } from '../problem.ts';
import type { Connection, Connections } from './connections.ts';
import type { Ending, Outlet } from './outlet.ts';
import { refuseUpgrade } from './upgrade.ts';

/** The largest message that a subscriber may send: what `solid-0.1` needs for a URL. */
const maxPayload = 8 * 1024;
/** How long a peer may take to answer that it closes too. */
const closeMilliseconds = 2_000;

/** RFC 6455 section 7.4.1, and the registry of close codes. */
const codes: Readonly<Record<Ending, readonly [code: number, reason: string]>> = {
  over: [1000, 'the channel has ended'],
  withdrawn: [1008, 'the grant was withdrawn'],
  failed: [1011, 'the server could not go on'],
  stopping: [1001, 'the server stops'],
  slow: [1013, 'the messages were not read in time'],
};

/** Opens WebSockets, and knows of each whether somebody is still there. */
export class Sockets {
  readonly #server = new WebSocketServer({
    noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload,
    handleProtocols: (offered) => (offered.has('solid-0.1') ? 'solid-0.1' : false),
  });
  readonly #connections: Connections;
  readonly #slowReaderSeconds: number;
  readonly #log: Log;

  constructor(connections: Connections, slowReaderSeconds: number, log: Log) {
    this.#connections = connections;
    this.#slowReaderSeconds = slowReaderSeconds;
    this.#log = log;
  }

  /**
   * Answers a request for a WebSocket: `admit` looks whether it may be and gives what is done with it. What `admit`
   * throws is the answer otherwise.
   */
  async accept(
    request: IncomingMessage, socket: Duplex, head: Buffer,
    admit: () => Promise<(opened: Socket) => Outlet | undefined>,
  ): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      using _ = this.#connections.reserve();
      const use = await admit();
      if (socket.destroyed) return;
      this.#server.handleUpgrade(request, socket, head, (opened) => this.#open(opened, use));
    } catch (error) {
      if (!(error instanceof Problem)) this.#log.error({ err: error }, 'a WebSocket could not be opened');
      refuseUpgrade(socket, error instanceof Problem ? error
        : new Problem('busy', 'The server failed through a fault of its own.'));
    }
  }

  #open(opened: WebSocket, use: (socket: Socket) => Outlet | undefined): void {
    const socket = new Socket(opened, this.#slowReaderSeconds);
    const connection: Connection = socket;
    this.#connections.add(connection);
    opened.on('close', () => this.#connections.delete(connection));
    socket.outlet = use(socket);
    // Its grant may have been withdrawn while it was being opened.
    void this.#connections.recheck([socket]);
  }
}

/** Does something when a request's connection closes, whether or not a WebSocket came of it. */
export function whenClosed({ socket }: IncomingMessage, work: () => void): void {
  if (socket.destroyed) work();
  else socket.once('close', work);
}

/** A WebSocket of a subscriber. */
export class Socket implements Connection {
  readonly web: WebSocket;
  readonly #slowReaderSeconds: number;
  outlet: Outlet | undefined;
  #alive = true;

  constructor(web: WebSocket, slowReaderSeconds: number) {
    this.web = web;
    this.#slowReaderSeconds = slowReaderSeconds;
    web.on('pong', () => { this.#alive = true; });
    web.on('error', () => web.terminate());
    web.on('close', () => this.outlet?.[Symbol.dispose]());
  }

  ping(): void {
    if (!this.#alive) return this.web.terminate();
    this.#alive = false;
    if (this.web.readyState === this.web.OPEN) this.web.ping();
  }

  /** Sends texts. Resolves to whether they have left in time; also to `true` when nobody is there any more. */
  send(texts: readonly string[]): Promise<boolean> {
    const { web } = this;
    if (web.readyState !== web.OPEN) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#slowReaderSeconds * 1000, false);
      const sent = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      texts.forEach((text, i) => web.send(text, i === texts.length - 1 ? sent : undefined));
    });
  }

  end(why: Ending): void {
    const [code, reason] = codes[why];
    this.web.close(code, reason);
    // Who does not read does not answer either.
    const late = setTimeout(() => this.web.terminate(), closeMilliseconds);
    this.web.once('close', () => clearTimeout(late));
  }

  stop(): Promise<void> {
    if (this.web.readyState === this.web.CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      this.web.once('close', () => resolve());
      if (this.outlet === undefined) this.end('stopping');
      else this.outlet.end('stopping');
    });
  }
}
