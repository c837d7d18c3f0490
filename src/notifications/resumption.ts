import { decodeTally } from '../pods/pod.ts';
import { Problem } from '../problem.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Channel } from './channel.ts';
import { readCursor } from './messages.ts';
import type { Cursor } from './messages.ts';

/** How many changes of a pod are gone through for one who comes back. Whoever was away for longer reads anew. */
const maxResumed = 100_000;

/**
 * Where a subscriber wants to go on: after the message with this id, or the change with this number. `undefined` for
 * one who does not say. Throws `invalid` for what is neither, for what has not happened yet, and for what is too long
 * ago.
 */
export async function readResumption(
  { database }: { readonly database: Database }, { pod }: Pick<Channel, 'pod'>, since: string | undefined,
): Promise<Cursor | undefined> {
  if (since === undefined) return undefined;
  const cursor = readCursor(since);
  const [entry] = await database.get([keys.tally(pod)]);
  const last = entry === undefined ? 0 : decodeTally(entry).sequence;
  if (cursor === undefined || cursor.sequence > last) {
    throw new Problem('invalid',
      `"${since.slice(0, 64)}" is neither the id of a message that was sent nor the number of a change.`);
  }
  if (last - cursor.sequence > maxResumed) {
    throw new Problem('invalid', `More than ${maxResumed} changes have happened since: read the resources anew.`);
  }
  return cursor;
}
