import { acl, foaf } from '../rdf/vocabulary.ts';
import type { Authorization, Parties } from './acl.ts';
import { includes, none, type Modes } from './modes.ts';

/** Who is asking, with all IRIs in the form of `normalIri`. */
export interface Asking {
  readonly agent?: string | undefined;
  readonly client?: string | undefined;
  readonly issuer?: string | undefined;
  readonly origin?: string | undefined;
}

/** The members of groups, by the IRI of the group. A group that is not there has none. */
export type Memberships = ReadonlyMap<string, ReadonlySet<string>>;

export const noMemberships: Memberships = new Map();

/** The modes that some authorizations give to somebody (WAC, Authorization Evaluation). */
export function modesFor(authorizations: readonly Authorization[], asking: Asking, memberships: Memberships): Modes {
  let modes = none;
  for (const authorization of authorizations) {
    if (mismatch(authorization, asking, memberships) === undefined) modes |= authorization.modes;
  }
  return modes;
}

/** What keeps an authorization from being for somebody. */
export type Mismatch = 'agent' | 'client' | 'issuer' | 'origin';

/**
 * Why an authorization is not for somebody; `undefined` when it is (WAC, Access Subjects; Condition Evaluation; Web
 * Origin Authorization). Origins and conditions narrow; alone they let nobody in.
 */
export function mismatch(
  { agents, origins, conditions }: Authorization, asking: Asking, memberships: Memberships,
): Mismatch | undefined {
  if (!isAmong(agents, asking.agent, memberships)) return 'agent';
  if (asking.origin !== undefined && origins.length > 0 && !origins.includes(asking.origin)) return 'origin';
  return conditions.find((condition) => !isAmong(condition, asking[condition.on], memberships))?.on;
}

function isAmong({ iris, classes, groups }: Parties, name: string | undefined, memberships: Memberships): boolean {
  if (classes.includes(foaf.Agent)) return true;
  if (name === undefined) return false;
  return iris.includes(name) || classes.includes(acl.AuthenticatedAgent)
    || groups.some((group) => memberships.get(group)?.has(name) === true);
}

/** The groups whose members have to be known, because whoever has `modes` could have more through them. */
export function undecided(authorizations: readonly Authorization[], modes: Modes): string[] {
  const open = authorizations.filter((authorization) => !includes(modes, authorization.modes));
  return [...new Set(open.flatMap(groupsOf))];
}

/** All groups that an authorization names. */
export function groupsOf({ agents, conditions }: Authorization): string[] {
  return conditions.length === 0 ? [...agents.groups] : [agents, ...conditions].flatMap(({ groups }) => groups);
}
