import type { Middleware } from 'koa';

/**
 * Leaves middleware out for requests in whose path no name begins with a dot: below such names is all that the node
 * answers itself, and most requests are for what is in pods.
 */
export function dotted(middleware: Middleware): Middleware {
  return (ctx, next) => (ctx.req.url!.includes('/.') ? middleware(ctx, next) : next());
}
