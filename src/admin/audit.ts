import { LRUCache } from 'lru-cache';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Database, Key } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import { latestFirst, LatestFirstIds } from '../storage/latest-first.ts';

/** Who did something: somebody with an account and a role, or whoever has the machine, on its command line. */
export interface Actor {
  readonly account?: string;
  readonly email?: string;
  readonly role?: string;
  /** The IP address that it came from. */
  readonly address?: string;
}

/** `begun` stays where the server ended before it knew. */
export type Outcome = 'begun' | 'done' | 'refused' | 'failed';

/** What somebody did who runs this node, or wanted to do. */
export interface AuditEntry {
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly who: Actor;
  readonly action: string;
  /** The id of an account or pod, an app, an issuer, an invite. */
  readonly whom?: string;
  readonly outcome: Outcome;
  /** What was asked for, without secrets; why it was refused. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export type Deed = Omit<AuditEntry, 'id' | 'at' | 'outcome'>;

/** What of the log is wanted. */
export interface AuditFilter {
  /** An account, an e-mail address. */
  readonly who?: string | undefined;
  readonly whom?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: string | undefined;
}

/** In characters, of what is kept of one detail. */
const maxDetail = 500;
/** In bytes, of all details of an entry. */
const maxDetails = 4_096;
/** In characters, of what it is about: as much as an app's identifier may have. */
const maxWhom = 2_000;
/** How many refusals of one account are noted in an hour, so that nobody fills the log. */
const maxRefusals = 100;
/** Entries that are deleted in one commit. */
const batch = 500;

/**
 * The log of what those do who run this node. It is only ever added to: an entry is there before the deed begins and
 * is completed by its outcome, so that nothing is done without a trace. Old ones are trimmed after a time.
 */
export class AuditLog {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #ids = new LatestFirstIds();
  /** Refusals by account, in this hour and in this process. */
  readonly #refusals: LRUCache<string, number>;

  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
    this.#refusals = new LRUCache({ max: 10_000, ttl: 3_600_000, ttlResolution: 0, perf: { now } });
  }

  /** Does something, with a trace of it before and after. `outcomeOf`: what an error means. */
  async trace<T>(
    deed: Deed, outcomeOf: (error: unknown) => { outcome: Outcome; why: string }, work: () => Promise<T>,
  ): Promise<T> {
    const at = this.#now();
    const key = keys.audit(this.#ids.next(at));
    await this.#put(key, { ...deed, at, outcome: 'begun' });
    try {
      const result = await work();
      await this.#put(key, { ...deed, at, outcome: 'done' });
      return result;
    } catch (error) {
      const { outcome, why } = outcomeOf(error);
      await this.#put(key, { ...deed, at, outcome, details: { ...deed.details, why } });
      throw error;
    }
  }

  /** Whether another refusal of an account is to be noted; counts it. */
  hasRoom(account: string): boolean {
    const count = (this.#refusals.get(account) ?? 0) + 1;
    this.#refusals.set(account, count, { noUpdateTTL: true });
    return count <= maxRefusals;
  }

  /** The entries that fit, the latest first; those behind the one with the id `after`, if given. */
  async * list(filter: AuditFilter = {}, after?: string): AsyncIterable<AuditEntry> {
    const page = after === undefined ? {} : { after: keys.audit(after) };
    if (after !== undefined && !LatestFirstIds.is(after)) return;
    for await (const { key, value } of this.#database.range(keys.audits, page)) {
      const entry = { id: key[1]!, ...decodeJson<Omit<AuditEntry, 'id'>>(value) };
      if (fits(entry, filter)) yield entry;
    }
  }

  /** Deletes what is older than `days`, as far as `signal` allows. Resolves to how many entries that were. */
  async trim(days: number, signal?: AbortSignal): Promise<number> {
    const oldest = this.#now() - days * 86_400_000;
    let deleted = 0;
    let old: Key[] = [];
    const deleteOld = async (): Promise<void> => {
      await this.#database.commit({ deletes: old });
      deleted += old.length;
      old = [];
    };
    for await (const { key, value } of this.#database.range(keys.audits, { after: keys.audit(latestFirst(oldest)) })) {
      if (signal?.aborted === true) break;
      // The time that it says: an id of another form may sort behind all others.
      if (decodeJson<AuditEntry>(value).at < oldest) old.push(key);
      if (old.length === batch) await deleteOld();
    }
    if (old.length > 0) await deleteOld();
    return deleted;
  }

  async #put(key: Key, entry: Omit<AuditEntry, 'id'>): Promise<void> {
    const details = entry.details && Object.fromEntries(Object.entries(entry.details).map(([name, value]) =>
      [name, typeof value === 'string' ? value.slice(0, maxDetail).toWellFormed() : value]));
    const fitting = details && encodeJson(details).byteLength > maxDetails ? { left: 'too long to be kept' } : details;
    const whom = entry.whom?.slice(0, maxWhom).toWellFormed();
    const value = encodeJson({ ...entry, ...(whom !== undefined && { whom }), ...(fitting && { details: fitting }) });
    await this.#database.commit({ puts: [{ key, value }] });
  }
}

function fits({ who, whom, action, outcome }: AuditEntry, filter: AuditFilter): boolean {
  return (filter.who === undefined || filter.who === who.account || filter.who === who.email || filter.who === who.role)
    && (filter.whom === undefined || filter.whom === whom)
    && (filter.action === undefined || filter.action === action)
    && (filter.outcome === undefined || filter.outcome === outcome);
}
