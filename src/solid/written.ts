import { formatHttpDate } from '../http/http-date.ts';
import type { Written } from '../pods/pods.ts';
import { urlOf } from '../pods/sight.ts';
import { stateOf } from './entity-tag.ts';
import type { Exchange } from './exchange.ts';
import { setMethods } from './headers.ts';

/** The answer to a write: 201 with the address of what was made, or 204; with validators, so that more can follow. */
export function answerWritten({ ctx, sight }: Exchange, { created, resource }: Written): void {
  const state = stateOf(sight.pod, resource);
  ctx.set('ETag', `"${state.tag}"`);
  ctx.set('Last-Modified', formatHttpDate(state.lastModified));
  if (created) ctx.set('Location', urlOf(sight, resource.path));
  if (resource.path === sight.path) setMethods(ctx, sight, resource);
  ctx.body = null;
  ctx.status = created ? 201 : 204;
  if (created) ctx.set('Content-Length', '0');
}
