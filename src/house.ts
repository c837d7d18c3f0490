import { join } from 'node:path';
import { Access } from './access/access.ts';
import { Apps } from './access/apps.ts';
import { readGroups } from './access/groups.ts';
import { signUpOf } from './accounts/open-accounts.ts';
import type { SignUp } from './accounts/accounts.ts';
import { NodeSettings } from './admin/settings.ts';
import type { Options } from './config/options.ts';
import { freePort } from './http/server.ts';
import { changesTopic } from './notifications/feed.ts';
import { locateUrl } from './pods/addresses.ts';
import type { Address, PodAddresses } from './pods/addresses.ts';
import { Pods } from './pods/pods.ts';
import { formats } from './rdf/formats.ts';
import { RemoteDocuments } from './remote/documents.ts';
import { Remote } from './remote/remote.ts';
import type { BlobStore } from './storage/blobs.ts';
import type { Database } from './storage/database.ts';
import { openFiles } from './storage/files.ts';
import { openLevel } from './storage/level.ts';
import { MemoryBlobs } from './storage/memory-blobs.ts';
import { MemorySignal } from './storage/memory-signal.ts';
import { MemoryDatabase } from './storage/memory.ts';
import type { Signal } from './storage/signal.ts';

export interface Stores {
  readonly database: Database;
  readonly blobs: BlobStore;
}

/** The options as they hold now: those that administrators can set follow what they set, while the server runs. */
export type LiveOptions = Omit<Options, 'signUp' | 'podAddresses'> & {
  readonly baseUrl: string;
  readonly signUp: SignUp;
  readonly podAddresses: PodAddresses;
};

/** The floors below the protocols: what the server and the commands that work on its data are built on. */
export interface House extends AsyncDisposable, Stores {
  readonly options: LiveOptions;
  readonly settings: NodeSettings;
  readonly baseUrl: string;
  readonly port: number;
  readonly pods: Pods;
  readonly access: Access;
  readonly remote: Remote;
  /** Says "look again" to all processes of this node. `changes/<pod>`: after each commit to a pod. */
  readonly signal: Signal;
  /** Finds the pod of this node that a URL lies in. */
  readonly locate: (url: string) => Address | undefined;
}

/** Builds the house up to what decides about access, on the stores that the options name, or others. */
export async function openHouse(options: Options, stores?: Stores): Promise<House> {
  const port = options.port === 0 ? await freePort() : options.port;
  const baseUrl = options.baseUrl ?? `http://localhost:${port}/`;
  const { database, blobs } = stores ?? await openStores(options);
  const remote = new Remote(options);
  const signal = options.database === 'postgres'
    ? await (await import('./storage/postgres-signal.ts')).openPostgresSignal(options.databaseUrl!)
    : new MemorySignal();
  const settings = await openSettings(database, signal, options, baseUrl);
  const live = liveOptions(options, settings, baseUrl);
  const pods = new Pods(database, blobs, live, (pod) => signal.notify(changesTopic(pod)));
  const locate = (url: string): Address | undefined => locateUrl(live.podAddresses, baseUrl, url);
  const access = new Access(new Apps(database), {
    pods, locate,
    remote: new RemoteDocuments(remote, {
      name: 'group', accept: rdfTypes, maxBytes: options.maxGroupBytes, staleSeconds: options.remoteStaleSeconds,
      parse: ({ url, mediaType, bytes }) => readGroups(url, mediaType, bytes),
    }),
    maxGroupBytes: options.maxGroupBytes,
  });
  return {
    options: live, settings, baseUrl, port, database, blobs, pods, access, remote, signal, locate,
    async [Symbol.asyncDispose]() {
      settings[Symbol.dispose]();
      await remote[Symbol.asyncDispose]();
      await signal[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await blobs[Symbol.asyncDispose]();
    },
  };
}

function openSettings(database: Database, signal: Signal, options: Options, baseUrl: string): Promise<NodeSettings> {
  const { signUp, mailUrl, mailFrom, podAddresses, quotaBytes, maxPodsPerAccount } = options;
  return NodeSettings.open(database, signal, {
    fixed: {
      ...(signUp && { signUp }), ...(mailUrl && { mailUrl }), ...(mailFrom && { mailFrom }),
      ...(podAddresses && { podAddresses }),
    },
    defaults: { signUp: signUpOf(undefined, baseUrl), podAddresses: 'path', quotaBytes, maxPodsPerAccount },
  });
}

function liveOptions(options: Options, settings: NodeSettings, baseUrl: string): LiveOptions {
  return {
    ...options, baseUrl,
    get signUp() { return settings.current.signUp!; },
    get podAddresses() { return settings.current.podAddresses!; },
    get quotaBytes() { return settings.current.quotaBytes!; },
    get maxPodsPerAccount() { return settings.current.maxPodsPerAccount!; },
    get mailUrl() { return settings.current.mailUrl; },
    get mailFrom() { return settings.current.mailFrom; },
  };
}

/** What documents of other servers are asked for in. */
export const rdfTypes = Object.values(formats).map(({ mediaType }) => mediaType).join(', ');

/** Opens, or makes, what the options name. */
export async function openStores(
  { database, databaseUrl, data, cacheBytes }: Pick<Options, 'database' | 'databaseUrl' | 'data' | 'cacheBytes'>,
): Promise<Stores> {
  const blobs = join(data, 'blobs');
  switch (database) {
    case 'memory': return { database: new MemoryDatabase(), blobs: new MemoryBlobs() };
    case 'level': return {
      database: await openLevel(join(data, 'database'), { cacheBytes }), blobs: await openFiles(blobs),
    };
    case 'postgres': {
      const { openPostgres } = await import('./storage/postgres.ts');
      return { database: await openPostgres(databaseUrl!), blobs: await openFiles(blobs) };
    }
  }
}
