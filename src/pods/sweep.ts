import { blobTime } from '../storage/blobs.ts';
import type { BlobId, BlobStore } from '../storage/blobs.ts';
import type { Database, Key } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import { decodeJson } from './resource.ts';

/** How many blobs are looked up at a time. */
const batch = 100;

/**
 * Deletes the blobs that no resource holds: those that were replaced or removed, and those of writes that never came
 * to their commit. Younger ones than `graceSeconds` stay: a reader may be about to open one, a write about to use one.
 * Resolves to how many were deleted.
 */
export async function sweep(
  database: Database, blobs: BlobStore, graceSeconds: number, signal: AbortSignal, now = Date.now(),
): Promise<number> {
  const before = now - graceSeconds * 1000;
  let deleted = 0;
  for await (const { key, value } of database.range(keys.garbages)) {
    if (signal.aborted) return deleted;
    if (decodeJson<number>(value) > before) continue;
    await blobs.delete(key[1] as BlobId);
    await database.commit({ deletes: [key] });
    deleted += 1;
  }

  let group: BlobId[] = [];
  const deleteLost = async (): Promise<void> => {
    const found = await database.get(group.flatMap((id): Key[] => [keys.blob(id), keys.garbage(id)]));
    const lost = group.filter((_, i) => found[2 * i] === undefined && found[2 * i + 1] === undefined);
    for (const id of lost) await blobs.delete(id);
    deleted += lost.length;
    group = [];
  };
  for await (const { id } of blobs.list()) {
    if (signal.aborted || blobTime(id).getTime() > before) break;
    if (group.push(id) === batch) await deleteLost();
  }
  await deleteLost();
  return deleted;
}
