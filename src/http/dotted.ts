import type { Middleware } from 'koa';

/**
 * Passes requests by that are not for this middleware, as no name in their path begins with a dot: below such names is all
 * that the node answers itself, and most requests are for what is in pods.
 */
export function dotted(middleware: Middleware): Middleware {
  return (ctx, next) => (ctx.req.url!.includes('/.') ? middleware(ctx, next) : next());
}
