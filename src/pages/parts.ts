import type { Context } from 'koa';
import type { Access } from '../access/access.ts';
import type { Apps } from '../access/apps.ts';
import type { GrantAbout } from '../access/grant.ts';
import type { OpenAccounts } from '../accounts/open-accounts.ts';
import type { NodeSettings } from '../admin/settings.ts';
import type { Log } from '../log.ts';
import type { Pods } from '../pods/pods.ts';

/** What the pages are made with. What is of the issuer is told here in the words of these pages, and passed in. */
export interface Parts {
  /** The node's, with its slash. All links are made of it, and of nothing that a request says. */
  readonly baseUrl: string;
  readonly people: Pick<
    OpenAccounts,
    | 'accounts' | 'endings' | 'logins' | 'webIds' | 'sessions' | 'credentials' | 'limits' | 'mail'
    | 'passkeys' | 'secondFactors' | 'securityLog'
  >;
  readonly pods: Pods;
  readonly apps: Apps;
  readonly access: Pick<Access, 'rules'>;
  readonly issuer: IssuerParts;
  /** The webhooks of people. */
  readonly subscriptions: {
    /** Those of some WebIDs, the latest first. */
    of(webIds: readonly string[]): Promise<readonly SubscriptionAbout[]>;
    /** False when none of these WebIDs has one with this id. */
    end(id: string, webIds: readonly string[]): Promise<boolean>;
  };
  /** The pictures of apps. */
  readonly logos: { read(url: string): Promise<{ readonly mediaType: string; readonly bytes: Uint8Array }> };
  /** What is registered in the type indexes of a WebID, as far as they are in pods of the person, by base URLs. */
  readonly typeIndexes: (webId: string, pods: readonly string[]) => Promise<TypeIndexes>;
  /** The IP address that a request came from. */
  readonly addressOf: (ctx: Context) => string;
  /** What a pod may hold unless its own record says otherwise, in bytes; 0 for no limit. */
  readonly quotaBytes: number;
  /** What administrators have set. */
  readonly settings: Pick<NodeSettings, 'current'>;
  readonly minPasswordLength: number;
  readonly accountGraceDays: number;
  readonly log: Log;
}

/**
 * A webhook: what an app, in the name of a person, has this server send to another. Times in milliseconds since 1970.
 */
export interface SubscriptionAbout {
  readonly id: string;
  readonly type: string;
  /** A URL; absent when its pod is gone. */
  readonly topic?: string;
  /** Whether all below the topic is reported too. */
  readonly deep: boolean;
  readonly webId: string;
  readonly client?: string;
  /** The origin of the receiver. */
  readonly receiver: string;
  readonly since: number;
  readonly until: number;
  readonly lastDelivery?: number;
  readonly state: 'working' | 'failing' | 'disabled';
  readonly reason?: string;
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
  grant(account: string, id: string): Promise<GrantAbout | undefined>;
  /** In how many places an app works on by what a grant gave it, counted to a hundred. */
  alive(grant: string): Promise<number>;
  /** How many accounts granted an app something, counted to a thousand. */
  people(client: string): Promise<number>;
  /** Changes a grant at once; false when there is no such grant of the account. Throws `invalid`. */
  changeGrant(account: string, id: string, change: Omit<Consent, 'webId'>): Promise<boolean>;
  /** Says that credentials or WebIDs of an account are not what they were. */
  ended(): void;
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
  readonly logo?: string;
  readonly policy?: string;
  readonly tos?: string;
  /** Where the browser goes afterwards. */
  readonly redirectHost?: string;
  /** When it registered here, in milliseconds since 1970. */
  readonly registered?: number;
}

/** Documents, and folders and documents with the names of the classes that they are for. */
export interface TypeIndexes {
  readonly documents: readonly string[];
  readonly places: readonly { readonly location: string; readonly classes: readonly string[] }[];
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
  /** What the person granted the app before, in this browser. */
  readonly granted?: GrantAbout;
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
  /** In the words of the form: given back with the grant. */
  readonly chosen?: Readonly<Record<string, string>>;
}
