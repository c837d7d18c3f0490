import { LRUCache } from 'lru-cache';
import { Problem } from '../problem.ts';
import { acl, foaf } from '../rdf/vocabulary.ts';
import { parseAcl, type AclDocument, type Authorization } from './acl.ts';
import type { Agent } from './agent.ts';
import { normalIri } from './iri.ts';
import { control, none, type Modes, type Privileges } from './modes.ts';

/** How much ACL text may be kept in parsed form, in bytes of the text; parsed, it can take a dozen times as many. */
const cacheBytes = 8 * 1024 * 1024;

/** What must be known to decide about one resource, as found in one read of the store. */
export interface AccessQuestion {
  /** The absolute URL of the resource; of its subject if it is an auxiliary resource. It need not exist. */
  readonly target: string;
  /** The ACL documents that exist for the target and the containers above it, the nearest first. */
  readonly acls: readonly AclDocument[];
  /** The WebIDs of those who own the storage. */
  readonly owners: readonly string[];
}

/** What an ACL document says of its subject, and of what inherits from it. */
interface Rules {
  readonly own: readonly Authorization[];
  readonly inherited: readonly Authorization[];
}

/** Decides who may do what, by Web Access Control. Parsed ACL documents are kept by version: none goes stale. */
export class Access {
  readonly #parsed = new LRUCache<string, Promise<Rules>>({ maxSize: cacheBytes });

  /**
   * What the agent, and what anybody, may do with the target. Anybody is taken to use the same origin as the agent, so
   * that no agent ever has less than anybody. An ACL document that cannot be parsed gives nothing.
   *
   * Owners always have Control, whatever the ACL says, so that no mistake locks them out; and by it alone nothing else.
   */
  async modes(question: AccessQuestion, agent: Agent): Promise<Privileges> {
    const authorizations = await this.#effective(question);
    const origin = agent.origin === undefined ? undefined : normalIri(agent.origin);
    const webId = agent.webId === undefined ? undefined : normalIri(agent.webId);
    const owns = webId !== undefined && question.owners.some((owner) => normalIri(owner) === webId);
    return {
      user: modesFor(authorizations, webId, origin) | (owns ? control : none),
      public: modesFor(authorizations, undefined, origin),
    };
  }

  /** The nearest ACL document that exists decides alone, even if it is empty (WAC, Effective ACL Resource). */
  async #effective({ target, acls: [nearest] }: AccessQuestion): Promise<readonly Authorization[]> {
    if (!nearest) return [];
    const { own, inherited } = await this.#rules(nearest);
    return nearest.subject === target ? own : inherited;
  }

  #rules(document: AclDocument): Promise<Rules> {
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
}

/** Its subject is spoken of by `acl:accessTo`, what inherits by `acl:default` (WAC, Access Objects). */
async function rulesOf(document: AclDocument): Promise<Rules> {
  try {
    const authorizations = await parseAcl(document);
    const subject = normalIri(document.subject);
    return {
      own: authorizations.filter((authorization) => authorization.accessTo.includes(subject)),
      inherited: authorizations.filter((authorization) => authorization.default.includes(subject)),
    };
  } catch (error) {
    if (error instanceof Problem) return { own: [], inherited: [] };
    throw error;
  }
}

function modesFor(authorizations: readonly Authorization[], webId?: string, origin?: string): Modes {
  let modes = none;
  for (const authorization of authorizations) {
    if (matches(authorization, webId, origin)) modes |= authorization.modes;
  }
  return modes;
}

/** Whether an authorization is for this agent (WAC, Access Subjects). Origins narrow; alone they let nobody in. */
function matches(
  { agents, agentClasses, origins }: Authorization, webId: string | undefined, origin: string | undefined,
): boolean {
  if (origin !== undefined && origins.length > 0 && !origins.includes(origin)) return false;
  if (agentClasses.includes(foaf.Agent)) return true;
  return webId !== undefined && (agents.includes(webId) || agentClasses.includes(acl.AuthenticatedAgent));
}
