import type { Context } from 'koa';
import type { ClientAbout } from './interactions.ts';

/** The pages of the issuer itself, for as long as nobody passes in better ones. They need no scripts and styles. */

/** What the form of a logout page has to send, with `logout=yes` to log out of everything here. */
export interface LogoutForm {
  readonly action: string;
  readonly xsrf: string;
  /** The app that asks for it. */
  readonly client?: ClientAbout;
}

export function plainLogoutPage(ctx: Context, { action, xsrf, client }: LogoutForm): void {
  const by = client === undefined ? '' : `<p>${escaped(client.name ?? client.id)} asks you to log out.</p>`;
  setPlainPage(ctx, 'Log out?', `${by}
<form method="post" action="${escaped(action)}">
<input type="hidden" name="xsrf" value="${escaped(xsrf)}">
<button type="submit" name="logout" value="yes">Log out</button>
<button type="submit">Stay logged in</button>
</form>`);
}

export function plainLoggedOutPage(ctx: Context): void {
  setPlainPage(ctx, 'You are logged out', '<p>You can close this page.</p>');
}

function setPlainPage(ctx: Context, title: string, content: string): void {
  ctx.type = 'html';
  ctx.body = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<h1>${title}</h1>
${content}
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
