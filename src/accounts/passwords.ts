import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Problem } from '../problem.ts';
import { weakness } from './weak-password.ts';

/** In bytes of UTF-8: what is longer is no stronger, and hashing it takes time. */
const maxPasswordBytes = 1_000;
/** How many passwords are hashed at once, and how many wait for that. */
const maxAtOnce = 2;
const maxWaiting = 50;

/** What a hash costs. */
export interface PasswordCost {
  /** Argon2id: memory in KiB, passes. */
  readonly memory: number;
  readonly passes: number;
  /** scrypt, where Argon2 is missing: the binary logarithm of N, and p; r is 8. */
  readonly logN: number;
  readonly parallel: number;
}

/** OWASP's Password Storage Cheat Sheet: 19 MiB and two passes; for scrypt 32 MiB, three times. */
const usualCost: PasswordCost = { memory: 19_456, passes: 2, logN: 15, parallel: 3 };

export interface PasswordsOptions {
  /** In characters. */
  readonly minPasswordLength: number;
  /** For tests, which are no safer for being slow. */
  readonly passwordCost?: PasswordCost;
  /** `scrypt`: as if Argon2 were missing. */
  readonly passwordHash?: 'scrypt';
}

type Argon2 = typeof import('@node-rs/argon2');
const scryptOf = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** Passwords: whether one is good enough, and hashes of them, as PHC strings. */
export class Passwords {
  readonly #options: PasswordsOptions;
  readonly #cost: PasswordCost;
  #argon2: Promise<Argon2 | undefined> | undefined;
  #decoy: Promise<string> | undefined;
  #active = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: PasswordsOptions) {
    this.#options = options;
    this.#cost = options.passwordCost ?? usualCost;
  }

  /** Throws `invalid` for a password that is too short, too long, or among the first that somebody would try. */
  check(password: string, email?: string): void {
    const { minPasswordLength } = this.#options;
    const text = normal(password);
    if (Array.from(text).length < minPasswordLength) {
      throw new Problem('invalid', `The password is too short: it needs at least ${minPasswordLength} characters.`);
    }
    if (Buffer.byteLength(text) > maxPasswordBytes) {
      throw new Problem('invalid', `The password is too long: it may have up to ${maxPasswordBytes} bytes.`);
    }
    const why = weakness(text, email);
    if (why !== undefined) throw new Problem('invalid', `This password ${why} Choose another one.`);
  }

  /** Gives the hash of a password, for `verify`. Throws `busy` when too many passwords are being hashed. */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => this.#hash(normal(password)));
  }

  /**
   * Whether a password is the one with this hash, and whether that should be made anew, as hashes are made otherwise
   * now. Without a hash it takes as long, and is wrong. Throws `busy` as `hash` does.
   */
  async verify(
    password: string, hash: string | undefined,
  ): Promise<{ readonly right: boolean; readonly stale: boolean }> {
    const text = normal(password);
    this.#decoy ??= this.#inTurn(() => this.#hash(randomBytes(16).toString('hex')));
    const decoy = await this.#decoy.catch((error: unknown) => {
      this.#decoy = undefined;
      throw error;
    });
    const fits = Buffer.byteLength(text) <= maxPasswordBytes;
    const given = hash ?? decoy;
    const right = await this.#inTurn(() => this.#verify(fits ? text : '', given));
    return { right: right && fits && hash !== undefined, stale: !given.startsWith(await this.#prefix()) };
  }

  async #hash(text: string): Promise<string> {
    const argon2 = await this.#load();
    const { memory, passes, logN, parallel } = this.#cost;
    if (argon2 !== undefined) {
      // 2 is `Algorithm.Argon2id`, a const enum, which type-stripping cannot see.
      return argon2.hash(text, { algorithm: 2, memoryCost: memory, timeCost: passes, parallelism: 1 });
    }
    const salt = randomBytes(16);
    const key = await scryptKey(text, salt, 32, logN, parallel);
    return `${await this.#prefix()}${base64(salt)}$${base64(key)}`;
  }

  async #verify(text: string, hash: string): Promise<boolean> {
    const [, kind, ...parts] = hash.split('$');
    if (kind === 'scrypt') {
      const [, logN, parallel] = /^ln=(\d+),r=8,p=(\d+)$/.exec(parts[0] ?? '') ?? [];
      const [salt, key] = [Buffer.from(parts[1] ?? '', 'base64'), Buffer.from(parts[2] ?? '', 'base64')];
      if (logN === undefined || key.byteLength === 0) throw new Error('The hash of a password cannot be read.');
      return timingSafeEqual(await scryptKey(text, salt, key.byteLength, Number(logN), Number(parallel)), key);
    }
    const argon2 = await this.#load();
    if (argon2 === undefined) throw new Error('A password is hashed with Argon2, and @node-rs/argon2 is missing.');
    return argon2.verify(hash, text);
  }

  /** What the hashes that are made now begin with. */
  async #prefix(): Promise<string> {
    const { memory, passes, logN, parallel } = this.#cost;
    return await this.#load() === undefined
      ? `$scrypt$ln=${logN},r=8,p=${parallel}$`
      : `$argon2id$v=19$m=${memory},t=${passes},p=1$`;
  }

  /** `undefined` where npm could not install it: there are no binaries for every machine. */
  #load(): Promise<Argon2 | undefined> {
    if (this.#options.passwordHash === 'scrypt') return Promise.resolve(undefined);
    this.#argon2 ??= import('@node-rs/argon2').catch(() => undefined);
    return this.#argon2;
  }

  /** Each hash takes a core and a lot of memory for a while: logins must not take all there is. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#active < maxAtOnce) {
      this.#active += 1;
    } else {
      if (this.#waiting.length >= maxWaiting) {
        throw new Problem('busy', 'Too many people are logging in just now. Try again in a moment.',
          { 'retry-after': '5' });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#active -= 1;
      else next();
    }
  }
}

/** Keyboards write the same letters in different ways (NIST SP 800-63B, section 3.1.1.2). */
function normal(password: string): string {
  return password.normalize('NFKC').toWellFormed();
}

function scryptKey(text: string, salt: Buffer, length: number, logN: number, parallel: number): Promise<Buffer> {
  const N = 2 ** logN;
  return scryptOf(text, salt, length, { N, r: 8, p: parallel, maxmem: 256 * 8 * N });
}

/** As PHC strings have it: without padding. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
