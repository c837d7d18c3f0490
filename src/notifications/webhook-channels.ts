import type { Context } from 'koa';
import type { Agent } from '../access/agent.ts';
import { hashOf } from '../accounts/secret.ts';
import { Problem } from '../problem.ts';
import { RemoteError } from '../remote/remote-error.ts';
import type { Remote } from '../remote/remote.ts';
import type { Check } from '../storage/database.ts';
import type { Signal } from '../storage/signal.ts';
import type { Channel, ChannelType, Told } from './channel.ts';
import type { Core } from './core.ts';
import { behind, mediaTypes, render } from './messages.ts';
import type { Message } from './messages.ts';
import type { Sender } from './sender.ts';
import type { Asked } from './subscription-request.ts';
import { Delivery } from './webhook-delivery.ts';
import { Lease } from './webhook-lease.ts';
import { WebhookRecords } from './webhook-records.ts';
import type { Progress, Webhook } from './webhook-records.ts';
import { Turns } from './webhook-turns.ts';

/** Requests to receivers that may be under way: in all, to one host, and to those that are slow or fail. */
export const webhookTurns = { inAll: 64, perHost: 4, toSlow: 16 } as const;
/** How long a process that shows no sign of life keeps others from sending, and how often it shows one. */
const leaseMilliseconds = 15_000;
const beatMilliseconds = 4_000;
/** How often all webhooks are looked at: for those that others made, and what is worth saving. */
const lookMilliseconds = 60_000;
/** How long what is being sent may still take when the server stops. */
const stopMilliseconds = 2_000;
/** For how long it is known how many webhooks there are. */
const countedMilliseconds = 10_000;
/** The topic of the signal that says that there is another webhook, or nobody who sends. */
const webhooksTopic = 'webhooks';

export interface WebhooksOptions {
  /**
   * By which receivers are reached: one of its own, so that none of them is in the way of what else is asked of others.
   */
  readonly remote: Remote;
  readonly sender: Sender;
  readonly signal: Signal;
  /** Whether other processes work on the same database. */
  readonly shared: boolean;
  /** The `WWW-Authenticate` header for who brought no credentials. */
  readonly challenge: string;
  /** Whether a URL is of this node. */
  readonly isOwn: (url: string) => boolean;
  readonly maxChannelsPerAgent: number;
  readonly maxChannels: number;
  /**
   * How long a receiver is left alone that failed, the first time; and how long it may fail before it is told no more.
   */
  readonly webhookPauseSeconds: number;
  readonly webhookGiveUpSeconds: number;
  /** Tells whoever has a WebID here that a webhook of theirs was given up. */
  readonly givenUp: (webhook: Webhook, reason: string) => Promise<void>;
}

/**
 * WebhookChannel2023: messages are sent to an address that the subscriber names, in the order of the change log, each
 * at least once, also after a crash of this server. Of several processes on one database, one at a time sends.
 */
export class WebhookChannels implements ChannelType, AsyncDisposable {
  readonly name = 'WebhookChannel2023';
  readonly #core: Core;
  readonly #options: WebhooksOptions;
  readonly #records: WebhookRecords;
  readonly #turns = new Turns(webhookTurns);
  readonly #deliveries = new Map<string, Delivery>();
  readonly #lease: Lease | undefined;
  #counted = { count: 0, at: -Infinity };
  #timer: NodeJS.Timeout | undefined;
  #listening: Disposable | undefined;
  #working: Promise<void> | undefined;
  #again = false;
  #sends = false;
  #lookedAt = -Infinity;

  constructor(core: Core, options: WebhooksOptions) {
    this.#core = core;
    this.#options = options;
    this.#records = new WebhookRecords(core.database);
    this.#lease = options.shared
      ? new Lease(core.database, 'webhooks', { milliseconds: leaseMilliseconds }) : undefined;
  }

  /** Begins to send, once this process answers requests: receivers look who sends. */
  begin(): void {
    this.#listening = this.#options.signal.listen(webhooksTopic, () => this.#look(true));
    const pace = this.#lease === undefined ? lookMilliseconds : beatMilliseconds;
    this.#timer = setInterval(() => this.#look(), pace).unref();
    this.#look(true);
  }

