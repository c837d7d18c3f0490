import { Agent, request } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { once } from 'node:events';

export interface Sending {
  readonly method: string;
  readonly url: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

export interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

export interface Load {
  /** Requests that were answered in a second, all of them as they should be. */
  readonly perSecond: number;
  /** How long half of them took, and 99 of 100, in milliseconds. */
  readonly median: number;
  readonly slowest1Percent: number;
}

/** Sends a request and reads the whole answer. */
export async function send({ method, url, headers = {}, body }: Sending, agent?: Agent): Promise<Answer> {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const sent = request(url, { method, headers: { ...headers, ...length }, ...(agent === undefined ? {} : { agent }) });
  sent.end(body);
  const [answer] = await once(sent, 'response') as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of answer as AsyncIterable<Buffer>) parts.push(part);
  return { status: answer.statusCode, body: Buffer.concat(parts).toString() };
}

/**
 * Sends requests over `connections` at once for `seconds`, each as soon as the one before it was answered. `next` gives
 * the request of a connection for its nth turn; `check` throws when an answer is wrong, and so ends it all.
 */
export async function load(
  { connections, seconds }: { connections: number; seconds: number },
  next: (connection: number, turn: number) => Sending,
  check: (answer: Answer) => void,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  const begun = performance.now();
  await Promise.all(Array.from({ length: connections }, async (_, connection) => {
    for (let turn = 0; performance.now() - begun < seconds * 1000; turn += 1) {
      const since = performance.now();
      check(await send(next(connection, turn), agent));
      times.push(performance.now() - since);
    }
  }));
  const elapsed = (performance.now() - begun) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { perSecond: times.length / elapsed, median: at(0.5), slowest1Percent: at(0.99) };
}
