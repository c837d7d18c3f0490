import { decodePod, decodeTally } from '../pods/pod.ts';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Database, Entry } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';

/** How large a pod is; what is in it, nobody is told. */
export interface PodSize {
  readonly id: string;
  readonly base: string;
  readonly bytes: number;
  readonly resources: number;
  /** Its own limit, in bytes, if it has one. */
  readonly ownQuota?: number;
  /** The account that it belongs to. */
  readonly account?: string;
}

/** An app that people of the node let in. */
export interface AppUse {
  /** Its identifier. */
  readonly client: string;
  readonly name?: string;
  /** How many people. */
  readonly people: number;
  /** In milliseconds since 1970. */
  readonly lastUsed?: number;
}

/** What is known of a person for the count. */
export interface Counted {
  readonly id: string;
  readonly pods: readonly { readonly id: string }[];
  readonly apps: readonly {
    readonly client: string; readonly name?: string | undefined; readonly lastUsed?: number | undefined;
  }[];
}

/** What there is on a node, as it was counted last. */
export interface Usage {
  /** When, in milliseconds since 1970. */
  readonly asOf: number;
  readonly people: number;
  readonly pods: number;
  readonly bytes: number;
  /** The largest pods, the largest first. */
  readonly largest: readonly PodSize[];
  /** The apps that most people let in, those first. */
  readonly apps: readonly AppUse[];
}

/** How many of the largest pods, and of the apps, are known. */
const maxLargest = 1_000;
/** How many apps are told apart while they are counted. */
const maxApps = 100_000;
/** Pods that are read at a time. */
const batch = 200;

/** How much there is on a node. It is counted from time to time: to ask it must not cost a walk through all. */
export class UsageCount {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What was counted last; `undefined` before the first time. */
  async last(): Promise<Usage | undefined> {
    const [entry] = await this.#database.get([keys.usage]);
    return entry && decodeJson<Usage>(entry.value);
  }

  /** Walks through all people and all pods. Gives nothing when `signal` ends it. */
  async count(people: AsyncIterable<Counted>, signal?: AbortSignal): Promise<Usage | undefined> {
    const owners = new Map<string, string>();
    const apps = new Map<string, AppUse>();
    let accounts = 0;
    for await (const person of people) {
      accounts += 1;
      for (const { id } of person.pods) owners.set(id, person.id);
      addApps(apps, person);
    }
    const sums = { pods: 0, bytes: 0 };
    let largest: PodSize[] = [];
    let waiting: Entry[] = [];
    const measure = async (): Promise<void> => {
      for (const size of await this.#sizes(waiting)) {
        sums.pods += 1;
        sums.bytes += size.bytes;
        const account = owners.get(size.id);
        largest.push({ ...size, ...(account !== undefined && { account }) });
      }
      waiting = [];
      largest = largest.sort((one, other) => other.bytes - one.bytes).slice(0, maxLargest);
    };
    for await (const entry of this.#database.range(keys.pods)) {
      if (signal?.aborted === true) return undefined;
      if (waiting.push(entry) === batch) await measure();
    }
    await measure();
    const usage: Usage = {
      asOf: Date.now(), people: accounts, ...sums, largest,
      apps: [...apps.values()].sort((one, other) => other.people - one.people).slice(0, maxLargest),
    };
    await this.#database.commit({ puts: [{ key: keys.usage, value: encodeJson(usage) }] });
    return usage;
  }

  /** Whether there is any pod. */
  async hasPods(): Promise<boolean> {
    for await (const _ of this.#database.range(keys.pods, { limit: 1 })) return true;
    return false;
  }

  /** The sizes of some pods, by their ids, as they are now. */
  async sizes(ids: readonly string[]): Promise<readonly PodSize[]> {
    const found = await this.#database.get(ids.map((id) => keys.pod(id)));
    return this.#sizes(found.filter((entry) => entry !== undefined));
  }

  async #sizes(pods: readonly Entry[]): Promise<PodSize[]> {
    const tallies = await this.#database.get(pods.map(({ key }) => keys.tally(key[1]!)));
    return pods.flatMap((pod, i) => {
      const tally = tallies[i];
      if (tally === undefined) return [];
      const { id, base, quota } = decodePod(pod.key[1]!, pod);
      const { bytes, resources } = decodeTally(tally);
      return [{ id, base, bytes, resources, ...(quota !== undefined && { ownQuota: quota }) }];
    });
  }
}

/** Counts a person for each app that they let in, once. */
function addApps(apps: Map<string, AppUse>, { apps: theirs }: Counted): void {
  for (const client of new Set(theirs.map((app) => app.client))) {
    const before = apps.get(client);
    if (before === undefined && apps.size >= maxApps) continue;
    const uses = theirs.filter((app) => app.client === client);
    const name = uses.find((app) => app.name !== undefined)?.name ?? before?.name;
    const lastUsed = Math.max(before?.lastUsed ?? 0, ...uses.map((app) => app.lastUsed ?? 0));
    apps.set(client, {
      client, people: (before?.people ?? 0) + 1,
      ...(name !== undefined && { name }), ...(lastUsed > 0 && { lastUsed }),
    });
  }
}
