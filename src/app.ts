import { join } from 'node:path';
import Koa from 'koa';
import type { Context } from 'koa';
import { Access } from './access/access.ts';
import { publicAgent } from './access/agent.ts';
import type { Identified } from './access/agent.ts';
import { Apps } from './access/apps.ts';
import { readGroups } from './access/groups.ts';
import type { Options } from './config/options.ts';
import type { Seed } from './config/seed.ts';
import { cors } from './http/cors.ts';
import { health } from './http/health.ts';
import { problemPages } from './http/problem-pages.ts';
import { answerProblems, logBrokenAnswers } from './http/problem-response.ts';
import { addressesOf, createHttpServer, drain, freePort, listen } from './http/server.ts';
import { log } from './log.ts';
import { frontPage } from './pages/front-page.ts';
import { isReachable, locateUrl, podBase } from './pods/addresses.ts';
import type { PodAddresses } from './pods/addresses.ts';
import { createPod } from './pods/new-pod.ts';
import { rootPath } from './pods/path.ts';
import { Pods } from './pods/pods.ts';
import { Problem } from './problem.ts';
import { formats } from './rdf/formats.ts';
import { sweepRegularly } from './pods/sweep.ts';
import { RemoteDocuments } from './remote/documents.ts';
import { Remote } from './remote/remote.ts';
import { solidRoutes } from './solid/routes.ts';
import type { BlobStore } from './storage/blobs.ts';
import type { Database } from './storage/database.ts';
import { openFiles } from './storage/files.ts';
import { openLevel } from './storage/level.ts';
import { MemoryBlobs } from './storage/memory-blobs.ts';
import { MemoryDatabase } from './storage/memory.ts';
import { keys } from './storage/keyspace.ts';
import { openPostgres } from './storage/postgres.ts';

/** The house, from the ground floor up. Disposing of it ends what is under way and closes the stores. */
export interface App extends AsyncDisposable {
  readonly baseUrl: string;
  readonly pods: Pods;
  readonly access: Access;
  /** Begins to answer requests. */
  listen(): Promise<{ url: string }>;
  /** Makes the pods of a seed that are missing. */
  plant(seed: Seed): Promise<void>;
}

/** The floors below the protocols: what the server and the commands that work on its data are built on. */
export interface House extends AsyncDisposable {
  readonly baseUrl: string;
  readonly port: number;
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly pods: Pods;
  readonly access: Access;
}

