import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { controlSocket } from '../app.ts';
import { openHouse } from '../house.ts';
import { operator } from '../pages/admin-control.ts';
import { performAdmin } from '../pages/admin-perform.ts';
import { openPeople } from '../people.ts';
import { Problem } from '../problem.ts';
import type { ProblemKind } from '../problem.ts';
import { chooseAction } from './action.ts';
import type { Action } from './action.ts';
import type { Given } from './arguments.ts';
import { print } from './print.ts';
import { explained } from './start-error.ts';

/**
 * Asks a row of the administration: `call('PUT', 'pods/x/quota/', { quota: '1GB' })`. Throws the problems that it
 * answers.
 */
export type AdminCommandCall = <Answer extends object>(method: string, path: string, body?: object) => Promise<Answer>;

/** What can be done by those who run a node. */
export type AdminAction = Action<AdminCommandCall>;

/**
 * Runs the action that the first argument names, on the store that the options name: through the server that has it
 * open, or else by opening it. Gives the exit status 0. Throws `ConfigError` for mistakes in the arguments,
 * `StartError` for a store that cannot be opened, and the problems that are answered.
 */
export async function runAdminAction(
  actions: Readonly<Record<string, AdminAction>>, given: Given,
): Promise<number> {
  const { action, taken, options } = chooseAction(actions, given);
  const socket = join(options.data, controlSocket);
  if (options.database === 'level' && await answers(socket)) {
    await print(action.run((method, path, body) => throughServer(socket, method, path, body), taken));
    return 0;
  }
  await using house = await explained(openHouse(options), options);
  await using people = await openPeople(house);
  await print(action.run(async (method, path, body = {}) => {
    const url = new URL(path, 'http://control/');
    return await performAdmin(people.adminParts, operator, {
      method, path: url.pathname.slice(1), query: url.searchParams, read: async () => body,
    }) as never;
  }, taken));
  return 0;
}

/** Whether a server listens there. */
async function answers(socketPath: string): Promise<boolean> {
  try {
    await throughServer(socketPath, 'GET', '');
    return true;
  } catch (error) {
    return error instanceof Problem;
  }
}

async function throughServer<Answer extends object>(
  socketPath: string, method: string, path: string, body?: object,
): Promise<Answer> {
  const sent = request({ socketPath, method, path: `/${path}`, headers: { 'content-type': 'application/json' } });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(sent, 'response') as [IncomingMessage];
  const answer = await json(response);
  if (response.statusCode === 200) return answer as Answer;
  const { kind, detail } = answer as { kind: ProblemKind; detail: string };
  throw new Problem(kind, detail);
}
