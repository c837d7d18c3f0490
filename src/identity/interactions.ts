import type { Context } from 'koa';
import type { AuthorizationDetail, InteractionResults, Provider as OidcProvider } from 'oidc-provider';
import type { GrantAbout } from '../access/grant.ts';
import { Problem } from '../problem.ts';
import type { OidcRecords } from './adapter.ts';
import { askedWith, detailsOf, nameOf, placeOf } from './asked.ts';
import { requestedScopes, solidResource } from './claims.ts';
import type { IssuerAccount, Lifetimes, SolidGrant } from './claims.ts';
import { isUrl, problemIn } from './clients.ts';
import { aboutGrant, checkedDetails, endOf, isNarrowed, rejectedScopes } from './granted.ts';
import { errors } from './oidc.ts';
import { presented } from './request.ts';
import { digest } from './secrets.ts';

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
  /** When it registered here, in milliseconds since 1970. */
  readonly registered?: number;
}

/** What a person is to decide. */
export interface InteractionDetails {
  readonly uid: string;
  readonly prompt: 'login' | 'consent';
  /** Why: `no_session`, `login_prompt`, `consent_prompt`, `op_scopes_missing`, `app_changed`, `webid_missing`, … */
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
  readonly granted?: GrantAbout;
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
    /** In the words of whoever asked the person: given back with the grant. */
    readonly chosen?: Readonly<Record<string, string>>;
  };
}
export interface RefusalResult { readonly error: 'access_denied'; readonly description?: string }
export type InteractionResult = LoginResult | ConsentResult | RefusalResult;

