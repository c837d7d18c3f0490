import { ConfigError } from '../config/config-error.ts';

/** What a command is given: the arguments after its name, and the environment. */
export interface Given {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** The arguments that a command takes beside the options of the server. */
export interface Expected {
  /** The names of those without a flag, in their order: `URL`. All are needed. */
  readonly positional?: readonly string[];
  /** Flags with a value: `--agent`. */
  readonly values?: readonly string[];
  /** Flags without one: `--json`. */
  readonly switches?: readonly string[];
}

export interface Arguments {
  /** By the names of the positional ones, and by flag. */
  readonly values: Readonly<Record<string, string>>;
  readonly switches: ReadonlySet<string>;
  /** What is left, for `loadOptions`. */
  readonly rest: readonly string[];
}

/** Takes a command's own arguments out of `argv`. Throws `ConfigError` with each that is missing. */
export function takeArguments(
  argv: readonly string[], { positional = [], values: valued = [], switches: known = [] }: Expected,
): Arguments {
  const values: Record<string, string> = {};
  const switches = new Set<string>();
  const rest: string[] = [];
  const mistakes: string[] = [];
  const queue = [...argv];
  const waiting = [...positional];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [flag = '', inline] = next.split(/=(.*)/s, 2);
    if (valued.includes(flag)) {
      const value = inline ?? queue.shift();
      if (value === undefined || value === '' || value.startsWith('--')) mistakes.push(`${flag} needs a value`);
      else values[flag] = value;
    } else if (known.includes(next)) {
      switches.add(next);
    } else if (!next.startsWith('-') && waiting.length > 0 && rest.at(-1)?.startsWith('--') !== true) {
      values[waiting.shift()!] = next;
    } else {
      rest.push(next);
    }
  }
  mistakes.push(...waiting.map((name) => `${name} is missing`));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return { values, switches, rest };
}
