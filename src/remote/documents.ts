import { LRUCache } from 'lru-cache';
import { Problem } from '../problem.ts';
import { place } from './destination.ts';
import type { RemoteResponse } from './exchange.ts';
import { freshSeconds } from './freshness.ts';
import type { Remote } from './remote.ts';
import { RemoteError } from './remote-error.ts';

export interface RemoteDocumentsOptions<T> {
  /** What one of these documents is called, as in `WebID document`: for messages. */
  readonly name: string;
  /** The Accept header, which names what `parse` takes; other types are `unusable`. */
  readonly accept: string;
  /** Makes of an answer with status 200 what is kept of it. Whatever it throws says that the document is `unusable`. */
  readonly parse: (response: RemoteResponse) => T | Promise<T>;
  /** The largest document in bytes; unset: what the Remote reads at most. */
  readonly maxBytes?: number;
  /** How many documents are kept, and how many failures. */
  readonly maxEntries?: number;
  /** How many bytes all documents that are kept may have had as text. */
  readonly maxTotalBytes?: number;
  /** How long a document is of use when its origin cannot be reached, from when it was last fetched or confirmed. */
  readonly staleSeconds: number;
  /** How long after a fetch `refresh` does not fetch again. */
  readonly refreshSeconds?: number;
}

interface Copy<T> {
  readonly value: T;
  readonly url: string;
  readonly etag: string | undefined;
  readonly size: number;
  readonly fetchedAt: number;
  readonly freshUntil: number;
}

/** What came of a fetch. `error`: why `value` is the old copy. */
interface Outcome<T> {
  readonly value: T;
  readonly error?: RemoteError;
}

interface Failure {
  readonly error: RemoteError;
  readonly until: number;
  /** Milliseconds for which it is remembered, and twice as long if it fails again; 0 as long as nobody was asked. */
  readonly pause: number;
}

/** For how long a failure is remembered at first, in milliseconds; twice as long each time, up to the longest. */
const firstPause = 30_000;
const longestPause = 300_000;
/** The same for one that came about without asking: a circuit that is open, a queue that is full. */
const unaskedPause = 1_000;

/**
 * Documents of other servers as this server understands them, each fetched when it is asked for and kept as long as it
 * is fresh (`freshness.ts`). Fragments of URLs do not count. Failures are kept too, for 30 seconds at first and 5
 * minutes at most, so that who asks next does not wait for the same.
 *
 * When a copy is no longer fresh and its origin is `unreachable`, the copy serves on for `staleSeconds`, even where
 * `must-revalidate` forbids that: here it would lock out the users of a server that is being restarted. Everything
 * else that goes wrong ends the copy at once. A 404, or something else in its place, is what the origin has to say; and
 * an address that is `refused` is no longer that origin.
 */
export class RemoteDocuments<T> {
  readonly #remote: Remote;
  readonly #options: RemoteDocumentsOptions<T>;
  readonly #copies: LRUCache<string, Copy<T>>;
  /** Apart from the copies, so that those who ask for what does not exist push out nothing that does. */
  readonly #failures: LRUCache<string, Failure>;
  readonly #pending = new Map<string, Promise<Outcome<T>>>();

  constructor(remote: Remote, options: RemoteDocumentsOptions<T>) {
    const { maxEntries = 5_000, maxTotalBytes = 64 * 1024 * 1024 } = options;
    this.#remote = remote;
    this.#options = options;
    this.#copies = new LRUCache({ max: maxEntries, maxSize: maxTotalBytes, sizeCalculation: ({ size }) => size });
    this.#failures = new LRUCache({ max: maxEntries });
  }

