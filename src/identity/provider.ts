import { randomBytes } from 'node:crypto';
import type { JWK } from 'jose';
import type {
  AuthorizationDetail, Configuration, KoaContextWithOIDC, Provider as OidcProvider,
} from 'oidc-provider';
import { parseAuthority } from '../access/authority.ts';
import { Problem } from '../problem.ts';
import { adapterFor } from './adapter.ts';
import { detailsOf, isNews, placeOf } from './asked.ts';
import {
  extraTokenClaims, findAccount, grantMembers, grantSeconds, requestedScopes, scopes, solidResource,
} from './claims.ts';
import type { ClaimsParts, FoundAccount, SolidGrant } from './claims.ts';
import { problemIn } from './clients.ts';
import type { Clients } from './clients.ts';
import { errors, interactionPolicy, Provider } from './oidc.ts';

export interface ProviderParts extends ClaimsParts {
  readonly issuer: string;
  readonly clients: Clients;
  readonly interactionUrl: (uid: string, prompt: 'login' | 'consent') => string;
  readonly logoutPage: (ctx: KoaContextWithOIDC) => void | Promise<void>;
  readonly loggedOutPage: (ctx: KoaContextWithOIDC) => void | Promise<void>;
  readonly cookieKey: Buffer;
  readonly nonceSecret: Buffer;
  readonly keys: readonly JWK[];
}

const interactionSeconds = 3600;
/** Long enough for a slow network between an app's page and its server. */
const codeSeconds = 60;
const idTokenSeconds = 3600;

/**
 * oidc-provider, once `loadOidc` has loaded it, with all of our decisions. It takes its keys once: for others, there is
 * another provider.
 */
export function buildProvider(parts: ProviderParts): OidcProvider {
  const provider = new Provider(parts.issuer, configuration(parts));
  // The base URL says which scheme it is; `request.ts` passes it on as a proxy would.
  provider.proxy = true;
  Object.defineProperty(provider.Grant, 'IN_PAYLOAD', {
    value: [...(provider.Grant as unknown as { IN_PAYLOAD: string[] }).IN_PAYLOAD, ...grantMembers],
  });
  provider.Client.prototype.compareClientSecret = function compareClientSecret(actual: string) {
    return parts.clients.hasSecret(this.clientId, this.clientSecret, actual);
  };
  return provider;
}

