import { Problem } from '../problem.ts';
import { changeSettings, showSettings } from './admin-node.ts';
import { traced } from './admin-perform.ts';
import type { Asked } from './admin-perform.ts';
import type { AdminParts, AdminRequest } from './admin-row.ts';
import { actionOf, settingUp } from './admin-rows.ts';
import * as s from './admin-schemas.ts';
import { check } from './body-fields.ts';
import type { Visit } from './visit.ts';

/**
 * The first visit: who has the link that the server made at its start makes the account of its owner, logs in to it,
 * and says how the node is to be. Throws `forbidden` for a link that is not good.
 */
export async function performSetup(parts: AdminParts, visit: Visit, { method, query, read }: Asked): Promise<object> {
  const { admin: { setup }, people: { accounts, logins } } = parts;
  const request: AdminRequest = { parts, who: { role: 'owner', from: visit.from }, ids: {}, query };
  if (method === 'GET' || method === 'HEAD') {
    await setup.check(query.get('token') ?? '');
    return showSettings(request);
  }
  if (method !== 'POST') {
    throw new Problem('method', 'This address takes GET, HEAD, POST.', { allow: 'GET, HEAD, POST' });
  }
  visit.refuseOtherOrigins();
  const given = { token: query.get('token') ?? undefined, ...await read() };
  const { email: typed } = given as { email?: unknown };
  const who = { role: undefined, from: visit.from, ...(typeof typed === 'string' && { email: typed }) };
  return traced({ parts, who }, actionOf(settingUp), undefined, given, async () => {
    const { token, email, password, ...settings } = check(s.setup, given);
    await setup.check(token);
    const { id } = await logins.register(email, password, 'admin');
    try {
      await changeSettings(request, settings);
      await accounts.setRole(id, 'owner', (writes) => setup.use(writes, token));
    } catch (error) {
      // What was to be set will not do, or somebody else was faster with the link.
      await accounts.deleteNow(id);
      throw error;
    }
    const account = await accounts.get(id);
    if (account !== undefined) await visit.logIn(account, false, 'password');
    return { account: id };
  });
}
