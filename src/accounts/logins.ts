import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Account, StoredAccount } from './account.ts';
import { putAccount, readAccount, readActiveAccount, shown } from './account.ts';
import type { Accounts, Maker } from './accounts.ts';
import type { Admission } from './admission.ts';
import { change } from './change.ts';
import { emailKey, readEmail } from './email.ts';
import { decodeLogin, loginOf, putLogin, refuseTaken, withLogin, withVerified } from './login-records.ts';
import type { Mail } from './mail.ts';
import { logInByPassword } from './password-login.ts';
import type { Passwords } from './passwords.ts';
import { networkOf } from './rate-limit.ts';
import type { RateLimits } from './rate-limit.ts';
import type { SecondFactors } from './second-factors.ts';
import { placeOf } from './security-log.ts';
import type { From, SecurityLog } from './security-log.ts';
import { endSessions } from './sessions.ts';
import type { Sessions } from './sessions.ts';
import { deleteToken, putToken, readToken, useless } from './tokens.ts';

const maxLogins = 10;

/** What the logins are made with. */
export interface LoginsParts {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly limits: RateLimits;
  readonly mail: Mail;
  readonly securityLog: SecurityLog;
  readonly secondFactors: SecondFactors;
  readonly baseUrl: string;
  /** The pages to which a mail leads: absolute URLs. */
  readonly links: { reset(token: string): string; verify(token: string): string };
  /** Ends the sessions at the issuer. */
  readonly endSessions: (account: string) => Promise<void>;
  readonly now: () => number;
}

/** E-mail addresses with passwords: how people show that an account is theirs. */
export class Logins {
  readonly #parts: LoginsParts;

  constructor(parts: LoginsParts) {
    this.#parts = parts;
  }