/** Builds the house up to what decides about access. */
export async function openHouse(options: Options): Promise<House> {
  const port = options.port === 0 ? await freePort() : options.port;
  const baseUrl = options.baseUrl ?? `http://localhost:${port}/`;
  const { database, blobs } = await openStores(options);
  const remote = new Remote(options);
  const pods = new Pods(database, blobs, options);
  const access = new Access(new Apps(database), {
    pods,
    locate: (url) => locateUrl(options.podAddresses, baseUrl, url),
    remote: new RemoteDocuments(remote, {
      name: 'group', accept: rdfTypes, maxBytes: options.maxGroupBytes, staleSeconds: options.remoteStaleSeconds,
      parse: ({ url, mediaType, bytes }) => readGroups(url, mediaType, bytes),
    }),
    maxGroupBytes: options.maxGroupBytes,
  });
  return {
    baseUrl, port, database, blobs, pods, access,
    async [Symbol.asyncDispose]() {
      await remote[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await blobs[Symbol.asyncDispose]();
    },
  };
}

/** What documents of other servers are asked for in. */
const rdfTypes = Object.values(formats).map(({ mediaType }) => mediaType).join(', ');

/** Opens the house to the world, its protocols wired by hand. `identify` tells who is asking. */
export async function openApp(
  options: Options, identify: (ctx: Context) => Promise<Identified> = identifyNobody,
): Promise<App> {
  const house = await openHouse(options);
  const { baseUrl, port, database, blobs, pods, access } = house;

  const closing = new AbortController();
  const takesWrites = tryWrites(database);
  const ready = async (): Promise<void> => {
    if (closing.signal.aborted) throw new Error('The server is shutting down.');
    await takesWrites();
  };
  const koa = new Koa();
  koa.on('error', logBrokenAnswers(log));
  koa.use(answerProblems({ baseUrl, log }));
  koa.use(cors());
  koa.use(health(ready));
  koa.use(solidRoutes({
    pods, access, identify, baseUrl, podAddresses: options.podAddresses, limits: options,
    challenge: 'DPoP algs="ES256 RS256", scope="openid webid"',
  }));
  koa.use(problemPages(baseUrl));
  koa.use(frontPage(baseUrl));

  const servers = addressesOf(options.host).map((host) => ({
    host,
    server: createHttpServer(koa.callback(), {
      ...options, baseUrl, headerBytes: options.maxHeaderBytes, idleSeconds: 2 * options.bodyIdleSeconds,
    }),
  }));
  const sweeping = sweepRegularly(database, blobs, options.blobGraceSeconds, closing.signal, log);

  return {
    baseUrl,
    pods,
    access,
    async listen() {
      await warnOfUnreachable(pods, options.podAddresses, baseUrl);
      for (const { host, server } of servers) await listen(server, host, port);
      return { url: baseUrl };
    },
    async plant(seed) {
      for (const { name, open } of seed.flatMap((account) => account.pods)) {
        const base = podBase(options.podAddresses, baseUrl, name);
        if (await pods.look(base, rootPath) !== undefined) continue;
        try {
          await createPod(pods, options.podAddresses, baseUrl, { name, open });
          log.info({ base }, 'made a pod');
        } catch (error) {
          // Another process that started at the same time was faster.
          if (!(error instanceof Problem && error.kind === 'conflict')) throw error;
        }
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.all(servers.map(({ server }) => drain(server, options.drainSeconds)));
      await sweeping;
      await house[Symbol.asyncDispose]();
    },
  };
}

/** Credentials are not understood yet: everybody is the public. */
async function identifyNobody(ctx: Context): Promise<Identified> {
  const origin = ctx.get('Origin');
  return { agent: origin === '' ? publicAgent : { origin } };
}

/** Opens, or makes, what the options name. */
export async function openStores(
  { database, databaseUrl, data }: Pick<Options, 'database' | 'databaseUrl' | 'data'>,
): Promise<{ database: Database; blobs: BlobStore }> {
  const blobs = join(data, 'blobs');
  switch (database) {
    case 'memory': return { database: new MemoryDatabase(), blobs: new MemoryBlobs() };
    case 'level': return { database: await openLevel(join(data, 'database')), blobs: await openFiles(blobs) };
    case 'postgres': return { database: await openPostgres(databaseUrl!), blobs: await openFiles(blobs) };
  }
}

/** Gives what resolves when the database takes writes, which is tried at most every five seconds. */
function tryWrites(database: Database): () => Promise<unknown> {
  let outcome: Promise<unknown>;
  let triedAt = -Infinity;
  return () => {
    if (performance.now() - triedAt < 5_000) return outcome;
    triedAt = performance.now();
    outcome = database.commit({ puts: [{ key: keys.health, value: Buffer.from(String(Date.now())) }] });
    return outcome;
  };
}

/** Pods keep the address that they were made with. Who changes the server's is told what that means. */
async function warnOfUnreachable(pods: Pods, addresses: PodAddresses, baseUrl: string): Promise<void> {
  let unreachable = 0;
  let example = '';
  for await (const base of pods.bases()) {
    if (isReachable(addresses, baseUrl, base)) continue;
    unreachable += 1;
    example = base;
  }
  if (unreachable > 0) {
    log.warn({ unreachable, example, baseUrl }, 'some pods have other addresses than this server: '
      + 'start it with the baseUrl and podAddresses that they were made with');
  }
}
