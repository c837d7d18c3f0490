import type { Context } from 'koa';
import type { AuthorizationDetail, InteractionResults, Provider as OidcProvider } from 'oidc-provider';
import { parseAuthority } from '../access/authority.ts';
import { Problem } from '../problem.ts';
import { grantSeconds, requestedScopes, solidResource } from './claims.ts';
import type { IssuerAccount, Lifetimes, SolidGrant } from './claims.ts';
import { isUrl } from './clients.ts';
import { errors } from './oidc.ts';
import { presented } from './request.ts';

type Client = InstanceType<OidcProvider['Client']>;
type Interaction = Awaited<ReturnType<OidcProvider['interactionDetails']>>;

/** What a person is told about an app. Except for the id of a `document`, it is what the app says of itself. */
export interface ClientAbout {
  readonly id: string;
  /** `document`: its id is a URL, and what it says is what stands there; `registered`: it says what it likes. */
  readonly kind: 'document' | 'registered';
  readonly name?: string;
  readonly uri?: string;
  readonly logo?: string;
  readonly policy?: string;
  readonly tos?: string;
  /** Where the browser goes afterwards. */
  readonly redirectHost?: string;
}

/** What a person is to decide. */
export interface InteractionDetails {
  readonly uid: string;
  readonly prompt: 'login' | 'consent';
  /** Why: `no_session`, `login_prompt`, `consent_prompt`, `op_scopes_missing`, `rar_prompt`, `webid_missing`, … */
  readonly reasons: readonly string[];
  readonly client: ClientAbout;
  /** Those that the app asked for and that are known here. */
  readonly scopes: readonly string[];
  /** What it asked for in particular (RFC 9396), of the type `solid`. */
  readonly authorizationDetails?: readonly object[];
  /** The account that is logged in. */
  readonly account?: string;
  readonly loginHint?: string;
  /** What the person granted the app before, in this browser. */
  readonly granted?: { readonly webId?: string; readonly authorizationDetails?: readonly object[] };
  /** Until when this can be decided, in milliseconds since 1970. */
  readonly expires: number;
}

export interface LoginResult { readonly login: { readonly account: string; readonly remember?: boolean } }
export interface ConsentResult {
  readonly consent: {
    /** One of the account's: needed when the scope `webid` was asked for and is not rejected. */
    readonly webId?: string;
    /** What the app may do at most (see `parseAuthority`); absent: what it asked for, or all that the person may. */
    readonly authorizationDetails?: readonly object[];
    readonly rejectedScopes?: readonly string[];
    /** In milliseconds since 1970. */
    readonly until?: number;
  };
}
export interface RefusalResult { readonly error: 'access_denied'; readonly description?: string }
export type InteractionResult = LoginResult | ConsentResult | RefusalResult;

export interface InteractionsOptions extends Lifetimes {
  readonly baseUrl: string;
  readonly provider: () => OidcProvider;
  readonly account: (id: string) => Promise<IssuerAccount | undefined>;
}

/** Tokens carry these, in a header of every request. */
const maxDetailBytes = 4_096;

/** What comes between an app's request and the answer to it: a person logs in, and decides what the app may do. */
export class Interactions {
  readonly #options: InteractionsOptions;

  constructor(options: InteractionsOptions) {
    this.#options = options;
  }

  /** Throws `missing` when there is no such interaction, or it was begun in another browser. */
  async details(ctx: Context, uid: string): Promise<InteractionDetails> {
    const interaction = await this.#find(ctx, uid);
    const { prompt, params, session, exp } = interaction;
    const provider = this.#options.provider();
    const client = await provider.Client.find(String(params['client_id']));
    if (client === undefined) throw expired();
    const grant = await this.#grantOf(interaction);
    const details = requestedDetails(interaction);
    return {
      uid,
      prompt: prompt.name === 'login' ? 'login' : 'consent',
      reasons: prompt.reasons,
      client: aboutClient(client, params['redirect_uri']),
      scopes: requestedScopes(params),
      ...(details && { authorizationDetails: details }),
      ...(session?.accountId !== undefined && { account: session.accountId }),
      ...(typeof params['login_hint'] === 'string' && { loginHint: params['login_hint'].slice(0, 200) }),
      ...(grant && {
        granted: {
          ...(grant.webId !== undefined && { webId: grant.webId }),
          ...(grant.rar && { authorizationDetails: grant.rar }),
        },
      }),
      expires: exp * 1000,
    };
  }

