import { join } from 'node:path';
import { Access } from './access/access.ts';
import { Apps } from './access/apps.ts';
import { readGroups } from './access/groups.ts';
import type { Options } from './config/options.ts';
import { freePort } from './http/server.ts';
import { locateUrl } from './pods/addresses.ts';
import type { Address } from './pods/addresses.ts';
import { Pods } from './pods/pods.ts';
import { formats } from './rdf/formats.ts';
import { RemoteDocuments } from './remote/documents.ts';
import { Remote } from './remote/remote.ts';
import type { BlobStore } from './storage/blobs.ts';
import type { Database } from './storage/database.ts';
import { openFiles } from './storage/files.ts';
import { openLevel } from './storage/level.ts';
import { MemoryBlobs } from './storage/memory-blobs.ts';
import { MemoryDatabase } from './storage/memory.ts';
import { openPostgres } from './storage/postgres.ts';

export interface Stores {
  readonly database: Database;
  readonly blobs: BlobStore;
}

/** The floors below the protocols: what the server and the commands that work on its data are built on. */
export interface House extends AsyncDisposable, Stores {
  readonly baseUrl: string;
  readonly port: number;
  readonly pods: Pods;
  readonly access: Access;
  readonly remote: Remote;
  /** Finds the pod of this node that a URL lies in. */
  readonly locate: (url: string) => Address | undefined;
}

/** Builds the house up to what decides about access, on the stores that the options name, or others. */
export async function openHouse(options: Options, stores?: Stores): Promise<House> {
  const port = options.port === 0 ? await freePort() : options.port;
  const baseUrl = options.baseUrl ?? `http://localhost:${port}/`;
  const { database, blobs } = stores ?? await openStores(options);
  const remote = new Remote(options);
  const pods = new Pods(database, blobs, options);
  const locate = (url: string): Address | undefined => locateUrl(options.podAddresses, baseUrl, url);
  const access = new Access(new Apps(database), {
    pods, locate,
    remote: new RemoteDocuments(remote, {
      name: 'group', accept: rdfTypes, maxBytes: options.maxGroupBytes, staleSeconds: options.remoteStaleSeconds,
      parse: ({ url, mediaType, bytes }) => readGroups(url, mediaType, bytes),
    }),
    maxGroupBytes: options.maxGroupBytes,
  });
  return {
    baseUrl, port, database, blobs, pods, access, remote, locate,
    async [Symbol.asyncDispose]() {
      await remote[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await blobs[Symbol.asyncDispose]();
    },
  };
}

/** What documents of other servers are asked for in. */
export const rdfTypes = Object.values(formats).map(({ mediaType }) => mediaType).join(', ');

/** Opens, or makes, what the options name. */
export async function openStores(
  { database, databaseUrl, data }: Pick<Options, 'database' | 'databaseUrl' | 'data'>,
): Promise<Stores> {
  const blobs = join(data, 'blobs');
  switch (database) {
    case 'memory': return { database: new MemoryDatabase(), blobs: new MemoryBlobs() };
    case 'level': return { database: await openLevel(join(data, 'database')), blobs: await openFiles(blobs) };
    case 'postgres': return { database: await openPostgres(databaseUrl!), blobs: await openFiles(blobs) };
  }
}
