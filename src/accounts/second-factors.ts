import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Beside } from '../pods/transaction.ts';
import { Problem } from '../problem.ts';
import type { Database } from '../storage/database.ts';
import type { Guard, StoredAccount, StoredFactor } from './account.ts';
import { putAccount, readAccount, readActiveAccount } from './account.ts';
import { admit } from './admission.ts';
import type { Admission } from './admission.ts';
import { deleteChallenge, putChallenge, readChallenge } from './challenges.ts';
import { change } from './change.ts';
import { networkOf } from './rate-limit.ts';
import type { RateLimits } from './rate-limit.ts';
import { hashOf, isSecret } from './secret.ts';
import type { From, SecurityEvent, SecurityLog } from './security-log.ts';

/** What every authenticator app can do (RFC 6238; the key URI format knows more, which many apps ignore). */
const kind = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** How many periods a clock may be off, either way. */
const window = 1;
/** In bytes: as many as SHA-1 gives (RFC 4226, section 4, R6). */
const secretBytes = 20;
export const recoveryCodes = 10;
/** In bytes: 80 bits cannot be guessed, also by whoever has the hashes. */
const recoveryBytes = 10;
/** Without letters that are taken for digits (Crockford's base 32). */
const digits = '0123456789abcdefghjkmnpqrstvwxyz';

/** What an authenticator app needs to make codes for an account. */
export interface Enrolment {
  /** Under which the first code is to come, with which it begins to count. */
  readonly step: string;
  /** In base 32, for typing. */
  readonly secret: string;
  /** The same for a QR code: `otpauth://totp/…`. */
  readonly uri: string;
}

export interface FactorState {
  readonly since: number;
  /** How many recovery codes are left. */
  readonly recovery: number;
}

/** The password was right, and a code is wanted too: to be sent with `step`, or with the password once more. */
export class CodeWanted extends Problem {
  readonly step: string | undefined;

  constructor(step?: string) {
    super('forbidden',
      'This account is protected with a second step: a code from your authenticator app is needed too.');
    this.step = step;
  }
}

export interface SecondFactorsParts {
  readonly database: Database;
  readonly limits: RateLimits;
  readonly securityLog: SecurityLog;
  readonly baseUrl: string;
  readonly now: () => number;
}

/**
 * Codes that are asked for besides a password: time-based ones (RFC 6238), each good once, and recovery codes. The
 * secret is kept as it is: a key to hide it with would be in the same database, as the keys are with which the issuer
 * signs, so whoever reads the one reads the other.
 */
export class SecondFactors {
  readonly #parts: SecondFactorsParts;

  constructor(parts: SecondFactorsParts) {
    this.#parts = parts;
  }

