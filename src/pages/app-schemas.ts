import { z } from 'zod';
import { actions, durations, levels, maxRows, tellingScopes } from './consent.ts';
import { flag, grants } from './schemas.ts';

/** What the account API takes and gives about apps. */

const folder = z.object({ folder: z.string().max(2_000), actions: z.array(z.enum(actions)).max(actions.length) });
const choice = z.object({
  level: z.enum(levels), where: z.string().max(2_000), duration: z.enum(durations), away: z.boolean(),
  folders: z.array(folder).max(maxRows), tell: z.array(z.string().max(20)).max(tellingScopes.length),
});

/** What is not sent stays. `sure`: confirms full control. `all`: also of the same app in other browsers. */
export const appChange = z.object({ ...choice.partial().shape, away: flag, sure: flag, all: flag });
export const appWithdrawal = z.object({ all: flag });
export const app = grants.shape.apps.element.extend({ alive: z.int(), choice });
export const folders = z.object({
  folders: z.array(z.object({ url: z.url(), name: z.string() })), more: z.boolean(),
});
