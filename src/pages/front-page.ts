import type { Middleware } from 'koa';
import { setPage } from '../http/page.ts';

/** The page at the base URL of the node, where no pod is: what this is, and how to get a pod. */
export function frontPage(baseUrl: string): Middleware {
  const { pathname } = new URL(baseUrl);
  return async (ctx, next) => {
    if (ctx.path !== pathname || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    ctx.set('Cache-Control', 'no-cache');
    setPage(ctx, 'front', { title: 'Freehold', indexed: true, baseUrl });
  };
}