  /** What is asked for of an account besides a password; `undefined` for nothing. */
  async state(id: string): Promise<FactorState | undefined> {
    const { factor } = await change(this.#parts.database, (writes) => readAccount(writes, id));
    return factor && { since: factor.since, recovery: factor.recovery.length };
  }

  /** Begins to set it up: nothing counts until `confirm`. Throws `conflict` when there is one already. */
  async enrol(id: string): Promise<Enrolment> {
    const { database, limits, baseUrl, now } = this.#parts;
    limits.take('challenge', `account ${id}`);
    const secret = new Secret({ size: secretBytes }).base32;
    return change(database, async (writes) => {
      const account = await readActiveAccount(writes, id);
      if (account.factor !== undefined) throw alreadyOn();
      if (account.logins.length === 0) throw new Problem('conflict', 'Add an e-mail address with a password first.');
      const step = putChallenge(writes, { kind: 'factor', account: id, secret }, now());
      return { step, secret, uri: uriOf(secret, account, baseUrl) };
    });
  }

  /** What `enrol` gave, once more: for the page that is shown again after a wrong code. Throws `invalid`. */
  async enrolment(id: string, step: string): Promise<Enrolment> {
    const { database, baseUrl, now } = this.#parts;
    return change(database, async (writes) => {
      const { account, secret } = await readChallenge(writes, 'factor', step, now());
      if (account !== id) throw new Problem('invalid', 'This was begun for another account.');
      return { step, secret, uri: uriOf(secret, await readAccount(writes, id), baseUrl) };
    });
  }

  /**
   * Sets it up with the first code of the app; gives the recovery codes, which are nowhere else. Throws `forbidden` for
   * a wrong code, `invalid` when it took too long, `conflict` as `enrol`, and `too-many`.
   */
  async confirm(id: string, step: string, code: string, from?: From): Promise<string[]> {
    const { database, limits, securityLog, now } = this.#parts;
    limits.take('code', id);
    const codes = newCodes();
    const event = { kind: 'second-factor-on' } as const;
    await change(database, async (writes) => {
      const challenge = await readChallenge(writes, 'factor', step, now());
      const before = await readActiveAccount(writes, id);
      if (challenge.account !== id) throw new Problem('invalid', 'This was begun for another account.');
      if (before.factor !== undefined) throw alreadyOn();
      const recovery = codes.map((one) => hashOf(plain(one)));
      const bare = { secret: challenge.secret, since: now(), lastStep: 0, recovery };
      const lastStep = stepOf(bare, plain(code), now());
      if (lastStep === undefined) throw new WrongCode();
      putAccount(writes, { ...before, factor: { ...bare, lastStep } }, before);
      deleteChallenge(writes, step, challenge);
      securityLog.put(writes, id, event, from);
    });
    limits.giveBack('code', id);
    securityLog.tell(id, event, from);
    return codes;
  }

  /** Makes recovery codes anew; those before are of no use any more. Throws `conflict` when no code is asked for. */
  async renew(id: string, from?: From): Promise<string[]> {
    const codes = newCodes();
    await this.#change(id, { kind: 'recovery-codes-made' }, from, (before) => {
      if (before.factor === undefined) throw notOn();
      return { ...before, factor: { ...before.factor, recovery: codes.map((code) => hashOf(plain(code))) } };
    });
    return codes;
  }

  /** Has codes not asked for any more. For whoever has shown that they may. Throws `conflict` when none is. */
  disable(id: string, from?: From): Promise<void> {
    return this.#change(id, { kind: 'second-factor-off' }, from, (before) => {
      if (before.factor === undefined) throw notOn();
      return without(before);
    });
  }

  /** The same by an administrator, for somebody who lost what makes the codes. Does nothing when there is none. */
  reset(id: string, from?: From, guard?: Guard): Promise<void> {
    return this.#change(id, { kind: 'second-factor-reset' }, from, without, guard);
  }

  /**
   * Lets somebody in who knows a password, with what `CodeWanted` gave and a code. Throws `forbidden` for a wrong code,
   * and as `admit`; `invalid` when it took too long or another password was set meanwhile; `too-many`.
   */
  async finish(step: string, code: string, from: From): Promise<Admission> {
    const { database, limits, securityLog, now } = this.#parts;
    const network = networkOf(from.address);
    limits.take('loginAddress', network);
    const asked = await change(database, (writes) => readChallenge(writes, 'code', step, now()));
    const { admission, events } = await this.trying(asked.account, from, () => change(database, async (writes) => {
      const challenge = await readChallenge(writes, 'code', step, now());
      const before = await readAccount(writes, challenge.account);
      if (before.generation !== challenge.generation) {
        throw new Problem('invalid', 'The account was changed meanwhile. Begin again.');
      }
      deleteChallenge(writes, step, challenge);
      // Somebody may have turned it off meanwhile: the password was right, and is all that is asked for now.
      if (before.factor === undefined) return admit(writes, securityLog, before, before, 'password', from);
      const { account, how } = useCode(before, code, now());
      return admit(writes, securityLog, before, account, how, from);
    }));
    limits.giveBack('loginAddress', network);
    for (const event of events) securityLog.tell(admission.account.id, event, from);
    return admission;
  }

  /** Uses up a code of an account. Throws `forbidden` when it is wrong, `conflict` when none is wanted; `too-many`. */
  async check(id: string, code: string, from: From): Promise<void> {
    const { database, securityLog, now } = this.#parts;
    const events = await this.trying(id, from, () => change(database, async (writes) => {
      const before = await readAccount(writes, id);
      if (before.factor === undefined) throw notOn();
      const { account, how } = useCode(before, code, now());
      putAccount(writes, account, before);
      const used: SecurityEvent[] = how === 'password+code' ? [] : [{ kind: 'recovery-code-used' }];
      for (const event of used) securityLog.put(writes, id, event, from);
      return used;
    }));
    for (const event of events) securityLog.tell(id, event, from);
  }

  /** Counts a try with a code, and notes one that is wrong; a right one does not count. Throws `too-many`. */
  async trying<T>(id: string, from: From, work: () => Promise<T>): Promise<T> {
    const { limits, securityLog } = this.#parts;
    limits.take('code', id);
    try {
      const result = await work();
      limits.giveBack('code', id);
      return result;
    } catch (error) {
      if (error instanceof WrongCode) securityLog.recordLater(id, { kind: 'code-failed' }, from);
      throw error;
    }
  }

  async #change(
    id: string, event: SecurityEvent, from: From | undefined, to: (before: StoredAccount) => StoredAccount,
    guard?: Guard,
  ): Promise<void> {
    const { database, securityLog } = this.#parts;
    const changed = await change(database, async (writes) => {
      const before = await readAccount(writes, id, guard);
      const after = to(before);
      if (after === before) return false;
      putAccount(writes, after, before);
      securityLog.put(writes, id, event, from);
      return true;
    });
    if (changed) securityLog.tell(id, event, from);
  }
}

