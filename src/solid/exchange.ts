import type { Context } from 'koa';
import type { Access } from '../access/access.ts';
import type { Agent } from '../access/agent.ts';
import { all, none } from '../access/modes.ts';
import type { Privileges } from '../access/modes.ts';
import type { Aspect, Attempt, Held } from '../access/required-modes.ts';
import { concernsContainer, missingOrRefused, requireModes } from '../access/required-modes.ts';
import type { BodyLimits } from '../http/body.ts';
import type { Pods } from '../pods/pods.ts';
import { auxiliaryKind, parentOf, subjectOf } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';
import type { Sight } from '../pods/sight.ts';
import type { Representations } from './representations.ts';

/** The limits on what a request may bring. */
export interface SolidLimits {
  readonly maxBodyBytes: number;
  /** Of a document in an RDF format, which is parsed whole. */
  readonly maxRdfBytes: number;
  readonly maxPatchBytes: number;
  readonly maxAuxiliaryBytes: number;
  /** Statements in a document. */
  readonly maxQuads: number;
  readonly bodyIdleSeconds: number;
  readonly minimumBytesPerSecond: number;
}

/** How the body of a request may come. */
export function bodyLimits({ bodyIdleSeconds, minimumBytesPerSecond }: SolidLimits, maxBytes: number): BodyLimits {
  return { maxBytes, idleSeconds: bodyIdleSeconds, minimumBytesPerSecond };
}

/** One request to a resource of a pod, and all that is needed to answer it. */
export interface Exchange {
  readonly ctx: Context;
  readonly agent: Agent;
  readonly pods: Pods;
  readonly access: Access;
  readonly representations: Representations;
  readonly limits: SolidLimits;
  /** How many bytes of bodies are on their way to each pod, by its id: they count before they are kept. */
  readonly arriving: Map<string, number>;
  /** What was there when the request came. Writes are judged again on what their commit checks. */
  readonly sight: Sight;
}

/** Which kind of access the path asks for. */
export function aspectOf(path: ResourcePath): Aspect {
  return auxiliaryKind(path) ?? 'resource';
}

/** What the agent, and anybody, may do with the resource; for an auxiliary resource, with its subject. */
export function privileges({ access, agent }: Exchange, sight: Sight): Promise<Privileges> {
  return access.privileges(sight, subjectOf(sight.path) ?? sight.path, agent);
}

/** Throws `unauthenticated` or `forbidden` unless the agent may do what the request attempts. */
export async function authorize(exchange: Exchange, sight: Sight, attempt: Attempt): Promise<void> {
  requireModes(attempt, await heldModes(exchange, sight, concernsContainer(attempt.operation)), exchange.agent);
}

/** What to throw when there is nothing: `missing`, but only to those who may know that. */
export async function nothingThere(exchange: Exchange, sight: Sight, attempt: Attempt): Promise<Error> {
  return missingOrRefused(attempt, await heldModes(exchange, sight, true), exchange.agent);
}

/** `parent`: the modes held on the container and, while these are missing, on all above up to the first that exists. */
async function heldModes(exchange: Exchange, sight: Sight, withParent: boolean): Promise<Held> {
  const { access, agent } = exchange;
  const { user: target } = await privileges(exchange, sight);
  if (!withParent) return { target, parent: none };
  const nearest = sight.ancestors[0]?.path;
  let parent = all;
  for (let above = parentOf(sight.path); above !== undefined; above = parentOf(above)) {
    parent &= (await access.privileges(sight, above, agent)).user;
    if (above === nearest) break;
  }
  return { target, parent };
}
