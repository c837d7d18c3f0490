import { Problem } from '../problem.ts';
import { within } from './route.ts';
import type { OwnCall } from './route.ts';

export async function listSubscriptions(call: OwnCall) {
  const subscriptions = await call.parts.subscriptions.of(call.account.webIds);
  return {
    subscriptions: subscriptions.map((one) => ({ ...one, resource: within(call, 'subscription', one.id) })),
  };
}

export async function endSubscription({ account, parts, ids }: OwnCall) {
  if (!await parts.subscriptions.end(ids['subscription']!, account.webIds)) {
    throw new Problem('missing', 'There is no such subscription.');
  }
  return {};
}