  /**
   * Makes an account with a login, in one commit. Throws `invalid` for an address or password that will not do,
   * `conflict` when the address is taken, `forbidden` and `too-many` as `Accounts.create`.
   */
  async register(email: string, password: string, by: Maker): Promise<Account> {
    const { accounts, passwords, database } = this.#parts;
    const address = readEmail(email);
    passwords.check(password, address);
    accounts.admit(by);
    const hash = await passwords.hash(password);
    const account = await change(database, async (writes) => {
      await refuseTaken(writes, address);
      const made = await accounts.begin(writes, by, (bare) => ({
        ...withLogin(bare, address),
        ...(by !== 'admin' && { places: [placeOf({ address: by.address, agent: by.agent ?? '' })] }),
      }));
      putLogin(writes, address, { account: made.id, hash });
      return shown(made);
    });
    if (this.#parts.mail.works) this.#sendVerification(account.id, address);
    return account;
  }

  /** Adds a login to an account. Throws as `register`, and `conflict` when the account has as many as it may. */
  async add(id: string, email: string, password: string, from?: From): Promise<Account> {
    const { passwords, database, limits, securityLog } = this.#parts;
    const address = readEmail(email);
    passwords.check(password, address);
    // Whether an address is taken must not be asked too often.
    limits.take('registration', `account ${id}`);
    const hash = await passwords.hash(password);
    const account = await change(database, async (writes) => {
      const before = await readActiveAccount(writes, id);
      if (before.logins.length >= maxLogins) throw new Problem('conflict', `An account has up to ${maxLogins} logins.`);
      await refuseTaken(writes, address);
      putAccount(writes, withLogin(before, address), before);
      putLogin(writes, address, { account: id, hash });
      securityLog.put(writes, id, { kind: 'email-added', about: address }, from);
      return shown(withLogin(before, address));
    });
    securityLog.tell(id, { kind: 'email-added', about: address }, from);
    if (this.#parts.mail.works) this.#sendVerification(id, address);
    return account;
  }

  /**
   * Gives a login another password, and ends all sessions but the one with the secret `keep`. With `old`, only if that
   * is the password now: `forbidden` otherwise, and `too-many`.
   */
  async change(
    id: string, email: string, password: string,
    { old, keep, from }: { readonly old?: string; readonly keep?: string; readonly from?: From } = {},
  ): Promise<void> {
    const { passwords, database, securityLog } = this.#parts;
    const address = emailKey(email);
    passwords.check(password, address);
    if (old !== undefined) await this.checkPassword(id, address, old);
    const hash = await passwords.hash(password);
    const event = { kind: 'password-changed', about: address } as const;
    await change(database, async (writes) => {
      const before = await readActiveAccount(writes, id);
      if (loginOf(before, address) === undefined) throw new Problem('missing', 'This account has no such login.');
      putAccount(writes, await endSessions(writes, before, keep), before);
      putLogin(writes, address, { account: id, hash });
      securityLog.put(writes, id, event, from);
    });
    securityLog.tell(id, event, from);
    await this.#endAll(id);
  }

  /** Removes a login. Throws `conflict` when it is the last one. */
  async remove(id: string, email: string, from?: From): Promise<Account> {
    const address = emailKey(email);
    return change(this.#parts.database, async (writes) => {
      const before = await readActiveAccount(writes, id);
      if (loginOf(before, address) === undefined) throw new Problem('missing', 'This account has no such login.');
      if (before.logins.length === 1) throw new Problem('conflict', 'An account needs at least one login.');
      const after = { ...before, logins: before.logins.filter((login) => login.email !== address) };
      putAccount(writes, after, before);
      writes.delete(keys.passwordLogin(address));
      this.#parts.securityLog.put(writes, id, { kind: 'email-removed', about: address }, from);
      return shown(after);
    });
  }

  /**
   * Lets somebody in who knows an e-mail address, its password and, where one is asked for, a code; `address`: from
   * where, `agent`: with which program. It does not tell whether it is the e-mail address or the password that is
   * wrong: `forbidden`, after the same work. So too for a suspended account, but then it says so. Throws `CodeWanted`
   * when only the code is missing, `too-many`, and `busy`. An account that was about to be deleted stays.
   */
  async login(
    email: string, password: string, address: string,
    { agent = '', code }: { readonly agent?: string; readonly code?: string | undefined } = {},
  ): Promise<Admission> {
    return logInByPassword(this.#parts, email, password, { address, agent }, code);
  }

  /** Throws `forbidden` when this is not the password of a login of the account, after the same work; `too-many`. */
  async checkPassword(id: string, email: string, password: string): Promise<void> {
    const { passwords, database, limits } = this.#parts;
    const address = emailKey(email);
    limits.take('loginAccount', address);
    const [entry] = await database.get([keys.passwordLogin(address)]);
    const login = entry && decodeLogin(entry);
    const { right } = await passwords.verify(password, login?.account === id ? login.hash : undefined);
    if (!right) throw new Problem('forbidden', 'This is not the password so far.');
    limits.giveBack('loginAccount', address);
  }

  /**
   * Sends a link with which to set a new password, if there is such an address. Whoever asks does not learn whether
   * there is: the answer is the same, and all that differs is done after it. Throws `too-many`.
   */
  async forgot(email: string, address: string): Promise<void> {
    const { limits, mail, database, links, baseUrl: server, now } = this.#parts;
    const key = emailKey(email);
    limits.take('resetAddress', networkOf(address));
    limits.take('resetAccount', key);
    mail.later(async () => {
      const secret = await change(database, async (writes) => {
        const [entry] = await writes.read([keys.passwordLogin(key)]);
        if (entry === undefined) return undefined;
        const { id, generation, state, logins } = await readAccount(writes, decodeLogin(entry).account);
        // Whoever adds somebody else's address to an account must not draw that person into it.
        const foreign = logins.length > 1 && !logins.some((login) => login.email === key && login.verified);
        if (state === 'suspended' || foreign) return undefined;
        return putToken(writes, { kind: 'reset', account: id, email: key, generation }, now());
      });
      return secret === undefined
        ? undefined : { kind: 'reset', values: { server, email: key, link: links.reset(secret) } };
    });
  }

  /**
   * Sets a new password with what a mail brought, which shows whose address it is; ends all sessions. What others may
   * have set up before that was known ends as well: client credentials and passkeys. What is asked for besides the
   * password stays: a mail is no second factor. Throws `invalid` when the token is of no use any more or the password
   * will not do, `too-many`, and `busy`.
   */
  async reset(token: string, password: string, address: string, agent = ''): Promise<Account> {
    const { passwords, database, limits, securityLog, now } = this.#parts;
    const from = { address, agent };
    limits.take('resetAddress', networkOf(address));
    const { email } = await change(database, (writes) => readToken(writes, 'reset', token, now()));
    passwords.check(password, email);
    const hash = await passwords.hash(password);
    const account = await change(database, async (writes) => {
      const used = await readToken(writes, 'reset', token, now());
      const before = await this.#accountOf(writes, used);
      const login = loginOf(before, email);
      if (login === undefined || before.generation !== used.generation || before.deleting) throw useless();
      const ended = withVerified(await endSessions(writes, before), email);
      const after = login.verified ? ended : { ...ended, credentials: [], passkeys: [] };
      putAccount(writes, after, before);
      if (!login.verified) {
        for (const id of before.credentials) writes.delete(keys.credential(id));
        for (const id of before.passkeys ?? []) writes.delete(keys.passkey(before.id, id));
      }
      securityLog.put(writes, before.id, { kind: 'password-reset', about: email }, from);
      putLogin(writes, email, { account: before.id, hash });
      deleteToken(writes, token, used);
      return shown(after);
    });
    securityLog.tell(account.id, { kind: 'password-reset', about: email }, from);
    await this.#endAll(account.id);
    return account;
  }

  /** Sends a link that verifies the address of a login, again. Throws `missing` when there is no such login. */
  async askToVerify(id: string, email: string): Promise<void> {
    const address = emailKey(email);
    const account = await this.#parts.accounts.get(id);
    if (account === undefined || loginOf(account, address) === undefined) {
      throw new Problem('missing', 'This account has no such login.');
    }
    this.#parts.limits.take('resetAccount', address);
    this.#sendVerification(id, address);
  }

  /** Verifies an address with what a mail brought. Throws `invalid` when that is of no use any more, and `too-many`. */
  async verify(token: string, address: string, agent = ''): Promise<Account> {
    const { database, limits, securityLog, now } = this.#parts;
    limits.take('resetAddress', networkOf(address));
    return change(database, async (writes) => {
      const used = await readToken(writes, 'verify', token, now());
      const before = await this.#accountOf(writes, used);
      if (loginOf(before, used.email) === undefined || before.deleting) throw useless();
      securityLog.put(writes, before.id, { kind: 'email-verified', about: used.email }, { address, agent });
      const after = withVerified(before, used.email);
      putAccount(writes, after, before);
      deleteToken(writes, token, used);
      return shown(after);
    });
  }

  #sendVerification(id: string, email: string): void {
    const { mail, database, links, baseUrl: server, now } = this.#parts;
    mail.later(async () => {
      const secret = await change(database, async (writes) => {
        const { generation } = await readAccount(writes, id);
        return putToken(writes, { kind: 'verify', account: id, email, generation }, now());
      });
      return { kind: 'verify', values: { server, email, link: links.verify(secret) } };
    });
  }

  async #accountOf(writes: Beside, { account }: { readonly account: string }): Promise<StoredAccount> {
    try {
      return await readAccount(writes, account);
    } catch (error) {
      if (error instanceof Problem && error.kind === 'missing') throw useless();
      throw error;
    }
  }

  async #endAll(id: string): Promise<void> {
    await this.#parts.sessions.clear(id);
    await this.#parts.endSessions(id);
  }
}
