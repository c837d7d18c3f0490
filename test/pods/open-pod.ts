import assert from 'node:assert/strict';
import { checkStore } from '../../src/pods/check.ts';
import type { Summary } from '../../src/pods/check.ts';
import type { ResourcePath } from '../../src/pods/path.ts';
import type { Pod } from '../../src/pods/pod.ts';
import { Pods } from '../../src/pods/pods.ts';
import type { Guard, PodsOptions, Written } from '../../src/pods/pods.ts';
import type { Document, Resource } from '../../src/pods/resource.ts';
import type { Sight } from '../../src/pods/sight.ts';
import type { BlobStore } from '../../src/storage/blobs.ts';
import type { Database } from '../../src/storage/database.ts';
import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';
import { Problem } from '../../src/problem.ts';

/** Content of more bytes than this goes to the blob store. */
export const inlineBytes = 100;

export const defaults: PodsOptions = {
  maxPathLength: 200, maxPathDepth: 8, quotaBytes: 0, maxWaitingWrites: 1000, inlineBytes,
};

export const base = 'http://localhost:3000/alice/';

/** A pod that has its root container and the ACL of that, and shorthands to use it by plain paths and texts. */
export interface OpenPod {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly pods: Pods;
  readonly pod: Pod;
  readonly path: (raw: string) => ResourcePath;
  readonly look: (path: string) => Promise<Sight>;
  /** The record of what must be there. */
  readonly resource: <T extends Resource = Document>(path: string) => Promise<T>;
  readonly put: (path: string, text: string, guard?: Guard) => Promise<Written>;
  /** Adds `more` at the end of a document. */
  readonly append: (path: string, more: string, guard?: Guard) => Promise<Written>;
  readonly remove: (path: string, guard?: Guard) => Promise<void>;
  /** What the document has; `undefined` when there is none. */
  readonly text: (path: string) => Promise<string | undefined>;
  /** The names of the members. */
  readonly names: (container: string) => Promise<string[]>;
  /** Asserts that the store is sound. */
  readonly sound: () => Promise<Summary>;
}

export const anyone: Guard = () => {};

interface Stores { readonly database: Database; readonly blobs: BlobStore }

export async function openPod(options: Partial<PodsOptions> = {}, stores: Partial<Stores> = {}): Promise<OpenPod> {
  const { database = new MemoryDatabase(), blobs = new MemoryBlobs() } = stores;
  const pods = new Pods(database, blobs, { ...defaults, ...options });
  const rootAcl = { path: '.acl', mediaType: 'text/turtle', bytes: Buffer.from('') };
  const pod = await pods.create({ base, owners: [`${base}profile/card#me`] }, [rootAcl]);
  return usePod(pods, pod, { database, blobs });
}

/** The same for a pod that is there, as another process on the same stores has it. */
export function usePod(pods: Pods, pod: Pod, { database, blobs }: Stores): OpenPod {
  const path = (raw: string): ResourcePath => pods.parsePath(raw);
  const look = async (raw: string): Promise<Sight> => (await pods.look(pod.base, path(raw)))!;
  return {
    database, blobs, pods, pod, path, look,
    async resource<T extends Resource>(raw: string) {
      const { resource } = await look(raw);
      assert.ok(resource, `there is no ${raw}`);
      return resource as T;
    },
    put: async (raw, text, guard = anyone) =>
      pods.put(pod, path(raw), guard, { mediaType: 'text/plain', content: await pods.contents.keep(Buffer.from(text)) }),
    append: (raw, more, guard = anyone) => pods.edit(pod, path(raw), guard, async (current) => {
      if (current !== undefined && more === '') return current;
      const { mediaType, bytes } = current ?? { mediaType: 'text/plain', bytes: Buffer.alloc(0) };
      return { mediaType, bytes: Buffer.concat([bytes, Buffer.from(more)]) };
    }),
    remove: (raw, guard = anyone) => pods.remove(pod, path(raw), guard),
    async text(raw) {
      const { resource, bytes } = await look(raw);
      if (resource?.kind !== 'document') return undefined;
      return Buffer.from(await pods.contents.read({ document: resource, bytes })).toString();
    },
    async names(container) {
      const names: string[] = [];
      for await (const member of pods.members(pod, path(container))) names.push(member.path.slice(container.length));
      return names;
    },
    sound: () => sound(database, blobs),
  };
}

/** Asserts that a store is sound, RDF documents included. */
export async function sound(database: Database, blobs: BlobStore): Promise<Summary> {
  const findings: string[] = [];
  const summary = await checkStore(database, blobs, (finding) => findings.push(finding), { deep: true });
  assert.deepEqual(findings, []);
  return summary;
}

/** For `assert.rejects` and `assert.throws`. */
export function problem(kind: Problem['kind'], says: RegExp = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Problem, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, says);
    return true;
  };
}
