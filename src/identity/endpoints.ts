import type { Context } from 'koa';
import { isToken } from '../http/field-values.ts';

/** A path of the provider, below the base URL. */
export interface Endpoint {
  readonly methods: readonly string[];
  /** For apps, from any origin, where no cookie counts; or for the browser of a person. */
  readonly forApps: boolean;
  /** The largest body, in bytes. */
  readonly maxBytes?: number;
  /** For how many seconds the answer may be kept. */
  readonly maxAge?: number;
}

const read = { methods: ['GET', 'HEAD'], forApps: true };
const page: Endpoint = { methods: ['GET', 'HEAD'], forApps: false };

/** Larger metadata of an app than this is no metadata. */
const registrationBytes = 16 * 1024;
const formBytes = 32 * 1024;

/** All that the provider answers. What is not here, it never gets to see. */
const endpoints: ReadonlyMap<string, Endpoint> = new Map([
  ['.well-known/openid-configuration', { ...read, maxAge: 3600 }],
  ['.well-known/oauth-authorization-server', { ...read, maxAge: 3600 }],
  // New keys are published for a day before they sign; that one is revoked should soon be known.
  ['.oidc/jwks', { ...read, maxAge: 600 }],
  ['.oidc/auth', page],
  ['.oidc/token', { methods: ['POST'], forApps: true, maxBytes: formBytes }],
  ['.oidc/token/revocation', { methods: ['POST'], forApps: true, maxBytes: formBytes }],
  ['.oidc/reg', { methods: ['POST'], forApps: true, maxBytes: registrationBytes }],
  ['.oidc/me', { methods: ['GET', 'HEAD', 'POST'], forApps: true, maxBytes: formBytes }],
  ['.oidc/session/end', page],
  ['.oidc/session/end/confirm', { methods: ['POST'], forApps: false, maxBytes: formBytes }],
  ['.oidc/session/end/success', page],
]);

/** Where an authorization goes on after an interaction. */
const resumption = /^\.oidc\/auth\/[\w-]{1,64}$/;

/** The endpoint at a path below the base URL; `undefined` when there is none. */
export function endpointAt(path: string): Endpoint | undefined {
  return endpoints.get(path) ?? (resumption.test(path) ? page : undefined);
}

const allowedHeaders = ['Accept', 'Authorization', 'Content-Type', 'DPoP'];

/**
 * Lets scripts of every origin use an endpoint for apps (Fetch standard, 3.2): without credentials, since nothing that
 * a browser adds by itself counts there. Tells whether the request was a preflight, which is answered then.
 */
export function allowOrigins(ctx: Context, { methods }: Endpoint): boolean {
  ctx.set('Access-Control-Allow-Origin', '*');
  ctx.set('Access-Control-Expose-Headers', 'DPoP-Nonce, Retry-After, WWW-Authenticate');
  ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
  if (ctx.method !== 'OPTIONS' || ctx.get('Access-Control-Request-Method') === '') return false;
  const others = ctx.get('Access-Control-Request-Headers').split(',').map((name) => name.trim())
    .filter(isToken).slice(0, 50);
  ctx.vary(['Access-Control-Request-Headers', 'Access-Control-Request-Private-Network']);
  ctx.set('Access-Control-Allow-Methods', methods.join(', '));
  ctx.set('Access-Control-Allow-Headers', [...new Set([...allowedHeaders, ...others])].join(', '));
  ctx.set('Access-Control-Max-Age', '3600');
  if (ctx.get('Access-Control-Request-Private-Network') === 'true') {
    ctx.set('Access-Control-Allow-Private-Network', 'true');
  }
  ctx.status = 204;
  return true;
}
