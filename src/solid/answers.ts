import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'koa';
import { LRUCache } from 'lru-cache';
import { endAtOnce } from '../http/end-at-once.ts';
import type { PodAddresses } from '../pods/addresses.ts';
import type { Pods } from '../pods/pods.ts';
import type { Sight } from '../pods/sight.ts';

/** An answer as it was given, and the state of the pod that it was true of. */
interface Kept {
  readonly pod: string;
  readonly state: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Buffer;
}

export interface AnswersOptions {
  /** Of all that is kept; one answer may take an eighth of it. */
  readonly cacheBytes: number;
  /** Read anew each time, as it may be set while the server runs. */
  readonly podAddresses: PodAddresses;
}

/** What an answer takes beside its body, in bytes, roughly. */
const overhead = 4_096;

/** What makes a request more than a plain question, or says who asks: the whole way is for those. */
const significant = new Set([
  'authorization', 'dpop', 'range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since',
  'content-length', 'transfer-encoding', 'expect', 'upgrade',
]);

/**
 * Answers to what anybody asked before, a GET without conditions. What is said to somebody of whom nothing is known
 * follows from the request and from the state of the pod alone; so a kept answer is given again when one read of the
 * database shows that state unchanged, without the way through all that made it.
 */
export class Answers {
  readonly #pods: Pods;
  readonly #kept: LRUCache<string, Kept>;
  readonly #maxBytes: number;
  readonly #options: AnswersOptions;

  constructor(pods: Pods, options: AnswersOptions) {
    const maxBytes = options.cacheBytes;
    this.#pods = pods;
    this.#options = options;
    this.#maxBytes = maxBytes;
    this.#kept = new LRUCache({
      maxSize: Math.max(1, maxBytes), sizeCalculation: ({ body }, question) => body.byteLength + question.length + overhead,
    });
  }

  /** Answers a request if that is known; resolves to whether it did. */
  async give(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const question = this.#question(request);
    const kept = question && this.#kept.get(question);
    if (!kept) return false;
    // A database that fails says so on the whole way too, and there it is answered.
    if (await this.#pods.state(kept.pod).catch(() => undefined) !== kept.state) {
      this.#kept.delete(question);
      return false;
    }
    response.writeHead(200, kept.headers);
    endAtOnce(response, kept.body);
    return true;
  }

  /** Keeps an answer that is about to be given, if it can be given again: one to `publicAgent`, without failures. */
  keep({ req, res, status, body }: Context, { pod, state }: Sight): void {
    if (status !== 200 || !(typeof body === 'string' || Buffer.isBuffer(body)) || res.headersSent) return;
    const question = this.#question(req);
    const bytes = Buffer.from(body);
    if (question === undefined || bytes.byteLength > this.#maxBytes / 8) return;
    const headers = Object.entries(res.getHeaders()).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [String(value)]).flatMap((one) => [name, one]));
    this.#kept.set(question, { pod: pod.id, state, headers, body: bytes });
  }

  /** Which pod an address is of depends on how the pods of the node are addressed. */
  #question(request: IncomingMessage): string | undefined {
    const question = questionOf(request);
    return question && `${this.#options.podAddresses} ${question}`;
  }
}

/** What a request asks, as far as the answer to anybody depends on it; `undefined` when it is no plain question. */
function questionOf({ method, url, rawHeaders }: IncomingMessage): string | undefined {
  if (method !== 'GET') return undefined;
  let host: string | undefined;
  let accept = '';
  let origin = '';
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    const value = rawHeaders[i + 1]!;
    if (name === 'host') {
      if (host !== undefined) return undefined;
      host = value;
    } else if (name === 'accept') accept += `${value},`;
    else if (name === 'origin') origin += `${value},`;
    else if (significant.has(name)) return undefined;
  }
  return host && `${host} ${url!}\n${accept}\n${origin}`;
}
