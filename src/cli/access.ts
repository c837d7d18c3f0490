import { explain as explainAccess, shared as sharedWith } from '../access/explain.ts';
import type { Answer, Explanation, Rule, Share, Unreadable } from '../access/explain.ts';
import type { Agent } from '../access/agent.ts';
import type { AppGrant } from '../access/apps.ts';
import { openHouse } from '../house.ts';
import type { House } from '../house.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadOptions } from '../config/load.ts';
import { log } from '../log.ts';
import { resetAcl } from '../pods/new-pod.ts';
import { isReserved, rootPath, subjectOf } from '../pods/path.ts';
import type { Sight } from '../pods/sight.ts';
import { takeArguments } from './arguments.ts';
import type { Arguments, Expected, Given } from './arguments.ts';
import { explained, StartError } from './start-error.ts';

/** A command about a resource or a pod. It gives the lines to print. */
interface Action {
  readonly expects: Expected;
  run(house: House, at: Sight, given: Arguments): AsyncIterable<string>;
}

const askers = ['--agent', '--client', '--issuer', '--origin'];

export const accessActions = {
  explain: { expects: { positional: ['URL'], values: askers, switches: ['--json'] }, run: explain },
  shared: { expects: { positional: ['POD'], switches: ['--json'] }, run: shared },
  apps: { expects: { positional: ['POD'], values: ['--policy', '--grant', '--withdraw'], switches: ['--json'] }, run: apps },
} as const satisfies Record<string, Action>;

export const aclActions = {
  reset: { expects: { positional: ['URL'] }, run: reset },
} as const satisfies Record<string, Action>;

/**
 * Runs the action that the first argument names on the store that the options name, which no server may have open
 * unless it is PostgreSQL. Gives the exit status 0. Throws `ConfigError` for mistakes in the arguments and `StartError`
 * when there is no such resource or store.
 */
export async function runAction(
  actions: Readonly<Record<string, Action>>, { argv: [name = '', ...argv], env }: Given,
): Promise<number> {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    const said = name.startsWith('-') || name === '' ? 'no action is named' : `"${name}"`;
    throw new ConfigError([`${said}: there are ${Object.keys(actions).join(', ')}`]);
  }
  const given = takeArguments(argv, action.expects);
  const options = loadOptions({ argv: given.rest, env });
  log.level = options.logLevel;
  await using house = await explained(openHouse(options), options);
  const at = await find(house, given.values['URL'] ?? given.values['POD']!);
  for await (const line of action.run(house, at, given)) process.stdout.write(`${line}\n`);
  return 0;
}

/** Where the URL leads, whatever the address of the server is now: pods keep the one they were made with. */
async function find({ pods }: House, url: string): Promise<Sight> {
  const { href } = URL.canParse(url) ? new URL(url) : { href: url };
  let base = '';
  for await (const candidate of pods.bases()) {
    const within = href.startsWith(candidate) || `${href}/` === candidate;
    if (within && candidate.length > base.length) base = candidate;
  }
  if (base === '') throw new StartError(`There is no storage at ${url}.`);
  const path = pods.parsePath(`/${href.slice(base.length).replace(/[?#].*$/s, '')}`);
  if (isReserved(path)) throw new StartError(`${url} is the server's own.`);
  return (await pods.look(base, subjectOf(path) ?? path))!;
}

async function* explain(house: House, at: Sight, { values, switches }: Arguments): AsyncIterable<string> {
  const [webId, client, issuer, origin] = askers.map((flag) => values[flag]);
  const said = Object.entries({ webId, client, issuer, origin }).filter(([, value]) => value !== undefined);
  const agent = said.length === 0 ? undefined : Object.fromEntries(said) as Agent;
  const explanation = await explainAccess(house.access, at, agent);
  if (switches.has('--json')) yield JSON.stringify(explanation, null, 2);
  else yield* explanationLines(explanation);
}

function* explanationLines(explanation: Explanation): Iterable<string> {
  const { resource, exists, owners, apps: policy, acl, inherited, mistake, rules, others, asked } = explanation;
  yield `${resource}${exists ? '' : ' (there is nothing yet)'}`;
  yield `  owners, who always have control: ${owners.join(', ')}`;
  if (policy === 'granted') yield '  apps: only those that an owner granted something';
  yield acl === undefined
    ? '  no ACL document: nobody else has access'
    : `  decided by ${acl}${inherited === true ? ', which it inherits' : ''}`;
  if (mistake !== undefined) yield `  ! it cannot be read, so that nobody else has access: ${mistake}`;
  for (const rule of rules) yield* ruleLines(rule, '  ');
  if (others.length > 0) yield '  not about this resource:';
  for (const rule of others) yield* ruleLines(rule, '    ');
  if (asked !== undefined) yield* answerLines(asked);
}