  /** The document, from another server if need be: many who ask at once wait for one fetch. Throws `RemoteError`. */
  async read(url: string): Promise<T> {
    const key = keyOf(url);
    const now = this.#remote.now();
    const copy = this.#copyOf(key);
    if (copy && now < copy.freshUntil) return copy.value;
    const failure = this.#failures.get(key);
    if (!failure || now >= failure.until) return (await this.#fetch(key)).value;
    if (copy) return copy.value;
    throw failure.error;
  }

  /** The document if there is a copy, fresh or not. Never goes out, never waits: for those who hold a queue. */
  known(url: string): T | undefined {
    return this.#copyOf(keyOf(url))?.value;
  }

  /**
   * The document as it is now, for when the copy lacks something that must be there by now. Does as `read` does when
   * it was fetched in the last seconds, so that nobody can have this server ask another without pause; and when it
   * could not be fetched, until that may be tried again.
   */
  async refresh(url: string): Promise<T> {
    const key = keyOf(url);
    const now = this.#remote.now();
    const copy = this.#copyOf(key);
    const failure = this.#failures.get(key);
    const recent = copy && now - copy.fetchedAt < (this.#options.refreshSeconds ?? 10) * 1000;
    return recent || (failure && now < failure.until) ? this.read(key) : (await this.#fetch(key)).value;
  }

  /** As `refresh`, but throws where that gives a copy of which its origin could not be asked whether it is still so. */
  async renew(url: string): Promise<T> {
    const key = keyOf(url);
    const now = this.#remote.now();
    const copy = this.#copyOf(key);
    if (copy && now - copy.fetchedAt < (this.#options.refreshSeconds ?? 10) * 1000) return copy.value;
    const failure = this.#failures.get(key);
    if (failure && now < failure.until) throw failure.error;
    const { value, error } = await this.#fetch(key);
    if (error !== undefined) throw error;
    return value;
  }

  #copyOf(key: string): Copy<T> | undefined {
    const copy = this.#copies.get(key);
    if (!copy) return undefined;
    const until = Math.max(copy.freshUntil, copy.fetchedAt + this.#options.staleSeconds * 1000);
    return this.#remote.now() < until ? copy : undefined;
  }

  #fetch(key: string): Promise<Outcome<T>> {
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const fetching = this.#load(key).finally(() => this.#pending.delete(key));
    this.#pending.set(key, fetching);
    return fetching;
  }

  async #load(key: string): Promise<Outcome<T>> {
    try {
      const copy = await this.#ask(key, this.#copyOf(key));
      this.#copies.set(key, copy);
      this.#failures.delete(key);
      return { value: copy.value };
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      // What is no URL to ask is refused again at no cost, however long it is.
      if (error.asked || error.reason === 'unreachable') this.#remember(key, error);
      if (error.reason !== 'unreachable') this.#copies.delete(key);
      const copy = this.#copyOf(key);
      if (copy) return { value: copy.value, error };
      throw error;
    }
  }

  async #ask(key: string, old: Copy<T> | undefined): Promise<Copy<T>> {
    const { accept, maxBytes } = this.#options;
    const response = await this.#remote.get(key, {
      accept,
      ...(maxBytes !== undefined && { maxBytes }),
      ...(old?.etag !== undefined && { copy: { url: old.url, etag: old.etag } }),
    });
    const fetchedAt = this.#remote.now();
    const freshUntil = fetchedAt + freshSeconds(response.headers) * 1000;
    // A 304 has the Cache-Control that the document would have (RFC 9110, 15.4.5).
    if (response.status === 304 && old) return { ...old, fetchedAt, freshUntil };
    return {
      value: await this.#parse(response),
      url: response.url,
      etag: response.headers.get('etag') ?? undefined,
      size: response.bytes.length + key.length + 1,
      fetchedAt,
      freshUntil,
    };
  }

  async #parse(response: RemoteResponse): Promise<T> {
    try {
      return await this.#options.parse(response);
    } catch (error) {
      const why = error instanceof Problem ? `: ${error.message}` : '.';
      const message = `The ${this.#options.name} at ${place(new URL(response.url))} cannot be read${why}`;
      throw new RemoteError('unusable', message, { cause: error });
    }
  }

  #remember(key: string, error: RemoteError): void {
    const before = this.#failures.get(key)?.pause ?? 0;
    const pause = error.asked ? Math.min(Math.max(before * 2, firstPause), longestPause) : before;
    this.#failures.set(key, { error, pause, until: this.#remote.now() + (error.asked ? pause : unaskedPause) });
  }
}

/** Documents are kept without their fragments. What is no URL is left for the Remote to refuse. */
function keyOf(url: string): string {
  if (!URL.canParse(url)) return url;
  const key = new URL(url);
  key.hash = '';
  return key.href;
}
