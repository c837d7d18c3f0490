import { evaluatePreconditions } from '../http/conditional.ts';
import { Problem } from '../problem.ts';
import { childPath, isContainerPath } from '../pods/path.ts';
import type { Guard, Making } from '../pods/pods.ts';
import { nameFromSlug } from '../pods/slug.ts';
import { stateOf } from './entity-tag.ts';
import type { Exchange } from './exchange.ts';
import { aspectOf, authorize, nothingThere } from './exchange.ts';
import { setMethods } from './headers.ts';
import { identifiedAt } from './protected-identity.ts';
import { asksForContainer, receiveDescription, receiveDocument } from './receive.ts';
import { answerWritten } from './written.ts';

/** POST (Solid Protocol, server-post-container; LDP section 5.2.3): makes a member of a container. */
export async function post(exchange: Exchange): Promise<void> {
  const { ctx, pods, sight } = exchange;
  const { pod, path } = sight;
  const attempt = { operation: 'append', on: aspectOf(path) } as const;
  const guard: Guard = async (now) => {
    // server-post-target-not-found
    if (now.resource === undefined) throw await nothingThere(exchange, now, attempt);
    await authorize(exchange, now, attempt);
    evaluatePreconditions(ctx.method, ctx.req.headers, stateOf(now.pod, now.resource));
  };
  await guard(sight);
  if (!isContainerPath(path)) {
    setMethods(ctx, sight, sight.resource);
    throw new Problem('method', 'POST makes a member of a container, and this is a document.');
  }
  answerWritten(exchange, await pods.add(pod, path, guard, slugOf(exchange), await receiveMaking(exchange)));
}

/** A slug is a wish (LDP section 5.2.3.10): one for the address of a hosted WebID document is passed over. */
function slugOf({ ctx, sight }: Exchange): string | undefined {
  const slug = ctx.get('Slug');
  const name = nameFromSlug(slug);
  return name === undefined || identifiedAt(sight, childPath(sight.path, name)).length > 0 ? undefined : slug;
}

/** The name is not known yet. What is relative in the body is relative to it; all names have the same parent. */
async function receiveMaking(exchange: Exchange): Promise<Making> {
  const { sight } = exchange;
  if (asksForContainer(exchange)) {
    const anyName = childPath(sight.path, 'new/');
    return { kind: 'container', description: await receiveDescription(exchange, sight, anyName) };
  }
  return { kind: 'document', representation: await receiveDocument(exchange, sight, childPath(sight.path, 'new')) };
}
