import type { Context, Middleware } from 'koa';
import type { Quad } from '@rdfjs/types';
import type { Identified } from './access/agent.ts';
import type { Ends } from './accounts/expiry.ts';
import { openAccounts, signUpOf } from './accounts/open-accounts.ts';
import type { OpenAccounts } from './accounts/open-accounts.ts';
import { networkOf } from './accounts/rate-limit.ts';
import type { Options } from './config/options.ts';
import type { Seed } from './config/seed.ts';
import { rdfTypes } from './house.ts';
import type { House } from './house.ts';
import { clientAddress } from './http/client-address.ts';
import { identify } from './identity/agent.ts';
import { oidcEnds } from './identity/adapter.ts';
import { ClientDocuments } from './identity/client-documents.ts';
import { openIssuer } from './identity/issuer.ts';
import type { Issuer } from './identity/issuer.ts';
import { OwnDocuments } from './identity/own-documents.ts';
import { log } from './log.ts';
import { accountLinks } from './pages/account-links.ts';
import { accountRoutes } from './pages/account-routes.ts';
import { loggedOutPage, logoutPage } from './pages/issuer-pages.ts';
import { Problem } from './problem.ts';
import { formatOf } from './rdf/formats.ts';
import { readRdf } from './rdf/read.ts';
import { RemoteError } from './remote/remote-error.ts';
import { MemorySeen } from './storage/memory-seen.ts';
import { openPostgresSeen } from './storage/postgres-seen.ts';

/** More statements than this are no profile. */
const maxProfileQuads = 100_000;

/** The people of this node, and how they and others show who they are. */
export interface People extends AsyncDisposable {
  readonly accounts: OpenAccounts;
  readonly issuer: Issuer;
  /** What answers for them over HTTP, to stand before anything that lets other origins in. */
  readonly middleware: readonly Middleware[];
  readonly identify: (ctx: Context) => Promise<Identified>;
  /** How what has an end comes to it. */
  readonly ends: Ends;
}

/** Builds the rooms `accounts/` and `identity/` on the house, and tells each what it has to know of the other. */
export async function openPeople(house: House, options: Options): Promise<People> {
  const { baseUrl, database, pods, access, remote, locate } = house;
  const { podAddresses, remoteStaleSeconds } = options;
  const own = new OwnDocuments({ pods, locate, isPublic: (sight) => access.isPublic(sight) });
  const links = accountLinks(baseUrl);
  const addressOf = clientAddress(options.trustedProxies);
  const accounts = openAccounts(database, pods, { ...options, baseUrl, signUp: signUpOf(options.signUp, baseUrl) }, {
    readWebId: async (webId) => await own.statements(webId) ?? readProfile(house, webId),
    endSessions: (account) => issuer.endSessions(account),
    revokeAccount: (account) => issuer.revokeAccount(account),
    links,
  }, log);
  const { limits, credentials } = accounts;
  const issuer = await openIssuer({
    baseUrl, database, log,
    account: async (id) => {
      const account = await accounts.accounts.get(id);
      if (account?.state !== 'active') return undefined;
      const [login] = account.logins;
      return { id, webIds: account.webIds, ...(login && { email: login.email, emailVerified: login.verified }) };
    },
    credential: (id) => credentials.find(id),
    verifyCredential: async (id, secret) => await credentials.verify(id, secret) !== undefined,
    clientDocuments: new ClientDocuments({
      remote, staleSeconds: remoteStaleSeconds, local: (url) => own.document(url),
    }),
    interactionUrl: links.interaction, logoutPage, loggedOutPage,
    limitToken: (address) => limits.take('token', networkOf(address)),
    limitRegistration: (address) => limits.take('client', networkOf(address)),
    addressOf,
    accessTokenSeconds: options.accessTokenSeconds,
    refreshTokenSeconds: options.refreshTokenDays * 86_400,
    sessionSeconds: options.sessionDays * 86_400,
    keyDays: options.keyDays,
  });
  const marks = { limit: options.dpopProofs };
  const seen = options.database === 'postgres' ? await openPostgresSeen(options.databaseUrl!, marks) : new MemorySeen(marks);
  return {
    accounts, issuer,
    middleware: [
      issuer.middleware,
      accountRoutes({
        baseUrl, people: accounts, pods, apps: access.apps, issuer, addressOf, log, quotaBytes: options.quotaBytes,
        minPasswordLength: options.minPasswordLength, accountGraceDays: options.accountGraceDays,
      }),
    ],
    identify: identify({
      baseUrl, podAddresses, remote, remoteStaleSeconds, seen,
      dpopSeconds: options.dpopSeconds, dpopWithoutAth: options.dpopWithoutAth,
      bearerIssuers: options.bearerIssuers ?? [],
      own: { issuer: baseUrl, keys: () => issuer.keys(), revoked: (claims) => issuer.revoked(claims) },
      ownIssuers: (webId) => own.issuers(webId),
    }),
    ends: { ...accounts.ends, oidc: oidcEnds },
    async [Symbol.asyncDispose]() {
      await accounts[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
      await seen[Symbol.asyncDispose]();
    },
  };
}

/** Reads the document of a WebID on another server as it is now. Throws a Problem when it cannot be read. */
async function readProfile({ remote }: House, webId: string): Promise<readonly Quad[]> {
  try {
    const { url, mediaType, bytes } = await remote.get(webId, { accept: rdfTypes });
    const format = formatOf(mediaType);
    if (format === undefined) throw new Problem('invalid', `<${webId}> is ${mediaType}, which is no RDF.`);
    return (await readRdf(bytes, { format, base: url, maxQuads: maxProfileQuads })).quads;
  } catch (error) {
    if (error instanceof RemoteError) throw new Problem('invalid', `<${webId}> cannot be read: ${error.message}`);
    throw error;
  }
}

/** Makes what is missing of an account of a seed. Another process may be doing the same at the same time. */
export async function plantAccount(
  { accounts: { accounts, logins } }: People, { email, password, pods }: Seed[number],
): Promise<void> {
  await unlessThere(() => accounts.byEmail(email), () => logins.register(email, password, 'admin'));
  const account = await accounts.byEmail(email);
  // One that is shut stays as it is.
  if (account?.state !== 'active') return;
  for (const { name, open } of pods) {
    await unlessThere(() => undefined, async () => {
      const { pod } = await accounts.addPod(account.id, { name, open });
      log.info({ base: pod.base }, 'made a pod');
    });
  }
}

async function unlessThere(look: () => unknown, make: () => Promise<unknown>): Promise<void> {
  if (await look() !== undefined) return;
  try {
    await make();
  } catch (error) {
    if (!(error instanceof Problem && error.kind === 'conflict')) throw error;
  }
}
