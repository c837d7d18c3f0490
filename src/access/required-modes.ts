import { Problem } from '../problem.ts';
import type { Agent } from './agent.ts';
import { append, control, includes, none, read, write, type Modes } from './modes.ts';

/** What a request would do. `create` and `patch new` make a resource that does not exist; `append` is POST. */
export type Operation = keyof typeof required;

/** What a request is about: a resource, or what the access control list or the description of one says. */
export type Aspect = 'resource' | 'acl' | 'meta';

/** A request as far as access is concerned. `patch` is what the patch itself asks for: read, append, write. */
export type Attempt = { readonly on: Aspect } & (
  | { readonly operation: Exclude<Operation, 'patch' | 'patch new'> }
  | { readonly operation: 'patch' | 'patch new'; readonly patch: Modes });

/** The modes that the agent has. For an auxiliary resource, those on its subject. */
export interface Held {
  readonly target: Modes;
  /**
   * On the container that holds the target. Where containers are missing and would be created too: the modes had on
   * each of them and on the first that exists (the intersection).
   */
  readonly parent: Modes;
}

const putNeeds = 'Writing needs Write on a resource that exists; for a new one, Append on it and on its container';
const patchNeeds = 'A patch needs Append to insert, Read for its conditions, Read and Write to delete; '
  + 'for a new resource also Append on its container';
const deleteNeeds = 'Deleting needs Write on the resource and on its container';
const deleteAllNeeds = 'Deleting a container needs Read and Write on it, and Write on the container that holds it';

/**
 * The modes that each operation needs (WAC, Reading and Writing Resources). Those that a patch asks for come on top
 * (Solid Protocol, N3 Patch). What is said to those who lack them must not depend on whether the resource exists:
 * they may not be allowed to know.
 */
const required = {
  //                    on the target           on its container   what is said
  'read':             { target: read,           parent: none,      needs: 'Reading needs Read on the resource' },
  'replace':          { target: write,          parent: none,      needs: putNeeds },
  'create':           { target: append,         parent: append,    needs: putNeeds },
  'append':           { target: append,         parent: none,      needs: 'Adding needs Append on the container' },
  'patch':            { target: none,           parent: none,      needs: patchNeeds },
  'patch new':        { target: append,         parent: append,    needs: patchNeeds },
  'delete document':  { target: write,          parent: write,     needs: deleteNeeds },
  'delete container': { target: read | write,   parent: write,     needs: deleteAllNeeds },
} as const;

const auxiliaryNeeds = {
  acl: 'An access control list needs Control on the resource it belongs to',
  meta: 'A description needs, on the resource described, Read to be read, Append to be added to, '
    + 'Write to be replaced or deleted',
} as const;

const knowingNeeds = 'To be told whether there is something here needs Read on it or on its container';

/**
 * What modes on a subject are worth on its auxiliary resource, also for `WAC-Allow`: Control lets one read and write
 * the access control list, and nothing else does; a description follows its subject.
 */
export function modesOn(aspect: Aspect, subject: Modes): Modes {
  if (aspect !== 'acl') return subject;
  return includes(subject, control) ? read | write : none;
}

/** Throws Problem `unauthenticated`, or `forbidden` to an agent with a WebID, unless it has the modes needed. */
export function requireModes(attempt: Attempt, held: Held, agent: Agent): void {
  if (!suffices(attempt, held)) throw refusal(needsOf(attempt), agent);
}

/**
 * The answer to a request for what does not exist: `missing` to those who may read it or its container; for others
 * the same refusal as if it existed. An auxiliary resource is not listed by any container: only its subject counts.
 */
export function missingOrRefused(attempt: Attempt, held: Held, agent: Agent): Problem {
  const mayKnow = includes(modesOn(attempt.on, held.target), read)
    || (attempt.on === 'resource' && includes(held.parent, read));
  if (mayKnow) return new Problem('missing', 'There is nothing at this address.');
  return refusal(suffices(attempt, held) ? knowingNeeds : needsOf(attempt), agent);
}

/** Whether the modes on the container decide too. */
export function concernsContainer(operation: Operation): boolean {
  return required[operation].parent !== none;
}

function suffices({ on, ...attempt }: Attempt, held: Held): boolean {
  const { target, parent } = required[attempt.operation];
  // A patch that does nothing still tells whether the resource exists, so it is not free.
  const wanted = 'patch' in attempt ? (target | attempt.patch) || append : target;
  return includes(modesOn(on, held.target), wanted) && (on !== 'resource' || includes(held.parent, parent));
}

function needsOf({ operation, on }: Attempt): string {
  return on === 'resource' ? required[operation].needs : auxiliaryNeeds[on];
}

function refusal(needs: string, agent: Agent): Problem {
  return agent.webId === undefined
    ? new Problem('unauthenticated', `${needs}. Nobody is signed in, and the public does not have this access.`)
    : new Problem('forbidden', `${needs}. ${agent.webId} does not have this access.`);
}
