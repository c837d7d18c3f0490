import { setTimeout as sleep } from 'node:timers/promises';
import { Eta } from 'eta';
import type { Transporter } from 'nodemailer';
import type { Log } from '../log.ts';
import { packagePath } from '../package.ts';
import { Problem } from '../problem.ts';

const views = packagePath('templates/mail');
const texts = new Eta({ views, cache: true, autoEscape: false, autoTrim: false });
const pages = new Eta({ views, cache: true });

/** How long the mail server may take for each step, in milliseconds. */
const patience = 10_000;
/** How long it rests before it tries again, in seconds: some servers turn away whom they do not know the first time. */
const restSeconds = [60, 300];
/** How many mails may be on their way; more are not sent. */
const maxUnderWay = 500;
/** How much may wait to be done after the answer, mails among it. */
const maxLater = 10_000;

const subjects = {
  reset: 'Set a new password',
  verify: 'Confirm your e-mail address',
  leaving: 'Your account will be deleted',
  test: 'Mail from your pod server works',
  notice: undefined,
} as const;

export type MailKind = keyof typeof subjects;

/** What a template shows. */
export interface MailValues {
  /** The base URL of this server. */
  readonly server: string;
  readonly email: string;
  /** The page on which to go on. */
  readonly link: string;
  /** When an account is deleted, as people write a day. */
  readonly day?: string;
  /** Of a notice: what happened, which is the subject; then what is known of it, a line each. */
  readonly happened?: string;
  readonly known?: readonly string[];
}

export interface MailOptions {
  /** `smtp://user:password@host:587` or `smtps://…`; without, what would be sent is logged for the administrator. */
  readonly mailUrl?: string | undefined;
  readonly mailFrom?: string | undefined;
}

/**
 * Sends mails, after the answer: nobody waits for the mail server, nor learns whether there was anything to send.
 * Disposing of it sends what is on its way, without another try of what fails.
 */
export class Mail implements AsyncDisposable {
  #transport: Promise<Transporter> | undefined;
  readonly #log: Log;
  readonly #underWay = new Set<Promise<void>>();
  #sending = 0;
  readonly #closing = new AbortController();

  constructor(options: MailOptions, log: Log) {
    this.#log = log;
    this.use(options);
  }

  /** Whether there is a mail server. */
  get works(): boolean {
    return this.#transport !== undefined;
  }

  /** Sends by another mail server from now on; what is being sent to the one before is still sent there. */
  use({ mailUrl, mailFrom }: MailOptions): void {
    this.#close();
    this.#transport = mailUrl === undefined ? undefined : transportTo(mailUrl, mailFrom);
  }

  /** Does `work` later, which makes a mail or finds out that there is none to send. Its failure is logged. */
  later(work: () => Promise<{ readonly kind: MailKind; readonly values: MailValues } | undefined>): void {
    if (this.#underWay.size >= maxLater) {
      this.#log.error('something was not done: too much is waiting to be done after the answer');
      return;
    }
    const sending = new Promise((resolve) => { setImmediate(resolve); })
      .then(work)
      .then((mail) => mail && this.#sendInTurn(mail.kind, mail.values))
      .catch((error: unknown) => this.#log.error({ err: error }, 'a mail could not be sent'))
      .finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
  }

  async #sendInTurn(kind: MailKind, values: MailValues): Promise<void> {
    if (this.#sending >= maxUnderWay) {
      this.#log.error('a mail was not sent: too many are on their way to the mail server');
      return;
    }
    this.#sending += 1;
    try {
      await this.#send(kind, values);
    } finally {
      this.#sending -= 1;
    }
  }

  /** Sends a mail now, once; throws what the mail server says, and `conflict` when there is none. */
  async try({ kind, values }: { readonly kind: MailKind; readonly values: MailValues }): Promise<void> {
    if (this.#transport === undefined) throw new Problem('conflict', 'There is no mail server.');
    await (await this.#transport).sendMail(messageOf(kind, values));
  }

  /** Resolves when what was on its way has been sent, or given up. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.settled();
    this.#close();
  }

  #close(): void {
    void this.#transport?.then((transport) => transport.close());
  }

  async #send(kind: MailKind, values: MailValues): Promise<void> {
    const transport = await this.#transport;
    if (transport === undefined) {
      const { email, link } = values;
      this.#log.warn({ mail: kind, email, link },
        'there is no mail server (option mailUrl): pass this on to whom it is for, if you know them');
      return;
    }
    const message = messageOf(kind, values);
    for (let attempt = 0; ; attempt += 1) {
      try {
        await transport.sendMail(message);
        return;
      } catch (error) {
        const rest = restSeconds[attempt];
        if (rest === undefined || this.#closing.signal.aborted || isFinal(error)) throw error;
        await sleep(rest * 1000, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
      }
    }
  }
}

function messageOf(kind: MailKind, values: MailValues) {
  return {
    to: { name: '', address: values.email },
    subject: subjects[kind] ?? values.happened!,
    text: texts.render(`${kind}-text`, values),
    html: pages.render(`${kind}-html`, values),
  };
}

/** The library is loaded where there is a mail server. */
async function transportTo(url: string, from: string | undefined): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  return createTransport(
    { url, connectionTimeout: patience, greetingTimeout: patience, socketTimeout: patience, dnsTimeout: patience },
    // No template can make it read a file or fetch an address.
    { ...(from === undefined ? {} : { from }), disableFileAccess: true, disableUrlAccess: true },
  );
}

/** Whether the mail server will never take the mail (RFC 5321 section 4.2.1). */
function isFinal(error: unknown): boolean {
  const { responseCode } = error as { responseCode?: unknown };
  return typeof responseCode === 'number' && responseCode >= 500;
}
