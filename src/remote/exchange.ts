import type { buildConnector } from 'undici';
import { place } from './destination.ts';
import { RemoteError } from './remote-error.ts';

export interface RemoteRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** How large the body of the answer may be. */
  readonly maxBytes: number;
}

export interface RemoteResponse {
  /** Where the answer is from, after redirects and without a fragment. */
  readonly url: string;
  readonly status: number;
  /** Type and subtype in lower case, as in `text/turtle`; `application/octet-stream` if not said (RFC 9110, 8.3). */
  readonly mediaType: string;
  readonly headers: Headers;
  /** The body, when the status is one of success (2xx). Otherwise it was not read, and this is empty. */
  readonly bytes: Uint8Array;
}

/** The largest set of headers of an answer, in bytes. */
const maxHeaderBytes = 16_384;

/** How much room there is for a body at first. It doubles, since neither Content-Length nor the limit are promises. */
const firstRoom = 16_384;

/**
 * Sends one request on a connection of its own and reads the answer, whatever its status. Everything ends with
 * `signal`, and is closed when this settles: a connection that is kept could not be counted with the requests.
 * Throws as `signal` says when it aborts; `unreachable`; `unusable` when the body is too large.
 */
export async function exchange(
  url: URL, { method, headers, body, maxBytes }: RemoteRequest, connect: buildConnector.connector, signal: AbortSignal,
): Promise<RemoteResponse> {
  // Loaded when the first other server is asked.
  const { Client, errors } = await import('undici');
  const client = new Client(url.origin, {
    connect,
    pipelining: 0,
    maxHeaderSize: maxHeaderBytes,
    // The signal is the one limit of time.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  try {
    const answer = await client.request({
      method,
      path: url.pathname + url.search,
      headers: { 'user-agent': 'Freehold', 'accept-encoding': 'identity', ...headers },
      body: body ?? null,
      signal,
    });
    // What is not read is torn down below, and says so to whoever listens.
    answer.body.on('error', () => {});
    const received = headersOf(answer.headers);
    const successful = answer.statusCode >= 200 && answer.statusCode < 300;
    return {
      url: url.href,
      status: answer.statusCode,
      mediaType: essenceOf(received.get('content-type') ?? '') || 'application/octet-stream',
      headers: received,
      bytes: successful ? await readAll(url, answer.body, received, maxBytes) : new Uint8Array(),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RemoteError || error instanceof errors.InvalidArgumentError) throw error;
    throw new RemoteError('unreachable', `${place(url)} cannot be reached.`, { cause: error });
  } finally {
    await client.destroy();
  }
}

function headersOf(fields: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values ?? []].flat()) headers.append(name, value);
  }
  return headers;
}

/** Of `text/Turtle; charset=utf-8`, `text/turtle`. */
export function essenceOf(mediaType: string): string {
  return mediaType.split(';', 1)[0]!.trim().toLowerCase();
}

async function readAll(
  url: URL, body: AsyncIterable<Uint8Array>, headers: Headers, maxBytes: number,
): Promise<Uint8Array> {
  const tooLarge = new RemoteError('unusable', `${place(url)} is larger than ${maxBytes} bytes, which is the limit.`);
  if (Number(headers.get('content-length')) > maxBytes) throw tooLarge;
  // Chunks are copied, not kept: a server can make each of them one byte long, and each would cost a hundred.
  let bytes = new Uint8Array(Math.min(firstRoom, maxBytes));
  let size = 0;
  for await (const chunk of body) {
    const needed = size + chunk.length;
    if (needed > maxBytes) throw tooLarge;
    if (needed > bytes.length) {
      const larger = new Uint8Array(Math.min(Math.max(bytes.length * 2, needed), maxBytes));
      larger.set(bytes.subarray(0, size));
      bytes = larger;
    }
    bytes.set(chunk, size);
    size = needed;
  }
  return bytes.subarray(0, size);
}
