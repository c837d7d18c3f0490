import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import type { Context } from 'koa';
import { pino } from 'pino';
import { problemPages } from '../../src/http/problem-pages.ts';
import { answerProblems } from '../../src/http/problem-response.ts';
import { ClientDocuments } from '../../src/identity/client-documents.ts';
import { openIssuer } from '../../src/identity/issuer.ts';
import type { InteractionDetails, InteractionResult } from '../../src/identity/interactions.ts';
import type { Issuer, IssuerOptions } from '../../src/identity/issuer.ts';
import type { IssuerAccount } from '../../src/identity/claims.ts';
import { Problem } from '../../src/problem.ts';
import { Remote } from '../../src/remote/remote.ts';
import type { Database } from '../../src/storage/database.ts';
import { databaseWithKeys } from './prepared-keys.ts';

export interface TestIssuer extends AsyncDisposable {
  readonly issuer: Issuer;
  readonly baseUrl: string;
  readonly port: number;
  readonly database: Database;
  /** Those that may log in; a test may change them. */
  readonly accounts: Map<string, IssuerAccount>;
  readonly credentials: Map<string, { account: string; webId: string; secret: string }>;
  readonly logged: Record<string, unknown>[];
  /** Looks for changed keys now rather than within seconds. */
  refreshKeys(): Promise<void>;
}

export const alice = 'https://alice.example/profile#me';
export const otherAlice = 'https://alice.example/work#me';

/**
 * A node with nothing but the issuer, and in place of the account pages an API: GET `/.account/i/<uid>` gives what is
 * to be decided, POST takes the decision and gives the place where the browser goes on.
 */
export async function openTestIssuer(
  { path = '/', ...options }: Partial<IssuerOptions> & { path?: string; port?: number } = {},
): Promise<TestIssuer> {
  const database = options.database ?? await databaseWithKeys();
  const logged: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => { logged.push(JSON.parse(line) as Record<string,
    unknown>); } });
  const accounts = new Map<string, IssuerAccount>([
    ['a1', { id: 'a1', webIds: [alice, otherAlice], name: 'Alice', email: 'alice@mail.example', emailVerified: true }],
    ['b2', { id: 'b2', webIds: ['https://bob.example/#me'] }],
  ]);
  const credentials = new Map([['script_1', { account: 'a1', webId: alice, secret: 'open sesame' }]]);
  const remote = new Remote({ remoteSeconds: 1, remoteBytes: 100_000, remoteConnections: 8, remoteLocalhost: true });
  const koa = new Koa();
  const server = createServer();
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const baseUrl = options.baseUrl ?? `http://localhost:${port}${path}`;
  const issuer = await openIssuer({
    baseUrl, log,
    account: async (id) => accounts.get(id),
    credential: async (id) => {
      const found = credentials.get(id);
      return found && accounts.has(found.account) ? { id, account: found.account, webId: found.webId } : undefined;
    },
    verifyCredential: async (id, secret) => credentials.get(id)?.secret === secret,
    clientDocuments: new ClientDocuments({ remote, staleSeconds: 60 }),
    interactionUrl: (uid) => `${baseUrl}.account/i/${uid}`,
    ...options,
    database,
  });
  koa.use(answerProblems({ baseUrl, log }));
  koa.use(issuer.middleware);
  koa.use(problemPages(baseUrl));
  koa.use((ctx) => interact(ctx, issuer, new URL(baseUrl).pathname));
  const callback = koa.callback();
  server.on('request', (request, response) => { void callback(request, response); });
  return {
    issuer, baseUrl, port, database, accounts, credentials, logged,
    refreshKeys: () => issuer.refreshKeys(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await issuer[Symbol.asyncDispose]();
      await remote[Symbol.asyncDispose]();
    },
  };
}

async function interact(ctx: Context, issuer: Issuer, base: string): Promise<void> {
  const uid = ctx.path.startsWith(`${base}.account/i/`) ? ctx.path.slice(`${base}.account/i/`.length) : undefined;
  if (uid === undefined) throw new Problem('missing', 'Only the issuer is here.');
  if (ctx.method === 'GET') {
    ctx.body = await issuer.interactions.details(ctx, uid);
    return;
  }
  const parts: Buffer[] = [];
  for await (const part of ctx.req) parts.push(part as Buffer);
  const result = JSON.parse(Buffer.concat(parts).toString()) as InteractionResult;
  ctx.body = { location: await issuer.interactions.finish(ctx, uid, result) };
}

export type { InteractionDetails };
