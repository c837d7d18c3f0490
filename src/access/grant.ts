/** What a person granted an app. */
export interface GrantAbout {
  /** The hash of what oidc-provider calls it. */
  readonly id: string;
  readonly client: string;
  /** What the app was called then, and the address of its picture. */
  readonly clientName?: string;
  readonly logo?: string;
  readonly webId?: string;
  /** Those that were asked for and not refused; those that were asked for. */
  readonly scopes: readonly string[];
  readonly asked: readonly string[];
  /** What the app may do at most; absent: all that the person may. */
  readonly authorizationDetails?: readonly object[];
  /** What it asked for in particular so far, and where it had its users sent. */
  readonly askedDetails: readonly object[];
  readonly places: readonly string[];
  /** What the person chose, in the words of the form. */
  readonly chosen?: Readonly<Record<string, string>>;
  /** In milliseconds since 1970. The end is put off by use, unless the person chose it. */
  readonly since: number;
  readonly until: number;
  readonly lastUsed?: number;
  readonly lastFrom?: { readonly address: string; readonly agent: string };
}
