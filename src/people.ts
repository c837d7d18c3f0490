import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import type { Quad } from '@rdfjs/types';
import type { Agent, Identified } from './access/agent.ts';
import type { Ends } from './accounts/expiry.ts';
import { openAccounts } from './accounts/open-accounts.ts';
import type { OpenAccounts } from './accounts/open-accounts.ts';
import { networkOf } from './accounts/rate-limit.ts';
import type { Lists } from './admin/blocks.ts';
import { openAdmin } from './admin/open-admin.ts';
import type { OpenAdmin } from './admin/open-admin.ts';
import type { Seed } from './config/seed.ts';
import { isMailUrl, isSender, parseBytes } from './config/values.ts';
import { rdfTypes } from './house.ts';
import type { House } from './house.ts';
import { clientAddress } from './http/client-address.ts';
import { identify } from './identity/agent.ts';
import { oidcEnds } from './identity/adapter.ts';
import { ClientDocuments } from './identity/client-documents.ts';
import { openIssuer } from './identity/issuer.ts';
import { Logos } from './identity/logos.ts';
import type { Issuer } from './identity/issuer.ts';
import { OwnDocuments } from './identity/own-documents.ts';
import { isSameIssuer } from './identity/token-claims.ts';
import { readTypeIndexes } from './identity/type-indexes.ts';
import { log } from './log.ts';
import { channelEnd } from './notifications/webhook-records.ts';
import { Subscriptions } from './notifications/webhook-subscriptions.ts';
import { accountLinks } from './pages/account-links.ts';
import { accountRoutes } from './pages/account-routes.ts';
import { adminRoutes } from './pages/admin-routes.ts';
import { diskOf } from './pages/admin-node.ts';
import { frontPage } from './pages/front-page.ts';
import type { AdminParts } from './pages/admin-row.ts';
import { loggedOutPage, logoutPage } from './pages/issuer-pages.ts';
import { exceptSettings } from './pages/later-pods.ts';
import type { Parts } from './pages/parts.ts';
import { Problem } from './problem.ts';
import { version } from './package.ts';
import { formatOf } from './rdf/formats.ts';
import { readRdf } from './rdf/read.ts';
import { RemoteError } from './remote/remote-error.ts';
import { MemorySeen } from './storage/memory-seen.ts';

/** More statements than this are no profile. */
const maxProfileQuads = 100_000;

/** The people of this node, and how they and others show who they are. */
export interface People extends AsyncDisposable {
  readonly admin: OpenAdmin;
  /** What the administration works on, for the command line. */
  readonly adminParts: AdminParts;
  readonly accounts: OpenAccounts;
  readonly issuer: Issuer;
  /** What answers for them over HTTP, below names with a dot, to stand before anything that lets other origins in. */
  readonly middleware: readonly Middleware[];
  /** What answers at the base URL; to stand there too. */
  readonly frontPage: Middleware;
  readonly identify: (request: IncomingMessage) => Promise<Identified>;
  /** An agent as of now: `undefined` when what it came by was taken back, or it is not let in any more. */
  readonly renewed: (agent: Agent) => Promise<Agent | undefined>;
  /** How what has an end comes to it. */
  readonly ends: Ends;
}

