import { Problem } from '../problem.ts';
import { check } from './body-fields.ts';
import { findRow } from './route.ts';
import type { Call, OwnCall } from './route.ts';
import { routes } from './routes.ts';

/**
 * Does what a request asks for, and gives the answer; `undefined` when the context has it already. `method`: of HTTP,
 * or what a form stands for. `read`: reads the body, which happens only once it is clear that it is wanted.
 */
export async function perform(
  call: Call, method: string, path: string, read: () => Promise<object>,
): Promise<object | undefined> {
  const { ctx, visit } = call;
  const found = findRow(routes, method, path);
  if (found === undefined) throw new Problem('missing', 'The account API has nothing at this address.');
  if ('allow' in found) {
    const allow = `${found.allow}, OPTIONS`;
    if (method !== 'OPTIONS') throw new Problem('method', `This address takes ${allow}.`, { allow });
    ctx.set('Allow', allow);
    ctx.status = 204;
    return undefined;
  }
  const { row: route, ids } = found;
  if (route.method !== 'GET') visit.refuseOtherOrigins();
  const own = route.who === 'owner' ? ownCall({ ...call, ids }) : { ...call, ids } as OwnCall;
  return route.run(own, route.takes === undefined ? {} : check(route.takes, await read()));
}

/** The call of whoever is logged in to the account of the path. Throws `unauthenticated`, and `forbidden`. */
export function ownCall(call: Call): OwnCall {
  const { account } = call.visit;
  if (account === undefined) {
    throw new Problem('unauthenticated', 'Log in first.', { 'www-authenticate': 'CSS-Account-Token realm="account"' });
  }
  if (call.ids['account'] !== account.id) throw new Problem('forbidden', 'This is about another account than yours.');
  return { ...call, account };
}
