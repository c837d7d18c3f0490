import type { BlobId } from '../storage/blobs.ts';
import type { Check, Database, Entry, Key, Write } from '../storage/database.ts';
import type { Place } from '../storage/keyspace.ts';
import { keys } from '../storage/keyspace.ts';
import { Problem } from '../problem.ts';
import { decodePod } from './pod.ts';
import { decodeJson, encodeJson } from './resource.ts';
import type { Beside } from './transaction.ts';

/** How many entries are deleted in one commit. */
const batch = 200;
/** How often a commit is tried when others are faster: writers of the pod, or another process that destroys it too. */
const maxAttempts = 20;

/**
 * Deletes a pod with all that is in it, for ever. First its record and its address: from then on nothing of it can be
 * read, and a write that is under way fails its checks. Then its entries, in batches; blobs become garbage, which the
 * sweep deletes. What a crash or `signal` interrupts, `finishDestroyed` or another call goes on with. Does nothing when
 * there is no such pod.
 */
export async function destroy(database: Database, id: string, signal?: AbortSignal): Promise<void> {
  await again(async () => {
    const [pod] = await database.get([keys.pod(id)]);
    if (pod === undefined) return true;
    const { base, version } = decodePod(id, pod);
    return await database.commit({
      checks: [{ key: keys.pod(id), version }],
      puts: [{ key: keys.destroyed(id), value: encodeJson({ base, at: Date.now() }) }],
      deletes: [keys.pod(id), keys.host(base)],
    }) !== undefined;
  });
  await finish(database, id, signal);
}

/**
 * The first step of `destroy` in a commit with something else: from then on the pod is gone, and what is left of it is
 * deleted by `destroy` or `finishDestroyed`. Does nothing when there is no such pod.
 */
export async function beginDestroy(writes: Beside, id: string): Promise<void> {
  const [pod] = await writes.read([keys.pod(id)]);
  if (pod === undefined) return;
  const { base } = decodePod(id, pod);
  writes.put(keys.destroyed(id), encodeJson({ base, at: Date.now() }));
  writes.delete(keys.pod(id));
  writes.delete(keys.host(base));
}

/** Goes on with the pods that were destroyed and of which something is left. Resolves to how many there were. */
export async function finishDestroyed(database: Database, signal?: AbortSignal): Promise<number> {
  let finished = 0;
  for await (const { key: [, id = ''] } of database.range(keys.destroyedPods)) {
    if (signal?.aborted === true) break;
    await finish(database, id, signal);
    finished += 1;
  }
  return finished;
}

async function finish(database: Database, id: string, signal: AbortSignal | undefined): Promise<void> {
  const [mark] = await database.get([keys.destroyed(id)]);
  if (mark === undefined) return;
  const clear = async (prefix: Key, toWrite: (entries: readonly Entry[]) => Write): Promise<void> => {
    while (signal?.aborted !== true && await clearSome(database, prefix, toWrite));
  };
  await clear(keys.family('resource', id), withBytes(id));
  await clear(keys.family('auxiliary', id), withBytes(id));
  for (const prefix of [keys.family('content', id), keys.family('change', id), keys.grants(id)]) {
    await clear(prefix, (entries) => ({ deletes: entries.map(({ key }) => key) }));
  }
  if (signal?.aborted === true) return;
  await database.commit({ deletes: [keys.tally(id), keys.destroyed(id)] });
}

/** Deletes the first entries under `prefix`; resolves to whether there were any. */
async function clearSome(
  database: Database, prefix: Key, toWrite: (entries: readonly Entry[]) => Write,
): Promise<boolean> {
  let some = false;
  await again(async () => {
    const entries: Entry[] = [];
    for await (const entry of database.range(prefix, { limit: batch })) entries.push(entry);
    some = entries.length > 0;
    return !some || await database.commit(toWrite(entries)) !== undefined;
  });
  return some;
}

/** Deletes records with the bytes that they speak of, so that at each moment the index of blobs is true. */
function withBytes(id: string): (records: readonly Entry[]) => Write {
  return (records) => {
    const blobs = records.flatMap(({ value }) => decodeJson<{ blob?: BlobId }>(value).blob ?? []);
    const since = encodeJson(Date.now());
    return {
      checks: records.map(({ key, version }): Check => ({ key, version })),
      puts: blobs.map((blob) => ({ key: keys.garbage(blob), value: since })),
      deletes: [
        ...records.flatMap(({ key }) => [key, keys.content(id, placeAt(key))]),
        ...blobs.map((blob) => keys.blob(blob)),
      ],
    };
  };
}

function placeAt([family, , parent = '', name = '']: Key): Place {
  return { family: family as Place['family'], parent, name };
}

async function again(attempt: () => Promise<boolean>): Promise<void> {
  for (let count = 1; count <= maxAttempts; count += 1) {
    if (await attempt()) return;
  }
  throw new Problem('busy', 'This storage is being written to from too many places at once. Try again in a moment.',
    { 'retry-after': '1' });
}