/** One answer for a code that is wrong, was used, or is too old. */
class WrongCode extends Problem {
  constructor() {
    super('forbidden', 'This code is wrong, or was used already. Wait for the next one, or use a recovery code.');
  }
}

/** Asks for a code, where a password was right; gives the secret with which it is to come. */
export function askForCode(writes: Beside, { id, generation }: StoredAccount, now: number): string {
  return putChallenge(writes, { kind: 'code', account: id, generation }, now);
}

/** The account once a code of it was used. Throws `forbidden` when it is wrong. */
export function useCode(
  before: StoredAccount, code: string, now: number,
): { readonly account: StoredAccount; readonly how: 'password+code' | 'password+recovery-code' } {
  const factor = before.factor!;
  const text = plain(code);
  const lastStep = stepOf(factor, text, now);
  if (lastStep !== undefined) return { account: { ...before, factor: { ...factor, lastStep } }, how: 'password+code' };
  const recovery = factor.recovery.filter((hash) => !isSecret(text, hash));
  if (recovery.length === factor.recovery.length) throw new WrongCode();
  return { account: { ...before, factor: { ...factor, recovery } }, how: 'password+recovery-code' };
}

/** The number of the period whose code this is, if that is good still (RFC 6238, section 5.2: each once). */
function stepOf({ secret, lastStep }: StoredFactor, text: string, now: number): number | undefined {
  if (!/^\d{6}$/.test(text)) return undefined;
  const delta = TOTP.validate({ token: text, secret: Secret.fromBase32(secret), ...kind, timestamp: now, window });
  if (delta === null) return undefined;
  const step = Math.floor(now / 1000 / kind.period) + delta;
  return step > lastStep ? step : undefined;
}

function without(before: StoredAccount): StoredAccount {
  if (before.factor === undefined) return before;
  const { factor: _, ...account } = before;
  return account;
}

function uriOf(secret: string, { logins: [login] }: StoredAccount, baseUrl: string): string {
  const issuer = new URL(baseUrl).host;
  return new TOTP({ issuer, label: login?.email ?? 'account', secret: Secret.fromBase32(secret), ...kind }).toString();
}

function newCodes(): string[] {
  return Array.from({ length: recoveryCodes }, () => {
    const bits = Array.from(randomBytes(recoveryBytes), (byte) => byte.toString(2).padStart(8, '0')).join('');
    const text = bits.match(/.{5}/g)!.map((five) => digits[Number.parseInt(five, 2)]).join('');
    return text.match(/.{4}/g)!.join('-');
  });
}

/** Codes are copied with spaces and dashes, and typed in capitals; and people take letters for digits. */
function plain(code: string): string {
  return code.replaceAll(/[\s-]/g, '').toLowerCase().replaceAll('o', '0').replaceAll(/[il]/g, '1');
}

function alreadyOn(): Problem {
  return new Problem('conflict', 'Codes are asked for already. Turn that off first to set up another app.');
}

function notOn(): Problem {
  return new Problem('conflict', 'No codes are asked for in this account.');
}