export interface InteractionsOptions extends Lifetimes {
  readonly baseUrl: string;
  readonly records: OidcRecords;
  readonly provider: () => Promise<OidcProvider>;
  readonly account: (id: string) => Promise<IssuerAccount | undefined>;
  /** Called when a grant that there was is another now, or gone. */
  readonly changed: () => void;
}

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
    const client = await this.#clientOf(interaction);
    const grant = await this.#grantOf(interaction);
    const details = detailsOf(params);
    return {
      uid,
      prompt: prompt.name === 'login' ? 'login' : 'consent',
      reasons: prompt.reasons,
      client: aboutClient(client, params['redirect_uri']),
      scopes: requestedScopes(params),
      ...(details && { authorizationDetails: details }),
      ...(session?.accountId !== undefined && { account: session.accountId }),
      ...(typeof params['login_hint'] === 'string' && { loginHint: params['login_hint'].slice(0, 200) }),
      ...(grant && { granted: aboutGrant(digest(grant.jti), grant) }),
      expires: exp * 1000,
    };
  }

  /** Takes down what the person decided, and gives the URL at which the browser goes on. Throws as `details` does. */
  async finish(ctx: Context, uid: string, result: InteractionResult): Promise<string> {
    const interaction = await this.#find(ctx, uid);
    const { provider, account: find, baseUrl } = this.#options;
    const take = async (decided: InteractionResults, mergeWithLastSubmission: boolean): Promise<string> =>
      (await provider()).interactionResult(presented(ctx.req, baseUrl), ctx.res, decided, { mergeWithLastSubmission });
    if ('error' in result) {
      return take({ error: result.error, error_description: result.description ?? 'The person said no.' }, false);
    }
    if ('login' in result) {
      const { account: accountId, remember = true } = result.login;
      if (await find(accountId) === undefined) throw new Problem('forbidden', 'This account cannot be used.');
      // What was decided before, perhaps by another account, counts no more.
      const next = await take({ login: { accountId, remember } }, false);
      await this.#leaveOther(interaction, accountId);
      return next;
    }
    return take({ consent: { grantId: await this.#grant(interaction, result) } }, true);
  }

  async #find(ctx: Context, uid: string): Promise<Interaction> {
    try {
      const { baseUrl } = this.#options;
      const provider = await this.#options.provider();
      const interaction = await provider.interactionDetails(presented(ctx.req, baseUrl), ctx.res);
      if (interaction.uid === uid) return interaction;
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error;
    }
    throw expired();
  }

  async #grantOf({ grantId, session, params }: Interaction): Promise<SolidGrant | undefined> {
    if (grantId === undefined) return undefined;
    const grant: SolidGrant | undefined = await (await this.#options.provider()).Grant.find(grantId);
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
    const before = { rar: grant.rar, rejected: grant.rejected, exp: grant.exp };
    grant.addOIDCScope(asked);
    grant.addResourceScope(solidResource, asked);
    grant.rejected = rejectedScopes([...rejected]);
    const details = consent.authorizationDetails ?? detailsOf(params);
    if (details === undefined) delete grant.rar;
    else grant.rar = checkedDetails(details) as AuthorizationDetail[];
    Object.assign(grant, endOf(consent.until, this.#options));
    if (consent.chosen !== undefined) grant.chosen = consent.chosen;
    const isOther = before.exp !== undefined && isNarrowed(before, grant);
    // What is out there by an older decision is void.
    if (isOther) grant.revision = (grant.revision ?? 0) + 1;
    const id = await grant.save();
    if (isOther) this.#options.changed();
    return id;
  }

  /**
   * The grant that there is, so that what was issued by it follows the new decision; another one for another WebID, so
   * that no token of an app ever changes whom it is for.
   */
  async #startGrant(interaction: Interaction, accountId: string, webId: string | undefined): Promise<SolidGrant> {
    const provider = await this.#options.provider();
    const clientId = String(interaction.params['client_id']);
    const before = await this.#grantOf(interaction);
    const grant: SolidGrant = before !== undefined && before.webId === webId
      ? before : new provider.Grant({ accountId, clientId });
    if (webId !== undefined) grant.webId = webId;
    const { clientName, logoUri } = await this.#clientOf(interaction);
    const name = nameOf(clientName);
    if (name !== undefined) grant.clientName = name;
    if (logoUri !== undefined) grant.logo = logoUri;
    const place = placeOf(interaction.params['redirect_uri']);
    grant.asked = askedWith(grant, { details: detailsOf(interaction.params) ?? [], name, place });
    return grant;
  }

  /**
   * Logs out another account before the browser goes on: the provider would ask for that on a bare page of its own. As
   * with it, what apps have for as long as that account is logged in ends.
   */
  async #leaveOther({ session }: Interaction, accountId: string): Promise<void> {
    if (session?.accountId === undefined || session.accountId === accountId) return;
    const { records, changed } = this.#options;
    const record = await records.findByUid(session.uid);
    if (record === undefined) return;
    const { uid, exp, iat, kind, authorizations = {} } = record.payload;
    for (const { grantId, persistsLogout } of Object.values(authorizations)) {
      if (grantId !== undefined && persistsLogout !== true) await records.removeGrant(digest(grantId));
    }
    await records.put('Session', record.hash, { ...record, payload: { uid, exp, iat, kind } });
    changed();
  }

  async #clientOf({ params }: Interaction): Promise<Client> {
    try {
      const client = await (await this.#options.provider()).Client.find(String(params['client_id']));
      if (client !== undefined) return client;
    } catch (error) {
      throw problemIn(error) ?? error;
    }
    throw expired();
  }
}

export function aboutClient(client: Client, redirectUri?: unknown): ClientAbout {
  const { clientId, clientName, clientUri, logoUri, policyUri, tosUri, clientIdIssuedAt } = client;
  const place = placeOf(redirectUri);
  return {
    id: clientId,
    kind: isUrl(clientId) ? 'document' : 'registered',
    ...(clientName !== undefined && { name: clientName }),
    ...(clientUri !== undefined && { uri: clientUri }),
    ...(logoUri !== undefined && { logo: logoUri }),
    ...(policyUri !== undefined && { policy: policyUri }),
    ...(tosUri !== undefined && { tos: tosUri }),
    ...(place !== undefined && { redirectHost: place }),
    ...(typeof clientIdIssuedAt === 'number' && { registered: clientIdIssuedAt * 1000 }),
  };
}

function expired(): Problem {
  return new Problem('missing',
    'This login has expired, or was begun in another browser. Go back to the app and log in again.');
}
