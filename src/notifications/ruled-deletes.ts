import { LRUCache } from 'lru-cache';
import type { Change } from '../pods/change.ts';
import { decodeChange } from '../pods/change.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';

/** Pods of which it is known, and how many of the latest are kept of each. */
const maxPods = 1_000;
const maxKept = 10_000;

/** Between which changes a log was looked through, both included, and what was found. */
interface Known {
  readonly from: number;
  readonly to: number;
  readonly changes: readonly Change[];
}

/**
 * The changes by which resources went that had access rules of their own, which went with them. There are few; and what
 * was found is kept, so that each log is looked through once for all who come back after a while.
 */
export class RuledDeletes {
  readonly #database: Database;
  readonly #known = new LRUCache<string, Known>({ max: maxPods });

  constructor(database: Database) {
    this.#database = database;
  }

  /** Those of a pod from one change to another, both included. */
  async of(pod: string, from: number, to: number): Promise<readonly Change[]> {
    const known = this.#known.get(pod);
    if (known !== undefined && known.from <= from && known.to >= to) return known.changes;
    const after = known !== undefined && known.from <= from ? known : { from, to: from - 1, changes: [] };
    const found: Change[] = [];
    const page = { after: keys.change(pod, after.to), limit: Math.max(1, to - after.to) };
    for await (const { key, value } of this.#database.range(keys.family('change', pod), page)) {
      const change = decodeChange(Number(key.at(-1)), value);
      if (change.ruled === true) found.push(change);
    }
    const changes = [...after.changes, ...found];
    const kept = changes.slice(-maxKept);
    this.#known.set(pod, { from: kept.length < changes.length ? kept[0]!.sequence : after.from, to, changes: kept });
    return changes;
  }
}
