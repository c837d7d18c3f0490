import { randomUUID } from 'node:crypto';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Context, Middleware } from 'koa';
import type { Log } from '../log.ts';
import { Problem } from '../problem.ts';
import type { ProblemKind } from '../problem.ts';
import { prefersHtml } from './accept.ts';
import { discardBody, isBodyPending } from './body.ts';
import { allowedMethods } from './cors.ts';
import { tokenCharacter } from './field-values.ts';
import { problemPath, setProblemPage } from './problem-pages.ts';

/** The status code and the title of every kind of problem. No other code knows them. */
export const problemAnswers: Readonly<Record<ProblemKind, { status: number; title: string }>> = {
  invalid: { status: 400, title: 'The request is malformed' },
  unauthenticated: { status: 401, title: 'You are not logged in' },
  forbidden: { status: 403, title: 'You do not have access' },
  missing: { status: 404, title: 'There is nothing here' },
  method: { status: 405, title: 'This cannot be done here' },
  unacceptable: { status: 406, title: 'Not available in that form' },
  slow: { status: 408, title: 'The request came too slowly' },
  conflict: { status: 409, title: 'In conflict with what is there' },
  stale: { status: 412, title: 'Not in the state you expected' },
  'too-large': { status: 413, title: 'The request is too large' },
  unsupported: { status: 415, title: 'That format is not taken here' },
  range: { status: 416, title: 'Beyond the end' },
  unprocessable: { status: 422, title: 'Understood, but it cannot be done' },
  'too-many': { status: 429, title: 'Too many requests' },
  busy: { status: 503, title: 'Not available for the moment' },
  full: { status: 507, title: 'There is no space left' },
};

/** The members of a problem as it is sent (RFC 9457, 3.1). */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
}

/** What describes a representation that now will not be sent. */
const headersOfRepresentations = [
  'Accept-Ranges', 'Content-Disposition', 'Content-Encoding', 'Content-Language', 'Content-Location', 'Content-Range',
  'Content-Security-Policy', 'ETag', 'Expires', 'Last-Modified',
];

/**
 * The middleware that stands first. It answers a Problem with its details as JSON (RFC 9457), or with a page when a
 * browser asks; so too a request that nobody answered. Anything else that is thrown is a defect: it is logged, and the
 * client learns no more than the id under which. A target without a path gets no further. Other headers that were set
 * before, such as those of CORS, stay.
 *
 * `baseUrl` ends in a slash; the `type` of a problem leads below it, to what `problemPages` serves.
 */
export function answerProblems({ baseUrl, log }: { baseUrl: string; log: Log }): Middleware {
  return async (ctx, next) => {
    try {
      if (pathOf(ctx) === undefined) throw new Problem('invalid', 'The request target is no address, or has no path.');
      await next();
      if (ctx.respond !== false && ctx.status === 404 && ctx.body === undefined) {
        throw new Problem('missing', 'Nothing is found at this address.');
      }
    } catch (error) {
      const instance = `urn:uuid:${randomUUID()}`;
      const about = { problem: instance, method: ctx.method, path: pathOf(ctx) };
      if (error instanceof Problem) {
        log.debug({ ...about, kind: error.kind, detail: error.message }, 'a request was refused');
        await answer(ctx, detailsOf(error, baseUrl, instance), error);
      } else {
        logFailure(log, ctx, error, about, 'a request failed through a defect');
        await answer(ctx, detailsOfDefect(instance));
      }
    }
  };
}

/**
 * The path that a request asks for; `undefined` when its target is no URL, which Koa throws for, or is of another
 * scheme and has no path, where Koa finds none (RFC 9112 section 3.2.2).
 */
