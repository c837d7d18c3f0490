import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { join } from 'node:path';
import Koa from 'koa';
import type { Access } from './access/access.ts';
import type { Identified } from './access/agent.ts';
import type { Options } from './config/options.ts';
import type { Seed } from './config/seed.ts';
import { openHouse } from './house.ts';
import { jobsOf } from './jobs.ts';
import type { Stores } from './house.ts';
import { clientAddress } from './http/client-address.ts';
import { cors } from './http/cors.ts';
import { dotted } from './http/dotted.ts';
import { health } from './http/health.ts';
import { countRequest } from './http/count-requests.ts';
import { problemPages } from './http/problem-pages.ts';
import { answerProblems, logBrokenAnswers } from './http/problem-response.ts';
import { addressesOf, createHttpServer, drain, listen } from './http/server.ts';
import { challenge } from './identity/challenge.ts';
import { log } from './log.ts';
import { openNotifications } from './notifications/notifications.ts';
import type { Notifications } from './notifications/notifications.ts';
import type { WebhookChannels } from './notifications/webhook-channels.ts';
import { controlServer } from './pages/admin-control.ts';
import { adminPath } from './pages/admin-routes.ts';
import { openPeople, plantAccount } from './people.ts';
import type { People } from './people.ts';
import { isReachable } from './pods/addresses.ts';
import type { PodAddresses } from './pods/addresses.ts';
import type { Pods } from './pods/pods.ts';
import { entityTag } from './solid/entity-tag.ts';
import { Answers } from './solid/answers.ts';
import { solidRoutes } from './solid/routes.ts';
import type { Database } from './storage/database.ts';
import { openWebhooks, senderOf } from './webhooks.ts';
import { keys } from './storage/keyspace.ts';

/** The house, from the ground floor up. Disposing of it ends what is under way and closes the stores. */
export interface App extends AsyncDisposable {
  readonly baseUrl: string;
  readonly pods: Pods;
  readonly access: Access;
  readonly people: People;
  readonly notifications: Notifications;
  /** Begins to answer requests. */
  listen(): Promise<{ url: string }>;
  /** A link with which somebody becomes the owner of the node, good once; `undefined` when it has one. */
  setupLink(): Promise<string | undefined>;
  /** Makes the accounts and pods of a seed that are missing. */
  plant(seed: Seed): Promise<void>;
}

/** What tests put in the place of something else: who is asking, and where all is stored. */
export interface Substitutes {
  readonly identify?: (request: IncomingMessage) => Promise<Identified>;
  readonly stores?: Stores;
}

/** Opens the house to the world, its protocols wired by hand. */
export async function openApp(given: Options, { identify: believe, stores }: Substitutes = {}): Promise<App> {
  const house = await openHouse(given, stores);
  const { baseUrl, port, database, pods, access, options } = house;
  const people = await openPeople(house);
  const { admin } = people;
  const identify = believe ?? people.identify;

  const sender = senderOf(house, people);
  let webhooks: WebhookChannels | undefined;
  const notifications = openNotifications({
    ...options, ...house, log, identify, challenge,
    tagOf: entityTag, addressOf: clientAddress(options.trustedProxies),
    renew: (agent) => people.renewed(agent),
    // Hints come from PostgreSQL and may be lost; within one process they are not.
    lookMilliseconds: options.database === 'postgres' ? 300 : 5_000,
  }, (core) => {
    webhooks = openWebhooks(core, house, people, sender);
    return [webhooks];
  });
  const forgetEnded = people.issuer.onEnded(() => {
    void notifications.recheck();
    void webhooks?.recheck();
  });

  const closing = new AbortController();
  const takesWrites = tryWrites(database);
  const ready = async (): Promise<void> => {
    if (closing.signal.aborted) throw new Error('The server is shutting down.');
    await takesWrites();
  };
  const answers = new Answers({ pods, access, identify, options });
  const koa = new Koa();
  koa.on('error', logBrokenAnswers(log));
  koa.use(answerProblems({ baseUrl, log }));
  for (const middleware of people.middleware) koa.use(dotted(middleware));
  koa.use(people.frontPage);
  koa.use(cors());
  for (const middleware of [health(ready), notifications.middleware, sender.middleware]) koa.use(dotted(middleware));
  koa.use(solidRoutes({
    pods, access, identify, challenge, options, answers,
    discovery: notifications.discovery,
  }));
  koa.use(problemPages(baseUrl));

  const goAllTheWay = koa.callback();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    countRequest(admin.figures, response);
    if (!await answers.give(request, response)) await goAllTheWay(request, response);
  };
  const servers = addressesOf(options.host).map((host) => ({
    host,
    server: createHttpServer(answer, {
      ...options, baseUrl, headerBytes: options.maxHeaderBytes, idleSeconds: 2 * options.bodyIdleSeconds,
    }),
  }));
  for (const { server } of servers) notifications.serve(server);
  const control = controlServer(people.adminParts);
  for (const job of jobsOf(house, people)) admin.jobs.add(job);

  return {
    baseUrl,
    pods,
    access,
    people,
    notifications,
    async listen() {
      if (options.database === 'level') await listenForCommands(control, join(options.data, controlSocket));
      await warnOfUnreachable(pods, options.podAddresses, baseUrl);
      for (const { host, server } of servers) await listen(server, host, port);
      webhooks?.begin();
      return { url: baseUrl };
    },
    async setupLink() {
      if (await people.accounts.accounts.hasOwner()) return undefined;
      return `${baseUrl}${adminPath}setup/?token=${await admin.setup.make()}`;
    },
    async plant(seed) {
      for (const account of seed) await plantAccount(people, account);
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      forgetEnded();
      control.close();
      control.closeAllConnections();
      await webhooks?.[Symbol.asyncDispose]();
      await notifications[Symbol.asyncDispose]();
      await Promise.all(servers.map(({ server }) => drain(server, options.drainSeconds)));
      await people[Symbol.asyncDispose]();
      await house[Symbol.asyncDispose]();
    },
  };
}

/** Where commands reach the server that has the database open, in the folder of its data. */
export const controlSocket = 'control.sock';

/** Only who may read the data can open it. */
async function listenForCommands(server: Server, path: string): Promise<void> {
  // Left behind by a process that was killed: another one that lives would have the database.
  await rm(path, { force: true });
  try {
    const before = process.umask(0o177);
    server.listen(path);
    process.umask(before);
    await once(server, 'listening');
    await chmod(path, 0o600);
  } catch (error) {
    server.close();
    log.warn({ err: error }, 'commands can work on this data only while the server does not run');
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
