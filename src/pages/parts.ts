import type { Context } from 'koa';
import type { Apps } from '../access/apps.ts';
import type { OpenAccounts } from '../accounts/open-accounts.ts';
import type { Log } from '../log.ts';
import type { Pods } from '../pods/pods.ts';

/** What the pages are made with. What is of the issuer is told here in the words of these pages, and passed in. */
export interface Parts {
  /** The node's, with its slash. All links are made of it, and of nothing that a request says. */
  readonly baseUrl: string;
  readonly people: Pick<
    OpenAccounts, 'accounts' | 'logins' | 'webIds' | 'sessions' | 'credentials' | 'limits' | 'mail'
  >;
  readonly pods: Pods;
  readonly apps: Apps;
  readonly issuer: IssuerParts;
  /** The IP address that a request came from. */
  readonly addressOf: (ctx: Context) => string;
  /** What a pod may hold unless its own record says otherwise, in bytes; 0 for no limit. */
  readonly quotaBytes: number;
  readonly minPasswordLength: number;
  readonly accountGraceDays: number;
  readonly log: Log;
}

export interface IssuerParts {
  readonly interactions: {
    /** What is to be decided. Throws `missing` when that is over, or was begun in another browser. */
    details(ctx: Context, uid: string): Promise<InteractionDetails>;
    /** Takes a decision down; gives the URL at which the browser goes on. */
    finish(ctx: Context, uid: string, result: InteractionResult): Promise<string>;
  };
  /** What an account granted apps. */
  grants(account: string): AsyncIterable<GrantAbout>;
  revokeGrant(account: string, id: string): Promise<boolean>;
  /** Logs out all browsers that are logged in at the issuer. */
  endSessions(account: string): Promise<void>;
}

/** What is known of an app. Except for the id of a `document`, it is what the app says of itself. */
export interface ClientAbout {
  readonly id: string;
  /** `document`: its id is a URL, and what it says stands there; `registered`: it says what it likes. */
  readonly kind: 'document' | 'registered';
  readonly name?: string;
  /** Web addresses: its own page, its policy, its terms. */
  readonly uri?: string;
  readonly policy?: string;
  readonly tos?: string;
  /** Where the browser goes afterwards. */
  readonly redirectHost?: string;
}

/** What an app asks of a person, who first logs in, then decides. */
export interface InteractionDetails {
  readonly uid: string;
  readonly prompt: 'login' | 'consent';
  readonly reasons: readonly string[];
  readonly client: ClientAbout;
  readonly scopes: readonly string[];
  readonly authorizationDetails?: readonly object[];
  /** The account that is logged in at the issuer. */
  readonly account?: string;
  readonly loginHint?: string;
  readonly granted?: { readonly webId?: string; readonly authorizationDetails?: readonly object[] };
}

export type InteractionResult =
  | { readonly login: { readonly account: string; readonly remember?: boolean } }
  | { readonly consent: Consent }
  | { readonly error: 'access_denied' };

export interface Consent {
  readonly webId?: string;
  /** What the app may do at most (see `parseAuthority`): with an empty list nothing, without one all. */
  readonly authorizationDetails?: readonly object[];
  readonly rejectedScopes?: readonly string[];
  /** In milliseconds since 1970. */
  readonly until?: number;
}

export interface GrantAbout {
  readonly id: string;
  readonly client: string;
  readonly clientName?: string;
  readonly webId?: string;
  readonly scopes: readonly string[];
  readonly authorizationDetails?: readonly object[];
  /** In milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
}
