import { explain as explainAccess, shared as sharedWith } from '../access/explain.ts';
import type { Answer, Explanation, Rule, Share, Unreadable } from '../access/explain.ts';
import type { Agent } from '../access/agent.ts';
import type { AppGrant } from '../access/apps.ts';
import type { House } from '../house.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Options } from '../config/options.ts';
import { resetAcl } from '../pods/new-pod.ts';
import { isReserved, rootPath, subjectOf } from '../pods/path.ts';
import type { Sight } from '../pods/sight.ts';
import { runAction } from './action.ts';
import type { Action } from './action.ts';
import type { Arguments, Given } from './arguments.ts';
import { json } from './print.ts';
import { StartError } from './start-error.ts';

/** A resource or a pod of a store. */
interface Place extends Partial<AsyncDisposable> {
  readonly house: House;
  readonly at: Sight;
}

const askers = ['--agent', '--client', '--issuer', '--origin'];

const accessActions: Readonly<Record<string, Action<Place>>> = {
  explain: { expects: { positional: ['URL'], values: askers, switches: json }, run: explain },
  shared: { expects: { positional: ['POD'], switches: json }, run: shared },
  apps: {
    expects: { positional: ['POD'], values: ['--policy', '--grant', '--withdraw'], switches: json }, run: apps,
  },
};

const aclActions: Readonly<Record<string, Action<Place>>> = {
  reset: { expects: { positional: ['URL'] }, run: reset },
};

/** `freehold access explain|shared|apps`. */
export function runAccess(given: Given): Promise<number> {
  return runAction(accessActions, given, find);
}

/** `freehold acl reset`. */
export function runAcl(given: Given): Promise<number> {
  return runAction(aclActions, given, find);
}

/** Where the URL leads, whatever the address of the server is now: pods keep the one they were made with. */
async function find(house: House, _: Options, { values }: Arguments): Promise<Place> {
  const { pods } = house;
  const url = values['URL'] ?? values['POD']!;
  const { href } = URL.canParse(url) ? new URL(url) : { href: url };
  let base = '';
  for await (const candidate of pods.bases()) {
    const within = href.startsWith(candidate) || `${href}/` === candidate;
    if (within && candidate.length > base.length) base = candidate;
  }
  if (base === '') throw new StartError(`There is no storage at ${url}.`);
  const path = pods.parsePath(`/${href.slice(base.length).replace(/[?#].*$/s, '')}`);
  if (isReserved(path)) throw new StartError(`${url} is the server's own.`);
  return { house, at: (await pods.look(base, subjectOf(path) ?? path))! };
}

async function* explain({ house, at }: Place, { values, switches }: Arguments): AsyncIterable<string> {
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

async function* shared(
  { house: { access, pods }, at: { pod } }: Place, { switches }: Arguments,
): AsyncIterable<string> {
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

async function* apps(
  { house: { access, pods }, at: { pod } }: Place, { values, switches }: Arguments,
): AsyncIterable<string> {
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
    const what = details === undefined ? '' : `  ${JSON.stringify(details)}`;
    yield `  ${client}  since ${new Date(at).toISOString()}${what}`;
  }
}

async function* reset({ house: { pods }, at: { pod, path } }: Place): AsyncIterable<string> {
  const outcome = await resetAcl(pods, pod, path);
  const url = pod.base + path.slice(1);
  yield {
    replaced: `${url} has the access rules of a new storage again.`,
    removed: `${url} has no access rules of its own any more; those of its container hold.`,
    inherited: `${url} had no access rules of its own; those of its container hold.`,
  }[outcome];
}
