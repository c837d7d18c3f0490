import { Access } from '../../src/access/access.ts';
import { Apps } from '../../src/access/apps.ts';
import type { GroupDocument, RemoteGroups } from '../../src/access/groups.ts';
import { schema } from '../../src/config/options.ts';
import { locateUrl } from '../../src/pods/addresses.ts';
import { Pods } from '../../src/pods/pods.ts';
import { RemoteError } from '../../src/remote/remote-error.ts';
import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { MemoryDatabase } from '../../src/storage/memory.ts';

const options = schema.parse({});

export interface NewAccess {
  readonly access: Access;
  readonly pods: Pods;
  readonly database: MemoryDatabase;
  readonly blobs: MemoryBlobs;
}

export interface NodeOptions {
  readonly baseUrl?: string;
  /** Group documents of other servers by their addresses. */
  readonly groups?: Readonly<Record<string, GroupDocument>>;
  readonly remote?: RemoteGroups;
  readonly maxGroupBytes?: number;
  /** Those of another process that it works with. */
  readonly database?: MemoryDatabase;
  readonly blobs?: MemoryBlobs;
}

/** Access to the pods of a node that is in memory. */
export function newAccess({
  baseUrl = 'https://host.example/', groups = {}, remote = serving(groups), maxGroupBytes = 1024 * 1024,
  database = new MemoryDatabase(), blobs = new MemoryBlobs(),
}: NodeOptions = {}): NewAccess {
  const pods = new Pods(database, blobs, options);
  const access = new Access(new Apps(database), {
    pods, locate: (url) => locateUrl('path', baseUrl, url), maxGroupBytes, remote,
  });
  return { access, pods, database, blobs };
}

/** Other servers with these group documents, by their addresses. */
export function serving(groups: Readonly<Record<string, GroupDocument>>): RemoteGroups {
  return {
    read: async (url) => {
      const found = groups[url];
      if (found === undefined) throw new RemoteError('unusable', 'It answered 404.');
      return found;
    },
    known: (url) => groups[url],
  };
}
