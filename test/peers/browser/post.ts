import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** How long a mail may take, in milliseconds. */
const patience = 10_000;

/** A mail that arrived. */
export interface Letter {
  readonly to: string;
  readonly subject: string;
  /** The first address in it. */
  readonly link: string;
  /** All that was sent, decoded. */
  readonly text: string;
}

/** A mail server on this machine: whatever is sent there has arrived. */
export interface Post extends AsyncDisposable {
  /** `smtp://…` */
  readonly url: string;
  /** The newest mail to somebody whose subject matches, now or as soon as it is there. */
  letter(to: string, subject: RegExp): Promise<Letter>;
}

export async function openPost(): Promise<Post> {
  const letters: Letter[] = [];
  const arrivals = new EventEmitter();
  arrivals.setMaxListeners(0);
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, done) {
      let sent = '';
      stream.on('data', (part: Buffer) => { sent += part.toString('latin1'); });
      stream.on('end', () => {
        for (const { address } of session.envelope.rcptTo) letters.push(letter(address, sent));
        done();
        arrivals.emit('letter');
      });
    },
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()); });
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    async letter(to, subject) {
      for (;;) {
        const found = letters.findLast((one) => one.to === to && subject.test(one.subject));
        if (found !== undefined) return found;
        await once(arrivals, 'letter', { signal: AbortSignal.timeout(patience) });
      }
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => { server.close(() => resolve()); }),
  };
}

function letter(to: string, sent: string): Letter {
  // Quoted-printable, as Nodemailer sends lines that are long or not ASCII.
  const bytes = sent.replaceAll(/=\r\n/g, '')
    .replaceAll(/=([\dA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  const decoded = Buffer.from(bytes, 'latin1').toString();
  return {
    to, text: decoded, subject: /^Subject: (.*)\r$/m.exec(decoded)?.[1] ?? '',
    link: /https?:\/\/\S+[?]\S+/.exec(decoded)?.[0] ?? '',
  };
}
