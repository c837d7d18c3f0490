import type { Agent } from '../access/agent.ts';
import type { Log } from '../log.ts';
import type { Database } from '../storage/database.ts';
import type { Channels } from './channels.ts';
import type { Connections } from './connections.ts';
import type { Feed } from './feed.ts';
import type { Judge } from './judge.ts';
import type { Places } from './places.ts';

/** What all types of channels are made of. */
export interface Core {
  /** Of the node, with its slash. */
  readonly baseUrl: string;
  readonly database: Database;
  readonly feed: Feed;
  readonly judge: Judge;
  readonly places: Places;
  readonly channels: Channels;
  readonly connections: Connections;
  /** The agent with the authority that its grant has now; `undefined` when that is gone. */
  readonly renew: (agent: Agent) => Promise<Agent | undefined>;
  /** How long a channel waits for its subscriber. */
  readonly unusedSeconds: number;
  /** How long messages that were sent may wait for a subscriber to read them. */
  readonly slowReaderSeconds: number;
  readonly log: Log;
}
