import type { Context } from 'koa';
import { setPage } from '../http/page.ts';
import { nameOf } from './granted.ts';
import type { ClientAbout } from './parts.ts';

/** What the issuer's form for logging out has to send, with `logout=yes` to log out of everything here. */
export interface LogoutForm {
  readonly action: string;
  readonly xsrf: string;
  /** The app that asks for it. */
  readonly client?: ClientAbout;
}

/** The form may be answered by a redirect to the app, which Chromium holds against `form-action`: so there is none. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

export function logoutPage(ctx: Context, { action, xsrf, client }: LogoutForm): void {
  const name = client && (nameOf(client.name) ?? client.id);
  setPage(ctx, 'log-out', { title: 'Log out?', action, xsrf, client: name === undefined ? undefined : { name } });
  ctx.set('Content-Security-Policy', policy);
}

/** Where it ends, without an address to go back to; with the app, when the person did not want to log out of more. */
export function loggedOutPage(ctx: Context): void {
  setPage(ctx, 'message', ctx.query['client_id'] === undefined
    ? { title: 'You are logged out', text: 'You can close this page.' }
    : { title: 'You are still logged in here', text: 'Only the app has logged you out. You can close this page.' });
}
