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
}

/** Anybody: an agent of whom nothing is known. */
export const publicAgent: Agent = {};
