import { parseArgs } from 'node:util';
import { ConfigError } from './config-error.ts';
import { readJsonFile } from './json-file.ts';
import { didYouMean } from './nearest.ts';
import { about, contradictions, environmentName, flagName, optionNames, schema } from './options.ts';
import type { OptionName, Options } from './options.ts';

/** A value for an option, and where it was found, as its reader would look for it: `FREEHOLD_PORT`, `--port`. */
interface Setting {
  readonly name: OptionName;
  readonly value: unknown;
  readonly where: string;
}

/** What one source says: settings, and what is wrong with it. */
interface Found {
  readonly settings: readonly Setting[];
  readonly mistakes: readonly string[];
}

/**
 * The options of this run: defaults, overridden by the config file (`--config` or `FREEHOLD_CONFIG`), overridden by
 * the environment, overridden by the command line. Throws `ConfigError` with every mistake in any of them.
 */
export function loadOptions({ argv, env }: { argv: readonly string[]; env: NodeJS.ProcessEnv }): Options {
  const fromArguments = readArguments(argv);
  const fromEnvironment = readEnvironment(env);
  const path = fromArguments.config ?? (env['FREEHOLD_CONFIG'] || undefined);
  const sources = [path === undefined ? nothing : readConfigFile(path), fromEnvironment, fromArguments];

  const mistakes = sources.flatMap((source) => source.mistakes);
  const chosen: Partial<Record<OptionName, unknown>> = {};
  for (const { name, value, where } of sources.flatMap((source) => source.settings)) {
    chosen[name] = value;
    if (!schema.shape[name].safeParse(value).success) mistakes.push(`${where} ${complaint(name, value)}`);
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);

  const options = schema.parse(chosen);
  const against = contradictions(options);
  if (against.length > 0) throw new ConfigError(against);
  return options;
}

const nothing: Found = { settings: [], mistakes: [] };

function complaint(name: OptionName, value: unknown): string {
  const { expects, secret } = about.get(schema.shape[name])!;
  return `must be ${expects}${secret ? '' : `, not ${JSON.stringify(value)?.slice(0, 100)}`}`;
}

/** A key that is `null` is as one that is not there, so that a file can name every option. */
function readConfigFile(path: string): Found {
  const file = readJsonFile(path);
  if ('mistake' in file) return { settings: [], mistakes: [file.mistake] };
  const { value } = file;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { settings: [], mistakes: [`${path}: must be a JSON object of options`] };
  }
  const settings: Setting[] = [];
  const mistakes: string[] = [];
  for (const [key, setting] of Object.entries(value)) {
    const name = optionNames.find((known) => known === key);
    if (name === undefined) mistakes.push(`${path}: there is no option "${key}"${didYouMean(key, optionNames)}`);
    else if (setting !== null) settings.push({ name, value: setting, where: `${path}: ${key}` });
  }
  return { settings, mistakes };
}

/** A variable that is empty is as one that is not there: that is how many tools pass on what they do not have. */
function readEnvironment(env: NodeJS.ProcessEnv): Found {
  const names = new Map(optionNames.map((name) => [environmentName(name), name]));
  const settings: Setting[] = [];
  const mistakes: string[] = [];
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('FREEHOLD_') || variable === 'FREEHOLD_CONFIG') continue;
    const name = names.get(variable);
    if (name === undefined) {
      const meant = didYouMean(variable.slice('FREEHOLD_'.length), [...optionNames, 'config'], environmentName);
      mistakes.push(`${variable}: there is no such option${meant}`);
    } else if (value !== '') {
      settings.push({ name, value, where: variable });
    }
  }
  return { settings, mistakes };
}

function readArguments(argv: readonly string[]): Found & { readonly config?: string } {
  const names = new Map<string, OptionName | 'config'>(optionNames.map((name) => [flagName(name), name]));
  names.set('--config', 'config');
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries([...names.keys()].map((flag) => [flag.slice(2), { type: 'string' as const }])),
    strict: false,
    tokens: true,
  });

  let config: string | undefined;
  const settings: Setting[] = [];
  const mistakes: string[] = [];
  let unknownAt: number | undefined;
  for (const token of tokens) {
    // What follows an unknown flag is most likely its value.
    if (token.kind === 'positional' && token.index - 1 !== unknownAt) {
      mistakes.push(`"${token.value}" is neither an option nor the value of one`);
    }
    if (token.kind !== 'option') continue;
    const { rawName: flag, value, inlineValue } = token;
    const name = names.get(flag);
    // `--port --data x`: what follows is the next flag, not a value.
    const missing = value === undefined || value === '' || (!inlineValue && value.startsWith('--'));
    if (name === undefined) {
      mistakes.push(`${flag}: there is no such option${didYouMean(flag, [...optionNames, 'config'], flagName)}`);
      unknownAt = token.index;
    } else if (missing) {
      mistakes.push(`${flag} needs a value`);
    } else if (name === 'config') {
      config = value;
    } else {
      settings.push({ name, value, where: flag });
    }
  }
  return { settings, mistakes, ...(config !== undefined && { config }) };
}
