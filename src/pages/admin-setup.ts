import { networkOf } from '../accounts/rate-limit.ts';
import { Problem } from '../problem.ts';
import { checkedSettings, showSettings } from './admin-node.ts';
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
  const { admin, people: { accounts, endings, logins, limits } } = parts;
  const { setup } = admin;
  const request: AdminRequest = { parts, who: { role: 'owner', from: visit.from }, ids: {}, query };
  if (method === 'GET' || method === 'HEAD') {
    await setup.check(query.get('token') ?? '');
    return showSettings(request);
  }
  if (method !== 'POST') {
    throw new Problem('method', 'This address takes GET, HEAD, POST.', { allow: 'GET, HEAD, POST' });
  }
  visit.refuseOtherOrigins();
  // Anybody can ask this: what is no good leaves no trace.
  limits.take('loginAddress', networkOf(visit.from.address));
  const fields = { token: query.get('token') ?? undefined, ...await read() };
  const { token, email, password, ...given } = check(s.setup, fields);
  await setup.check(token);
  const who = { role: undefined, from: visit.from, email };
  return traced({ parts, who }, actionOf(settingUp), undefined, given, async () => {
    const settings = await checkedSettings(request, given);
    const { id } = await logins.register(email, password, 'admin');
    try {
      await accounts.setRole(id, 'owner', (writes) => setup.use(writes, token));
    } catch (error) {
      // Somebody else was faster with the link.
      await endings.deleteNow(id);
      throw error;
    }
    await admin.settings.set(settings);
    const account = await accounts.get(id);
    if (account !== undefined) await visit.logIn(account, false, 'password');
    return { account: id };
  });
}
