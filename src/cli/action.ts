import { ConfigError } from '../config/config-error.ts';
import { loadOptions } from '../config/load.ts';
import type { Options } from '../config/options.ts';
import { openHouse } from '../house.ts';
import type { House } from '../house.ts';
import { log } from '../log.ts';
import { takeArguments } from './arguments.ts';
import type { Arguments, Expected, Given } from './arguments.ts';
import { print } from './print.ts';
import { explained } from './start-error.ts';

/** What can be done with a store. `run` gives the lines to print. */
export interface Action<Context> {
  readonly expects: Expected;
  run(context: Context, given: Arguments): AsyncIterable<string>;
}

/**
 * Runs the action that the first argument names on the store that the options name, which no server may have open
 * unless it is PostgreSQL. `open` gives what the action works on, which is disposed of in the end. Gives the exit
 * status 0. Throws `ConfigError` for mistakes in the arguments, `StartError` for a store that cannot be opened, and
 * what the action throws.
 */
export async function runAction<Context extends Partial<AsyncDisposable>>(
  actions: Readonly<Record<string, Action<Context>>>, given: Given,
  open: (house: House, options: Options, given: Arguments) => Promise<Context>,
): Promise<number> {
  const { action, taken, options } = chooseAction(actions, given);
  await using house = await explained(openHouse(options), options);
  const context = await open(house, options, taken);
  try {
    await print(action.run(context, taken));
  } finally {
    await context[Symbol.asyncDispose]?.();
  }
  return 0;
}

/** The action that the first argument names, what it takes of the others, and the options. Throws `ConfigError`. */
export function chooseAction<A extends { readonly expects: Expected }>(
  actions: Readonly<Record<string, A>>, { argv: [name = '', ...argv], env }: Given,
): { readonly action: A; readonly taken: Arguments; readonly options: Options } {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    const said = name.startsWith('-') || name === '' ? 'no action is named' : `"${name}"`;
    throw new ConfigError([`${said}: there are ${Object.keys(actions).join(', ')}`]);
  }
  const taken = takeArguments(argv, action.expects);
  const options = loadOptions({ argv: taken.rest, env });
  log.level = options.logLevel;
  return { action, taken, options };
}
