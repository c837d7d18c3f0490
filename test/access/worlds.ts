import fc from 'fast-check';
import type { Agent } from '../../src/access/agent.ts';
import type { GroupDocument } from '../../src/access/groups.ts';
import { podBase, upwards } from './sight-of.ts';
import type { Tree } from './sight-of.ts';

export const ann = 'https://ann.example/card#me';
export const bob = 'https://bob.example/card#me';
const app = 'https://app.example';
const other = 'https://other.example';
const clients = [`${app}/id`, `${other}/id`] as const;
const issuers = ['https://id.example/', 'https://login.example/'] as const;

/** One authorization, by what is written in it. `SELF` among the objects: what the ACL document belongs to. */
export interface Rule {
  readonly type: string;
  readonly objects: readonly string[];
  readonly modes: readonly string[];
  readonly who: readonly string[];
  readonly origins: readonly string[];
  readonly conditions: readonly Condition[];
}

export interface Condition {
  readonly types: readonly string[];
  readonly parties: readonly string[];
}

/** One of the `authorization_details` of a token. */
export interface Detail {
  readonly type: string;
  readonly locations: readonly string[];
  readonly actions: readonly string[];
  readonly exp?: number;
  readonly datatypes?: readonly string[];
}

/** Somebody who asks for a resource, and all that their access to it could depend on. */
export interface World {
  readonly path: string;
  /** By the path of what the ACL document belongs to. */
  readonly acls: Readonly<Record<string, readonly Rule[] | 'cannot be parsed'>>;
  /** The members of the groups that can be read. */
  readonly members: Readonly<Record<string, readonly string[]>>;
  readonly owners: readonly string[];
  readonly policy: 'everyone' | 'granted';
  /** What apps were granted by the owners. */
  readonly grants: Readonly<Record<string, readonly Detail[] | 'everything'>>;
  readonly agent: Omit<Agent, 'authority'>;
  /** What the agent's token says. */
  readonly details?: readonly Detail[];
}

/** The ACL documents of a world. */
export function textsOf({ acls }: World): Tree {
  return Object.fromEntries(Object.entries(acls).map(([place, rules]) => [place, rules === 'cannot be parsed'
    ? '<#0> a acl:Authorization; acl:agentClass foaf:Agent; acl:mode acl:Read; acl:accessTo <' + podBase + place + '>. <'
    : rules.map((rule, index) => textOf(rule, index, place)).join('\n')]));
}