function pathOf(ctx: Context): string | undefined {
  try {
    const path: string | null = ctx.path;
    return path ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Answers a problem in another form of JSON, for an API whose clients know one. Headers and log are those of
 * `answerProblems`, which it takes the place of; `form` makes the media type and the body.
 */
export async function answerProblemAs(
  ctx: Context, problem: Problem, { baseUrl, log }: { baseUrl: string; log: Log },
  form: (details: ProblemDetails) => { readonly mediaType: string; readonly body: object },
): Promise<void> {
  const instance = `urn:uuid:${randomUUID()}`;
  const { kind, message: detail } = problem;
  log.debug({ problem: instance, method: ctx.method, path: ctx.path, kind, detail }, 'a request was refused');
  await answer(ctx, detailsOf(problem, baseUrl, instance), problem, form);
}

/** For `app.on('error', …)`: logs what breaks an answer that is under way, when the client can no longer be told. */
export function logBrokenAnswers(log: Log): (error: Error, ctx: Context) => void {
  return (error, ctx) => logFailure(log, ctx, error, { method: ctx.method, path: pathOf(ctx) }, 'an answer broke off');
}

/**
 * Answers what never becomes a request, because it is malformed, too slow or has too many headers; Node alone would
 * say no more than a status. `baseUrl` as for `answerProblems`.
 */
export function answerClientErrors(server: Server, baseUrl: string): void {
  const responses = new WeakMap<Socket, ServerResponse>();
  const answered = new WeakSet<Socket>();
  server.on('request', (request, response) => responses.set(request.socket, response));
  server.on('clientError', (error: ClientError, socket: Socket) => {
    // Every further piece of what cannot be parsed is reported again.
    if (answered.has(socket)) return;
    answered.add(socket);
    const refuse = (): void => {
      if (socket.writable) socket.end(rawAnswer(error, baseUrl));
      // What still comes is dropped meanwhile: closing over unread bytes could destroy the answer on its way.
      setTimeout(() => socket.destroy(), 2000).unref();
    };
    const response = responses.get(socket);
    if (!response || response.writableFinished) refuse();
    // What is wrong comes after a request that is being answered; or else it is in its body.
    else if (response.req.complete) response.once('finish', refuse);
    else if (response.headersSent) socket.destroy();
    else refuse();
  });
}

/** What Node reports of a client, with what it sent. */
type ClientError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer };

/** The request line (RFC 9112, 3) of a method that nobody registered. */
const unknownMethod = new RegExp(`^${tokenCharacter}+ \\S+ HTTP/1\\.[01]\r?\n`);

/** By the code of the error that Node reports. */
const clientErrors: ReadonlyMap<string | undefined, Problem> = new Map([
  ['HPE_HEADER_OVERFLOW', new Problem('too-large', 'The headers are larger than is taken here.')],
  ['ERR_HTTP_REQUEST_TIMEOUT', new Problem('slow', 'The headers did not come in time.')],
]);

function problemOfClient({ code, rawPacket = Buffer.alloc(0) }: ClientError): Problem {
  // Node's parser knows the methods that are registered, and takes the others for nonsense.
  if (code === 'HPE_INVALID_METHOD' && unknownMethod.test(rawPacket.toString('latin1'))) {
    return new Problem('method', 'This server does not know that method.', { allow: allowedMethods });
  }
  return clientErrors.get(code) ?? new Problem('invalid', 'This is not a well-formed HTTP request.');
}

function rawAnswer(error: ClientError, baseUrl: string): string {
  const { code } = error;
  const problem = problemOfClient(error);
  const details = detailsOf(problem, baseUrl, `urn:uuid:${randomUUID()}`);
  // Headers that are too large have a status of their own (RFC 6585, 5).
  const status = code === 'HPE_HEADER_OVERFLOW' ? 431 : details.status;
  const body = JSON.stringify({ ...details, status });
  return [
    `HTTP/1.1 ${status} ${details.title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    // Its Origin header was perhaps never read, and what is said here is no secret.
    'Access-Control-Allow-Origin: *',
    'Cache-Control: no-store',
    'Connection: close',
    ...Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}`),
    `Date: ${new Date().toUTCString()}`,
    '', body,
  ].join('\r\n');
}

function detailsOf({ kind, message }: Problem, baseUrl: string, instance: string): ProblemDetails {
  return { type: `${baseUrl}${problemPath}${kind}`, ...problemAnswers[kind], detail: message, instance };
}

function detailsOfDefect(instance: string): ProblemDetails {
  return {
    type: 'about:blank',
    title: 'Internal Server Error',
    status: 500,
    detail: 'The server failed through a fault of its own. Its operator finds in the log what happened, under this id.',
    instance,
  };
}

async function answer(
  ctx: Context, details: ProblemDetails, problem?: Problem, form?: Parameters<typeof answerProblemAs>[3],
): Promise<void> {
  if (ctx.headerSent || !ctx.writable) {
    // A client that is still there sees that the answer is cut off, and does not take it for the whole.
    ctx.respond = false;
    ctx.res.destroy();
    return;
  }
  for (const name of headersOfRepresentations) ctx.remove(name);
  ctx.set({ 'Cache-Control': 'no-store', ...problem?.headers });
  ctx.vary('Accept');
  ctx.status = details.status;
  if (form === undefined && prefersHtml(ctx.get('Accept'))) {
    setProblemPage(ctx, { ...details, ...(problem && { kind: problem.kind }) });
  } else {
    const { mediaType, body } = form?.(details) ?? { mediaType: 'application/problem+json', body: details };
    ctx.set('Content-Type', mediaType);
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.body = JSON.stringify(body);
  }
  if (isBodyPending(ctx.req) && ctx.method !== 'HEAD') await outlastBody(ctx);
}

/**
 * For a client that is still sending. It gets the whole answer at once, and is asked to stop (`Connection: close`);
 * but the connection is closed only when what is on its way was read, for else it would be reset, and the answer lost.
 */
async function outlastBody(ctx: Context): Promise<void> {
  ctx.set('Connection', 'close');
  ctx.respond = false;
  ctx.res.write(ctx.body);
  await discardBody(ctx.req);
  ctx.res.end();
}

const codesOfAborts = ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'];

/** A client that closed its connection is no defect. A database that did so is one: the client is still there. */
function logFailure(log: Log, ctx: Context, error: unknown, about: object, message: string): void {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const gone = ctx.req.socket.destroyed && code !== undefined && codesOfAborts.includes(code);
  if (gone) log.debug(about, 'the client went away');
  else log.error({ ...about, err: error }, message);
}
