import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { JSONWebKeySet, JWK } from 'jose';
import type { Log } from '../log.ts';
import { decodeJson, encodeJson } from '../pods/resource.ts';
import { Problem } from '../problem.ts';
import type { Database, Version } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';

/** The algorithms that tokens are signed with (RFC 7518, 3.1): the first, unless a client asks for the other. */
export const signingAlgorithms = ['ES256', 'RS256'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

export interface SigningKeysOptions {
  /** For how many days a key signs before the next one takes over. */
  readonly keyDays: number;
  /** How often what other processes changed is looked for, in seconds. */
  readonly refreshSeconds?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly log?: Log;
}

/** What an operator is told about a key. Times in milliseconds since 1970. */
export interface KeyAbout {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** `next` is published already but signs nothing yet; what a `retired` one signed is still good. */
  readonly state: 'signing' | 'next' | 'retired';
  readonly published: number;
  /** Since when it signs, or when it will begin to. */
  readonly from: number;
  /** When it began to be of no use (a retired one), or another will take over. */
  readonly until?: number;
}

interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly created: number;
  readonly from: number;
  /** With its private members. */
  readonly jwk: JWK;
}

const hour = 3_600_000;
const day = 24 * hour;

/** Other servers may keep our keys for a day (`remote/freshness.ts`): a key is published that long before it signs. */
const publishedAhead = day;

/**
 * How long a key stays published when it signs no more. Tokens end within the hour, but apps hand back an ID token to
 * say who logs out, however old it is, for as long as a session lives.
 */
const keptAfterwards = 14 * day;

/** More keys than this are a mistake of ours or an attack on the database. */
const maxKeys = 100;

const generate = promisify(generateKeyPair);

/**
 * The keys that tokens are signed with, in the database (`key/<kid>`). Which of them signs follows from the time alone:
 * the one whose `from` was last reached. There is always a next one, published long before, so that all processes, and
 * all other servers, know it when its time has come; nobody has to agree on anything at that moment.
 *
 * Every change puts `secret/key-ring` too, on the condition that it is as it was read, so that changes of several
 * processes come one after the other.
 */
export class SigningKeys implements AsyncDisposable {
  readonly #database: Database;
  readonly #period: number;
  readonly #now: () => number;
  readonly #log: Log | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners = new Set<() => void>();
  #keys: readonly SigningKey[] = [];
  #ring: Version | undefined;
  #order = '';
  #refreshing: Promise<void> | undefined;

  private constructor(database: Database, { keyDays, refreshSeconds = 20, now = Date.now, log }: SigningKeysOptions) {
    this.#database = database;
    this.#period = keyDays * day;
    this.#now = now;
    this.#log = log;
    this.#timer = setInterval(() => { void this.#refreshQuietly(); }, refreshSeconds * 1000);
    this.#timer.unref();
  }

  /** Reads the keys, and makes those that are missing. */
  static async open(database: Database, options: SigningKeysOptions): Promise<SigningKeys> {
    const signingKeys = new SigningKeys(database, options);
    await signingKeys.refresh();
    return signingKeys;
  }

  /** All keys with their private members, for each algorithm the one that signs first. */
  get privateKeys(): readonly JWK[] {
    return this.#sorted().map(({ jwk, kid, alg }) => ({ ...jwk, kid, alg, use: 'sig' }));
  }

  /** What is published (RFC 7517, 5). */
  get publicKeys(): JSONWebKeySet {
    return { keys: this.privateKeys.map(publicPart) };
  }

