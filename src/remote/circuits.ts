import { LRUCache } from 'lru-cache';
import { RemoteError } from './remote-error.ts';

/** Failures in a row after which an origin is left alone. */
const maxFailures = 5;
/** For how long at first, in milliseconds; twice as long each time that it still fails, up to the longest. */
const firstPause = 30_000;
const longestPause = 300_000;
/** How many origins are remembered; the one that was not used for longest is forgotten. */
const maxOrigins = 10_000;

interface Circuit {
  failures: number;
  pause: number;
  openUntil: number;
  probing: boolean;
}

/** What became of a request. `unknown`: it says nothing about the origin. */
export type Outcome = 'answered' | 'failed' | 'unknown';

/**
 * Circuit breakers: an origin that has failed several times in a row is left alone for a while, and then one request
 * goes out to see whether it is back. An origin that answers has no circuit.
 */
export class Circuits {
  readonly #circuits = new LRUCache<string, Circuit>({ max: maxOrigins });
  readonly #now: () => number;

  /** `now`: milliseconds of any steady clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Throws `unreachable` when the origin is to be left alone. */
  check(origin: string): void {
    const circuit = this.#circuits.get(origin);
    if (circuit === undefined || (circuit.openUntil <= this.#now() && !circuit.probing)) return;
    throw new RemoteError('unreachable', `${origin} has not answered several times, and is not asked for a while.`,
      { asked: false });
  }

  /** Begins a request, which ends with `leave`. Throws as `check` does. */
  enter(origin: string): void {
    this.check(origin);
    const circuit = this.#circuits.get(origin);
    if (circuit && circuit.failures >= maxFailures) circuit.probing = true;
  }

  leave(origin: string, outcome: Outcome): void {
    if (outcome === 'answered') {
      this.#circuits.delete(origin);
      return;
    }
    const circuit = this.#circuits.get(origin) ?? { failures: 0, pause: firstPause, openUntil: 0, probing: false };
    circuit.probing = false;
    if (outcome === 'unknown') return;
    this.#circuits.set(origin, circuit);
    circuit.failures++;
    // Requests that were under way when it opened fail one after the other; they are not further probes.
    if (circuit.failures < maxFailures || circuit.openUntil > this.#now()) return;
    circuit.openUntil = this.#now() + circuit.pause;
    circuit.pause = Math.min(circuit.pause * 2, longestPause);
  }
}
