import type { Context, Middleware } from 'koa';
import { isToken } from './field-values.ts';

/** All headers of responses, each by its name: beside credentials, `*` would stand for a header of that name. */
export const exposedHeaders = [
  'Accept-Encoding', 'Accept-Patch', 'Accept-Post', 'Accept-Put', 'Accept-Ranges', 'Age', 'Allow', 'Cache-Control',
  'Content-Disposition', 'Content-Length', 'Content-Location', 'Content-Range', 'Content-Security-Policy',
  'Content-Type', 'Cross-Origin-Resource-Policy', 'Date', 'DPoP-Nonce', 'ETag', 'Expires', 'Last-Modified', 'Link',
  'Location',
  'MS-Author-Via', 'RateLimit', 'RateLimit-Policy', 'Referrer-Policy', 'Retry-After', 'Updates-Via', 'Vary',
  'WAC-Allow', 'WWW-Authenticate', 'X-Content-Type-Options',
];

/** All methods that a resource may have. */
export const allowedMethods = 'GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE';

/** Named even when not asked for. Accept is among them because a value of more than 128 bytes is not safelisted. */
const allowedHeaders = [
  'Accept', 'Authorization', 'Content-Type', 'Depth', 'Destination', 'DPoP', 'If-Match', 'If-Modified-Since',
  'If-None-Match', 'If-Unmodified-Since', 'Link', 'Prefer', 'Range', 'Slug',
];

/** Browsers that allow less (Chromium: two hours) cut it down themselves. */
const preflightSeconds = 86_400;

/** A serialised origin (RFC 6454, 6.2), also of an extension or a native app; `null` is that of a sandbox or a file. */
const origin = /^(?:null|[a-z][a-z0-9+.-]{0,30}:\/\/[a-z0-9._~%:[\]-]{1,300})$/i;

/**
 * Lets scripts of every origin use what lies behind (Fetch standard, 3.2; Solid Protocol, "CORS Server"). Headers are
 * set before anything else runs, so that errors carry them too. A malformed Origin counts as none.
 *
 * The answer allows credentials, since clients in use ask with `credentials: 'include'` and would get nothing. That is
 * safe only because a cookie never authenticates anyone to a resource: pages and APIs that trust a cookie must not
 * stand behind this. Preflights are answered here, for any path and anybody.
 *
 * Whoever adds to Vary later uses `ctx.vary`, which keeps what is there.
 */
export function cors(): Middleware {
  return async (ctx, next) => {
    ctx.set('Vary', 'Origin');
    ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
    const from = ctx.get('Origin');
    if (!origin.test(from)) return next();

    ctx.set('Access-Control-Allow-Origin', from);
    ctx.set('Access-Control-Allow-Credentials', 'true');
    ctx.set('Access-Control-Expose-Headers', exposedHeaders.join(', '));
    // WAC, CORS Protocol (server-cors-acao-acah): not on preflights alone
    ctx.set('Access-Control-Allow-Headers', allowedHeaders.join(', '));
    if (ctx.method === 'OPTIONS' && ctx.get('Access-Control-Request-Method') !== '') return answerPreflight(ctx);
    return next();
  };
}

function answerPreflight(ctx: Context): void {
  const known = new Set(allowedHeaders.map((name) => name.toLowerCase()));
  const others = ctx.get('Access-Control-Request-Headers').split(',').map((name) => name.trim())
    .filter((name) => isToken(name) && !known.has(name.toLowerCase()));
  ctx.vary(['Access-Control-Request-Headers', 'Access-Control-Request-Private-Network']);
  ctx.set('Access-Control-Allow-Methods', allowedMethods);
  ctx.set('Access-Control-Allow-Headers', [...allowedHeaders, ...new Set(others)].join(', '));
  ctx.set('Access-Control-Max-Age', String(preflightSeconds));
  // A page of the public Web may reach a server on the user's own machine or network (Private Network Access, 3.2).
  if (ctx.get('Access-Control-Request-Private-Network') === 'true') {
    ctx.set('Access-Control-Allow-Private-Network', 'true');
  }
  ctx.status = 204;
}
