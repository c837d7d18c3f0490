/**
 * What ends by itself. The contract, for every room that keeps such records:
 *
 * - the record is a JSON object with a number `expires` (milliseconds since 1970);
 * - `expiryEntry` of its key is put in the same commit as the record, and again whenever `expires` moves.
 *
 * The index is only a hint when to look: a record is deleted when it says itself that it has expired, on the very
 * version that said so. So an index entry that was left behind does no harm, and one that is deleted with its record,
 * or when its record's `expires` moves, spares the sweep the look.
 */
import { decodeJson } from '../pods/resource.ts';
import type { Check, Database, Entry, Key } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';

/** How many entries of the index are looked up at a time, and deleted in one commit. */
const batch = 100;
/** How often one record is tried when it is being changed; after that the next sweep tries. */
const maxAttempts = 3;

/** Where the index says when to look at the record under `key`. */
export function expiryKey(key: Key, expires: number): Key {
  return keys.expiry(Math.ceil(expires), key);
}

/** To be put in the commit that puts the record. */
export function expiryEntry(key: Key, expires: number): { readonly key: Key; readonly value: Uint8Array } {
  return { key: expiryKey(key, expires), value: new Uint8Array() };
}

/** How the records of a family end that are not just deleted. */
export type End =
  /** The keys that are deleted in the same commit as the record. */
  | { readonly also: (key: Key, value: Uint8Array) => readonly Key[] }
  /**
   * Judges for itself whether the record has expired, and ends it. Resolves to whether the entry of the index has
   * served; when not, and when it throws, the next sweep calls it again.
   */
  | { readonly end: (key: Key, now: number, signal?: AbortSignal) => Promise<boolean> };

/** By the family: the first part of the key. */
export type Ends = Readonly<Record<string, End>>;

/**
 * Deletes what has expired at `now`, the longest expired first, at most `limit` entries of the index. Resolves to how
 * many it looked at. What cannot be ended keeps nothing else from it: the first such error is thrown at the end.
 */
export async function sweepExpired(
  database: Database, now: number, limit: number, ends: Ends = {}, signal?: AbortSignal,
): Promise<number> {
  const failures: unknown[] = [];
  let seen = 0;
  let after: { after?: Key } = {};
  while (seen < limit && signal?.aborted !== true) {
    const due: Entry[] = [];
    for await (const entry of database.range(keys.expiries, { ...after, limit: Math.min(batch, limit - seen) })) {
      if (Number(entry.key[1]) > now) break;
      due.push(entry);
    }
    if (due.length === 0) break;
    after = { after: due.at(-1)!.key };
    seen += due.length;

    const plain: Key[] = [];
    for (const { key } of due) {
      const end = endOf(ends, key);
      if (end === undefined || 'also' in end) {
        plain.push(key);
      } else {
        try {
          if (await end.end(key.slice(2), now, signal)) await database.commit({ deletes: [key] });
        } catch (error) {
          failures.push(error);
        }
      }
    }
    if (!await sweepSome(database, plain, now, ends)) {
      for (const key of plain) {
        for (let attempt = 1; attempt <= maxAttempts && !await sweepSome(database, [key], now, ends); attempt += 1);
      }
    }
  }
  if (failures.length > 0) throw failures[0];
  return seen;
}

function endOf(ends: Ends, [, , family = '']: Key): End | undefined {
  return Object.hasOwn(ends, family) ? ends[family] : undefined;
}

/** Deals with entries of the index in one commit; resolves to whether nobody changed one of their records meanwhile. */
async function sweepSome(database: Database, due: readonly Key[], now: number, ends: Ends): Promise<boolean> {
  if (due.length === 0) return true;
  // A record may be due twice, when its time has moved.
  const records = new Map(due.map((key) => [key.join('\0'), key.slice(2)]));
  const wanted = [...new Map([...records.values()].map((key) => [key.join('\0'), key])).values()];
  const found = await database.get(wanted);
  const deletes = new Map<string, Key>(due.map((key) => [key.join('\0'), key]));
  const checks = wanted.map((key, i): Check => {
    const entry = found[i];
    if (entry === undefined) return { key, exists: false };
    if (hasExpired(entry, now)) {
      const end = endOf(ends, ['', '', ...key]);
      const also = end !== undefined && 'also' in end ? end.also(key, entry.value) : [];
      for (const one of [key, ...also]) deletes.set(one.join('\0'), one);
    }
    return { key, version: entry.version };
  });
  return await database.commit({ checks, deletes: [...deletes.values()] }) !== undefined;
}

/** What cannot be read, or does not say when it ends, stays. */
function hasExpired({ value }: Entry, now: number): boolean {
  try {
    const { expires } = decodeJson<{ expires?: unknown }>(value);
    return typeof expires === 'number' && expires <= now;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return false;
    throw error;
  }
}