function configuration(parts: ProviderParts): Configuration {
  const { records, clients, issuer, interactionUrl, keys } = parts;
  const prefix = issuer.startsWith('https:') ? '__Host-' : '';
  const cookie = { httpOnly: true, sameSite: 'lax', signed: true } as const;
  return {
    adapter: (model: string) => model === 'Client'
      ? adapterFor(model, records, clients)
      : adapterFor(model, records),
    jwks: { keys: keys },
    routes: {
      authorization: '/.oidc/auth', token: '/.oidc/token', jwks: '/.oidc/jwks', registration: '/.oidc/reg',
      revocation: '/.oidc/token/revocation', userinfo: '/.oidc/me', end_session: '/.oidc/session/end',
    },
    cookies: {
      keys: [parts.cookieKey.toString('base64url')],
      // A pod at a subdomain could set cookies for us, were it not for the prefix (RFC 6265bis, 4.1.3.2).
      names: { session: `${prefix}issuer-session`, interaction: 'issuer-interaction', resume: 'issuer-resume' },
      long: cookie,
      short: cookie,
    },
    discovery: { solid_oidc_supported: 'https://solidproject.org/TR/solid-oidc' },
    scopes: [...scopes],
    claims: { openid: ['sub', 'azp'], webid: ['webid'], profile: ['name'], email: ['email', 'email_verified'] },
    subjectTypes: ['public'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    ...clientConfiguration(),
    ...tokenConfiguration(parts),
    features: features(parts),
    findAccount: (ctx, id) => findAccount(parts, ctx, id),
    interactions: {
      policy: policy(),
      url: (_ctx, { uid, prompt }) => interactionUrl(uid, prompt.name === 'login' ? 'login' : 'consent'),
    },
    renderError(_ctx, out, error) {
      if (!(error instanceof errors.OIDCProviderError) || !error.expose) throw error;
      const problem = problemIn(error);
      if (problem !== undefined) throw problem;
      const { error: code, error_description: description } = out as { error: string; error_description?: string };
      throw new Problem('invalid', `The app that sent you here made a mistake: ${description ?? code} (${code}).`);
    },
  };
}

/** What clients may be. Nothing that one says of itself makes this server fetch something. */
function clientConfiguration(): Partial<Configuration> {
  return {
    // By a secret or not at all: keys at a `jwks_uri` would have to be fetched.
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    clientDefaults: {
      grant_types: ['authorization_code'], response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'ES256',
      authorization_details_types: ['solid'],
    },
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256', 'RS256'],
      dPoPSigningAlgValues: ['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'Ed25519', 'EdDSA'],
    },
    sectorIdentifierUriValidate: () => false,
    fetch: () => Promise.reject(new Error('The issuer fetches nothing by itself.')),
    // Endpoints for apps are open to all origins, as no cookie counts there (`routes.ts`).
    clientBasedCORS: () => true,
  };
}

function tokenConfiguration(parts: ProviderParts): Partial<Configuration> {
  const { accessTokenSeconds, refreshTokenSeconds, sessionSeconds } = parts;
  const within = (ctx: KoaContextWithOIDC | undefined, seconds: number): number => {
    const end = ctx?.oidc.grant?.exp ?? Infinity;
    return Math.max(1, Math.min(seconds, end - Math.floor(Date.now() / 1000)));
  };
  return {
    ttl: {
      AccessToken: (ctx) => within(ctx, accessTokenSeconds),
      ClientCredentials: () => accessTokenSeconds,
      RefreshToken: (ctx) => within(ctx, refreshTokenSeconds),
      AuthorizationCode: () => codeSeconds,
      IdToken: () => idTokenSeconds,
      Interaction: () => interactionSeconds,
      Session: () => sessionSeconds,
      Grant: () => grantSeconds(parts),
    },
    // Solid apps forget to ask for `prompt=consent`, without which `offline_access` does not count (OpenID Connect
    // Core, 11). They get refresh tokens too, which then end with the session.
    issueRefreshToken: async (_ctx, client, source) => client.grantTypeAllowed('refresh_token')
      && (source.scopes.has('offline_access') || source.scopes.has('webid')),
    expiresWithSession: async (_ctx, source) => !source.scopes.has('offline_access'),
    rotateRefreshToken: () => true,
    revokeGrantPolicy: () => true,
    extraTokenClaims: (ctx, token) => extraTokenClaims(parts, ctx, token),
    formats: {
      customizers: {
        jwt(ctx, token, jwt) {
          // What holds for the grant now, also when it was narrowed after the refresh token was issued.
          if (token.kind === 'AccessToken') jwt.payload['authorization_details'] = ctx.oidc.grant?.rar;
        },
      },
    },
  };
}

function features(parts: ProviderParts): Configuration['features'] & object {
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => client.clientId === token.clientId },
    dPoP: { enabled: true, nonceSecret: parts.nonceSecret, requireNonce: () => false, allowReplay: false },
    pushedAuthorizationRequests: { enabled: false },
    userinfo: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx) => parts.logoutPage(ctx),
      postLogoutSuccessSource: (ctx) => parts.loggedOutPage(ctx),
    },
    registration: {
      enabled: true, initialAccessToken: false, issueRegistrationAccessToken: false,
      idFactory: () => randomBytes(16).toString('base64url'),
      secretFactory: async () => randomBytes(32).toString('base64url'),
    },
    resourceIndicators: {
      enabled: true,
      async defaultResource(ctx, _client, oneOf) {
        if (oneOf !== undefined) return oneOf[0]!;
        const params = ctx.oidc.params ?? {};
        const wanted = params['grant_type'] === 'client_credentials' || requestedScopes(params).includes('webid');
        return (wanted ? solidResource : undefined);
      },
      useGrantedResource: async (_ctx, { scopes: granted }) => granted.has('webid'),
      async getResourceServerInfo(_ctx, resource) {
        if (resource !== solidResource) throw new errors.InvalidTarget();
        const jwt = { sign: { alg: 'ES256' } } as const;
        return { scope: scopes.join(' '), audience: 'solid', accessTokenFormat: 'jwt', jwt };
      },
    },
    richAuthorizationRequests: {
      enabled: true,
      types: { solid: { validate: (_ctx, detail) => checkDetail(detail) } },
      authorizationDetailsForGrantSource: (ctx) => ctx.oidc.grant?.rar,
      authorizationDetailsForAccessToken(ctx, _token, _source, grantType) {
        const asked = ctx.oidc.params?.['authorization_details'];
        if (typeof asked !== 'string') return ctx.oidc.grant?.rar;
        // A script may narrow what it gets each time; an app narrows when it asks the person.
        if (grantType === 'client_credentials') return JSON.parse(asked) as AuthorizationDetail[];
        throw new errors.InvalidAuthorizationDetails('they can be requested only with the authorization');
      },
    },
  };
}

/** A detail that would grant nothing is a mistake of the app, better told now. */
function checkDetail(detail: AuthorizationDetail): void {
  const [grant] = parseAuthority([detail]);
  if (grant === undefined || grant.modes === 0 || grant.locations.length === 0) {
    throw new errors.InvalidAuthorizationDetails('a detail of type "solid" has locations and actions');
  }
}

/** When people are asked to log in or to consent, beyond what oidc-provider does. */
function policy(): ReturnType<typeof interactionPolicy.base> {
  const { Check, base } = interactionPolicy;
  const prompts = base();
  prompts.get('login')!.checks.add(new Check(
    'account_unavailable', 'the account cannot be used', 'login_required',
    ({ oidc }) => oidc.session?.accountId !== undefined && oidc.account === undefined,
  ));
  prompts.get('consent')!.checks.add(new Check(
    'webid_missing', 'no WebID was chosen', 'consent_required',
    ({ oidc }) => {
      const grant: SolidGrant | undefined = oidc.grant;
      if (grant?.getOIDCScopeFiltered(['webid']) !== 'webid') return false;
      return !(oidc.account as unknown as FoundAccount).webIds.includes(grant.webId ?? '');
    },
  ));
  // Instead of the check that asks every time when an app says what it needs, also when it has just that.
  prompts.get('consent')!.checks.remove('rar_prompt');
  prompts.get('consent')!.checks.add(new Check(
    'app_changed', 'the app asks for more than before, or has changed', 'consent_required',
    ({ oidc }) => {
      const { grant, client, params = {} } = oidc;
      if (grant === undefined || oidc.result?.consent !== undefined) return false;
      return isNews(grant, {
        details: detailsOf(params) ?? [], name: client?.clientName, place: placeOf(params['redirect_uri']),
      });
    },
  ));
  return prompts;
}
