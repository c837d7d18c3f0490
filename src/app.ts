import Koa from 'koa';
import type { Context } from 'koa';
import type { Access } from './access/access.ts';
import type { Identified } from './access/agent.ts';
import { sweepExpiredRegularly } from './accounts/expiry.ts';
import type { Options } from './config/options.ts';
import type { Seed } from './config/seed.ts';
import { openHouse } from './house.ts';
import type { Stores } from './house.ts';
import { cors } from './http/cors.ts';
import { health } from './http/health.ts';
import { problemPages } from './http/problem-pages.ts';
import { answerProblems, logBrokenAnswers } from './http/problem-response.ts';
import { addressesOf, createHttpServer, drain, listen } from './http/server.ts';
import { challenge } from './identity/challenge.ts';
import { log } from './log.ts';
import { frontPage } from './pages/front-page.ts';
import { openPeople, plantAccount } from './people.ts';
import type { People } from './people.ts';
import { isReachable } from './pods/addresses.ts';
import type { PodAddresses } from './pods/addresses.ts';
import type { Pods } from './pods/pods.ts';
import { sweepRegularly } from './pods/sweep.ts';
import { solidRoutes } from './solid/routes.ts';
import type { Database } from './storage/database.ts';
import { keys } from './storage/keyspace.ts';

/** The house, from the ground floor up. Disposing of it ends what is under way and closes the stores. */
export interface App extends AsyncDisposable {
  readonly baseUrl: string;
  readonly pods: Pods;
  readonly access: Access;
  readonly people: People;
  /** Begins to answer requests. */
  listen(): Promise<{ url: string }>;
  /** Makes the accounts and pods of a seed that are missing. */
  plant(seed: Seed): Promise<void>;
}

/** What tests put in the place of something else: who is asking, and where all is stored. */
export interface Substitutes {
  readonly identify?: (ctx: Context) => Promise<Identified>;
  readonly stores?: Stores;
}

/** Opens the house to the world, its protocols wired by hand. */
export async function openApp(options: Options, { identify, stores }: Substitutes = {}): Promise<App> {
  const house = await openHouse(options, stores);
  const { baseUrl, port, database, blobs, pods, access } = house;
  const { podAddresses } = options;
  const people = await openPeople(house, options);

  const closing = new AbortController();
  const takesWrites = tryWrites(database);
  const ready = async (): Promise<void> => {
    if (closing.signal.aborted) throw new Error('The server is shutting down.');
    await takesWrites();
  };
  const koa = new Koa();
  koa.on('error', logBrokenAnswers(log));
  koa.use(answerProblems({ baseUrl, log }));
  for (const middleware of people.middleware) koa.use(middleware);
  koa.use(cors());
  koa.use(health(ready));
  koa.use(solidRoutes({
    pods, access, identify: identify ?? people.identify, challenge, baseUrl, podAddresses, limits: options,
  }));
  koa.use(problemPages(baseUrl));
  koa.use(frontPage(baseUrl));

  const servers = addressesOf(options.host).map((host) => ({
    host,
    server: createHttpServer(koa.callback(), {
      ...options, baseUrl, headerBytes: options.maxHeaderBytes, idleSeconds: 2 * options.bodyIdleSeconds,
    }),
  }));
  const sweeping = [
    sweepRegularly(database, blobs, options.blobGraceSeconds, closing.signal, log),
    sweepExpiredRegularly(database, people.ends, closing.signal, log),
  ];

  return {
    baseUrl,
    pods,
    access,
    people,
    async listen() {
      await warnOfUnreachable(pods, podAddresses, baseUrl);
      for (const { host, server } of servers) await listen(server, host, port);
      return { url: baseUrl };
    },
    async plant(seed) {
      for (const account of seed) await plantAccount(people, account);
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.all(servers.map(({ server }) => drain(server, options.drainSeconds)));
      await Promise.all(sweeping);
      await people[Symbol.asyncDispose]();
      await house[Symbol.asyncDispose]();
    },
  };
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
