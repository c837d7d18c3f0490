import { LRUCache } from 'lru-cache';
import { isContainerPath, subjectOf } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';
import { urlOf } from '../pods/sight.ts';
import type { Sight, StoredAcl } from '../pods/sight.ts';
import { Problem } from '../problem.ts';
import { parseAcl } from './acl.ts';
import type { AclDocument, Authorization } from './acl.ts';
import { publicAgent } from './agent.ts';
import type { Agent } from './agent.ts';
import type { Apps } from './apps.ts';
import { allowed } from './authority.ts';
import { modesFor, noMemberships, undecided } from './evaluate.ts';
import type { Asking, Memberships } from './evaluate.ts';
import { Groups } from './groups.ts';
import type { GroupsOptions } from './groups.ts';
import { normalIri } from './iri.ts';
import { control, includes, read } from './modes.ts';
import type { Modes, Privileges } from './modes.ts';

/** How much ACL text may be kept in parsed form, in bytes of the text; parsed, it can take a dozen times as many. */
const cacheBytes = 8 * 1024 * 1024;

/** What an ACL document says, or why it says nothing. */
export interface Rules {
  readonly authorizations: readonly Authorization[];
  /** Those that are about its subject (WAC, Access Objects: `acl:accessTo`). */
  readonly own: readonly Authorization[];
  /** Those that are about what inherits from its subject (`acl:default`). */
  readonly inherited: readonly Authorization[];
  readonly mistake?: string;
}

/** What some authorizations give an agent by themselves: `named`, but for what these groups may add, and anybody. */
interface Decision {
  readonly agent: Agent;
  readonly asking: Asking;
  readonly anybody: Modes;
  readonly named: Modes;
  readonly groups: readonly string[];
}

/** Decides who may do what, by Web Access Control. Parsed ACL documents are kept by version: none goes stale. */
export class Access {
  readonly groups: Groups;
  readonly apps: Apps;
  readonly #parsed = new LRUCache<string, Promise<Rules>>({ maxSize: cacheBytes });
  /** What was last decided by some authorizations: one request asks the same of several containers, and twice. */
  readonly #decided = new WeakMap<readonly Authorization[], Decision>();

  constructor(apps: Apps, groups: Omit<GroupsOptions, 'isPublic'>) {
    this.apps = apps;
    this.groups = new Groups({
      ...groups,
      isPublic: (sight) => this.isPublic(sight),
    });
  }

  /**
   * What the agent, and what anybody, may do with the resource at `path`, which is that of the sight, its subject, or a
   * container above it. Anybody is taken to use the same origin as the agent.
   *
   * Owners always have Control, whatever the ACL says, so that no mistake locks them out; and by it alone nothing else.
   * What the agent has is narrowed to what the app was granted, by the token and, where the owners of the storage want
   * it so, by them; but never below what anybody has, who could ask without a token.
   */
  async privileges(sight: Sight, path: ResourcePath, agent: Agent): Promise<Privileges> {
    const authorizations = await this.effective(sight, path);
    const { asking, anybody, named, groups } = this.#decide(authorizations, agent);
    if (asking.agent === undefined) return { user: anybody, public: anybody };

    let user = named;
    if (groups.length > 0) user = modesFor(authorizations, asking, await this.memberships(groups, sight));
    if (isOwner(sight, asking)) user |= control;
    for (const authority of await this.apps.authorities(sight, agent)) {
      user &= allowed(authority, normalIri(urlOf(sight, path)), Date.now());
    }
    return { user: user | anybody, public: anybody };
  }

  /** What follows from some authorizations alone. */
  #decide(authorizations: readonly Authorization[], agent: Agent): Decision {
    const before = this.#decided.get(authorizations);
    if (before?.agent === agent) return before;
    const asking = askingOf(agent);
    const anybody = modesFor(authorizations, { origin: asking.origin }, noMemberships);
    const named = asking.agent === undefined ? anybody : modesFor(authorizations, asking, noMemberships);
    const decision = { agent, asking, anybody, named, groups: undecided(authorizations, named) };
    this.#decided.set(authorizations, decision);
    return decision;
  }

  /** Whether anybody may read what a sight shows. */
  async isPublic(sight: Sight): Promise<boolean> {
    return includes((await this.privileges(sight, sight.path, publicAgent)).public, read);
  }

  /** The authorizations that count for `path`: the nearest ACL document decides alone (WAC, Effective ACL Resource). */
  async effective(sight: Sight, path: ResourcePath): Promise<readonly Authorization[]> {
    const nearest = effectiveAcl(sight, path);
    if (nearest === undefined) return [];
    const { own, inherited } = await this.rules(aclDocument(sight, nearest));
    return subjectOf(nearest.document.path) === path ? own : inherited;
  }

  /** What an ACL document says. One that cannot be parsed says nothing: it gives nobody anything. */
  rules(document: AclDocument): Promise<Rules> {
    // What is only about to be written may fail, and something else take its place.
    if (document.version === '') return rulesOf(document);
    const key = `${document.url} ${document.version}`;
    let rules = this.#parsed.get(key);
    if (!rules) {
      rules = rulesOf(document);
      this.#parsed.set(key, rules, { size: key.length + document.bytes.length });
      rules.catch(() => this.#parsed.delete(key));
    }
    return rules;
  }

  /** The members of some groups that rules at the sight name. */
  async memberships(groups: readonly string[], sight: Sight): Promise<Memberships> {
    const members = await Promise.all(groups.map((group) => this.groups.members(group, sight)));
    return new Map(groups.map((group, i) => [group, members[i]!.iris]));
  }
}

/** The ACL document that decides about `path`: its own if there is one, else that of the nearest container. */
export function effectiveAcl(sight: Sight, path: ResourcePath): StoredAcl | undefined {
  return sight.acls.find(({ document }) => {
    const subject = subjectOf(document.path)!;
    return subject === path || (isContainerPath(subject) && path.startsWith(subject));
  });
}

/** An ACL document of a pod with its addresses. */
export function aclDocument(sight: Pick<Sight, 'pod'>, { document, bytes, version }: StoredAcl): AclDocument {
  return {
    url: urlOf(sight, document.path), subject: urlOf(sight, subjectOf(document.path)!),
    mediaType: document.mediaType, bytes: bytes!, version,
  };
}

export function isOwner({ pod }: Sight, { agent }: Asking): boolean {
  return agent !== undefined && pod.owners.some((owner) => normalIri(owner) === agent);
}

/** Who is asking, in the form for comparisons. The client and the issuer of nobody are not known. */
export function askingOf({ webId, client, issuer, origin }: Agent): Asking {
  const normal = (iri: string | undefined): string | undefined => (iri === undefined ? undefined : normalIri(iri));
  if (webId === undefined) return { origin: normal(origin) };
  return { agent: normal(webId), client: normal(client), issuer: normal(issuer), origin: normal(origin) };
}

async function rulesOf(document: AclDocument): Promise<Rules> {
  try {
    const authorizations = await parseAcl(document);
    const subject = normalIri(document.subject);
    return {
      authorizations,
      own: authorizations.filter((authorization) => authorization.accessTo.includes(subject)),
      inherited: authorizations.filter((authorization) => authorization.default.includes(subject)),
    };
  } catch (error) {
    if (error instanceof Problem) return { authorizations: [], own: [], inherited: [], mistake: error.message };
    throw error;
  }
}
