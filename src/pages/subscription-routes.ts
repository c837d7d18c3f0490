import * as subscriptions from './account-subscriptions.ts';
import { none, ours } from './route.ts';
import type { Route } from './route.ts';
import { nothing } from './schemas.ts';
import * as s from './subscription-schemas.ts';

/** What the account API does about webhooks. */
export const subscriptionRoutes: readonly Route[] = [
  ours('GET',    'subscription/',               none, s.subscriptions, subscriptions.listSubscriptions,
    'Lists the webhooks: where messages about changes are sent, and how that goes.'),
  ours('DELETE', 'subscription/:subscription/', none, nothing,         subscriptions.endSubscription,
    'Ends a webhook.'),
];
