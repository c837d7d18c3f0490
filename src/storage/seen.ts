/**
 * The contract of what was seen: tells, of marks that may come once, whether one comes for the first time. It forgets
 * each after a while, and everything when the machine or the database crashes: it is no place for the truth, and costs
 * no durable write.
 *
 * Implementations: `memory-seen.ts` (one process), `postgres-seen.ts` (all processes on one database).
 * `test/storage/seen-contract.ts` is the suite they pass.
 */
export interface Seen extends AsyncDisposable {
  /**
   * Whether `mark`, a string of up to 64 ASCII characters, was never seen before. It is remembered until `until`
   * (milliseconds since 1970) at least, which is not more than an hour away. Of many calls with one mark at the same
   * time, in whichever process, one resolves to true. Throws Problem `busy` rather than forget a mark before its time.
   */
  first(mark: string, until: number): Promise<boolean>;
}
