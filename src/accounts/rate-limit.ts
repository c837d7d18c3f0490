import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { Problem } from '../problem.ts';

const quarter = 15 * 60;
const hour = 60 * 60;

/** How many seconds a window of each group has; it begins with the first try in it. */
const windows = {
  /** Passwords tried for one e-mail address, and from one network. */
  loginAccount: quarter,
  loginAddress: quarter,
  /** Accounts made from one network; e-mail addresses added to one account. */
  registration: hour,
  /** Mails asked for that go to one address; asked for from one network. */
  resetAccount: hour,
  resetAddress: hour,
  /** Requests for tokens, and registrations of apps, from one network. */
  token: quarter,
  client: hour,
  /** Documents of WebIDs read for one account. */
  link: hour,
  /** Codes tried for one account by whoever knows its password; the number of a code has but six digits. */
  code: hour,
  /** Questions to passkeys asked from one network: each is kept for a while. */
  challenge: quarter,
} as const;

export type LimitGroup = keyof typeof windows;

/** How many tries there are in a window. */
export interface LimitOptions {
  readonly maxLoginsPerAccount: number;
  readonly maxLoginsPerAddress: number;
  readonly maxRegistrationsPerAddress: number;
  readonly maxResetsPerAccount: number;
  readonly maxResetsPerAddress: number;
  readonly maxTokensPerAddress: number;
  readonly maxClientsPerAddress: number;
}

const maxLinksPerAccount = 20;
const maxCodesPerAccount = 10;
const maxChallengesPerAddress = 300;

/** How many keys are counted at once; those that were not used for the longest time are forgotten first. */
const maxKeys = 100_000;

interface Window {
  readonly ends: number;
  count: number;
}

/** Counts what is done, in this process, and says when it is too much. Where several run, each has its own counts. */
export class RateLimits {
  readonly #most: Readonly<Record<LimitGroup, number>>;
  readonly #now: () => number;
  readonly #windows = new LRUCache<string, Window>({ max: maxKeys });

  constructor(options: LimitOptions, now: () => number = Date.now) {
    this.#now = now;
    this.#most = {
      loginAccount: options.maxLoginsPerAccount, loginAddress: options.maxLoginsPerAddress,
      registration: options.maxRegistrationsPerAddress,
      resetAccount: options.maxResetsPerAccount, resetAddress: options.maxResetsPerAddress,
      token: options.maxTokensPerAddress, client: options.maxClientsPerAddress, link: maxLinksPerAccount,
      code: maxCodesPerAccount, challenge: maxChallengesPerAddress,
    };
  }

  /** Counts one try. Throws `too-many`, with a Retry-After, when there were as many as there may be. */
  take(group: LimitGroup, key: string): void {
    const now = this.#now();
    const name = `${group} ${key}`;
    let window = this.#windows.get(name);
    if (window === undefined || window.ends <= now) {
      window = { ends: now + windows[group] * 1000, count: 0 };
      this.#windows.set(name, window);
    }
    if (window.count >= this.#most[group]) {
      const seconds = Math.ceil((window.ends - now) / 1000);
      const wait = seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
      throw new Problem('too-many', `There were too many tries. Come back in ${wait}.`,
        { 'retry-after': String(seconds) });
    }
    window.count += 1;
  }

  /** Takes back one try that was none: whoever has the right password may log in as often as they like. */
  giveBack(group: LimitGroup, key: string): void {
    const window = this.#windows.get(`${group} ${key}`);
    if (window !== undefined && window.count > 0) window.count -= 1;
  }
}

/**
 * Whose address it is, as far as one can tell: an IPv4 address as it is, also when IPv6 carries it (RFC 4291 section
 * 2.5.5.2), and the /64 of an IPv6 address, as that is what one machine has for itself.
 */
export function networkOf(address: string): string {
  const [text = ''] = address.split('%', 1);
  if (!isIPv6(text)) return text.slice(0, 64);
  const six = ipaddr.IPv6.parse(text);
  if (six.isIPv4MappedAddress()) return six.toIPv4Address().toString();
  return `${six.parts.slice(0, 4).map((part) => part.toString(16)).join(':')}::/64`;
}
