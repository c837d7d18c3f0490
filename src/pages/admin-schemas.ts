import { z } from 'zod';
import { roles } from '../accounts/roles.ts';

/** What the administration takes. Bounds here are those of a request; what a thing may be, its room says. */

const words = z.string().max(500).optional();
/** In JSON a number; from forms its text. */
const number = z.preprocess(
  (value) => typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value, z.int());
const size = z.union([z.string().max(50), z.number()]);
const password = z.string().max(1_000);
const cleared = <T extends z.ZodType>(type: T) => type.nullable().optional();

export const suspension = z.object({ reason: words });
export const deletion = z.object({ confirm: z.string().max(300) });
export const roleChange = z.object({ role: z.enum([...roles, 'none']) });
export const quota = z.object({ quota: size.optional() });
export const newInvite = z.object({ note: words, uses: number.optional(), days: number.optional() });
export const blockedApp = z.object({ client: z.string().min(1).max(2_000), reason: words });
export const newIssuer = z.object({ issuer: z.string().max(2_000), list: z.enum(['allow', 'block']), note: words });
export const settings = z.strictObject({
  signUp: cleared(z.enum(['open', 'invite', 'closed'])),
  mailUrl: cleared(z.string().max(1_000)),
  mailFrom: cleared(z.string().max(300)),
  podAddresses: cleared(z.enum(['path', 'subdomain', 'root'])),
  quotaBytes: cleared(size),
  maxPodsPerAccount: cleared(number.pipe(z.int().min(0).max(100))),
  message: cleared(z.string().max(500)),
  termsUrl: cleared(z.httpUrl().max(1_000)),
  privacyUrl: cleared(z.httpUrl().max(1_000)),
});
export const mailTest = z.object({ email: z.email().max(254) });
export const setup = z.object({
  token: z.string().max(100), email: z.string().max(254), password,
  ...settings.pick({ signUp: true, mailUrl: true, mailFrom: true, podAddresses: true }).shape,
});
