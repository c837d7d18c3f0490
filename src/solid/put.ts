import { evaluatePreconditions } from '../http/conditional.ts';
import { Problem } from '../problem.ts';
import { isContainerPath } from '../pods/path.ts';
import { refuseTwin } from '../pods/sight.ts';
import type { Guard } from '../pods/pods.ts';
import { stateOf } from './entity-tag.ts';
import type { Exchange } from './exchange.ts';
import { aspectOf, authorize } from './exchange.ts';
import { keepingIdentity } from './protected-identity.ts';
import { asksForContainer, receiveDescription, receiveDocument } from './receive.ts';
import { answerWritten } from './written.ts';

/** PUT (Solid Protocol, Writing Resources): makes or replaces what is at the address. */
export async function put(exchange: Exchange): Promise<void> {
  const { ctx, pods, sight } = exchange;
  const { pod, path } = sight;
  const guard: Guard = async (now) => {
    const operation = now.resource === undefined ? 'create' : 'replace';
    await authorize(exchange, now, { operation, on: aspectOf(path) });
    evaluatePreconditions(ctx.method, ctx.req.headers, now.resource && stateOf(now.pod, now.resource));
    refuseTwin(now);
  };
  // Before the body is read, and again on what the commit checks.
  await guard(sight);
  // RFC 9110 section 14.5: taken for the whole, a part would destroy the rest.
  if (ctx.get('Content-Range') !== '') {
    throw new Problem('invalid', 'PUT replaces the whole of a resource, and Content-Range says that this is a part.');
  }
  if (isContainerPath(path)) {
    const description = await receiveDescription(exchange, sight, path);
    const keeping = description === undefined ? guard : await keepingIdentity(exchange, guard, description);
    return answerWritten(exchange, await pods.putContainer(pod, path, keeping, description));
  }
  if (asksForContainer(exchange)) {
    throw new Problem('invalid', 'The Link header asks for a container, but the address does not end with a slash.');
  }
  const document = await receiveDocument(exchange, sight, path);
  answerWritten(exchange, await pods.put(pod, path, await keepingIdentity(exchange, guard, document), document));
}
