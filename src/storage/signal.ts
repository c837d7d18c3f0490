/**
 * The contract of the signal: "look again", a hint between the processes of one node. It may be lost and may come
 * twice; it is never the truth, which is in the database.
 *
 * Implementations: `memory-signal.ts` (one process), `postgres-signal.ts` (LISTEN/NOTIFY).
 * `test/storage/signal-contract.ts` is the suite they pass.
 */
export interface Signal extends AsyncDisposable {
  /** Wakes all who listen to `topic`, in this process and the others. Never throws; what cannot be sent is dropped. */
  notify(topic: string): void;
  /**
   * Calls `wake` soon after each `notify(topic)`, never during it; calls may be merged, and come also when a hint
   * may have been missed. `wake` must not throw. Dispose of the result to stop.
   */
  listen(topic: string, wake: () => void): Disposable;
}
