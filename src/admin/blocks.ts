import { decodeJson, encodeJson } from '../pods/resource.ts';
import { Problem } from '../problem.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Signal } from '../storage/signal.ts';

/** What a list is of, and whether what is on it is let in, or kept out. */
export type ListName = 'blocked-app' | 'blocked-issuer' | 'allowed-issuer';

export interface Listed {
  /** An app's identifier, or an issuer. */
  readonly what: string;
  /** Since when, in milliseconds since 1970. */
  readonly at: number;
  readonly note?: string;
}

/** Of all lists together. */
const maxListed = 10_000;
/** In bytes: keys have a limit. */
const maxWhat = 2_000;
const recheckMilliseconds = 5_000;
const topic = 'lists';

/** Apps and issuers that a node has nothing to do with; and, if any are on that list, the only issuers it trusts. */
export class Lists implements Disposable {
  readonly #database: Database;
  readonly #signal: Signal;
  readonly #changed: () => Promise<void>;
  readonly #stop: (() => void)[] = [];
  #lists: ReadonlyMap<string, ReadonlyMap<string, Listed>> = new Map();

  private constructor(database: Database, signal: Signal, changed: () => Promise<void>) {
    this.#database = database;
    this.#signal = signal;
    this.#changed = changed;
  }

  /** `changed` is called after a list was changed here. */
  static async open(database: Database, signal: Signal, changed: () => Promise<void>): Promise<Lists> {
    const lists = new Lists(database, signal, changed);
    await lists.#read();
    const read = (): void => { void lists.#read().catch(() => undefined); };
    const listening = signal.listen(topic, read);
    const timer = setInterval(read, recheckMilliseconds).unref();
    lists.#stop.push(() => listening[Symbol.dispose](), () => clearInterval(timer));
    return lists;
  }

  /** What is on a list, in the order of their names. */
  of(list: ListName): readonly Listed[] {
    return [...(this.#lists.get(list)?.values() ?? [])];
  }

  /** Why an app is blocked (perhaps in no words); `undefined` when it is not. */
  appBlocked(client: string): string | undefined {
    const listed = this.#lists.get('blocked-app')?.get(client);
    return listed && (listed.note ?? '');
  }

  /** Why what an issuer says does not count here; `undefined` when it does. */
  issuerRefused(issuer: string): string | undefined {
    if (this.#lists.size === 0) return undefined;
    const name = issuerName(issuer);
    if (this.#lists.get('blocked-issuer')?.has(name)) return 'This server does not take tokens of that issuer.';
    const allowed = this.#lists.get('allowed-issuer');
    return allowed === undefined || allowed.has(name)
      ? undefined : 'This server takes tokens of some issuers only, and that one is not among them.';
  }

  /** Puts something on a list. Throws `invalid`, and `conflict` when there is too much on them already. */
  async add(list: ListName, what: string, note?: string): Promise<void> {
    const name = list === 'blocked-app' ? what.trim() : issuerName(what);
    if (!isName(name)) {
      throw new Problem('invalid', list === 'blocked-app'
        ? 'This cannot be the identifier of an app.' : 'Write an issuer like https://login.example/');
    }
    const size = [...this.#lists.values()].reduce((sum, one) => sum + one.size, 0);
    if (size >= maxListed) throw new Problem('conflict', `There are up to ${maxListed} apps and issuers on the lists.`);
    const value = encodeJson({ at: Date.now(), ...(note !== undefined && note !== '' && { note }) });
    await this.#database.commit({ puts: [{ key: keys.listed(list, name), value }] });
    await this.#tell();
  }

  /** Takes something off a list. Throws `missing` when it is not on it. */
  async remove(list: ListName, what: string): Promise<void> {
    if (!isName(what)) throw new Problem('missing', 'That is not on the list.');
    const key = keys.listed(list, what);
    if (await this.#database.commit({ checks: [{ key, exists: true }], deletes: [key] }) === undefined) {
      throw new Problem('missing', 'That is not on the list.');
    }
    await this.#tell();
  }

  async #tell(): Promise<void> {
    await this.#read();
    this.#signal.notify(topic);
    await this.#changed();
  }

  async #read(): Promise<void> {
    const lists = new Map<string, Map<string, Listed>>();
    for await (const { key: [, list = '', what = ''], value } of this.#database.range(keys.lists)) {
      const entries = lists.get(list) ?? new Map<string, Listed>();
      lists.set(list, entries.set(what, { what, ...decodeJson<Omit<Listed, 'what'>>(value) }));
    }
    this.#lists = lists;
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stop) stop();
  }
}

/** What can be kept: keys have a limit. */
function isName(name: string): boolean {
  return name !== '' && Buffer.byteLength(name) <= maxWhat && name.isWellFormed() && !name.includes('\0');
}

/** Issuers are the same with and without the slash at the end. `''` for what is none. */
function issuerName(issuer: string): string {
  const text = issuer.trim();
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return '';
  const { href, search, hash } = new URL(text);
  return `${search}${hash}` === '' ? href.replace(/\/*$/, '/') : '';
}
