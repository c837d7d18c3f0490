import { z } from 'zod';

/** What the account API gives about webhooks. */

const time = z.int();

export const subscriptions = z.object({
  subscriptions: z.array(z.object({
    id: z.string(), type: z.string(), topic: z.url().optional(), deep: z.boolean(), webId: z.string(),
    client: z.string().optional(), receiver: z.url(), since: time, until: time, lastDelivery: time.optional(),
    state: z.enum(['working', 'failing', 'disabled']), reason: z.string().optional(), resource: z.url(),
  })),
});
