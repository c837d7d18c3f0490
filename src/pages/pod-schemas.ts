import { z } from 'zod';
import { flag } from './schemas.ts';

/** What the account API takes and gives about pods, beyond what Community Solid Server does. */

const text = z.string().max(2_000);
const resource = z.string().max(8_000);

export const podLabel = z.object({ label: z.string().trim().max(100).optional() });
/** `name`: of the pod, or its address, to say that it is meant. `evenLastWebId`: though the last WebID is in it. */
export const podDeletion = z.object({
  name: text,
  password: z.string().max(1_000), code: z.string().max(100).optional(), email: z.string().max(254).optional(),
  evenLastWebId: flag,
});
const everybody = z.enum(['everybody', 'everybody who signed in']);
/** With whom: one of `agent`, `group` and `class`. Without `resource`: in all of the pod. */
export const takenBack = z.object({
  resource: resource.optional(), version: z.string().max(40).optional(),
  agent: text.optional(), group: text.optional(), class: everybody.optional(),
});
export const takeBackOutcome = z.object({ changed: z.int(), more: z.boolean() });
export const sharingOfPods = z.object({ pods: z.record(z.string(), z.url()) });
const rule = z.looseObject({ authorization: z.string(), modes: z.array(z.string()), about: z.array(z.string()) });
export const sharing = z.object({
  shared: z.array(z.object({
    resource: z.url(), exists: z.boolean(), acl: z.url(), version: z.string(), mistake: z.string().optional(),
    with: z.array(z.object({
      agent: z.string().optional(), group: z.string().optional(), class: everybody.optional(), rules: z.array(rule),
    })),
  })),
  next: z.url().optional(),
});
