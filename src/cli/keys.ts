import { openHouse } from '../house.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadOptions } from '../config/load.ts';
import { SigningKeys } from '../identity/keys.ts';
import type { KeyAbout } from '../identity/keys.ts';
import { log } from '../log.ts';
import { Problem } from '../problem.ts';
import { takeArguments } from './arguments.ts';
import type { Arguments, Expected, Given } from './arguments.ts';
import { explained, StartError } from './start-error.ts';

interface Action {
  readonly expects: Expected;
  run(signing: SigningKeys, given: Arguments): Promise<KeyAbout[]> | KeyAbout[];
}

const actions: Readonly<Record<string, Action>> = {
  list: { expects: { switches: ['--json'] }, run: (signing) => signing.list() },
  rotate: {
    expects: { switches: ['--json', '--urgent'] },
    run: (signing, { switches }) => signing.rotate({ urgent: switches.has('--urgent') }),
  },
  revoke: {
    expects: { positional: ['KID'], switches: ['--json'] },
    run: (signing, { values }) => signing.revoke(values['KID']!),
  },
};

/**
 * Runs `freehold keys list|rotate|revoke` on the store that the options name, which no server may have open unless it
 * is PostgreSQL; then the servers take up what changed within half a minute. Gives the exit status 0. Throws
 * `ConfigError` for mistakes in the arguments and `StartError` when there is no such key or store.
 */
export async function runKeys({ argv: [name = '', ...argv], env }: Given): Promise<number> {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new ConfigError([`"${name}": the actions are ${Object.keys(actions).join(', ')}`]);
  const given = takeArguments(argv, action.expects);
  const options = loadOptions({ argv: given.rest, env });
  log.level = options.logLevel;
  await using house = await explained(openHouse(options), options);
  await using signing = await SigningKeys.open(house.database, options);
  const list = await run(action, signing, given);
  if (given.switches.has('--json')) process.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
  else for (const key of list) process.stdout.write(`${lineOf(key)}\n`);
  return 0;
}

async function run(action: Action, signing: SigningKeys, given: Arguments): Promise<KeyAbout[]> {
  try {
    return await action.run(signing, given);
  } catch (error) {
    throw error instanceof Problem ? new StartError(error.message) : error;
  }
}

function lineOf({ kid, algorithm, state, published, from, until }: KeyAbout): string {
  const words = {
    signing: `since ${date(from)}`,
    next: `published ${date(published)}, signs from ${date(from)}`,
    retired: `signed from ${date(from)} on, published`,
  };
  return `${kid}  ${algorithm}  ${state.padEnd(8)}${words[state]}${until === undefined ? '' : ` until ${date(until)}`}`;
}

function date(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ');
}
