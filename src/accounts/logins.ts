import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import type { Database, Entry } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Account, Login, StoredAccount } from './account.ts';
import { inactive, putAccount, readAccount, readActiveAccount, shown } from './account.ts';
import { active } from './accounts.ts';
import type { Accounts, Maker } from './accounts.ts';
import { change } from './change.ts';
import { emailKey, readEmail } from './email.ts';
import type { Mail } from './mail.ts';
import type { Passwords } from './passwords.ts';
import { networkOf } from './rate-limit.ts';
import type { RateLimits } from './rate-limit.ts';
import { endSessions } from './sessions.ts';
import type { Sessions } from './sessions.ts';
import { deleteToken, putToken, readToken, useless } from './tokens.ts';

const maxLogins = 10;

/** The record of a login. */
interface StoredLogin {
  readonly account: string;
  /** A PHC string; see `Passwords`. */
  readonly hash: string;
}

/** What the logins are made with. */
export interface LoginsParts {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly limits: RateLimits;
  readonly mail: Mail;
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
      const made = await accounts.begin(writes, by, (bare) => withLogin(bare, address));
      putLogin(writes, address, { account: made.id, hash });
      return shown(made);
    });
    if (this.#parts.mail.works) this.#sendVerification(account.id, address);
    return account;
  }

  /** Adds a login to an account. Throws as `register`, and `conflict` when the account has as many as it may. */
  async add(id: string, email: string, password: string): Promise<Account> {
    const { passwords, database, limits } = this.#parts;
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
      return shown(withLogin(before, address));
    });
    if (this.#parts.mail.works) this.#sendVerification(id, address);
    return account;
  }

  /**
   * Gives a login another password, and ends all sessions but the one with the secret `keep`. With `old`, only if that
   * is the password now: `forbidden` otherwise, and `too-many`.
   */
  async change(
    id: string, email: string, password: string, { old, keep }: { readonly old?: string; readonly keep?: string } = {},
  ): Promise<void> {
    const { passwords, database, limits } = this.#parts;
    const address = emailKey(email);
    passwords.check(password, address);
    const key = keys.passwordLogin(address);
    if (old !== undefined) {
      limits.take('loginAccount', address);
      const [entry] = await database.get([key]);
      const login = entry && decodeLogin(entry);
      const { right } = await passwords.verify(old, login?.account === id ? login.hash : undefined);
      if (!right) throw new Problem('forbidden', 'This is not the password so far.');
      limits.giveBack('loginAccount', address);
    }
    const hash = await passwords.hash(password);
    await change(database, async (writes) => {
      const before = await readActiveAccount(writes, id);
      if (loginOf(before, address) === undefined) throw new Problem('missing', 'This account has no such login.');
      putAccount(writes, await endSessions(writes, before, keep), before);
      putLogin(writes, address, { account: id, hash });
    });
    await this.#endAll(id);
  }

  /** Removes a login. Throws `conflict` when it is the last one. */
  async remove(id: string, email: string): Promise<Account> {
    const address = emailKey(email);
    return change(this.#parts.database, async (writes) => {
      const before = await readActiveAccount(writes, id);
      if (loginOf(before, address) === undefined) throw new Problem('missing', 'This account has no such login.');
      if (before.logins.length === 1) throw new Problem('conflict', 'An account needs at least one login.');
      const after = { ...before, logins: before.logins.filter((login) => login.email !== address) };
      putAccount(writes, after, before);
      writes.delete(keys.passwordLogin(address));
      return shown(after);
    });
  }

  /**
   * Finds the account of whoever knows an address and its password; `address`: from where. It does not tell whether it
   * is the address or the password that is wrong: `forbidden`, after the same work. So too for a suspended account, but
   * then it says so. An account that was about to be deleted stays. Throws `too-many`, and `busy`.
   */
  async login(
    email: string, password: string, address: string,
  ): Promise<{ readonly account: Account; readonly stayed: boolean }> {
    const { passwords, database, limits } = this.#parts;
    const key = emailKey(email);
    const network = networkOf(address);
    limits.take('loginAddress', network);
    limits.take('loginAccount', key);
    const [entry] = await database.get([keys.passwordLogin(key)]);
    const login = entry && decodeLogin(entry);
    const { right, stale } = await passwords.verify(password, login?.hash);
    if (login === undefined || !right) throw wrong();
    limits.giveBack('loginAddress', network);
    limits.giveBack('loginAccount', key);
    const hash = stale ? await passwords.hash(password) : undefined;
    return change(database, async (writes) => {
      const [current] = await writes.read([keys.passwordLogin(key)]);
      // Somebody changed it meanwhile: then it is not the password any more.
      if (current === undefined || decodeLogin(current).hash !== login.hash) throw wrong();
      const before = await readAccount(writes, login.account);
      if (hash !== undefined) putLogin(writes, key, { account: before.id, hash });
      if (before.state === 'active') return { account: shown(before), stayed: false };
      if (before.state === 'suspended' || before.deleting) throw inactive(before);
      const after = active(before);
      putAccount(writes, after, before);
      return { account: shown(after), stayed: true };
    });
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
   * have set up before that was known ends as well: client credentials. Throws `invalid` when the token is of no use
   * any more or the password will not do, `too-many`, and `busy`.
   */
  async reset(token: string, password: string, address: string): Promise<Account> {
    const { passwords, database, limits, now } = this.#parts;
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
      const after = login.verified ? ended : { ...ended, credentials: [] };
      putAccount(writes, after, before);
      if (!login.verified) for (const id of before.credentials) writes.delete(keys.credential(id));
      putLogin(writes, email, { account: before.id, hash });
      deleteToken(writes, token, used);
      return shown(after);
    });
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
  async verify(token: string, address: string): Promise<Account> {
    const { database, limits, now } = this.#parts;
    limits.take('resetAddress', networkOf(address));
    return change(database, async (writes) => {
      const used = await readToken(writes, 'verify', token, now());
      const before = await this.#accountOf(writes, used);
      if (loginOf(before, used.email) === undefined || before.deleting) throw useless();
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

async function refuseTaken({ read }: Beside, email: string): Promise<void> {
  const [taken] = await read([keys.passwordLogin(email)]);
  if (taken !== undefined) throw new Problem('conflict', 'There is a login for this e-mail address already.');
}

/** The account with one login more: then it is there to stay. */
function withLogin({ deleteAt: _, ...account }: StoredAccount, email: string): StoredAccount {
  return { ...account, logins: [...account.logins, { kind: 'password', email, verified: false }] };
}

function withVerified(account: StoredAccount, email: string): StoredAccount {
  const logins = account.logins.map((login) => login.email === email ? { ...login, verified: true } : login);
  return { ...account, logins };
}

function loginOf({ logins }: Account, email: string): Login | undefined {
  return logins.find((login) => login.email === email);
}

function putLogin(writes: Beside, email: string, login: StoredLogin): void {
  writes.put(keys.passwordLogin(email), encodeJson(login));
}

function decodeLogin({ value }: Entry): StoredLogin {
  return decodeJson<StoredLogin>(value);
}

/** One answer for an address that nobody has and a password that is wrong. */
function wrong(): Problem {
  return new Problem('forbidden', 'The e-mail address or the password is wrong.');
}
