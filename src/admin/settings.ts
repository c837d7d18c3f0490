import { decodeJson, encodeJson } from '../pods/resource.ts';
import type { PodAddresses } from '../pods/addresses.ts';
import { Problem } from '../problem.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import type { Signal } from '../storage/signal.ts';

/** What of a node can be set while it runs. What is absent is not set. */
export interface Settings {
  readonly signUp?: 'open' | 'invite' | 'closed';
  /** As the option; a secret. */
  readonly mailUrl?: string;
  readonly mailFrom?: string;
  readonly podAddresses?: PodAddresses;
  /** In bytes; 0 for no limit. */
  readonly quotaBytes?: number;
  readonly maxPodsPerAccount?: number;
  /** For the front page. */
  readonly message?: string;
  readonly termsUrl?: string;
  readonly privacyUrl?: string;
}

export type SettingName = keyof Settings;
/** `null`: not set any more. */
export type SettingChanges = { readonly [Name in SettingName]?: Settings[Name] | null | undefined };

/** How long what another process has set may stay unknown here, when its hint got lost. */
const recheckMilliseconds = 5_000;
const topic = 'settings';

/**
 * The settings of a node: what whoever starts the server has set holds, then what its administrators have, then what
 * the options say by default.
 */
export class NodeSettings implements Disposable {
  readonly #database: Database;
  readonly #signal: Signal;
  readonly #fixed: Settings;
  readonly #defaults: Settings;
  readonly #listeners = new Set<() => void>();
  readonly #stop: (() => void)[] = [];
  #stored: Settings = {};
  #current: Settings;

  private constructor(database: Database, signal: Signal, fixed: Settings, defaults: Settings) {
    this.#database = database;
    this.#signal = signal;
    this.#fixed = fixed;
    this.#defaults = defaults;
    this.#current = { ...defaults, ...fixed };
  }

  /** `fixed`: what was set at the start, and cannot be changed. */
  static async open(
    database: Database, signal: Signal, { fixed, defaults }: { readonly fixed: Settings; readonly defaults: Settings },
  ): Promise<NodeSettings> {
    const settings = new NodeSettings(database, signal, withoutUndefined(fixed), withoutUndefined(defaults));
    await settings.refresh();
    const listening = signal.listen(topic, () => { void settings.refresh().catch(() => undefined); });
    const timer = setInterval(() => { void settings.refresh().catch(() => undefined); }, recheckMilliseconds).unref();
    settings.#stop.push(() => listening[Symbol.dispose](), () => clearInterval(timer));
    return settings;
  }

  /** What holds now. */
  get current(): Settings {
    return this.#current;
  }

  /** Whether this was set by whoever started the server. */
  isFixed(name: SettingName): boolean {
    return this.#fixed[name] !== undefined;
  }

  /** Calls `listener` after what holds has changed. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Sets some of them, if `check` lets what is stored then pass. Throws `conflict` for what is fixed. */
  async set(changes: SettingChanges): Promise<void> {
    const names = (Object.keys(changes) as SettingName[]).filter((name) => changes[name] !== undefined);
    const fixed = names.find((name) => this.isFixed(name) && changes[name] !== this.#fixed[name]);
    if (fixed !== undefined) {
      throw new Problem('conflict', `${fixed} was set by whoever starts the server, and is changed there.`);
    }
    for (;;) {
      const [entry] = await this.#database.get([keys.settings]);
      const before = entry === undefined ? {} : decodeJson<Settings>(entry.value);
      const after = Object.fromEntries(Object.entries({ ...before, ...changes })
        .filter(([, value]) => value !== null && value !== undefined));
      const check = entry === undefined
        ? { key: keys.settings, exists: false } : { key: keys.settings, version: entry.version };
      const puts = [{ key: keys.settings, value: encodeJson(after) }];
      if (await this.#database.commit({ checks: [check], puts }) !== undefined) break;
    }
    await this.refresh();
    this.#signal.notify(topic);
  }

  /** Reads again what is set. */
  async refresh(): Promise<void> {
    const [entry] = await this.#database.get([keys.settings]);
    const stored = entry === undefined ? {} : decodeJson<Settings>(entry.value);
    if (JSON.stringify(stored) === JSON.stringify(this.#stored)) return;
    this.#stored = stored;
    this.#current = { ...this.#defaults, ...stored, ...this.#fixed };
    for (const listener of this.#listeners) listener();
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stop) stop();
  }
}

function withoutUndefined(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
