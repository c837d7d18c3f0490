import type { Context, Middleware } from 'koa';
import type { JSONWebKeySet, JWK, JWTPayload } from 'jose';
import type { KoaContextWithOIDC, Provider as OidcProvider } from 'oidc-provider';
import { collect, readBody } from '../http/body.ts';
import type { Log } from '../log.ts';
import type { Agent } from '../access/agent.ts';
import type { GrantAbout } from '../access/grant.ts';
import { Problem } from '../problem.ts';
import type { Database } from '../storage/database.ts';
import type { Signal } from '../storage/signal.ts';
import { OidcRecords } from './adapter.ts';
import type { ClientDocuments } from './client-documents.ts';
import type { IssuerAccount, Lifetimes, UsedFrom } from './claims.ts';
import { Clients } from './clients.ts';
import type { IssuerCredential } from './clients.ts';
import { allowOrigins, endpointAt } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { Grants } from './grants.ts';
import type { GrantChange } from './grants.ts';
import { Interactions } from './interactions.ts';
import { SigningKeys } from './keys.ts';
import { endGrantOfApp, showLogoutPage, withKnownReturn } from './logging-out.ts';
import { plainLoggedOutPage } from './plain-pages.ts';
import type { LogoutForm } from './plain-pages.ts';
import { loadOidc } from './oidc.ts';
import { buildProvider } from './provider.ts';
import { presented } from './request.ts';
import { sharedSecret } from './secrets.ts';

export interface IssuerOptions extends Partial<Lifetimes> {
  /** The node's base URL with its slash, which is the issuer's identifier too, byte for byte. */
  readonly baseUrl: string;
  readonly database: Database;
  /** The account with this id; `undefined` also when it may not log in. */
  readonly account: (id: string) => Promise<IssuerAccount | undefined>;
  readonly credential: (clientId: string) => Promise<IssuerCredential | undefined>;
  readonly verifyCredential: (clientId: string, secret: string) => Promise<boolean>;
  readonly clientDocuments: ClientDocuments;
  /** Why an app may not be used on this node; `undefined` when it may. Say `ended` when that changes. */
  readonly blocked?: (clientId: string) => Promise<string | undefined>;
  /** By which processes tell each other, under the topic `grants`, that something ended. */
  readonly signal?: Signal | undefined;
  /**
   * Where a person logs in or consents. The uid has to be a segment of its path, below which alone the browser is
   * known.
   */
  readonly interactionUrl: (uid: string, prompt: 'login' | 'consent') => string;
  /** Set the body of an answer to a page with this form; unset: a plain one. */
  readonly logoutPage?: (ctx: Context, form: LogoutForm) => void | Promise<void>;
  readonly loggedOutPage?: (ctx: Context) => void | Promise<void>;
  /** Take one request from an address into account; throw `too-many`. */
  readonly limitToken?: (address: string) => void | Promise<void>;
  readonly limitRegistration?: (address: string) => void | Promise<void>;
  /** Where a request comes from; unset: what its connection says. */
  readonly addressOf?: (ctx: Context) => string;
  /** For how many days a key signs. */
  readonly keyDays?: number;
  readonly log: Log;
}

export interface Issuer extends AsyncDisposable {
  readonly issuer: string;
  /** Answers what is the provider's and passes on the rest. It must not stand behind `http/cors.ts`. */
  readonly middleware: Middleware;
  readonly interactions: Interactions;
  /** The keys that tokens of this issuer are verified with. */
  keys(): JSONWebKeySet;
  /** The private key that signs with ES256 at present, for what the node itself sends. */
  signingKey(): JWK;
  /** Looks at once for keys that another process changed, rather than within half a minute. */
  refreshKeys(): Promise<void>;
  /** Whether an access token of this issuer is void before its time. */
  revoked(claims: JWTPayload): Promise<boolean>;
  /** The agent of a token of this issuer as it is now, narrowed as its grant is; `undefined` when that is gone. */
  renewed(agent: Agent): Promise<Agent | undefined>;
  /**
   * Has `listener` called whenever grants, accounts or credentials ended or were narrowed, here or in another process;
   * gives what stops that.
   */
  onEnded(listener: () => void): () => void;
  /** Says that credentials, WebIDs, accounts or the apps that are blocked are others now. */
  ended(): void;
  /** What an account granted apps. */
  grants(account: string): AsyncIterable<GrantAbout>;
  grant(account: string, id: string): Promise<GrantAbout | undefined>;
  /** In how many places an app works on by what a grant gave it, counted to a hundred. */
  alive(grant: string): Promise<number>;
  /** How many accounts granted an app something, counted to a thousand. */
  people(client: string): Promise<number>;
  /** False when the account has no such grant; throws `invalid`. */
  changeGrant(account: string, id: string, change: GrantChange): Promise<boolean>;
  revokeGrant(account: string, id: string): Promise<boolean>;
  endSessions(account: string): Promise<void>;
  revokeAccount(account: string): Promise<void>;
}

