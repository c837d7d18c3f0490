import { encodeChange } from '../../src/pods/change.ts';
import { parentOf, placeOf } from '../../src/pods/path.ts';
import type { Pod } from '../../src/pods/pod.ts';
import type { Pods } from '../../src/pods/pods.ts';
import { encodeJson, encodeResource } from '../../src/pods/resource.ts';
import type { Container, Document } from '../../src/pods/resource.ts';
import type { Database } from '../../src/storage/database.ts';
import { keys } from '../../src/storage/keyspace.ts';

/** How many documents a commit takes. */
const group = 2_000;

export interface Filling {
  readonly count: number;
  /** The name of the nth document, and its text in Turtle. */
  readonly name: (n: number) => string;
  readonly text: (n: number) => string;
}

/**
 * Puts documents into a container that is made for them: the entries that as many PUTs would have left
 * (docs/storage.md), at several times the speed. `freehold check` finds the store sound.
 */
export async function fillContainer(
  { database, pods }: { readonly database: Database; readonly pods: Pods }, pod: Pod, path: string,
  { count, name, text }: Filling,
): Promise<void> {
  const at = pods.parsePath(path);
  await pods.putContainer(pod, at, () => undefined);
  const { resource, tally, ancestors: [above] } = (await pods.look(pod.base, at))!;
  const now = Date.now();
  const change = { type: 'Create', at: now } as const;
  let { sequence, resources, bytes } = tally;
  for (let first = 0; first < count; first += group) {
    const puts = Array.from({ length: Math.min(group, count - first) }, (_, i) => {
      const document = pods.parsePath(`${path}${name(first + i)}`);
      const content = Buffer.from(text(first + i));
      sequence += 1;
      resources += 1;
      bytes += content.length;
      const record: Document = {
        kind: 'document', path: document, mediaType: 'text/turtle', size: content.length, created: now, modified: now,
        revision: sequence,
      };
      return [
        { key: keys.record(pod.id, placeOf(document)), value: encodeResource(record) },
        { key: keys.content(pod.id, placeOf(document)), value: content },
        { key: keys.change(pod.id, sequence), value: encodeChange({ ...change, sequence, path: document }) },
      ];
    });
    await database.commit({ puts: puts.flat() });
  }
  const touched = { listed: now, revision: sequence };
  const container: Container = { ...resource as Container, ...touched, modified: now, members: count };
  await database.commit({ puts: [
    { key: keys.record(pod.id, placeOf(at)), value: encodeResource(container) },
    { key: keys.record(pod.id, placeOf(parentOf(at)!)), value: encodeResource({ ...above!, ...touched }) },
    { key: keys.tally(pod.id), value: encodeJson({ sequence, resources, bytes }) },
  ] });
}
