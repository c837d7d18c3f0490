import type { Context } from 'koa';

/**
 * Tells from which IP address a request came. Behind `proxies` proxies that one runs oneself, each of which adds the
 * address it was asked from to `X-Forwarded-For`, it is what the outermost of them added: what stands before that,
 * anybody can have written.
 */
export function clientAddress(proxies: number): (ctx: Pick<Context, 'req'>) => string {
  return ({ req }) => {
    const direct = req.socket.remoteAddress ?? '';
    const forwarded = (req.headersDistinct['x-forwarded-for'] ?? []).flatMap((header) => header.split(','))
      .map((address) => address.trim()).filter((address) => address !== '');
    return [...forwarded, direct].at(-1 - proxies) ?? forwarded[0] ?? direct;
  };
}
