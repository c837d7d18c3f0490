import type { Quad } from '@rdfjs/types';
import type { Log } from '../log.ts';
import type { Pods } from '../pods/pods.ts';
import type { Database } from '../storage/database.ts';
import { Endings } from './account-end.ts';
import type { EndingsOptions } from './account-end.ts';
import { Accounts } from './accounts.ts';
import type { AccountsOptions, SignUp } from './accounts.ts';
import { Credentials } from './credentials.ts';
import type { Ends } from './expiry.ts';
import { Invites } from './invites.ts';
import { Logins } from './logins.ts';
import { Mail } from './mail.ts';
import type { MailOptions } from './mail.ts';
import { Passkeys } from './passkeys.ts';
import { Passwords } from './passwords.ts';
import type { PasswordsOptions } from './passwords.ts';
import { RateLimits } from './rate-limit.ts';
import type { LimitOptions } from './rate-limit.ts';
import { SecondFactors } from './second-factors.ts';
import { SecurityLog } from './security-log.ts';
import { Sessions } from './sessions.ts';
import { WebIds } from './web-ids.ts';

export interface OpenAccountsOptions
  extends AccountsOptions, EndingsOptions, MailOptions, PasswordsOptions, LimitOptions {
  readonly sessionDays: number;
  /** Milliseconds since 1970; for tests, which do not wait. */
  readonly now?: () => number;
}

/** What lies outside of this room. */
export interface Outside {
  /** Reads the document of a WebID, wherever it is. Throws a `Problem` when it cannot be read. */
  readonly readWebId: (webId: string) => Promise<readonly Quad[]>;
  /** Ends the sessions of an account at the issuer. */
  readonly endSessions: (account: string) => Promise<void>;
  /** Ends all that the issuer gave out for an account: sessions, grants, tokens. */
  readonly revokeAccount: (account: string) => Promise<void>;
  /** The pages to which mails lead: absolute URLs, made of the configured base URL and nothing that a request says. */
  readonly links: {
    readonly login: string; reset(token: string): string; verify(token: string): string;
    security(account: string): string;
  };
}

/** All there is about accounts. Disposing of it waits for mails that are on their way. */
export interface OpenAccounts extends AsyncDisposable {
  readonly accounts: Accounts;
  readonly endings: Endings;
  readonly logins: Logins;
  readonly webIds: WebIds;
  readonly passkeys: Passkeys;
  readonly secondFactors: SecondFactors;
  readonly securityLog: SecurityLog;
  readonly sessions: Sessions;
  readonly credentials: Credentials;
  readonly invites: Invites;
  readonly limits: RateLimits;
  readonly mail: Mail;
  /** How accounts end, for `sweepExpired`. */
  readonly ends: Ends;
}

/** Builds the room. */
export function openAccounts(
  database: Database, pods: Pods, options: OpenAccountsOptions, outside: Outside, log: Log,
): OpenAccounts {
  const { baseUrl, now = Date.now } = options;
  const limits = new RateLimits(options, now);
  const mail = new Mail(options, log);
  const securityLog = new SecurityLog({
    database, mail, baseUrl, now, page: (account) => outside.links.security(account),
  });
  const sessions = new Sessions(database, securityLog, options, now);
  const accounts = new Accounts({ database, pods, limits, securityLog, now }, options);
  const endings = new Endings({
    database, pods, sessions, mail, securityLog, now,
    revokeAccount: outside.revokeAccount, loginPage: outside.links.login,
  }, options);
  const secondFactors = new SecondFactors({ database, limits, securityLog, baseUrl, now });
  return {
    accounts, endings, sessions, limits, mail, securityLog, secondFactors,
    passkeys: new Passkeys({ database, limits, securityLog, baseUrl, now }),
    logins: new Logins({
      database, accounts, sessions, limits, mail, securityLog, secondFactors, baseUrl, now,
      passwords: new Passwords(options), links: outside.links, endSessions: outside.endSessions,
    }),
    webIds: new WebIds({ database, limits, baseUrl, options, readWebId: outside.readWebId, now }),
    credentials: new Credentials(database, securityLog, now),
    invites: new Invites(database, now),
    ends: { account: { end: ([, id = ''], time, signal) => endings.end(id, time, signal) } },
    [Symbol.asyncDispose]: () => mail[Symbol.asyncDispose](),
  };
}

/** Who may make an account when nobody said: everybody on one's own machine, and elsewhere who has an invite. */
export function signUpOf(option: SignUp | undefined, baseUrl: string): SignUp {
  const { hostname } = new URL(baseUrl);
  const isLocal = /^(?:.+\.)?localhost$|^127\.|^\[::1\]$/.test(hostname);
  return option ?? (isLocal ? 'open' : 'invite');
}
