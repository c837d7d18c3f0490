import { ConfigError } from '../config/config-error.ts';
import { optionsHelp } from '../config/describe.ts';
import { loadOptions } from '../config/load.ts';
import { didYouMean } from '../config/nearest.ts';
import { log } from '../log.ts';
import { Problem } from '../problem.ts';
import { runAccess, runAcl } from './access.ts';
import { takeArguments } from './arguments.ts';
import type { Given } from './arguments.ts';
import { check } from './check.ts';
import { runKeys } from './keys.ts';
import { runAdmin } from './admin.ts';
import { runAccount, runInvite, runPod } from './people.ts';
import { print } from './print.ts';
import { serve } from './serve.ts';
import { StartError } from './start-error.ts';
import { version } from '../package.ts';

/** `run` gives the exit status: 0 for done, 1 for failed. */
interface Command {
  readonly sentence: string;
  run(given: Given): Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  serve: {
    sentence: 'Serve pods over HTTP; what is done when no command is named.',
    run: (given) => serve(loadOptions(given)),
  },
  check: {
    sentence: 'Verify all that is stored, while no server uses it; --deep reads RDF documents too.',
    run: checkGiven,
  },
  access: {
    sentence: 'explain URL [--agent WEBID] [--client ID]: who may do what there, and why;\n            '
      + 'shared POD: all that is shared; apps POD [--policy everyone|granted] [--grant ID] [--withdraw ID].',
    run: runAccess,
  },
  invite: {
    sentence: 'create [--uses N] [--days N] [--note TEXT] | list | remove ID: codes with which to sign up.',
    run: runInvite,
  },
  account: {
    sentence: 'list [--search TEXT] | show | suspend [--reason TEXT] | restore | leave | stay |'
      + '\n            reset-second-factor | log-out | delete ACCOUNT, by id, e-mail address, WebID or pod; --json.',
    run: runAccount,
  },
  pod: {
    sentence: 'list | quota POD SIZE|default: how large pods are, and may be.',
    run: runPod,
  },
  admin: {
    sentence: 'overview | figures [--span day|month|years] | role ACCOUNT owner|admin|support|auditor|none |'
      + '\n            settings | set NAME VALUE | apps | block-app APP | unblock-app APP | issuers | allow-issuer |'
      + '\n            block-issuer | disallow-issuer | unblock-issuer ISSUER | jobs | run JOB |'
      + '\n            audit [--who] [--whom] [--action] [--outcome]; --json.',
    run: runAdmin,
  },
  keys: {
    sentence: 'list | rotate [--urgent] | revoke KID: the keys that sign the tokens of this issuer.',
    run: runKeys,
  },
  acl: {
    sentence: 'reset URL: give a resource the access rules that it has in a new pod.',
    run: runAcl,
  },
  help: { sentence: 'Print this text.', run: () => printText(help()) },
  version: {
    sentence: 'Print the version.', run: () => printText(`Freehold ${version}, Node ${process.versions.node}`),
  },
};

const shorthands: Readonly<Record<string, string>> = {
  '--help': 'help', '-h': 'help', '--version': 'version', '-v': 'version',
};

/**
 * Runs the command that `argv` names and sets the exit status of this process: 0 for done, 1 for failed,
 * 2 for mistakes in the arguments, the environment or the config file. What went wrong is told on standard error.
 */
export async function runCli(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  // What is stored holds people's data, and keys: nobody but this user is to read the files that are made.
  process.umask(0o077);
  try {
    process.exitCode = await run(argv, env);
  } catch (error) {
    process.exitCode = error instanceof ConfigError ? 2 : 1;
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.mistakes.join('\n')}\n\`freehold help\` lists all options.\n`);
    } else if (error instanceof StartError || error instanceof Problem) {
      process.stderr.write(`${error.message}\n`);
    } else {
      log.fatal({ err: error }, 'a defect ended the command');
    }
  }
}

async function run(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const shorthand = argv.find((argument) => Object.hasOwn(shorthands, argument));
  const named = argv[0]?.startsWith('-') === false ? argv[0] : undefined;
  const name = (shorthand && shorthands[shorthand]) ?? named ?? 'serve';
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    throw new ConfigError([`"${name}": there is no such command${didYouMean(name, Object.keys(commands))}`]);
  }
  return command.run({ argv: named === undefined ? argv : argv.slice(1), env });
}

function checkGiven({ argv, env }: Given): Promise<number> {
  const { switches, rest } = takeArguments(argv, { switches: ['--deep'] });
  return check(loadOptions({ argv: rest, env }), { deep: switches.has('--deep') });
}

async function printText(text: string): Promise<number> {
  await print([text]);
  return 0;
}

function help(): string {
  const rows = Object.entries(commands).map(([name, { sentence }]) => `  ${name.padEnd(10)}${sentence}`);
  return `Freehold, a Solid pod server

Usage: freehold [command] [options]        from a clone: npm start -- [options]

Commands:
${rows.join('\n')}

Options can stand in the config file too (--config FILE, JSON, "baseUrl" for --base-url)
and in the environment (FREEHOLD_BASE_URL); the command line wins over the environment,
and the environment over the file. In brackets at the end: the default.

${optionsHelp()}`;
}