  async open(channel: Channel, _secret: string, asked: Asked, ctx: Context): Promise<Told> {
    if (channel.agent.webId === undefined) {
      ctx.set('WWW-Authenticate', this.#options.challenge);
      throw new Problem('unauthenticated', 'A webhook is for somebody with a WebID: log in to subscribe.');
    }
    const sendTo = await this.#receiver(asked.one('sendTo'));
    await this.#refuseTooMany(channel.by);
    const webhook: Webhook = { ...channel, type: this.name, sendTo };
    const progress = behind(channel.after);
    await this.#records.keep(webhook, progress);
    this.#counted.count += 1;
    if (this.#sends) this.#deliver(webhook, progress);
    else this.#options.signal.notify(webhooksTopic);
    return { sendTo, sender: this.#options.sender.id };
  }

  /** Whoever knows the address may end the webhook: nobody can guess it. */
  async visit(ctx: Context, secret: string): Promise<void> {
    if (ctx.method !== 'DELETE') throw new Problem('method', 'A webhook is ended with DELETE.', { allow: 'DELETE' });
    const id = hashOf(secret);
    if (!await this.#records.end(id)) throw new Problem('missing', 'There is no such channel, or it has ended.');
    this.#deliveries.get(id)?.close();
    ctx.status = 204;
  }

  /** Ends those whose grant is gone. */
  async recheck(): Promise<void> {
    const answers = new Map<string, Promise<Agent | undefined>>();
    await Promise.all([...this.#deliveries.values()].map(async (delivery) => {
      const name = JSON.stringify(delivery.agent);
      const answer = answers.get(name) ?? this.#core.renew(delivery.agent);
      answers.set(name, answer);
      try {
        if (await answer === undefined) await delivery.end();
      } catch (error) {
        // It is asked again before anything is sent.
        this.#core.log.error({ err: error }, 'the grant of a webhook could not be looked at');
      }
    }));
  }

  /** Stops sending, and leaves it to others. What is being sent may come to its end, if that does not take long. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#listening?.[Symbol.dispose]();
    this.#sends = false;
    await this.#working;
    const late = setTimeout(() => void this.#options.remote[Symbol.asyncDispose](), stopMilliseconds);
    await Promise.allSettled([...this.#deliveries.values()].map((delivery) => delivery.stop()));
    clearTimeout(late);
    await this.#options.remote[Symbol.asyncDispose]();
    await this.#lease?.release();
    this.#options.signal.notify(webhooksTopic);
  }

  /** The address that messages go to. Throws `unprocessable` for one that is not allowed, whatever the reason. */
  async #receiver(sendTo: string | undefined): Promise<string> {
    if (sendTo === undefined || !URL.canParse(sendTo)) {
      throw new Problem('unprocessable', 'A webhook says where its messages go: "sendTo", a URL.');
    }
    const url = new URL(sendTo);
    url.hash = '';
    if (this.#options.isOwn(url.href)) {
      throw new Problem('unprocessable',
        'A webhook leads to another server: what it sent here could be a change itself.');
    }
    try {
      await this.#options.remote.check(url.href);
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      throw new Problem('unprocessable', 'A webhook leads to a public address over https. This one does not, or has no '
        + 'address at present.');
    }
    return url.href;
  }

  async #refuseTooMany(by: string): Promise<void> {
    const { maxChannelsPerAgent, maxChannels } = this.#options;
    if (await this.#records.countOf(by, maxChannelsPerAgent) >= maxChannelsPerAgent) {
      throw new Problem('too-many', `You have ${maxChannelsPerAgent} webhooks already. End some first.`,
        { 'retry-after': '60' });
    }
    if (performance.now() - this.#counted.at > countedMilliseconds) {
      this.#counted = { count: await this.#records.count(maxChannels), at: performance.now() };
    }
    if (this.#counted.count >= maxChannels) {
      throw new Problem('busy', 'There are too many webhooks. Try again later.', { 'retry-after': '60' });
    }
  }

  /** Sees to what this process has to do; `all`: as far as all webhooks go too. */
  #look(all = false): void {
    if (all) this.#lookedAt = -Infinity;
    this.#again = true;
    this.#working ??= this.#work().finally(() => { this.#working = undefined; });
  }

  async #work(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        const sent = this.#sends && this.#mine() !== undefined;
        this.#sends = this.#lease === undefined || await this.#lease.tend();
        if (!sent) this.#lookedAt = -Infinity;
        if (!this.#sends) {
          for (const delivery of this.#deliveries.values()) delivery.close();
        } else if (performance.now() - this.#lookedAt >= lookMilliseconds) {
          this.#lookedAt = performance.now();
          await this.#lookAtAll();
        }
      } catch (error) {
        this.#lookedAt = -Infinity;
        this.#core.log.error({ err: error }, 'it could not be seen which webhooks there are; this is tried again');
      }
    }
  }

  async #lookAtAll(): Promise<void> {
    for await (const { webhook, progress } of this.#records.active()) {
      const delivery = this.#deliveries.get(webhook.id);
      if (delivery === undefined) this.#deliver(webhook, progress);
      else await delivery.skip();
    }
  }

  #deliver(webhook: Webhook, progress: Progress): void {
    if (this.#deliveries.has(webhook.id)) return;
    this.#deliveries.set(webhook.id, new Delivery(webhook, progress, {
      core: this.#core, records: this.#records, turns: this.#turns,
      post: (to, message) => this.#post(to, message),
      mine: () => this.#mine(),
      pause: this.#options.webhookPauseSeconds * 1000, patience: this.#options.webhookGiveUpSeconds * 1000,
      over: (id) => this.#deliveries.delete(id),
      givenUp: this.#options.givenUp,
    }));
  }

  #mine(): readonly Check[] | undefined {
    if (this.#lease === undefined) return [];
    const { check } = this.#lease;
    return check && [check];
  }

  async #post({ sendTo, accept }: Webhook, message: Message) {
    const body = await render(message, accept);
    const headers = await this.#options.sender.headers(sendTo, body, mediaTypes[accept]);
    return this.#options.remote.request(sendTo, { method: 'POST', headers, body });
  }
}
