import { isContainerPath, subjectOf } from '../pods/path.ts';
import type { Pod } from '../pods/pod.ts';
import type { Pods } from '../pods/pods.ts';
import { urlOf } from '../pods/sight.ts';
import type { Sight, StoredAcl } from '../pods/sight.ts';
import { acl, foaf } from '../rdf/vocabulary.ts';
import { aclDocument, askingOf, effectiveAcl, isOwner } from './access.ts';
import type { Access } from './access.ts';
import type { Authorization, Parties } from './acl.ts';
import type { Agent } from './agent.ts';
import { groupsOf, mismatch, modesFor } from './evaluate.ts';
import type { Mismatch } from './evaluate.ts';
import { normalIri } from './iri.ts';
import { control, modeNames, none } from './modes.ts';

/** One authorization, for people and programs that show who may do what. */
export interface Rule {
  /** The IRI of the authorization; `_:` and a label when it has none. */
  readonly authorization: string;
  readonly modes: readonly string[];
  /** WebIDs. */
  readonly agents?: readonly string[];
  /** IRIs of groups. */
  readonly groups?: readonly string[];
  /** `everybody`, or `everybody who signed in`. */
  readonly classes?: readonly string[];
  /** The Web apps from which it holds, as browsers name them. */
  readonly origins?: readonly string[];
  /** All of which must hold. */
  readonly conditions?: readonly (
    { readonly on: 'client' | 'issuer' } & Partial<Record<keyof Parties, readonly string[]>>)[];
  /** Sentences on what could surprise who wrote it. */
  readonly warnings?: readonly string[];
}

/** Who can do what with a resource, and by which authorization in which ACL document. */
export interface Explanation {
  readonly resource: string;
  readonly exists: boolean;
  /** They have Control, whatever the authorizations say. */
  readonly owners: readonly string[];
  /** Which apps may be used here: everybody's choice, or those that an owner granted something. */
  readonly apps: 'everyone' | 'granted';
  /** The ACL document that decides; absent when there is none, and then nobody has anything. */
  readonly acl?: string;
  /** Whether that is the ACL document of a container above. */
  readonly inherited?: boolean;
  /** Why the ACL document says nothing. */
  readonly mistake?: string;
  /** The authorizations that count. */
  readonly rules: readonly Rule[];
  /** Those in the same ACL document that are not about this resource. */
  readonly others: readonly Rule[];
  /** About the agent that was asked for. */
  readonly asked?: Answer;
}

/** What somebody may do, and by what. */
export interface Answer {
  readonly agent?: string;
  readonly client?: string;
  readonly issuer?: string;
  readonly origin?: string;
  readonly modes: readonly string[];
  readonly public: readonly string[];
  /** What they would have, had the owners of the storage granted it to the app. */
  readonly withheld?: readonly string[];
  /** The authorizations that are for them. */
  readonly by: readonly string[];
  /** Those that are not, and the first thing that is in the way. */
  readonly notBy: readonly { readonly authorization: string; readonly because: Mismatch }[];
}

/**
 * Something in a pod that is shared with others than its owners: an authorization in the ACL document of a resource.
 */
export interface Share extends Rule {
  readonly resource: string;
  /** Whether there is such a resource; an ACL document may wait for one. */
  readonly exists: boolean;
  readonly acl: string;
  /** What it is about: the resource itself, all below it that has no ACL document of its own, or both. */
  readonly about: readonly ('resource' | 'below')[];
}

/** An ACL document in which nothing can be read, so that only owners have access. */
export interface Unreadable {
  readonly resource: string;
  readonly exists: boolean;
  readonly acl: string;
  readonly mistake: string;
}

/** Explains the access to a resource, which need not exist, and, for somebody named, what they may do. */
export async function explain(access: Access, sight: Sight, agent?: Agent): Promise<Explanation> {
  const { pod, path } = sight;
  const nearest = effectiveAcl(sight, path);
  const resource = urlOf(sight, path);
  const rules = nearest && await access.rules(aclDocument(sight, nearest));
  const counting = await access.effective(sight, path);
  const of = (authorizations: readonly Authorization[]): Promise<Rule[]> =>
    Promise.all(authorizations.map(async (one) => ruleOf(one, await troubles(access, one, sight))));
  const aside = (rules?.authorizations ?? []).filter((authorization) => !counting.includes(authorization));
  return {
    resource,
    exists: sight.resource !== undefined,
    owners: pod.owners,
    apps: pod.apps ?? 'everyone',
    ...(nearest === undefined ? {} : {
      acl: urlOf(sight, nearest.document.path), inherited: subjectOf(nearest.document.path) !== path,
    }),
    ...(rules?.mistake === undefined ? {} : { mistake: rules.mistake }),
    rules: await of(counting),
    others: (await of(aside)).map((rule, i) =>
      withWarnings(rule, missedBy(aside[i]!, aclDocument(sight, nearest!).subject))),
    ...(agent === undefined ? {} : { asked: await answer(access, sight, counting, agent) }),
  };
}

