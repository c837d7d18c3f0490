import type { Pod } from '../pods/pod.ts';
import type { Sight } from '../pods/sight.ts';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import { Problem } from '../problem.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Agent } from './agent.ts';
import { parseAuthority, type Authority } from './authority.ts';

/** In bytes; a longer identifier of an app can be granted nothing. */
const maxClientBytes = 2_000;

/** What the owners of a pod granted an app there. */
export interface AppGrant {
  /** The app's identifier. */
  readonly client: string;
  /** When it was granted, in milliseconds since 1970. */
  readonly at: number;
  /** As in a token (see `parseAuthority`), with locations relative to the pod; absent for all that its users may do. */
  readonly details?: readonly unknown[];
}

/** The apps that owners let into their pods. They count where the pod's policy (`Pod.apps`) is `granted`. */
export class Apps {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All that narrows what the agent may do with the app that it uses; each of them has to allow it. */
  async authorities({ pod, source }: Sight, { client, authority }: Agent): Promise<readonly Authority[]> {
    const own = authority === undefined ? [] : [authority];
    if (pod.apps !== 'granted') return own;
    if (client === undefined || !isClient(client)) return [nothing];
    const [entry] = await source.read([keys.grant(pod.id, client)]);
    if (entry === undefined) return [nothing];
    const { details } = decodeJson<AppGrant>(entry.value);
    return details === undefined ? own : [...own, parseAuthority(details, pod.base)];
  }

  /**
   * Lets an app into a pod, instead of what it was granted before; with an empty list of details it is granted nothing.
   * Throws `invalid` for an identifier that cannot be one, and for details of another shape.
   */
  async grant(pod: Pod, client: string, details?: readonly unknown[]): Promise<void> {
    if (!isClient(client)) throw new Problem('invalid', 'This cannot be the identifier of an app.');
    if (details !== undefined && details.some((detail) => parseAuthority([detail], pod.base).length === 0)) {
      throw new Problem('invalid', 'This is not an authorization detail of the type "solid".');
    }
    const value = encodeJson({ at: Date.now(), ...(details === undefined ? {} : { details }) });
    await this.#database.commit({ puts: [{ key: keys.grant(pod.id, client), value }] });
  }

  /** Shows an app the door; does nothing when it was not let in. */
  async withdraw(pod: Pod, client: string): Promise<void> {
    if (isClient(client)) await this.#database.commit({ deletes: [keys.grant(pod.id, client)] });
  }

  /** The apps that were let into a pod, by their identifiers. */
  async * granted(pod: Pod): AsyncIterable<AppGrant> {
    for await (const { key, value } of this.#database.range(keys.grants(pod.id))) {
      yield { ...decodeJson<Omit<AppGrant, 'client'>>(value), client: key.at(-1)! };
    }
  }
}

const nothing: Authority = [];

function isClient(client: string): boolean {
  return client !== '' && Buffer.byteLength(client) <= maxClientBytes
    && client.isWellFormed() && !client.includes('\0');
}
