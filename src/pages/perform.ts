import { Problem } from '../problem.ts';
import { check } from './body-fields.ts';
import { match } from './route.ts';
import type { Call, OwnCall, Route } from './route.ts';
import { routes } from './routes.ts';

/**
 * Does what a request asks for, and gives the answer; `undefined` when the context has it already. `method`: of HTTP,
 * or what a form stands for. `read`: reads the body, which happens only once it is clear that it is wanted.
 */
export async function perform(
  call: Call, method: string, path: string, read: () => Promise<object>,
): Promise<object | undefined> {
  const { ctx, visit } = call;
  const found = find(method === 'HEAD' ? 'GET' : method, path);
  if ('allow' in found) {
    if (method !== 'OPTIONS') throw new Problem('method', `This address takes ${found.allow}.`, { allow: found.allow });
    ctx.set('Allow', found.allow);
    ctx.status = 204;
    return undefined;
  }
  const { route, ids } = found;
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

function find(
  method: string, path: string,
): { readonly route: Route; readonly ids: Readonly<Record<string, string>> } | { readonly allow: string } {
  const there = routes.flatMap((route) => {
    const ids = match(route, path);
    return ids === undefined ? [] : [{ route, ids }];
  });
  if (there.length === 0) throw new Problem('missing', 'The account API has nothing at this address.');
  const methods = there.map(({ route }) => route.method);
  const read = methods.includes('GET') ? ['GET', 'HEAD'] : [];
  return there.find(({ route }) => route.method === method)
    ?? { allow: [...read, ...methods.filter((one) => one !== 'GET'), 'OPTIONS'].join(', ') };
}