async function answer(
  access: Access, sight: Sight, counting: readonly Authorization[], agent: Agent,
): Promise<Answer> {
  const privileges = await access.privileges(sight, sight.path, agent);
  const memberships = await access.memberships([...new Set(counting.flatMap(groupsOf))], sight);
  const asking = askingOf(agent);
  const modes = modeNames(privileges.user);
  const given = modeNames(modesFor(counting, asking, memberships) | (isOwner(sight, asking) ? control : none));
  const judged = counting.map((one) => ({ authorization: one.iri, because: mismatch(one, asking, memberships) }));
  const { webId, client, issuer, origin } = agent;
  return {
    ...defined({ agent: webId, client, issuer, origin }),
    modes,
    public: modeNames(privileges.public),
    ...filled({ withheld: given.filter((mode) => !modes.includes(mode)) }),
    by: judged.flatMap(({ authorization, because }) => (because === undefined ? [authorization] : [])),
    notBy: judged.flatMap(({ authorization, because }) => (because === undefined ? [] : [{ authorization, because }])),
  };
}

/** All that is shared with others than the owners, as the ACL documents come from the database. */
export async function* shared(access: Access, pods: Pods, pod: Pod): AsyncIterable<Share | Unreadable> {
  for await (const { acl: stored, exists } of pods.acls(pod)) yield* await sharedBy(access, pod, stored, exists);
}

/** What one ACL document shares with others than the owners. `exists`: whether there is what it belongs to. */
export async function sharedBy(
  access: Pick<Access, 'rules'>, pod: Pod, stored: StoredAcl, exists: boolean,
): Promise<(Share | Unreadable)[]> {
  const owners = pod.owners.map(normalIri);
  const document = aclDocument({ pod }, stored);
  const rules = await access.rules(document);
  const common = { resource: document.subject, exists, acl: document.url };
  const shares: (Share | Unreadable)[] = rules.mistake === undefined ? [] : [{ ...common, mistake: rules.mistake }];
  for (const authorization of rules.authorizations) {
    const below = isContainerPath(subjectOf(stored.document.path)!) && rules.inherited.includes(authorization);
    const about = [
      ...(rules.own.includes(authorization) ? ['resource' as const] : []), ...(below ? ['below' as const] : []),
    ];
    if (about.length === 0 || authorization.modes === none || !isForOthers(authorization, owners)) continue;
    shares.push({ ...common, about, ...ruleOf(authorization, []) });
  }
  return shares;
}

function isForOthers({ agents }: Authorization, owners: readonly string[]): boolean {
  return classesOf(agents).length > 0 || agents.groups.length > 0 || agents.iris.some((iri) => !owners.includes(iri));
}

function ruleOf(authorization: Authorization, troubles: readonly string[]): Rule {
  const { iri, modes, agents, origins, conditions, ignoredConditions } = authorization;
  const warnings = [
    ...ignoredConditions.map((type) => (type === ''
      ? 'It has a condition without a type, which is not evaluated: it holds as if the condition were not there.'
      : `It has a condition of the type <${type}>, which is not evaluated: `
        + 'it holds as if the condition were not there.')),
    ...troubles,
  ];
  return {
    authorization: iri,
    modes: modeNames(modes),
    ...filled({
      agents: agents.iris, groups: agents.groups, classes: classesOf(agents), origins,
      conditions: conditions.map((condition) => ({
        on: condition.on, ...filled({ iris: condition.iris, groups: condition.groups, classes: classesOf(condition) }),
      })),
      warnings,
    }),
  };
}

const classNames = new Map([[foaf.Agent, 'everybody'], [acl.AuthenticatedAgent, 'everybody who signed in']]);

function classesOf({ classes }: Parties): string[] {
  return classes.flatMap((iri) => classNames.get(iri) ?? []);
}

async function troubles(access: Access, authorization: Authorization, sight: Sight): Promise<string[]> {
  const found = await Promise.all(groupsOf(authorization).map((group) => access.groups.members(group, sight)));
  return found.flatMap(({ trouble }) => trouble === undefined ? [] : [`It names a group without members: ${trouble}`]);
}

/** Why an authorization is not about the subject of its ACL document, where its author may have meant that. */
function missedBy(authorization: Authorization, subject: string): string[] {
  const about = [...authorization.accessTo, ...authorization.default];
  const target = normalIri(subject);
  const twin = target.endsWith('/') ? target.slice(0, -1) : `${target}/`;
  if (about.includes(twin)) return [`It is about <${twin}>, which is not <${target}>: the slash at the end counts.`];
  return about.length === 0 ? ['It is about no resource: it has neither acl:accessTo nor acl:default.'] : [];
}

function withWarnings(rule: Rule, warnings: readonly string[]): Rule {
  return warnings.length === 0 ? rule : { ...rule, warnings: [...rule.warnings ?? [], ...warnings] };
}

/** The members that have something in them. */
function filled<T extends Record<string, readonly unknown[]>>(lists: T): Partial<T> {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)) as Partial<T>;
}

function defined<T extends Record<string, string | undefined>>(members: T): { [K in keyof T]?: string } {
  const known = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]?: string };
}