function* answerLines({ agent, client, modes, withheld = [], by, notBy }: Answer): Iterable<string> {
  yield `  ${agent ?? 'anybody'}${client === undefined ? '' : ` with ${client}`}: ${modes.join(', ') || 'nothing'}`;
  if (withheld.length > 0) yield `    ! without ${withheld.join(', ')}, which no owner granted the app`;
  for (const authorization of by) yield `    by ${authorization}`;
  for (const { authorization, because } of notBy) yield `    not by ${authorization}: it is for another ${because}`;
}

function* ruleLines(rule: Rule, indent: string): Iterable<string> {
  const { classes = [], agents = [], groups = [], origins = [], conditions = [], warnings = [] } = rule;
  const who = [...classes, ...agents, ...groups.map((group) => `group ${group}`)].join(', ') || 'nobody';
  yield `${indent}${who}: ${rule.modes.join(', ') || 'nothing'}`;
  yield `${indent}  by ${rule.authorization}`;
  if (origins.length > 0) yield `${indent}  only from ${origins.join(', ')}`;
  for (const { on, iris = [], classes: kinds = [], groups: lists = [] } of conditions) {
    const named = [...iris, ...kinds, ...lists.map((group) => `in ${group}`)].join(' or ');
    yield `${indent}  only if the ${on} is ${named || 'one that does not exist'}`;
  }
  for (const warning of warnings) yield `${indent}  ! ${warning}`;
}

async function* shared({ access, pods }: House, { pod }: Sight, { switches }: Arguments): AsyncIterable<string> {
  for await (const share of sharedWith(access, pods, pod)) {
    if (switches.has('--json')) yield JSON.stringify(share);
    else yield* shareLines(share);
  }
}

function* shareLines(share: Share | Unreadable): Iterable<string> {
  const note = share.exists ? '' : ' (there is nothing yet)';
  if ('mistake' in share) {
    yield `${share.resource}${note}`;
    yield `  ! its ACL document cannot be read, so that only owners have access: ${share.mistake}`;
    return;
  }
  const reach = { 'resource': '', 'resource below': ' and what is below it', 'below': ' (what is below it)' };
  yield `${share.resource}${reach[share.about.join(' ') as keyof typeof reach]}${note}`;
  yield* ruleLines(share, '  ');
}

async function* apps({ access, pods }: House, { pod }: Sight, { values, switches }: Arguments): AsyncIterable<string> {
  const { '--policy': policy, '--grant': granted, '--withdraw': withdrawn } = values;
  if (policy !== undefined && policy !== 'everyone' && policy !== 'granted') {
    throw new ConfigError([`--policy must be one of everyone, granted, not "${policy}"`]);
  }
  if (granted !== undefined) await access.apps.grant(pod, granted);
  if (withdrawn !== undefined) await access.apps.withdraw(pod, withdrawn);
  if (policy !== undefined) await pods.restrictApps(pod, policy);
  const list: AppGrant[] = [];
  for await (const grant of access.apps.granted(pod)) list.push(grant);
  const now = (await pods.look(pod.base, rootPath))!.pod.apps ?? 'everyone';
  if (switches.has('--json')) {
    yield JSON.stringify({ storage: pod.base, policy: now, granted: list }, null, 2);
    return;
  }
  yield `${pod.base}  ${now === 'granted' ? 'only apps that an owner granted something' : 'any app'}`;
  for (const { client, at, details } of list) {
    yield `  ${client}  since ${new Date(at).toISOString()}${details === undefined ? '' : `  ${JSON.stringify(details)}`}`;
  }
}

async function* reset({ pods }: House, { pod, path }: Sight): AsyncIterable<string> {
  const outcome = await resetAcl(pods, pod, path);
  const url = pod.base + path.slice(1);
  yield {
    replaced: `${url} has the access rules of a new storage again.`,
    removed: `${url} has no access rules of its own any more; those of its container hold.`,
    inherited: `${url} had no access rules of its own; those of its container hold.`,
  }[outcome];
}
