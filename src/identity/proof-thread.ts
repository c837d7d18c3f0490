import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { log } from '../log.ts';
import type { SigningKey } from './signing-key.ts';

/** How many signatures wait for the thread; what comes beyond is checked on the spot, so that both are at work. */
export const maxAway = 32;

/** What the thread runs (`proof-worker.ts`). From source there is none, as Node cannot run it. */
const built = import.meta.url.endsWith('.ts') ? undefined : new URL('./proof-worker.js', import.meta.url);

/** What it makes of a batch is garbage soon. */
const maxYoungGenerationSizeMb = 4;

interface Asked {
  readonly jws: string;
  readonly key: SigningKey;
  readonly resolve: (signed: boolean) => void;
}

/**
 * Checks signatures, those that come in one turn of the event loop together in a thread of their own: to wake a thread
 * takes as long as to check a signature. One that comes alone is checked on the spot, so a server that few use at a
 * time has no such thread. Where it cannot be had, or ends, all is checked on the spot.
 */
export class ProofThread {
  readonly #file: URL | undefined;
  #asked: Asked[] = [];
  /** What the thread was given, in the order in which it answers. */
  readonly #away: (readonly Asked[])[] = [];
  #countAway = 0;
  #state: 'unneeded' | 'starting' | 'ready' | 'gone';
  #worker: Worker | undefined;

  constructor(file = built, processors = availableParallelism()) {
    this.#file = file;
    this.#state = file !== undefined && processors > 1 ? 'unneeded' : 'gone';
  }

  /** Whether the key in the header of a JWS has signed it. `key` is that key; the thread makes its own of the header. */
  check(jws: string, key: SigningKey): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#asked.push({ jws, key, resolve }) === 1) setImmediate(() => this.#checkAsked());
    });
  }

  #checkAsked(): void {
    const asked = this.#asked;
    this.#asked = [];
    const isAlone = asked.length === 1 && this.#countAway === 0;
    if (!isAlone && this.#state === 'unneeded') this.#start();
    if (!isAlone && this.#state === 'ready') this.#handOver(asked.splice(0, maxAway - this.#countAway));
    asked.forEach(checkHere);
  }

  #handOver(asked: readonly Asked[]): void {
    if (asked.length === 0) return;
    this.#countAway += asked.length;
    this.#away.push(asked);
    this.#worker!.postMessage(asked.map(({ jws }) => jws));
  }

  /** Its first message says that it is ready. */
  #start(): void {
    this.#state = 'starting';
    try {
      this.#worker = new Worker(this.#file!, { resourceLimits: { maxYoungGenerationSizeMb } })
        .once('message', () => this.#begin())
        .on('message', (signed: readonly (boolean | undefined)[]) => this.#take(signed))
        .on('error', (error) => this.#goOnAlone(error))
        .once('exit', () => this.#goOnAlone());
      this.#worker.unref();
    } catch (error) {
      // The system may have no thread to give.
      this.#goOnAlone(error);
    }
  }

  #begin(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'ready';
    log.debug('signatures that come together are checked in a thread of their own');
  }

  /** What it says may still come when it is known to have ended. */
  #take(signed: readonly (boolean | undefined)[]): void {
    if (signed.length === 0 || this.#state !== 'ready') return;
    const asked = this.#away.shift()!;
    this.#countAway -= asked.length;
    asked.forEach(({ jws, key, resolve }, i) => resolve(signed[i] ?? key.hasSigned(jws)));
  }

  #goOnAlone(error?: unknown): void {
    if (error !== undefined) log.warn({ err: error }, 'the thread that checks signatures failed');
    this.#state = 'gone';
    this.#countAway = 0;
    this.#away.splice(0).flat().forEach(checkHere);
  }
}

function checkHere({ jws, key, resolve }: Asked): void {
  resolve(key.hasSigned(jws));
}