  /** Calls `listener` when there are other keys, or another one signs. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  list(): KeyAbout[] {
    const now = this.#now();
    return signingAlgorithms.flatMap((algorithm) => {
      const sorted = byTime(this.#keys, algorithm);
      const signing = signingOf(sorted, now);
      return sorted.map((key, index) => {
        const successor = sorted[index + 1];
        const state = key === signing ? 'signing' as const : key.from > now ? 'next' as const : 'retired' as const;
        const until = successor && (state === 'retired' ? successor.from + keptAfterwards : successor.from);
        return {
          kid: key.kid, algorithm, state, published: key.created, from: key.from, ...(until !== undefined && { until }),
        };
      });
    });
  }

  /**
   * Lets the next keys sign as soon as they have been published for a day, so that nobody meets a key that is unknown
   * to them; or now, if it is `urgent`.
   */
  async rotate({ urgent = false } = {}): Promise<KeyAbout[]> {
    const now = this.#now();
    await this.#change((stored) => {
      const nexts = signingAlgorithms.map((alg) => byTime(stored, alg).find(({ from }) => from > now));
      return stored.map((key) => nexts.includes(key)
        ? { ...key, from: Math.min(key.from, urgent ? now : Math.max(now, key.created + publishedAhead)) }
        : key);
    });
    return this.list();
  }

  /**
   * Takes a key out of use at once: what it signed is void, here within a minute, elsewhere as soon as our keys are
   * fetched again. If it was the one that signs, the next one takes over. Throws `missing` for a key that is not there.
   */
  async revoke(kid: string): Promise<KeyAbout[]> {
    const now = this.#now();
    await this.#change((stored) => {
      const revoked = stored.find((key) => key.kid === kid);
      if (revoked === undefined) throw new Problem('missing', `There is no key ${kid}.`);
      const sorted = byTime(stored, revoked.alg);
      const heir = signingOf(sorted, now) === revoked ? sorted.find(({ from }) => from > now) : undefined;
      return stored.filter((key) => key !== revoked).map((key) => key === heir ? { ...key, from: now } : key);
    });
    return this.list();
  }

  /** Looks for what other processes changed, and does what time has made necessary. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#change((stored) => stored).finally(() => { this.#refreshing = undefined; });
    return this.#refreshing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#listeners.clear();
    await this.#refreshing?.catch(() => undefined);
  }

  async #refreshQuietly(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      this.#log?.warn({ err: error }, 'could not look for new signing keys; those that are known go on being used');
    }
  }

  async #change(edit: (stored: readonly SigningKey[]) => readonly SigningKey[]): Promise<void> {
    const ringKey = keys.secret('key-ring');
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const [ring] = await this.#database.get([ringKey]);
      const stored = ring !== undefined && ring.version === this.#ring ? this.#keys : await this.#read();
      const wanted = await this.#completed(edit(stored), this.#now());
      const puts = wanted.filter((key) => !stored.includes(key));
      const gone = stored.filter(({ kid }) => !wanted.some((key) => key.kid === kid));
      if (puts.length === 0 && gone.length === 0) return this.#know(wanted, ring?.version);
      const version = await this.#database.commit({
        checks: [ring === undefined ? { key: ringKey, exists: false } : { key: ringKey, version: ring.version }],
        puts: [
          { key: ringKey, value: encodeJson({ changed: this.#now() }) },
          ...puts.map((key) => ({ key: keys.signingKey(key.kid), value: encodeJson(key) })),
        ],
        deletes: gone.map(({ kid }) => keys.signingKey(kid)),
      });
      if (version !== undefined) return this.#know(wanted, version);
    }
    throw new Error('The signing keys were changed by others ten times in a row.');
  }

  async #read(): Promise<SigningKey[]> {
    const stored: SigningKey[] = [];
    const entries = this.#database.range(keys.signingKeys, { limit: maxKeys });
    for await (const { value } of entries) stored.push(decodeJson(value));
    return stored;
  }

  /** With a key that signs and a next one for each algorithm, and without those that are of no use any more. */
  async #completed(stored: readonly SigningKey[], now: number): Promise<SigningKey[]> {
    const completed = await Promise.all(signingAlgorithms.map(async (alg) => {
      const sorted = byTime(stored, alg).filter((key, index, list) => {
        const successor = list[index + 1];
        return successor === undefined || successor.from + keptAfterwards > now;
      });
      const from = Math.max((sorted.at(-1)?.from ?? now) + this.#period, now + publishedAhead);
      const [signing, next] = await Promise.all([
        Promise.all(sorted.some((key) => key.from <= now) ? [] : [newKey(alg, now, now)]),
        Promise.all(sorted.some((key) => key.from > now) ? [] : [newKey(alg, now, from)]),
      ]);
      return [...signing, ...sorted, ...next];
    }));
    return completed.flat();
  }

  #know(known: readonly SigningKey[], ring: Version | undefined): void {
    this.#keys = known;
    this.#ring = ring;
    const order = this.#sorted().map(({ kid }) => kid).join(' ');
    if (order === this.#order) return;
    this.#order = order;
    for (const listener of this.#listeners) listener();
  }

  #sorted(): SigningKey[] {
    const now = this.#now();
    return signingAlgorithms.flatMap((alg) => {
      const sorted = byTime(this.#keys, alg);
      const signing = signingOf(sorted, now);
      return sorted.toSorted((one, other) => Number(other === signing) - Number(one === signing));
    });
  }
}

function byTime(stored: readonly SigningKey[], alg: SigningAlgorithm): SigningKey[] {
  return stored.filter((key) => key.alg === alg).toSorted((one, other) => one.from - other.from);
}

function signingOf(sorted: readonly SigningKey[], now: number): SigningKey | undefined {
  return sorted.findLast(({ from }) => from <= now) ?? sorted[0];
}

async function newKey(alg: SigningAlgorithm, created: number, from: number): Promise<SigningKey> {
  const { privateKey } = alg === 'ES256'
    ? await generate('ec', { namedCurve: 'P-256' })
    : await generate('rsa', { modulusLength: 2048 });
  // In hexadecimal: it stands in a command, where a dash would begin an option.
  return { kid: randomBytes(12).toString('hex'), alg, created, from, jwk: privateKey.export({ format: 'jwk' }) };
}

function publicPart({ kty, kid, alg, use, crv, x, y, n, e }: JWK): JWK {
  return Object.fromEntries(Object.entries({ kty, kid, alg, use, crv, x, y, n, e })
    .filter(([, value]) => value !== undefined)) as JWK;
}
