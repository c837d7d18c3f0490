import type { Exchange } from './exchange.ts';
import { aspectOf, authorize, nothingThere } from './exchange.ts';
import { setMethods } from './headers.ts';

/** OPTIONS (RFC 9110 section 9.3.7) that is no CORS preflight: what can be done here, for those who may read it. */
export async function options(exchange: Exchange): Promise<void> {
  const { ctx, sight } = exchange;
  const attempt = { operation: 'read', on: aspectOf(sight.path) } as const;
  if (sight.resource === undefined) throw await nothingThere(exchange, sight, attempt);
  await authorize(exchange, sight, attempt);
  setMethods(ctx, sight, sight.resource);
  ctx.status = 204;
}