  /** Takes down what the person decided, and gives the URL at which the browser goes on. Throws as `details` does. */
  async finish(ctx: Context, uid: string, result: InteractionResult): Promise<string> {
    const interaction = await this.#find(ctx, uid);
    const { provider, account: find, baseUrl } = this.#options;
    const take = (decided: InteractionResults, mergeWithLastSubmission: boolean): Promise<string> =>
      provider().interactionResult(presented(ctx.req, baseUrl), ctx.res, decided, { mergeWithLastSubmission });
    if ('error' in result) {
      return take({ error: result.error, error_description: result.description ?? 'The person said no.' }, false);
    }
    if ('login' in result) {
      const { account: accountId, remember = true } = result.login;
      if (await find(accountId) === undefined) throw new Problem('forbidden', 'This account cannot be used.');
      // What was decided before, perhaps by another account, counts no more.
      return take({ login: { accountId, remember } }, false);
    }
    return take({ consent: { grantId: await this.#grant(interaction, result) } }, true);
  }

  async #find(ctx: Context, uid: string): Promise<Interaction> {
    try {
      const { provider, baseUrl } = this.#options;
      const interaction = await provider().interactionDetails(presented(ctx.req, baseUrl), ctx.res);
      if (interaction.uid === uid) return interaction;
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error;
    }
    throw expired();
  }

  async #grantOf({ grantId, session, params }: Interaction): Promise<SolidGrant | undefined> {
    if (grantId === undefined) return undefined;
    const grant: SolidGrant | undefined = await this.#options.provider().Grant.find(grantId);
    return grant?.accountId === session?.accountId && grant?.clientId === params['client_id'] ? grant : undefined;
  }

  async #grant(interaction: Interaction, { consent }: ConsentResult): Promise<string> {
    const { session, params, prompt } = interaction;
    const account = session?.accountId === undefined ? undefined : await this.#options.account(session.accountId);
    if (prompt.name !== 'consent' || account === undefined) {
      throw new Problem('conflict', 'Nobody is logged in who could decide this.');
    }
    const rejected = new Set(consent.rejectedScopes ?? []);
    const asked = requestedScopes(params);
    const { webId } = consent;
    if (asked.includes('webid') && !rejected.has('webid') && !account.webIds.includes(webId ?? '')) {
      throw new Problem('invalid', 'Choose one of the WebIDs of your account.');
    }
    const grant = await this.#startGrant(interaction, account.id, webId);
    grant.addOIDCScope(asked);
    grant.addResourceScope(solidResource, asked);
    const refused = [...rejected].filter((scope) => scope !== 'openid').join(' ');
    grant.rejected = {};
    if (refused !== '') {
      grant.rejectOIDCScope(refused);
      grant.rejectResourceScope(solidResource, refused);
    }
    const details = consent.authorizationDetails ?? requestedDetails(interaction);
    if (details === undefined) delete grant.rar;
    else grant.rar = checkedDetails(details) as AuthorizationDetail[];
    const now = Date.now();
    if (consent.until !== undefined && consent.until <= now) throw new Problem('invalid', 'The end is in the past.');
    grant.ends = consent.until !== undefined;
    grant.exp = Math.ceil((consent.until ?? now + grantSeconds(this.#options) * 1000) / 1000);
    return grant.save();
  }

  /**
   * The grant that there is, so that what was issued by it follows the new decision; another one for another WebID, so
   * that no token of an app ever changes whom it is for.
   */
  async #startGrant(interaction: Interaction, accountId: string, webId: string | undefined): Promise<SolidGrant> {
    const provider = this.#options.provider();
    const clientId = String(interaction.params['client_id']);
    const before = await this.#grantOf(interaction);
    const grant: SolidGrant = before !== undefined && before.webId === webId
      ? before
      : new provider.Grant({ accountId, clientId });
    if (webId !== undefined) grant.webId = webId;
    const name = (await provider.Client.find(clientId))?.clientName;
    if (name !== undefined) grant.clientName = name.slice(0, 200);
    return grant;
  }
}

export function aboutClient(client: Client, redirectUri?: unknown): ClientAbout {
  const { clientId, clientName, clientUri, logoUri, policyUri, tosUri } = client;
  return {
    id: clientId,
    kind: isUrl(clientId) ? 'document' : 'registered',
    ...(clientName !== undefined && { name: clientName }),
    ...(clientUri !== undefined && { uri: clientUri }),
    ...(logoUri !== undefined && { logo: logoUri }),
    ...(policyUri !== undefined && { policy: policyUri }),
    ...(tosUri !== undefined && { tos: tosUri }),
    ...(typeof redirectUri === 'string' && URL.canParse(redirectUri) && { redirectHost: hostOf(redirectUri) }),
  };
}

/** Of an app on a device, which has a scheme of its own and no host, that scheme. */
function hostOf(uri: string): string {
  const { host, protocol } = new URL(uri);
  return host === '' ? protocol : host;
}

function requestedDetails({ params }: Interaction): object[] | undefined {
  const details = params['authorization_details'];
  return typeof details === 'string' ? JSON.parse(details) as object[] : undefined;
}

/** Throws `invalid` for details of which one grants nothing, or which are too large. An empty list is meant so. */
function checkedDetails(details: readonly object[]): readonly object[] {
  if (details.some((detail) => parseAuthority([detail]).length === 0)) {
    throw new Problem('invalid', 'This is not an authorization detail of the type "solid".');
  }
  if (Buffer.byteLength(JSON.stringify(details)) > maxDetailBytes) {
    throw new Problem('invalid',
      `What an app may do takes more than ${maxDetailBytes} bytes to say; name containers instead.`);
  }
  return details;
}

function expired(): Problem {
  return new Problem('missing',
    'This login has expired, or was begun in another browser. Go back to the app and log in again.');
}
