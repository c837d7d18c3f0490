import type { AccessToken, ClientCredentials, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { OidcRecords } from './adapter.ts';
import type { Asked } from './asked.ts';
import type { IssuerCredential } from './clients.ts';
import { errors } from './oidc.ts';
import { digest } from './secrets.ts';

/** What identity/ has to know of a person who may log in. */
export interface IssuerAccount {
  readonly id: string;
  /** Those that the account may log in as. */
  readonly webIds: readonly string[];
  readonly name?: string;
  readonly email?: string;
  readonly emailVerified?: boolean;
}

/** How long things live, in seconds. */
export interface Lifetimes {
  /** What opens resources, at every server: until then a theft counts, and what was withdrawn goes on elsewhere. */
  readonly accessTokenSeconds: number;
  /** From one use to the next. */
  readonly refreshTokenSeconds: number;
  /** How long a browser stays logged in here, from the last time that an app asked. */
  readonly sessionSeconds: number;
}

/** A grant with what the person chose, beside what oidc-provider knows of one. */
export type SolidGrant = InstanceType<Provider['Grant']> & {
  webId?: string;
  /** What the app was called when it was granted, and the address of its picture. */
  clientName?: string;
  logo?: string;
  /** The person chose an end, which no use puts off. */
  ends?: boolean;
  /** What the person chose, in the words of the form: given back as it came, for the next time. */
  chosen?: Readonly<Record<string, string>>;
  /** What the app asked for so far. */
  asked?: Asked;
  /** How often the person changed it: access tokens say which of them they are from, and are void after the next. */
  revision?: number;
  /** When it last gave an access token, in seconds since 1970, to within an hour, and where that went. */
  lastUsed?: number;
  lastFrom?: UsedFrom;
};

/** What oidc-provider has to keep of a grant besides what it knows of. */
export const grantMembers: readonly (keyof SolidGrant)[] = [
  'webId', 'clientName', 'logo', 'ends', 'chosen', 'asked', 'revision', 'lastUsed', 'lastFrom',
];

/** Where a request came from: its IP address, and what its `User-Agent` says, cut. */
export interface UsedFrom {
  readonly address: string;
  readonly agent: string;
}

export const scopes = ['openid', 'webid', 'offline_access', 'profile', 'email'] as const;

/** Stands for all Solid storages there are: a token for it is a JWT with the `aud` "solid" (Solid-OIDC, 6.1). */
export const solidResource = 'urn:solid:storages';

/** The scopes that a request asks for, of those that are known here. */
export function requestedScopes({ scope }: Readonly<Record<string, unknown>>): string[] {
  const asked = typeof scope === 'string' ? scope.split(' ') : [];
  return scopes.filter((known) => asked.includes(known));
}

/** A grant outlives the refresh tokens that it gives by half, so that it has to be put off only now and then. */
export function grantSeconds({ refreshTokenSeconds }: Lifetimes): number {
  return Math.ceil(refreshTokenSeconds * 1.5);
}

export interface ClaimsParts extends Lifetimes {
  readonly records: OidcRecords;
  readonly account: (id: string) => Promise<IssuerAccount | undefined>;
  readonly credential: (clientId: string) => Promise<IssuerCredential | undefined>;
}

/** The account, if it may log in, and may still be whom the grant is for. */
export async function findAccount(
  { account: find }: ClaimsParts, ctx: KoaContextWithOIDC, id: string,
): Promise<FoundAccount | undefined> {
  const account = await find(id);
  if (account === undefined) return undefined;
  const webId = (): string | undefined => {
    const grant: SolidGrant | undefined = ctx.oidc.entities.Grant;
    return grant?.webId;
  };
  if (webId() !== undefined && !account.webIds.includes(webId()!) && ctx.oidc.route === 'token') return undefined;
  return {
    accountId: account.id,
    webIds: account.webIds,
    claims: () => ({
      sub: account.id,
      azp: ctx.oidc.client?.clientId,
      webid: webId(),
      name: account.name,
      email: account.email,
      email_verified: account.email === undefined ? undefined : account.emailVerified ?? false,
    }),
  };
}

/** An account, as oidc-provider carries it through a request. */
export interface FoundAccount {
  readonly accountId: string;
  readonly webIds: readonly string[];
  claims(): { sub: string; [name: string]: string | boolean | undefined };
  [key: string]: unknown;
}

/** What access tokens say beside what all of them do (RFC 9068; Solid-OIDC, "DPoP-bound access token"). */
export async function extraTokenClaims(
  parts: ClaimsParts, ctx: KoaContextWithOIDC, token: AccessToken | ClientCredentials,
): Promise<Record<string, unknown> | undefined> {
  if (token.kind === 'ClientCredentials') {
    const credential = await parts.credential(token.clientId!);
    if (credential === undefined) throw new errors.InvalidClient('the credential cannot be used');
    return { webid: credential.webId };
  }
  const grant: SolidGrant | undefined = ctx.oidc.grant;
  // A token for userinfo says nothing: it is looked up here.
  if (token.aud === undefined || grant?.webId === undefined) return undefined;
  // Any storage that saw it could use it at every other one (Solid-OIDC, "DPoP-bound access token").
  if (token.jkt === undefined) {
    throw new errors.InvalidRequest('a token for a WebID has to be bound to a key: send a DPoP proof');
  }
  if (isWithoutLogin(ctx, grant)) throw new errors.InvalidGrant('the app may not work on without its user any more');
  await noteUse(grant, parts, (ctx.state as { from?: UsedFrom }).from);
  const { revision } = grant;
  return { webid: grant.webId, grant: digest(grant.jti), ...(revision !== undefined && { revision }) };
}

/** Whether a refresh token is used that was for when the user is not there, which the person does not want any more. */
function isWithoutLogin({ oidc }: KoaContextWithOIDC, grant: SolidGrant): boolean {
  return oidc.entities.RefreshToken?.scopes.has('offline_access') === true
    && grant.getRejectedOIDCScope().split(' ').includes('offline_access');
}

/** How often it is written down that a grant is used. */
const usedSeconds = 3_600;

/**
 * Notes that a grant is used. One in use does not end, unless its end was chosen. One that was withdrawn meanwhile does
 * not come back.
 */
async function noteUse(grant: SolidGrant, parts: ClaimsParts, from: UsedFrom | undefined): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const prolong = grant.ends !== true && grant.exp! - now <= parts.refreshTokenSeconds;
  if (!prolong && now - (grant.lastUsed ?? 0) < usedSeconds) return;
  const { records } = parts;
  const record = await records.find('Grant', digest(grant.jti));
  if (record === undefined) throw new errors.InvalidGrant('the grant was withdrawn');
  const seconds = grantSeconds(parts);
  const payload = { ...record.payload, lastUsed: now, lastFrom: from, ...(prolong && { exp: now + seconds }) };
  const expires = prolong ? records.ending(seconds) : record.expires;
  // When another process was faster, it noted the same.
  await records.replace('Grant', record.hash, record, { payload, ...(expires !== undefined && { expires }) });
}
