import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent } from '../access/agent.ts';
import type { Change } from '../pods/change.ts';
import { RemoteError } from '../remote/remote-error.ts';
import type { RemoteResponse } from '../remote/exchange.ts';
import type { Check } from '../storage/database.ts';
import type { Core } from './core.ts';
import { behind, cursorOf, isAfter } from './messages.ts';
import type { Cursor, Message } from './messages.ts';
import type { PodFollowing } from './pod-feed.ts';
import { pauseAfter, readRetryAfter } from './webhook-pause.ts';
import type { Progress, Webhook, WebhookRecords } from './webhook-records.ts';
import type { Turns } from './webhook-turns.ts';

/** How long what was told may be unsaved, in milliseconds. After a crash it is told again. */
const saveMilliseconds = 200;
/** From how many changes on, that were none of its, it is worth saving that they were seen. */
const skippedWorthSaving = 1_000;
/** Whoever takes longer to answer is slow, in milliseconds. */
const slowMilliseconds = 1_000;
/** How long the longest pause is after a failure of ours, in milliseconds. */
const longestOwnPause = 60_000;

export interface DeliveryParts {
  readonly core: Pick<Core, 'feed' | 'judge' | 'renew' | 'log'>;
  readonly records: WebhookRecords;
  readonly turns: Turns;
  readonly post: (webhook: Webhook, message: Message) => Promise<RemoteResponse>;
  /** What a commit checks so that it is done by whoever may send; `undefined` when that is somebody else now. */
  readonly mine: () => readonly Check[] | undefined;
  /** How long a receiver is left alone after its first failure, and after how long it is given up, in milliseconds. */
  readonly pause: number;
  readonly patience: number;
  /** Called when nothing more is to be sent here. */
  readonly over: (id: string) => void;
  readonly givenUp: (webhook: Webhook, reason: string) => Promise<void>;
}

/**
 * Tells one webhook what happened: from the change log through the judge to the receiver, one message after the other,
 * the next when the one before was taken. What waits, waits in the log; while a receiver fails, nothing but a timer is
 * kept of it.
 */
