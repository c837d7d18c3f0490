import { keys } from '../storage/keyspace.ts';
import { decodePod, encodePod } from './pod.ts';
import type { Beside } from './transaction.ts';

/** Shuts pods, so that nobody can use them, or opens them again, in the commit that `writes` becomes. */
export async function suspendPods(
  writes: Beside, pods: readonly { readonly id: string }[], suspended: boolean,
): Promise<void> {
  for (const entry of await writes.read(pods.map(({ id }) => keys.pod(id)))) {
    if (entry === undefined) continue;
    const { suspended: _, ...pod } = decodePod(entry.key[1]!, entry);
    writes.put(entry.key, encodePod(suspended ? { ...pod, suspended } : pod));
  }
}
