import type { Context, Middleware } from 'koa';
import { rootPath } from '../pods/path.ts';
import { pathBelow } from './account-routes.ts';
import type { Parts } from './parts.ts';
import { at, within } from './route.ts';
import { showPage } from './show-page.ts';
import { Visit } from './visit.ts';

/**
 * The page at the base URL of the node, where no pod is: what this is, and how to get a pod. As it greets whoever is
 * logged in, it has to stand in front of what lets scripts of other origins in.
 */
export function frontPage(parts: Parts): Middleware {
  const { pathname } = new URL(parts.baseUrl);
  return async (ctx, next) => {
    if (ctx.path !== pathname || !['GET', 'HEAD'].includes(ctx.method) || !await isThere(ctx, parts)) return next();
    ctx.set({ 'Cache-Control': 'private, no-cache', 'Cross-Origin-Resource-Policy': 'same-origin' });
    ctx.vary('Cookie');
    const { accounts } = parts.people;
    const visit = await Visit.of(ctx, parts);
    const { account } = visit;
    showPage({ parts, ctx, visit }, 'front', {
      title: 'Freehold', indexed: true, signUp: accounts.signUp,
      message: parts.settings.current.message, ready: await accounts.hasOwner(),
      account: account && within({ parts, account }), who: account?.logins[0]?.email ?? 'yourself',
      login: at(parts, 'login'),
      register: accounts.signUp === 'closed' ? undefined : at(parts, 'login', 'password', 'register'),
    });
  };
}

/** Whether a request is for the node itself, and no pod is the whole of it. */
async function isThere(ctx: Context, { baseUrl, pods, settings }: Parts): Promise<boolean> {
  if (pathBelow(ctx, baseUrl, '') === undefined) return false;
  return settings.current.podAddresses !== 'root' || await pods.look(baseUrl, rootPath) === undefined;
}