/** The documents of its groups, by their addresses. */
export function groupsOf({ members }: World): Readonly<Record<string, GroupDocument>> {
  const documents: Record<string, Map<string, ReadonlySet<string>>> = {};
  for (const [group, those] of Object.entries(members)) {
    (documents[group.replace(/#.*/, '')] ??= new Map()).set(group, new Set(those));
  }
  return documents;
}

function textOf({ type, objects, modes, who, origins, conditions }: Rule, index: number, place: string): string {
  const nodes = conditions.map(({ types, parties }, i) => {
    const says = [...types.map((one) => `a ${one}`), ...parties].join('; ');
    // Some with an IRI, some without.
    return i % 2 === 0 ? { ref: `[ ${says} ]`, apart: '' } : { ref: `<#${index}-${i}>`, apart: says && `<#${index}-${i}> ${says}.` };
  });
  return [
    [`<#${index}> a ${type}`, ...objects.map((object) => object.replace('SELF', podBase + place)),
      ...modes.map((mode) => `acl:mode ${mode}`), ...who, ...origins.map((origin) => `acl:origin <${origin}>`),
      ...nodes.map(({ ref }) => `acl:condition ${ref}`)].join('; ') + '.',
    ...nodes.map(({ apart }) => apart),
  ].join('\n');
}

const places = ['', 'a/', 'a/b/', 'a/b', 'a/b/c', 'a/b/c/', 'd'] as const;
const groupAt = (name: string) => `https://clubs.example/${name}`;

/** Each of the arbitraries as often as its number says. */
function often<T>(...weighted: [number, fc.Arbitrary<NoInfer<T>>][]): fc.Arbitrary<T> {
  return fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

const conditions: fc.Arbitrary<Condition> = fc.record({
  types: often<string[]>(
    [5, fc.constantFrom(['acl:ClientCondition'], ['acl:IssuerCondition'])],
    [2, fc.subarray(['acl:ClientCondition', 'acl:IssuerCondition', '<#Weather>'])]),
  parties: fc.subarray([
    ...clients.map((client) => `acl:client <${client}>`), `acl:client "${clients[0]}"`, `acl:clientGroup <${groupAt('chess#apps')}>`,
    'acl:clientClass acl:AuthenticatedAgent', 'acl:clientClass <#Robot>', 'acl:clientClass foaf:Agent',
    ...issuers.map((issuer) => `acl:issuer <${issuer}>`), `acl:issuerGroup <${groupAt('chess#issuers')}>`,
    'acl:issuerClass acl:AuthenticatedAgent', 'acl:issuerClass <#Bank>', 'acl:issuerClass foaf:Agent',
  ], { maxLength: 6 }),
});

const anyObjects = fc.array(fc.tuple(fc.constantFrom('accessTo', 'default', 'defaultForNew'),
  fc.constantFrom('<SELF>', ...places.map((place) => `<${podBase + place}>`))), { maxLength: 3 })
  .map((pairs) => pairs.map(([property, object]) => `acl:${property} ${object}`));

/** An authorization in the ACL of any place: about the right places, or wrong ones, for these agents and others. */
const rules: fc.Arbitrary<Rule> = fc.record({
  type: often([12, fc.constant('acl:Authorization')], [1, fc.constant('foaf:Agent')]),
  objects: often<string[]>([3, fc.constant(['acl:accessTo <SELF>', 'acl:default <SELF>'])], [1, anyObjects]),
  modes: fc.subarray(['acl:Read', 'acl:Append', 'acl:Write', 'acl:Control', '<#Fly>'], { minLength: 1 }),
  who: often<string[]>(
    [2, fc.constant([`acl:agent <${bob}>`])],
    [2, fc.constantFrom('chess#us', 'go#us').map((name) => [`acl:agentGroup <${groupAt(name)}>`])],
    [3, fc.subarray([
      `acl:agent <${bob}>`, `acl:agent <${ann}>`, `acl:agent "${bob}"`, 'acl:agentClass foaf:Agent', 'acl:agentClass foaf:Person',
      'acl:agentClass acl:AuthenticatedAgent', ...['chess#us', 'chess#them', 'gone#us'].map((name) => `acl:agentGroup <${groupAt(name)}>`),
    ], { maxLength: 3 })]),
  origins: often<string[]>([2, fc.constant([])], [1, fc.subarray([app, other], { minLength: 1 })]),
  conditions: often<Condition[]>([2, fc.constant([])], [1, conditions.map((one) => [one])], [1, fc.array(conditions, { maxLength: 2 })]),
});

const hour = 3_600;
const soon = Math.ceil(Date.now() / 1000) + hour;
const past = soon - 2 * hour;

const details: fc.Arbitrary<Detail> = fc.record({
  type: fc.constant('solid'),
  locations: often<string[]>([2, fc.constantFrom([podBase], [''])], [1, fc.subarray(
    [...places.map((place) => podBase + place), ...places, './a/./', 'a/b/x/..', 'https://elsewhere.example/'], { maxLength: 4 })]),
  actions: fc.subarray(['read', 'append', 'write', 'control', 'fly'], { minLength: 2 }),
  exp: fc.constantFrom(soon, soon, past),
}, { requiredKeys: ['type', 'locations', 'actions'] });

/** With some that grant nothing, as they are of another shape. */
const tokenDetails: fc.Arbitrary<Detail> = fc.tuple(details, often<Partial<Detail>>(
  [6, fc.constant({})], [1, fc.constantFrom<Partial<Detail>>({ type: 'payment' }, { datatypes: [] })]))
  .map(([detail, flaw]) => ({ ...detail, ...flaw }));

const grouped = [...clients, ...issuers, ann, bob];

/** An object without those of its members that are undefined. */
function known<T extends Readonly<Record<string, string | undefined>>>(
  arbitrary: fc.Arbitrary<T>,
): fc.Arbitrary<{ readonly [K in keyof T]?: string }> {
  return arbitrary.map((object) =>
    Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: string });
}

const agents: fc.Arbitrary<Agent> = known(fc.record({
  webId: fc.constantFrom(bob, bob, bob, bob, ann, undefined),
  client: fc.constantFrom(...clients, undefined),
  issuer: fc.constantFrom(...issuers, undefined),
  origin: fc.constantFrom(undefined, undefined, undefined, app, other, 'null'),
}));

export const worlds: fc.Arbitrary<World> = fc.record({
  path: fc.constantFrom(...places),
  acls: fc.tuple(
    fc.dictionary(fc.constantFrom(...places), often<readonly Rule[] | 'cannot be parsed'>(
      [30, fc.array(rules, { maxLength: 3 })], [1, fc.constant('cannot be parsed')]), { maxKeys: 3 }),
    fc.array(rules, { minLength: 1, maxLength: 4 }),
  ).map(([some, root]) => ({ '': root, ...some })),
  members: fc.record({
    [groupAt('chess#us')]: fc.subarray(grouped), [groupAt('chess#apps')]: fc.subarray(grouped),
    [groupAt('chess#issuers')]: fc.subarray(grouped), [groupAt('go#us')]: fc.subarray(grouped),
  }),
  owners: fc.subarray([ann, bob], { maxLength: 1 }),
  policy: fc.constantFrom('everyone', 'everyone', 'everyone', 'granted'),
  grants: fc.dictionary(fc.constantFrom(...clients), often<readonly Detail[] | 'everything'>(
    [1, fc.constant('everything')], [1, fc.array(details, { minLength: 1, maxLength: 2 })])),
  agent: agents,
  details: often<readonly Detail[] | undefined>([2, fc.constant(undefined)], [1, fc.array(tokenDetails, { minLength: 1, maxLength: 3 })]),
}).map(({ details: those, ...world }) => (those === undefined ? world : { ...world, details: those }));

/**
 * What takes something away from somebody, or nothing. It gives `undefined` where there is nothing to do it to. `pick`
 * chooses, among several things to do it to.
 */
export type Narrowing = (world: World, pick: number) => World | undefined;

export const narrowings: readonly [name: string, narrowing: Narrowing][] = [
  ['a condition of a type that is evaluated', ofRule(({ conditions: old, ...rule }, pick) => {
    const more = choose([
      { types: ['acl:ClientCondition'], parties: [`acl:client <${clients[0]}>`] },
      { types: ['acl:ClientCondition'], parties: ['acl:clientClass acl:AuthenticatedAgent'] },
      { types: ['acl:IssuerCondition'], parties: [`acl:issuer <${issuers[0]}>`] },
      { types: ['acl:IssuerCondition', '<#Weather>'], parties: ['acl:issuerClass foaf:Agent'] },
    ], pick);
    return { ...rule, conditions: [...old, more] };
  })],
  ['a second type for a condition', ofCondition(({ types, parties }, pick) => {
    const missing = ['acl:ClientCondition', 'acl:IssuerCondition'].filter((type) => !types.includes(type));
    return missing.length === 0 ? undefined : { types: [...types, choose(missing, pick)], parties };
  })],
  ['a condition without one of its parties', ofCondition(({ types, parties }, pick) => {
    const left = without(parties, pick);
    return left && { types, parties: left };
  })],
  ['a condition without parties', ofCondition(({ types, parties }) => (parties.length === 0 ? undefined : { types, parties: [] }))],
  ['the first origin', ofRule(({ origins, ...rule }) => (origins.length === 0 ? { ...rule, origins: [app] } : undefined))],
  ['one of several origins less', (world, pick) => ofRule(({ origins, ...rule }) => {
    const left = origins.filter((origin) => origin !== (world.agent.origin ?? app));
    return left.length === 0 || left.length === origins.length ? undefined : { ...rule, origins: left };
  })(world, pick)],
  ['a mode less', ofRule(({ modes, ...rule }, pick) => {
    const left = without(modes, pick);
    return left && { ...rule, modes: left };
  })],
  ['an agent, class or group less', ofRule(({ who, ...rule }, pick) => {
    const left = without(who, pick);
    return left && { ...rule, who: left };
  })],
  ['an authorization less', ofAcl((those, pick) => without(those, pick))],
  ['an ACL document that cannot be parsed', ofAcl(() => 'cannot be parsed')],
  ['a member that leaves its groups', ({ members, ...world }, pick) => {
    const { webId, client, issuer } = world.agent;
    const member = choose([webId, webId, client, issuer], pick);
    const left = Object.entries(members).map(([group, those]) => [group, those.filter((one) => one !== member)]);
    return member === undefined ? undefined : { ...world, members: Object.fromEntries(left) };
  }],
  ['no group document that can be read', (world) => ({ ...world, members: {} })],
  ['an owner less', (world, pick) => {
    const owners = without(world.owners, pick);
    return owners && { ...world, owners };
  }],
  ['nobody signed in', onlyIf('webId', ({ webId: _, ...agent }) => agent)],
  ['an app that does not say who it is', onlyIf('client', ({ client: _, ...agent }) => agent)],
  ['an issuer that is not known', onlyIf('issuer', ({ issuer: _, ...agent }) => agent)],
  ['an origin that is said', ({ agent, ...world }, pick) => (agent.origin === undefined
    ? { ...world, agent: { ...agent, origin: choose([app, other, 'null'], pick) } } : undefined)],
  ['a token with an authority', (world, pick) => (world.details === undefined
    ? { ...world, details: choose([[], [{ type: 'solid', locations: [podBase], actions: ['read'] }]], pick) } : undefined)],
  ['an authority without one of its details', (world, pick) => {
    const left = without(world.details ?? [], pick);
    return left && { ...world, details: left };
  }],
  ['a location less', ofDetail((detail, pick) => {
    const locations = without(detail.locations, pick);
    return locations && { ...detail, locations };
  })],
  ['an action less', ofDetail((detail, pick) => {
    const actions = without(detail.actions, pick);
    return actions && { ...detail, actions };
  })],
  ['an end that comes earlier', ofDetail(({ exp = Infinity, ...detail }, pick) =>
    ({ ...detail, exp: Math.min(exp, choose([past, past, soon - 1], pick)) }))],
  ['a detail with a member that is not known', ofDetail((detail) => ({ ...detail, datatypes: [] }))],
  ['a policy that lets only apps in that were granted something', (world) =>
    (world.policy === 'everyone' ? { ...world, policy: 'granted' } : undefined)],
  ['a grant that is withdrawn', ({ grants, ...world }) => {
    const { [world.agent.client ?? '']: own, ...left } = grants;
    return own && { ...world, grants: left };
  }],
  ['a grant of less', ({ grants, ...world }, pick) => {
    const { [world.agent.client ?? '']: own, ...left } = grants;
    const less = own === 'everything' ? [{ type: 'solid', locations: ['a/'], actions: ['read', 'append'] }] : without(own ?? [], pick);
    return less && { ...world, grants: { ...left, [world.agent.client!]: less } };
  }],
];

function choose<T>(items: readonly T[], pick: number): T {
  return items[pick % items.length]!;
}

/** The items without one of them; `undefined` when there is none. */
function without<T>(items: readonly T[], pick: number): T[] | undefined {
  return items.length === 0 ? undefined : items.toSpliced(pick % items.length, 1);
}

/** Narrows the ACL document that decides: no other could matter. */
function ofAcl(change: (rules: readonly Rule[], pick: number) => readonly Rule[] | 'cannot be parsed' | undefined): Narrowing {
  return ({ acls, ...world }, pick) => {
    const at = upwards(world.path).find((place) => place in acls);
    const those = at === undefined ? undefined : acls[at];
    if (at === undefined || those === undefined || those === 'cannot be parsed') return undefined;
    const changed = change(those, pick);
    return changed && { ...world, acls: { ...acls, [at]: changed } };
  };
}

function ofRule(change: (rule: Rule, pick: number) => Rule | undefined): Narrowing {
  return ofAcl((those, pick) => changeOne(those, pick, change));
}

function ofCondition(change: (condition: Condition, pick: number) => Condition | undefined): Narrowing {
  return ofRule((rule, pick) => {
    const changed = changeOne(rule.conditions, pick, change);
    return changed && { ...rule, conditions: changed };
  });
}

function ofDetail(change: (detail: Detail, pick: number) => Detail | undefined): Narrowing {
  return (world, pick) => {
    const changed = changeOne(world.details ?? [], pick, change);
    return changed && { ...world, details: changed };
  };
}

/** Changes one of the items that can be changed. */
function changeOne<T extends object>(
  items: readonly T[], pick: number, change: (item: T, pick: number) => T | undefined,
): T[] | undefined {
  const changes = items.map((item) => change(item, pick));
  const possible = changes.flatMap((changed, i) => (changed === undefined ? [] : [i]));
  if (possible.length === 0) return undefined;
  const at = choose(possible, pick);
  return items.with(at, changes[at]!);
}

function onlyIf(said: keyof World['agent'], change: (agent: World['agent']) => World['agent']): Narrowing {
  return ({ agent, ...world }) => (agent[said] === undefined ? undefined : { ...world, agent: change(agent) });
}
