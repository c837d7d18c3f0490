import { decodeJwt } from 'jose';
import type { Context } from 'koa';
import type { KoaContextWithOIDC, Provider as OidcProvider } from 'oidc-provider';
import type { OidcRecords } from './adapter.ts';
import { aboutClient } from './interactions.ts';
import { errors } from './oidc.ts';
import { plainLogoutPage } from './plain-pages.ts';
import type { LogoutForm } from './plain-pages.ts';
import { digest } from './secrets.ts';

/**
 * The URL of a request for logging out (OpenID Connect RP-Initiated Logout 1.0, 2), without an address to go back to
 * that its app has not registered. Most apps that register by themselves forget to, and it is no fault of the person's:
 * they are asked all the same, and stay here in the end.
 */
export async function withKnownReturn(url: string, provider: OidcProvider): Promise<string> {
  const [path = '', query = ''] = url.split('?', 2);
  const params = new URLSearchParams(query);
  const back = params.get('post_logout_redirect_uri');
  const client = back === null ? undefined : await clientOf(params, provider);
  if (back === null || client === undefined || client.postLogoutRedirectUriAllowed(back)) return url;
  params.delete('post_logout_redirect_uri');
  params.delete('state');
  return `${path}?${params.toString()}`;
}

async function clientOf(params: URLSearchParams, provider: OidcProvider) {
  const id = params.get('client_id') ?? audienceOf(params.get('id_token_hint'));
  try {
    return id === undefined ? undefined : await provider.Client.find(id);
  } catch (error) {
    // The provider itself tells what is wrong.
    if (error instanceof errors.OIDCProviderError) return undefined;
    throw error;
  }
}

function audienceOf(token: string | null): string | undefined {
  try {
    const { aud } = decodeJwt(token ?? '');
    return typeof aud === 'string' ? aud : undefined;
  } catch {
    return undefined;
  }
}

/** Asks whether to log out. */
export async function showLogoutPage(
  ctx: KoaContextWithOIDC, page: (ctx: Context, form: LogoutForm) => void | Promise<void> = plainLogoutPage,
): Promise<void> {
  const { client, session } = ctx.oidc;
  const { secret } = session!.state as unknown as { secret: string };
  await page(ctx, {
    action: ctx.oidc.urlFor('end_session_confirm'), xsrf: secret, ...(client && { client: aboutClient(client) }),
  });
}

/**
 * An app that has its user log out here means its own tokens too, also those that it got for the time when the user is
 * not there. Not when a person only continues as somebody else. Tells whether something ended.
 */
export async function endGrantOfApp(
  { oidc, response }: Context & KoaContextWithOIDC,
  { baseUrl, records }: { readonly baseUrl: string; readonly records: OidcRecords },
): Promise<boolean> {
  const { client } = oidc;
  const session = oidc.session as (typeof oidc.session & { readonly destroyed?: boolean });
  const continues = String(response.get('Location')).startsWith(`${baseUrl}.oidc/auth/`);
  if (client === undefined || session === undefined || continues) return false;
  const grantId = session.authorizations?.[client.clientId]?.grantId;
  if (session.destroyed !== true || grantId === undefined) return false;
  await records.removeGrant(digest(grantId));
  return true;
}
