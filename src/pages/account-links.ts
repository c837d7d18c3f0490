/** The addresses of pages that other rooms send people to. They are made of the base URL alone. */
export interface AccountLinks {
  readonly login: string;
  /** Where a mail leads that brings a token with which to set a new password. */
  reset(token: string): string;
  /** Where a mail leads that brings a token which verifies an address. */
  verify(token: string): string;
  /** Where the owner of an account sees how one logs in to it, and what happened. */
  security(account: string): string;
  /**
   * Where the issuer sends a person who is to log in or to decide. The cookie by which it knows the browser again is
   * sent there and below, where all that belongs to one interaction is.
   */
  interaction(uid: string): string;
}

/** Where all that is about accounts lies, below the base URL (which ends in a slash). */
export const accountPath = '.account/';

export function accountLinks(baseUrl: string): AccountLinks {
  const base = `${baseUrl}${accountPath}`;
  return {
    login: `${base}login/`,
    reset: (token) => `${base}login/password/reset/?rid=${encodeURIComponent(token)}`,
    verify: (token) => `${base}verify/?token=${encodeURIComponent(token)}`,
    security: (account) => `${base}account/${encodeURIComponent(account)}/login/`,
    interaction: (uid) => `${base}interaction/${encodeURIComponent(uid)}/`,
  };
}
