import { evaluatePreconditions } from '../http/conditional.ts';
import { Problem } from '../problem.ts';
import { auxiliaryPath, isContainerPath, rootPath } from '../pods/path.ts';
import type { Guard } from '../pods/pods.ts';
import { stateOf } from './entity-tag.ts';
import type { Exchange } from './exchange.ts';
import { aspectOf, authorize, nothingThere } from './exchange.ts';
import { keepingIdentity, nothing } from './protected-identity.ts';

/** DELETE (Solid Protocol, Deleting Resources): removes the resource and what belongs to it. */
export async function remove(exchange: Exchange): Promise<void> {
  const { ctx, pods, sight } = exchange;
  const { pod, path } = sight;
  // server-delete-protect-root-container: whoever asks
  if (path === rootPath || path === auxiliaryPath(rootPath, 'acl')) {
    throw new Problem('method', 'The root of a storage and its access control list cannot be deleted.');
  }
  const operation = isContainerPath(path) ? 'delete container' : 'delete document';
  const guard: Guard = async (now) => {
    const attempt = { operation, on: aspectOf(path) } as const;
    if (now.resource === undefined) throw await nothingThere(exchange, now, attempt);
    await authorize(exchange, now, attempt);
    evaluatePreconditions(ctx.method, ctx.req.headers, stateOf(now.pod, now.resource));
  };
  // Before others wait for it, and again on what the commit checks.
  await guard(sight);
  await pods.remove(pod, path, await keepingIdentity(exchange, guard, nothing));
  ctx.status = 204;
}
