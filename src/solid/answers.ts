import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'koa';
import { LRUCache } from 'lru-cache';
import { endAtOnce } from '../http/end-at-once.ts';
import type { Access } from '../access/access.ts';
import { publicAgent } from '../access/agent.ts';
import type { Identified } from '../access/agent.ts';
import type { Privileges } from '../access/modes.ts';
import type { PodAddresses } from '../pods/addresses.ts';
import { subjectOf } from '../pods/path.ts';
import type { Pods } from '../pods/pods.ts';
import type { Sight } from '../pods/sight.ts';

/** An answer as it was given. */
interface Answer {
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Buffer;
}

/** What was seen when a question was answered, and the answers to those with certain privileges, by `nameOf` them. */
interface Kept {
  /** Whether the question came without credentials: then the one answer is for all who ask so. */
  readonly anonymous: boolean;
  readonly sight: Sight;
  readonly answers: ReadonlyMap<string, Answer>;
}

interface Question {
  readonly text: string;
  readonly anonymous: boolean;
}

export interface AnswersOptions {
  /** Of all that is kept; the answers to one question may take an eighth of it. */
  readonly cacheBytes: number;
  /** Read anew each time, as it may be set while the server runs. */
  readonly podAddresses: PodAddresses;
}

export interface AnswersParts {
  readonly pods: Pods;
  readonly access: Access;
  /** Who is asking; the same, however often it is asked of one request. */
  readonly identify: (request: IncomingMessage) => Promise<Identified>;
  readonly options: AnswersOptions;
}

/** What a question takes beside the bodies of its answers, in bytes, roughly. */
const overhead = 8_192;

/** How much is remembered of questions that were asked once, in characters. */
const maxAsked = 1024 * 1024;

/** What makes a request more than a plain question: the whole way is for those. */
const significant = new Set([
  'range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since',
  'content-length', 'transfer-encoding', 'expect', 'upgrade',
]);

/**
 * Answers to what was asked before, a GET without conditions. What is said follows from the question, from the state of
 * the pod, and from the privileges of whoever asks. So who that is and what they may do is decided each time; but when
 * the state of the pod is unchanged, so are the rules, and an answer that was given for these privileges is given again
 * without the way through all that made it.
 */
export class Answers {
  readonly #parts: AnswersParts;
  readonly #kept: LRUCache<string, Kept>;
  /** Questions that were asked once; see `keep`. */
  readonly #asked = new LRUCache<string, true>({
    maxSize: maxAsked, sizeCalculation: (_, question) => question.length,
  });
  readonly #maxBytes: number;

  constructor(parts: AnswersParts) {
    this.#parts = parts;
    this.#maxBytes = parts.options.cacheBytes / 8;
    this.#kept = new LRUCache({
      maxSize: Math.max(1, parts.options.cacheBytes),
      sizeCalculation: ({ answers }, question) => question.length + sizeOf(answers),
    });
  }

  /** Answers a request if that is known; resolves to whether it did. What fails, fails on the whole way too. */
  async give(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const question = this.#question(request);
    const kept = question && this.#kept.get(question.text);
    if (!kept) return false;
    const answer = await this.#find(request, kept).catch(() => undefined);
    if (answer === undefined) return false;
    response.writeHead(200, answer.headers);
    endAtOnce(response, answer.body);
    return true;
  }

  async #find(request: IncomingMessage, { anonymous, sight, answers }: Kept): Promise<Answer | undefined> {
    const { pods, access, identify } = this.#parts;
    const { agent, failure } = anonymous ? { agent: publicAgent } : await identify(request);
    if (failure !== undefined || await pods.state(sight.pod.id) !== sight.state) return undefined;
    if (anonymous) return answers.values().next().value;
    const privileges = await access.privileges(sight, subjectOf(sight.path) ?? sight.path, agent);
    return answers.get(nameOf(privileges));
  }

  /**
   * Keeps an answer that was made for these privileges and is about to be given, if it can be given again. Most of what
   * is asked once, as when somebody reads all there is, is not asked again soon, so only the second answer is kept.
   */
  keep({ req, res, status, body }: Context, sight: Sight, privileges: Privileges): void {
    if (status !== 200 || !(typeof body === 'string' || Buffer.isBuffer(body)) || res.headersSent) return;
    const question = this.#question(req);
    if (question === undefined || !this.#isAskedAgain(question.text)) return;
    const headers = Object.entries(res.getHeaders()).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [String(value)]).flatMap((one) => [name, one]));
    const { text, anonymous } = question;
    const before = this.#kept.get(text);
    const answers = new Map(before?.sight.state === sight.state ? before.answers : []);
    answers.set(nameOf(privileges), { headers, body: Buffer.isBuffer(body) ? body : Buffer.from(body) });
    if (sizeOf(answers) > this.#maxBytes) return;
    // The rules decide about who asks next; the content is in the answers.
    this.#kept.set(text, { anonymous, sight: { ...sight, bytes: undefined }, answers });
  }

  #isAskedAgain(question: string): boolean {
    if (this.#kept.has(question) || this.#asked.delete(question)) return true;
    this.#asked.set(question, true);
    return false;
  }

  /** Which pod an address is of depends on how the pods of the node are addressed. */
  #question(request: IncomingMessage): Question | undefined {
    return questionOf(request, this.#parts.options.podAddresses);
  }
}

function nameOf(privileges: Privileges): string {
  return `${privileges.user} ${privileges.public}`;
}

function sizeOf(answers: Kept['answers']): number {
  return [...answers.values()].reduce((sum, { body }) => sum + body.byteLength, overhead);
}

/** What a request asks, and whether it says nothing of who it is from; `undefined` when it is no plain question. */
function questionOf({ method, url, rawHeaders }: IncomingMessage, addresses: PodAddresses): Question | undefined {
  if (method !== 'GET') return undefined;
  let host: string | undefined;
  let accept = '';
  let origin = '';
  let anonymous = true;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    const value = rawHeaders[i + 1]!;
    if (name === 'host') {
      if (host !== undefined) return undefined;
      host = value;
    } else if (name === 'accept') accept += `${value},`;
    else if (name === 'origin') origin += `${value},`;
    else if (name === 'authorization' || name === 'dpop') anonymous = false;
    else if (significant.has(name)) return undefined;
  }
  return host === undefined ? undefined : {
    text: `${anonymous ? 'anybody' : 'somebody'} ${addresses} ${host} ${url!}\n${accept}\n${origin}`, anonymous,
  };
}
