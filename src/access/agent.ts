import type { Problem } from '../problem.ts';
import type { Authority } from './authority.ts';

/** Who is asking, as far as it was proven. What is absent was not proven, or not said. */
export interface Agent {
  /** The WebID of the person or program that signed in. */
  readonly webId?: string;
  /** The identifier of the app that it uses. */
  readonly client?: string;
  /** The identity provider that vouched for the WebID. */
  readonly issuer?: string;
  /** The request's `Origin` header: the Web app that a browser says it runs. */
  readonly origin?: string;
  /**
   * What the token is good for. Absent for a token that says nothing of it, which is good for all that the agent may.
   */
  readonly authority?: Authority;
  /** What the person granted the app, by its id at the issuer of this node. Other issuers do not say. */
  readonly grant?: string;
}

/** Anybody: an agent of whom nothing is known. */
export const publicAgent: Agent = {};

/** Who sent a request, as far as its credentials show. */
export interface Identified {
  readonly agent: Agent;
  /**
   * Why credentials that came with it do not count, so that the agent is the public: a Problem `unauthenticated`, with
   * the header `www-authenticate` that says more; or `busy`, when another server did not let them be checked.
   */
  readonly failure?: Problem;
}
