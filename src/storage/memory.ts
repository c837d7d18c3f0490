import { holds, type Database, type Entry, type Key, type Version, type Write } from './database.ts';
import { byteText, encodeWrite } from './encoded-write.ts';
import { keyBytes, rangeBounds } from './key-bytes.ts';
import { versionText } from './version-text.ts';

/** A database in the memory of this process, for tests: everything of the contract but durability. */
export class MemoryDatabase implements Database {
  /** The entries by their key's bytes, and those keys in order. */
  readonly #entries = new Map<string, Entry>();
  readonly #order: string[] = [];
  #last = 0n;

  async get(keys: readonly Key[]): Promise<(Entry | undefined)[]> {
    return keys.map((key) => this.#find(key));
  }

  async *range(prefix: Key, { after, limit = Infinity }: { after?: Key; limit?: number } = {}): AsyncIterable<Entry> {
    const { gt, lt } = rangeBounds(prefix, after);
    const end = byteText(lt);
    let last = byteText(gt);
    for (let left = limit; left > 0; left -= 1) {
      const key = this.#order[this.#place(last, true)];
      if (key === undefined || key >= end) return;
      yield this.#entries.get(key)!;
      last = key;
    }
  }

  async commit(write: Write): Promise<Version | undefined> {
    const { checks, puts, deletes } = encodeWrite(write);
    if (!checks.every((check) => holds(check, this.#find(check.key)?.version))) return undefined;
    const version = versionText(++this.#last);
    for (const { bytes } of deletes) this.#delete(byteText(bytes));
    for (const { key, bytes, value } of puts) {
      this.#put(byteText(bytes), { key: [...key], value: Uint8Array.from(value), version });
    }
    return version;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #find(key: Key): Entry | undefined {
    return this.#entries.get(byteText(keyBytes(key)));
  }

  #put(key: string, entry: Entry): void {
    if (!this.#entries.has(key)) this.#order.splice(this.#place(key), 0, key);
    this.#entries.set(key, entry);
  }

  #delete(key: string): void {
    if (this.#entries.delete(key)) this.#order.splice(this.#place(key), 1);
  }

  /** Where `key` is or belongs in the order; with `behind`, the place of the first key greater than it. */
  #place(key: string, behind = false): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.#order[middle]!;
      if (found < key || (behind && found === key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
