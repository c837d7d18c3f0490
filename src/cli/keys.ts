import { SigningKeys } from '../identity/keys.ts';
import type { KeyAbout } from '../identity/keys.ts';
import { runAction } from './action.ts';
import type { Action } from './action.ts';
import type { Given } from './arguments.ts';
import { json, momentOf } from './print.ts';

const actions: Readonly<Record<string, Action<SigningKeys>>> = {
  list: { expects: { switches: json }, run: (signing, given) => lines(signing.list(), given.switches) },
  rotate: {
    expects: { switches: [...json, '--urgent'] },
    run: (signing, { switches }) => lines(signing.rotate({ urgent: switches.has('--urgent') }), switches),
  },
  revoke: {
    expects: { positional: ['KID'], switches: json },
    run: (signing, { values, switches }) => lines(signing.revoke(values['KID']!), switches),
  },
};

/** `freehold keys list|rotate|revoke`. Servers on the same PostgreSQL take up what changed within half a minute. */
export function runKeys(given: Given): Promise<number> {
  return runAction(actions, given, ({ database }, options) => SigningKeys.open(database, options));
}

async function* lines(keys: Promise<KeyAbout[]> | KeyAbout[], switches: ReadonlySet<string>): AsyncIterable<string> {
  const list = await keys;
  if (switches.has('--json')) yield JSON.stringify(list, null, 2);
  else yield* list.map(lineOf);
}

function lineOf({ kid, algorithm, state, published, from, until }: KeyAbout): string {
  const words = {
    signing: `since ${momentOf(from)}`,
    next: `published ${momentOf(published)}, signs from ${momentOf(from)}`,
    retired: `signed from ${momentOf(from)} on, published`,
  };
  const end = until === undefined ? '' : ` until ${momentOf(until)}`;
  return `${kid}  ${algorithm}  ${state.padEnd(8)}${words[state]}${end}`;
}
