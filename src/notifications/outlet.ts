import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent } from '../access/agent.ts';
import type { Log } from '../log.ts';
import type { Change } from '../pods/change.ts';
import type { Channel } from './channel.ts';
import type { Feed } from './feed.ts';
import type { Judge } from './judge.ts';
import { behind, isAfter, render } from './messages.ts';
import type { Cursor, Message } from './messages.ts';

/** How many changes are made into messages, and sent, at a time: so much memory takes one who does not read. */
const changesPerBatch = 32;

/** Why a channel ends: its time is over; its grant was withdrawn; we cannot go on; the server stops; nobody reads. */
export type Ending = 'over' | 'withdrawn' | 'failed' | 'stopping' | 'slow';

/** The way to a subscriber who is connected. */
export interface Sink {
  /** Sends messages. Resolves, when they have left the process, to `true`; to `false` when that takes too long. */
  send(messages: readonly { readonly id: string; readonly text: string }[]): Promise<boolean>;
  /** Ends the connection. Called once. */
  end(why: Ending): void;
}

export interface OutletOptions {
  readonly feed: Feed;
  readonly judge: Judge;
  readonly log: Log;
}

/**
 * A channel whose subscriber is connected: from the change log through the judge to the sink. What comes faster than
 * the subscriber reads it, or than the `rate` of the channel, waits in the log.
 */
export class Outlet implements Disposable {
  readonly #options: OutletOptions;
  readonly #sink: Sink;
  readonly #cursor: Cursor;
  readonly #timer: NodeJS.Timeout;
  #channel: Channel;
  #following: Disposable | undefined;
  #closed = false;
  #pause: AbortController | undefined;

  /** `cursor`: the last message that the subscriber has; absent for one who has none yet. */
  constructor(channel: Channel, cursor: Cursor | undefined, sink: Sink, options: OutletOptions) {
    this.#channel = channel;
    this.#cursor = cursor ?? behind(channel.after);
    this.#sink = sink;
    this.#options = options;
    this.#timer = setTimeout(() => this.end('over'), Math.max(0, channel.endAt - Date.now()));
    if (channel.state === undefined || cursor !== undefined) this.#follow();
    else void this.#beginWithState();
  }

  get agent(): Agent {
    return this.#channel.agent;
  }

  /** See `Channel.held`. */
  get held(): boolean {
    return this.#channel.held ?? true;
  }

  /** Goes on under the authority that the agent has now. */
  renew(agent: Agent): void {
    this.#channel = { ...this.#channel, agent };
  }

  end(why: Ending): void {
    if (this.#closed) return;
    this[Symbol.dispose]();
    this.#sink.end(why);
  }

  /** Stops telling; for when the subscriber has gone. */
  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#pause?.abort();
    this.#following?.[Symbol.dispose]();
  }

  #follow(): void {
    const { sequence, order } = this.#cursor;
    // Within the change that the cursor is in, another message may be due.
    const after = order === behind(0).order ? sequence : sequence - 1;
    this.#following = this.#options.feed.follow(this.#channel, after, {
      take: (changes) => this.#take(changes),
      lost: (error) => this.#lost(error),
    });
  }

  async #beginWithState(): Promise<void> {
    try {
      const message = await this.#options.judge.stateMessage(this.#channel);
      if (message !== undefined) await this.#send([message]);
      if (!this.#closed) this.#follow();
    } catch (error) {
      this.#lost(error);
    }
  }

  async #take(changes: readonly Change[]): Promise<void> {
    for (let at = 0; at < changes.length && !this.#closed; at += changesPerBatch) {
      const some = changes.slice(at, at + changesPerBatch);
      const { messages, held } = await this.#options.judge.messages(this.#channel, some);
      if (held !== (this.#channel.held ?? true)) this.#channel = { ...this.#channel, held };
      const due = messages.filter((message) => isAfter(message, this.#cursor));
      // Notification Features, `rate`: of what happened meanwhile, the last.
      if (due.length > 0) await this.#send(this.#channel.rate === undefined ? due : due.slice(-1));
    }
  }

  async #send(messages: readonly Message[]): Promise<void> {
    const { accept, rate } = this.#channel;
    const texts = await Promise.all(messages.map(async (message) => (
      { id: message.id, text: await render(message, accept) })));
    if (this.#closed) return;
    if (!await this.#sink.send(texts)) this.end('slow');
    if (rate === undefined || this.#closed) return;
    this.#pause = new AbortController();
    await sleep(rate, undefined, { signal: this.#pause.signal, ref: false }).catch(() => undefined);
  }

  #lost(error?: unknown): void {
    const { log } = this.#options;
    if (error !== undefined && !this.#closed) log.error({ err: error }, 'a channel of notifications broke');
    this.end(error === undefined ? 'over' : 'failed');
  }
}