/**
 * A quarter of an hour: as long as a stolen token, or one whose grant was withdrawn, is good at other servers, and as
 * long as an app without refresh tokens works without asking again.
 */
const accessTokenSeconds = 900;
const refreshTokenSeconds = 30 * 86_400;
const sessionSeconds = 14 * 86_400;
const keyDays = 90;

/** Opens the OpenID provider (OpenID Connect Core; Solid-OIDC) on the database. */
export async function openIssuer(options: IssuerOptions): Promise<Issuer> {
  const { baseUrl, database, account, credential, log } = options;
  const records = new OidcRecords(database);
  const clients = new Clients(records, options);
  const lifetimes = {
    accessTokenSeconds: options.accessTokenSeconds ?? accessTokenSeconds,
    refreshTokenSeconds: options.refreshTokenSeconds ?? refreshTokenSeconds,
    sessionSeconds: options.sessionSeconds ?? sessionSeconds,
  };
  const grants = new Grants(records, { ...options, ...lifetimes });
  const signingKeys = await SigningKeys.open(database, { keyDays: options.keyDays ?? keyDays, log });
  const parts = {
    ...lifetimes,
    issuer: baseUrl, records, clients, account, credential,
    interactionUrl: options.interactionUrl,
    logoutPage: (ctx: KoaContextWithOIDC) => showLogoutPage(ctx, options.logoutPage),
    loggedOutPage: (ctx: KoaContextWithOIDC) => (options.loggedOutPage ?? plainLoggedOutPage)(ctx),
    cookieKey: await sharedSecret(database, 'cookies'),
    nonceSecret: await sharedSecret(database, 'dpop-nonces'),
  };
  const build = (): OidcProvider => {
    const fresh = buildProvider({ ...parts, keys: signingKeys.privateKeys });
    fresh.on('server_error', (ctx: Context, error: unknown) => noteFailure(log, ctx, error));
    fresh.on('grant.revoked', () => grants.ended());
    return fresh;
  };
  // Requests that are under way go on with the provider that they began with.
  let built: Promise<OidcProvider> | undefined;
  const provider = (): Promise<OidcProvider> => {
    if (built === undefined) {
      built = loadOidc().then(build);
      built.catch(() => { built = undefined; });
    }
    return built;
  };
  signingKeys.onChange(() => { built = undefined; });
  const interactions = new Interactions({ ...parts, baseUrl, provider, changed: () => grants.ended() });
  return {
    issuer: baseUrl,
    middleware: route(options, async (ctx, endpoint) =>
      answer(ctx, endpoint, await provider(), { options, records, grants })),
    interactions,
    keys: () => signingKeys.publicKeys,
    signingKey: () => signingKeys.privateKeys.find(({ alg }) => alg === 'ES256')!,
    refreshKeys: () => signingKeys.refresh(),
    revoked: (claims) => grants.revoked(claims),
    renewed: (agent) => grants.renewed(agent),
    onEnded: (listener) => grants.onEnded(listener),
    ended: () => grants.ended(),
    grants: (id) => grants.of(id),
    grant: (id, grant) => grants.find(id, grant),
    alive: (grant) => grants.alive(grant),
    people: (client) => grants.people(client),
    changeGrant: (id, grant, change) => grants.change(id, grant, change),
    revokeGrant: (id, grant) => grants.revoke(id, grant),
    endSessions: (id) => grants.endSessions(id),
    revokeAccount: (id) => grants.revokeAll(id),
    [Symbol.asyncDispose]() {
      grants[Symbol.dispose]();
      return signingKeys[Symbol.asyncDispose]();
    },
  };
}

