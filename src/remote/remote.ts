import type { AddressRange } from './address.ts';
import { Circuits } from './circuits.ts';
import type { Outcome } from './circuits.ts';
import { allowedAddresses, guardedConnector } from './connector.ts';
import type { Guard } from './connector.ts';
import { destination, place } from './destination.ts';
import { essenceOf, exchange } from './exchange.ts';
import type { RemoteRequest, RemoteResponse } from './exchange.ts';
import { Gate } from './gate.ts';
import { nameServerLookup, systemLookup } from './lookup.ts';
import type { Lookup } from './lookup.ts';
import { RemoteError } from './remote-error.ts';

export interface RemoteOptions {
  /** How long a request may take with all that belongs to it: waiting, lookup, connection, redirects, body. */
  readonly remoteSeconds: number;
  /** The largest body that is read, in bytes, unless the request says otherwise. */
  readonly remoteBytes: number;
  /** How many requests may be out at once for one origin. */
  readonly remoteConnections: number;
  /** Addresses that may be reached although they are private, over http too. */
  readonly remoteAllow?: readonly AddressRange[] | undefined;
  /** Whether loopback addresses may be reached, over http too: for development. */
  readonly remoteLocalhost: boolean;
  /** What turns a name into addresses. Unset: the name servers, or the system once private addresses may be reached. */
  readonly lookup?: Lookup;
  /** PEM certificates that vouch for servers; unset: those that come with Node, and `NODE_EXTRA_CA_CERTS`. */
  readonly authorities?: readonly string[];
  /** Milliseconds of a steady clock, by which caches and circuits go. */
  readonly now?: () => number;
}

export interface GetOptions {
  /** An Accept header (RFC 9110, 12.5.1). An answer of a type that it does not name is `unusable`. */
  readonly accept: string;
  readonly maxBytes?: number;
  /** A copy one has: where it came from, and its ETag. If it is still good, the answer has status 304 and no bytes. */
  readonly copy?: { readonly url: string; readonly etag: string };
}

const maxRedirects = 3;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Requests that are out at once, to all origins; and how many wait beyond that. */
const maxAtOnce = 256;
const maxWaiting = 1024;
const maxWaitingPerOrigin = 64;

/**
 * The only way out of the house. Every request goes to public addresses only, over https, within limits of time and
 * size, without cookies or credentials of ours; what that means in full is said by the files of this room.
 */
export class Remote implements AsyncDisposable {
  readonly now: () => number;
  readonly #options: RemoteOptions;
  readonly #plain: boolean;
  readonly #guard: Guard;
  readonly #gate: Gate;
  readonly #circuits: Circuits;
  readonly #running = new Map<AbortController, Promise<unknown>>();
  #closed = false;

