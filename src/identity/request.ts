import type { IncomingMessage } from 'node:http';

/**
 * The request as oidc-provider is to see it: at the node's own address, whatever a proxy made of scheme and host; below
 * its base URL; with the body that was read of it; and, at an endpoint for apps, without a wish for HTML.
 *
 * All URLs that oidc-provider gives out are made of this, so they begin with the base URL byte for byte, and no header
 * that a client sends gets into one.
 */
export function presented(
  request: IncomingMessage, baseUrl: string,
  { body, forApps = false, url = request.url ?? '/' }: { body?: Uint8Array; forApps?: boolean; url?: string } = {},
): IncomingMessage {
  const { protocol, host, pathname } = new URL(baseUrl);
  const { 'x-forwarded-host': _host, 'x-forwarded-for': _for, ...headers } = request.headers;
  const seen = {
    originalUrl: url,
    url: url.slice(pathname.length - 1),
    headers: {
      ...headers, host, 'x-forwarded-proto': protocol.slice(0, -1), ...(forApps && { accept: 'application/json' }),
    },
    ...(body !== undefined && { readable: true, iterator: () => [body] }),
  };
  const own = { writable: true, enumerable: true, configurable: true };
  const properties = Object.entries(seen).map(([name, value]) => [name, { ...own, value }] as const);
  return Object.create(request, Object.fromEntries(properties)) as IncomingMessage;
}