/** Finds the endpoint of a request to the node itself, and sees to what holds for all of them. */
function route({ baseUrl }: IssuerOptions, respond: (ctx: Context, endpoint: Endpoint) => Promise<void>): Middleware {
  const { protocol, host, pathname } = new URL(baseUrl);
  const defaultPort = protocol === 'https:' ? /:443$/ : /:80$/;
  return async (ctx, next) => {
    const asked = ctx.get('Host').toLowerCase().replace(defaultPort, '');
    if (asked !== host || !ctx.path.startsWith(pathname)) return next();
    const path = ctx.path.slice(pathname.length);
    const endpoint = endpointAt(path);
    if (endpoint === undefined) {
      if (path.startsWith('.oidc/')) throw new Problem('missing', 'The identity provider has nothing at this address.');
      return next();
    }
    if (endpoint.forApps && allowOrigins(ctx, endpoint)) return;
    if (!endpoint.methods.includes(ctx.method)) {
      const allow = [...endpoint.methods, 'OPTIONS'].join(', ');
      if (ctx.method !== 'OPTIONS') throw new Problem('method', `This address takes ${allow}.`, { allow });
      ctx.set('Allow', allow);
      ctx.status = 204;
      return;
    }
    await respond(ctx, endpoint);
  };
}

interface Parts {
  readonly options: IssuerOptions;
  readonly records: OidcRecords;
  readonly grants: Grants;
}

const bodyPace = { idleSeconds: 10, minimumBytesPerSecond: 100 };

/** Lets oidc-provider answer, on a context of its own, which shows it the request as it is to see it. */
async function answer(ctx: Context, endpoint: Endpoint, provider: OidcProvider, parts: Parts): Promise<void> {
  const { options: { baseUrl, addressOf = (from: Context) => from.ip, limitToken, limitRegistration } } = parts;
  if (ctx.path.endsWith('/.oidc/token')) await limitToken?.(addressOf(ctx));
  if (ctx.path.endsWith('/.oidc/reg')) await limitRegistration?.(addressOf(ctx));
  const body = ctx.method !== 'POST' ? undefined
    : await collect(readBody(ctx.req, { ...bodyPace, maxBytes: endpoint.maxBytes! }), endpoint.maxBytes!);
  const url = ctx.path.endsWith('/.oidc/session/end') ? await withKnownReturn(ctx.url, provider) : ctx.url;
  const request = presented(ctx.req, baseUrl, { url, forApps: endpoint.forApps, ...(body && { body }) });
  const inner = provider.createContext(request, ctx.res) as Context & KoaContextWithOIDC;
  inner.state['from'] = { address: addressOf(ctx), agent: ctx.get('User-Agent').slice(0, 200) } satisfies UsedFrom;
  if (!endpoint.forApps) protectPage(ctx);
  if (endpoint.maxAge !== undefined) ctx.set('Cache-Control', `public, max-age=${endpoint.maxAge}`);
  const nothing = new Problem('missing', 'There is nothing at this address.');
  await provider.middleware[0]!(inner, () => Promise.reject(nothing));
  const { problem } = inner.state as { problem?: Problem };
  if (problem !== undefined) throw problem;
  const { route: name } = inner.oidc;
  if (name === 'end_session_confirm' && await endGrantOfApp(inner, { baseUrl, records: parts.records })) {
    parts.grants.ended();
  }
  ctx.status = inner.status;
  if (inner.body !== undefined && inner.body !== null) ctx.body = inner.body;
}

/** Nobody may show these pages within theirs, or learn from them where somebody came from. */
function protectPage(ctx: Context): void {
  ctx.set('Content-Security-Policy', "frame-ancestors 'none'; base-uri 'none'; object-src 'none'");
  ctx.set('X-Content-Type-Options', 'nosniff');
  ctx.set('Referrer-Policy', 'no-referrer');
}

/** oidc-provider makes a 500 of all that it does not know, so also of a Problem, which is to be answered as one. */
function noteFailure(log: Log, ctx: Context, error: unknown): void {
  if (error instanceof Problem) (ctx.state as { problem?: Problem }).problem = error;
  else log.error({ err: error, path: ctx.path, method: ctx.method }, 'the identity provider failed through a defect');
}