  constructor(options: RemoteOptions) {
    const { remoteAllow: allow = [], remoteLocalhost: localhost, remoteConnections, lookup, authorities } = options;
    this.#options = options;
    this.now = options.now ?? (() => performance.now());
    this.#plain = localhost || allow.length > 0;
    // Whoever opens a network of their own needs the names of that network, which name servers may not have.
    const names = lookup ?? (this.#plain ? systemLookup : nameServerLookup());
    this.#guard = { rules: { allow, localhost }, lookup: names, authorities };
    this.#gate = new Gate({
      perOrigin: remoteConnections,
      inAll: maxAtOnce,
      waitingPerOrigin: maxWaitingPerOrigin,
      waitingInAll: maxWaiting,
    });
    this.#circuits = new Circuits(this.now);
  }

  /**
   * The document at `url`, whose fragment does not count; follows up to 3 redirects, which are checked as the first
   * address is. Resolves to an answer with status 200, or 304 when a copy was given. Throws `RemoteError` for all else.
   */
  get(url: string, { accept, maxBytes, copy }: GetOptions): Promise<RemoteResponse> {
    return this.#within(url, async (first, signal) => {
      let target = first;
      for (let hop = 0; hop <= maxRedirects; hop++) {
        const known = copy !== undefined && copy.url === target.href;
        const response = await this.#ask(target, {
          method: 'GET',
          headers: { accept, ...(known && { 'if-none-match': copy.etag }) },
          maxBytes: maxBytes ?? this.#options.remoteBytes,
        }, signal);
        const location = redirects.has(response.status) ? response.headers.get('location') : null;
        if (location === null) return usable(target, response, accept, known);
        target = destination(location, this.#plain, target);
      }
      throw new RemoteError('refused', `${place(first)} redirects more than ${maxRedirects} times.`);
    });
  }

  /**
   * Sends any request, and resolves to the answer whatever its status: redirects are not followed, and of an answer
   * without success the body is not read. `headers` are sent as they are. Throws `RemoteError` when there is no answer.
   */
  request(
    url: string, request: Omit<RemoteRequest, 'maxBytes'> & { readonly maxBytes?: number },
  ): Promise<RemoteResponse> {
    return this.#within(url, (target, signal) =>
      this.#ask(target, { maxBytes: this.#options.remoteBytes, ...request }, signal));
  }

  /**
   * Whether a request to a URL would be let out as things are now: by its scheme, its port, and the addresses of its
   * host. Nobody is connected to. Throws `refused`, and `unreachable` when the host has no address.
   */
  check(url: string): Promise<void> {
    return this.#within(url, async (target, signal) => {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      try {
        const host = target.hostname.replace(/^\[|\]$/g, '');
        await Promise.race([allowedAddresses(this.#guard, host, target.protocol === 'http:'), aborted]);
      } catch (error) {
        if (error instanceof RemoteError) throw error;
        throw new RemoteError('unreachable', `${place(target)} cannot be reached.`, { asked: false, cause: error });
      }
    });
  }

  /** Ends all requests and closes their connections; those that come later are `unreachable` at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const running = [...this.#running];
    for (const [controller] of running) controller.abort(closed());
    await Promise.allSettled(running.map(([, work]) => work));
  }

  async #within<T>(text: string, work: (url: URL, signal: AbortSignal) => Promise<T>): Promise<T> {
    const url = destination(text, this.#plain);
    if (this.#closed) throw closed();
    const controller = new AbortController();
    const timer = setTimeout(() => {
      const { remoteSeconds } = this.#options;
      controller.abort(new RemoteError('unreachable', `${place(url)} did not answer within ${remoteSeconds} seconds.`));
    }, this.#options.remoteSeconds * 1000);
    const working = work(url, controller.signal);
    this.#running.set(controller, working);
    try {
      return await working;
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
    }
  }

  /** One request, once its origin has room for it, unless the origin is to be left alone. */
  async #ask(url: URL, request: RemoteRequest, signal: AbortSignal): Promise<RemoteResponse> {
    this.#circuits.check(url.origin);
    const leave = await this.#gate.enter(url.origin, signal);
    try {
      this.#circuits.enter(url.origin);
      const start = performance.now();
      let outcome: Outcome = 'unknown';
      try {
        const response = await exchange(url, request, guardedConnector(this.#guard, signal), signal);
        outcome = isFailing(response.status) ? 'failed' : 'answered';
        return response;
      } catch (error) {
        // Who was given only the rest of the time, after a redirect by another or in a queue of ours, is not at fault.
        const hurried = signal.aborted && performance.now() - start < this.#options.remoteSeconds * 500;
        if (error instanceof RemoteError && error.asked && !hurried) {
          outcome = error.reason === 'unreachable' ? 'failed' : error.reason === 'unusable' ? 'answered' : 'unknown';
        }
        throw error;
      } finally {
        this.#circuits.leave(url.origin, outcome);
      }
    } finally {
      leave();
    }
  }
}

function closed(): RemoteError {
  return new RemoteError('unreachable', 'This server is stopping, and asks no other.', { asked: false });
}

/** A status that says nothing about what was asked for: the server cannot answer now. */
function isFailing(status: number): boolean {
  return status >= 500 || status === 429;
}

/** The response, if it is what `get` promises. `known`: whether a 304 was asked for. */
function usable(url: URL, response: RemoteResponse, accept: string, known: boolean): RemoteResponse {
  const { status, mediaType, headers } = response;
  if (status === 304 && known) return response;
  if (status !== 200) {
    const reason = isFailing(status) ? 'unreachable' : 'unusable';
    throw new RemoteError(reason, `${place(url)} answered with status ${status}.`, { status });
  }
  if ((headers.get('content-encoding') ?? 'identity').toLowerCase() !== 'identity') {
    throw new RemoteError('unusable', `${place(url)} is compressed, although that was not asked for.`);
  }
  const wanted = accept.split(',').map(essenceOf);
  if (!wanted.includes('*/*') && !wanted.includes(mediaType)) {
    throw new RemoteError('unusable', `${place(url)} is not to be had as ${wanted.join(' or ')}.`);
  }
  return response;
}
