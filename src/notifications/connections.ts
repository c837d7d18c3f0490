import type { Server } from 'node:http';
import { Problem } from '../problem.ts';
import type { Agent } from '../access/agent.ts';
import type { Log } from '../log.ts';
import type { Outlet } from './outlet.ts';

export interface ConnectionsOptions {
  /** WebSockets and streams that may be open at once. */
  readonly maxSockets: number;
  /** The agent with the authority that it has now; `undefined` when it has none any more. */
  readonly renew: (agent: Agent) => Promise<Agent | undefined>;
  readonly log: Log;
}

/** Something that is open for long: it is pinged now and then, and ended when the server stops. */
export interface Connection {
  readonly outlet: Outlet | undefined;
  /** Asks for a sign of life; ends the connection when there was none since it was asked last. */
  ping(): void;
  /** Because the server stops. Resolves when it is closed. */
  stop(): Promise<void>;
}

/** The connections of subscribers. They have a limit of their own, and take no place of those for requests. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Set<Connection>();
  /** The servers with the numbers of connections that they take for requests. */
  readonly #servers = new Map<Server, number>();
  #reserved = 0;
  #stopped = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  serve(server: Server): void {
    this.#servers.set(server, server.maxConnections);
  }

  /** Throws `busy` when no more may be open. What it gives is disposed of when nothing was opened. */
  reserve(): Disposable {
    if (this.#stopped) throw new Problem('busy', 'The server is shutting down.', { 'retry-after': '10' });
    if (this.#open.size + this.#reserved >= this.#options.maxSockets) {
      throw new Problem('busy', 'Too many subscribers are connected. Try again later.', { 'retry-after': '60' });
    }
    this.#reserved += 1;
    this.#makeRoom();
    let done = false;
    return {
      [Symbol.dispose]: () => {
        if (done) return;
        done = true;
        this.#reserved -= 1;
        this.#makeRoom();
      },
    };
  }

  add(connection: Connection): void {
    this.#open.add(connection);
    this.#makeRoom();
  }

  delete(connection: Connection): void {
    this.#open.delete(connection);
    this.#makeRoom();
  }

  ping(): void {
    for (const connection of this.#open) connection.ping();
  }

  /**
   * Ends the channels whose grant is gone, and goes on with the others under what theirs says now; all that are open.
   */
  async recheck(connections: Iterable<Connection> = this.#open): Promise<void> {
    const answers = new Map<string, Promise<Agent | undefined>>();
    await Promise.all([...connections].map(async ({ outlet }) => {
      if (outlet?.agent.webId === undefined) return;
      const name = JSON.stringify(outlet.agent);
      const answer = answers.get(name) ?? this.#options.renew(outlet.agent);
      answers.set(name, answer);
      try {
        const agent = await answer;
        if (agent === undefined) outlet.end('withdrawn');
        else outlet.renew(agent);
      } catch (error) {
        // Nobody is told anything under a grant that may be gone.
        this.#options.log.error({ err: error }, 'a channel of notifications ends: its grant could not be looked at');
        outlet.end('failed');
      }
    }));
  }

  /** Ends all, and takes no more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#open].map((connection) => connection.stop()));
  }

  /** What is open for long does not count for the limit of connections that the server has. */
  #makeRoom(): void {
    for (const [server, most] of this.#servers) server.maxConnections = most + this.#open.size + this.#reserved;
  }
}
