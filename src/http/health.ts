import type { Middleware } from 'koa';

/**
 * `/.health/live` (the process answers) and `/.health/ready` (it can do its work: `ready` resolves), for whoever
 * watches over the process; under any host name, as they ask by address. 200 with `ok`, or 503 with what is wrong.
 */
export function health(ready: () => Promise<void>): Middleware {
  return async (ctx, next) => {
    const check = { '/.health/live': async () => undefined, '/.health/ready': ready }[ctx.path];
    if (check === undefined || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next();
    const failure = await check().then(() => undefined, (error: unknown) => error);
    ctx.set('Cache-Control', 'no-store');
    ctx.status = failure === undefined ? 200 : 503;
    ctx.body = failure === undefined ? 'ok\n' : `${failure instanceof Error ? failure.message : 'not ready'}\n`;
  };
}