/** Builds the rooms `accounts/` and `identity/` on the house, and tells each what it has to know of the other. */
export async function openPeople(house: House): Promise<People> {
  const { baseUrl, database, pods, access, remote, locate, signal, settings, options } = house;
  const { remoteStaleSeconds } = options;
  const own = new OwnDocuments({ pods, locate, isPublic: (sight) => access.isPublic(sight) });
  const links = accountLinks(baseUrl);
  const addressOf = clientAddress(options.trustedProxies);
  const accounts = openAccounts(database, pods, options, {
    readWebId: async (webId) => await own.statements(webId) ?? readProfile(house, webId),
    endSessions: (account) => issuer.endSessions(account),
    revokeAccount: (account) => issuer.revokeAccount(account),
    links,
  }, log);
  settings.onChange(() => accounts.mail.use(options));
  const admin = await openAdmin({ database, signal, settings, log }, async () => issuer.ended());
  const { limits, credentials } = accounts;
  const fetched = { remote, staleSeconds: remoteStaleSeconds, local: (url: string) => own.document(url) };
  const issuer = await openIssuer({
    baseUrl, database, signal, log,
    blocked: async (client) => admin.lists.appBlocked(client),
    account: async (id) => {
      const account = await accounts.accounts.get(id);
      if (account?.state !== 'active') return undefined;
      const [login] = account.logins;
      return { id, webIds: account.webIds, ...(login && { email: login.email, emailVerified: login.verified }) };
    },
    credential: (id) => credentials.find(id),
    verifyCredential: async (id, secret) => await credentials.verify(id, secret) !== undefined,
    clientDocuments: new ClientDocuments(fetched),
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
  const seen = options.database === 'postgres'
    ? await (await import('./storage/postgres-seen.ts')).openPostgresSeen(options.databaseUrl!, marks)
    : new MemorySeen(marks);
  const parts: Parts = {
    baseUrl, people: accounts, pods, access, apps: access.apps, issuer, addressOf, log, settings,
    subscriptions: new Subscriptions(database),
    logos: new Logos(fetched), typeIndexes: (webId, bases) => readTypeIndexes(own, webId, bases),
    minPasswordLength: options.minPasswordLength, accountGraceDays: options.accountGraceDays,
    get quotaBytes() { return options.quotaBytes; },
  };
  const adminParts: AdminParts = {
    ...parts, people: accounts, admin, version, values: { parseBytes, isMailUrl, isSender },
    disk: () => diskOf(options.data),
  };
  return {
    accounts, issuer, admin, adminParts,
    middleware: [
      issuer.middleware,
      accountRoutes(parts),
      adminRoutes(adminParts),
    ],
    frontPage: frontPage(parts),
    identify: identify({
      options, baseUrl, remote, remoteStaleSeconds, seen,
      refuses: async (token) => refusal(admin.lists, baseUrl, token),
      dpopSeconds: options.dpopSeconds, dpopWithoutAth: options.dpopWithoutAth,
      bearerIssuers: options.bearerIssuers ?? [],
      own: { issuer: baseUrl, keys: () => issuer.keys(), revoked: (claims) => issuer.revoked(claims) },
      ownIssuers: (webId) => own.issuers(webId),
    }),
    renewed: async (agent) => {
      const { issuer: from, client } = agent;
      if (from !== undefined && refusal(admin.lists, baseUrl, { issuer: from, client }) !== undefined) return undefined;
      // What other issuers granted is theirs to know.
      return isSameIssuer(from ?? '', baseUrl) ? issuer.renewed(agent) : agent;
    },
    ends: { ...accounts.ends, oidc: oidcEnds, channel: channelEnd },
    async [Symbol.asyncDispose]() {
      await admin[Symbol.asyncDispose]();
      await accounts[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
      await seen[Symbol.asyncDispose]();
    },
  };
}

/** Why a good token does not count here. Our own issuer is beyond the lists. */
function refusal(
  lists: Lists, own: string, { issuer, client }: { readonly issuer: string; readonly client?: string | undefined },
): string | undefined {
  if (client !== undefined && lists.appBlocked(client) !== undefined) return 'This server does not work with that app.';
  return issuer === own ? undefined : lists.issuerRefused(issuer);
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
  { accounts: { accounts, logins }, adminParts }: People, { email, password, pods }: Seed[number],
): Promise<void> {
  await unlessThere(() => accounts.byEmail(email), () => logins.register(email, password, 'admin'));
  const account = await accounts.byEmail(email);
  // One that is shut stays as it is.
  if (account?.state !== 'active') return;
  for (const { name, open } of pods) {
    await unlessThere(() => undefined, async () => {
      const { pod } = await accounts.addPod(account.id, { name, open });
      await exceptSettings(adminParts, account.id);
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