export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #webhook: Webhook;
  readonly #host: string;
  readonly #closing = new AbortController();
  readonly #ending: NodeJS.Timeout;
  #progress: Progress;
  /** As it was saved last, and when; and whether a message was delivered since. */
  #saved: Progress;
  #savedAt = 0;
  #told = false;
  #following: PodFollowing | undefined;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<unknown> = Promise.resolve();
  #ownFailures = 0;

  constructor(webhook: Webhook, progress: Progress, parts: DeliveryParts) {
    this.#webhook = webhook;
    this.#host = new URL(webhook.sendTo).origin;
    this.#progress = progress;
    this.#saved = progress;
    this.#parts = parts;
    this.#ending = setTimeout(() => this.close(), Math.max(0, webhook.endAt - Date.now())).unref();
    this.#beginIn((progress.failing?.next ?? 0) - Date.now());
  }

  get agent(): Agent {
    return this.#webhook.agent;
  }

  /** Ends the webhook for good. */
  async end(): Promise<void> {
    this.close();
    await this.#parts.records.end(this.#webhook.id);
  }

  /** Sends no more; what is being sent still is. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    clearTimeout(this.#ending);
    this.#rest();
    this.#parts.over(this.#webhook.id);
  }

  /** Closes, and resolves when nothing is under way any more and it is saved how far that came. */
  async stop(): Promise<void> {
    this.close();
    await this.#working.catch(() => undefined);
    if (this.#progress !== this.#saved) await this.#save();
  }

  /** Has it saved that many changes were seen which do not concern the topic, so that nobody reads them again. */
  async skip(): Promise<void> {
    const after = this.#following?.after;
    if (after === undefined || after - this.#saved.sequence < skippedWorthSaving) return;
    this.#progress = { ...this.#progress, ...behind(after) };
    await this.#save();
  }

  #beginIn(milliseconds: number): void {
    this.#timer = setTimeout(() => { this.#working = this.#begin(); }, Math.max(0, milliseconds)).unref();
  }

  /** Nothing is followed until it begins again. */
  #rest(): void {
    clearTimeout(this.#timer);
    this.#following?.[Symbol.dispose]();
    this.#following = undefined;
  }

  async #begin(): Promise<void> {
    try {
      if (this.#webhook.state !== undefined && this.#progress.begun !== true) {
        const sent = await this.#tell(async (webhook) => {
          const message = await this.#parts.core.judge.stateMessage(webhook);
          return { messages: message === undefined ? [] : [message], upTo: this.#progress, begun: true };
        });
        if (!sent) return;
        if (!await this.#save()) return this.close();
      }
      if (this.#closing.signal.aborted) return;
      const { sequence, order } = this.#progress;
      // Within the change that the cursor is in, another message may be due.
      const after = order === behind(0).order ? sequence : sequence - 1;
      this.#following = this.#parts.core.feed.follow(this.#webhook, after, {
        take: (changes) => {
          const taking = this.#take(changes);
          this.#working = taking;
          return taking;
        },
        lost: (error) => this.#lost(error),
      });
    } catch (error) {
      this.#lost(error);
    }
  }

  async #take(changes: readonly Change[]): Promise<void> {
    const { rate } = this.#webhook;
    // Notification Features, `rate`: of what happened meanwhile, the last.
    const steps = rate === undefined ? changes.map((change) => [change]) : [changes];
    const { last } = this.#progress;
    for (const [i, some] of steps.entries()) {
      const sent = await this.#tell(async (webhook) => {
        const { messages, held } = await this.#parts.core.judge.messages(webhook, some);
        const due = messages.filter((message) => isAfter(message, this.#progress));
        return { messages: rate === undefined ? due : due.slice(-1), upTo: behind(some.at(-1)!.sequence), held };
      });
      if (!sent || this.#closing.signal.aborted) return;
      const isLast = i === steps.length - 1;
      if (this.#told && (isLast || performance.now() - this.#savedAt >= saveMilliseconds)) {
        if (!await this.#save()) return this.close();
      }
    }
    if (rate !== undefined && this.#progress.last !== last) await this.#pause(rate);
  }

  /**
   * Makes messages and sends them, within a turn of the host. Whether the webhook is still there, and its subscriber
   * still who they were, is asked right before. Resolves to whether all was sent.
   */
  async #tell(
    make: (webhook: Webhook) => Promise<
      { readonly messages: readonly Message[]; readonly upTo: Cursor } & Partial<Progress>>,
  ): Promise<boolean> {
    const { records, turns, core, mine } = this.#parts;
    const endTurn = await turns.take(this.#host, this.#closing.signal).catch(() => undefined);
    if (endTurn === undefined) return false;
    let well: boolean | undefined;
    try {
      const webhook = await records.find(this.#webhook.id);
      if (webhook === undefined || webhook.disabled !== undefined || mine() === undefined) {
        this.close();
        return false;
      }
      const agent = await core.renew(webhook.agent);
      if (agent === undefined) {
        await this.end();
        return false;
      }
      const held = this.#progress.held;
      const { messages, upTo, ...then } = await make({ ...webhook, agent, ...(held !== undefined && { held }) });
      for (const message of messages) {
        if (this.#closing.signal.aborted) return false;
        const began = performance.now();
        const failure = await this.#send(webhook, message);
        well = failure === undefined && performance.now() - began < slowMilliseconds;
        if (failure !== undefined) {
          await this.#fail(webhook, failure);
          return false;
        }
        const { failing: _, ...before } = this.#progress;
        // A message about the state belongs to no change.
        this.#progress = { ...before, ...(then.begun === true ? {} : cursorOf(message)), last: Date.now() };
        this.#told = true;
      }
      this.#progress = { ...this.#progress, ...then, sequence: upTo.sequence, order: upTo.order };
      this.#ownFailures = 0;
      return true;
    } finally {
      endTurn(well);
    }
  }

  /** Resolves to why a message was not taken. */
  async #send(webhook: Webhook, message: Message): Promise<Failure | undefined> {
    try {
      const { status, headers } = await this.#parts.post(webhook, message);
      if (status >= 200 && status < 300) return undefined;
      return {
        reason: `It answered with status ${status}.`, gone: status === 410,
        retryAfter: readRetryAfter(headers.get('retry-after'), Date.now()),
      };
    } catch (error) {
      if (error instanceof RemoteError) return { reason: error.message, asked: error.asked };
      throw error;
    }
  }

  async #fail(webhook: Webhook, { reason, gone = false, asked = true, retryAfter }: Failure): Promise<void> {
    const { records, pause, patience, mine, givenUp } = this.#parts;
    // The server stops, and broke the request off itself.
    if (this.#closing.signal.aborted) return;
    // RFC 9110, 15.5.11: it wants to hear no more.
    if (gone) return this.end();
    const now = Date.now();
    const { since = now, attempts = 0, reason: before } = this.#progress.failing ?? {};
    if (now - since >= patience) {
      this.close();
      const { last } = this.#progress;
      const disabled = { at: now, reason, ...(last !== undefined && { last }) };
      if (await records.disable(webhook, disabled, mine() ?? [])) await givenUp(webhook, reason);
      return;
    }
    const next = now + pauseAfter(attempts + 1, pause, retryAfter);
    const first = (asked ? undefined : before) ?? reason;
    this.#progress = { ...this.#progress, failing: { since, attempts: attempts + 1, next, reason: first } };
    this.#rest();
    this.#beginIn(next - now);
    if (!await this.#save()) this.close();
  }

  /** The pod is gone; or something of ours has failed, which is no fault of the receiver. */
  #lost(error?: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#rest();
    if (error === undefined) {
      this.#working = this.end().catch((failure: unknown) => this.#lost(failure));
      return;
    }
    this.#parts.core.log.error({ err: error }, 'a webhook could not be told; this is tried again');
    this.#ownFailures += 1;
    this.#beginIn(Math.min(pauseAfter(this.#ownFailures, this.#parts.pause), longestOwnPause));
  }

  async #save(): Promise<boolean> {
    const checks = this.#parts.mine();
    const progress = this.#progress;
    if (checks === undefined || !await this.#parts.records.save(this.#webhook.id, progress, checks)) return false;
    this.#saved = progress;
    this.#savedAt = performance.now();
    this.#told = false;
    return true;
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
  }
}

/**
 * Why a message was not taken. `gone`: the receiver wants to hear no more. `asked`: whether it was asked at all.
 * `retryAfter`: how long it wants to be left alone, in milliseconds.
 */
interface Failure {
  readonly reason: string;
  readonly gone?: boolean;
  readonly asked?: boolean;
  readonly retryAfter?: number | undefined;
}
