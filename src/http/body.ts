import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Problem } from '../problem.ts';

export interface BodyLimits {
  readonly maxBytes: number;
  /** The longest time without a byte; also the time after which the average rate counts. */
  readonly idleSeconds: number;
  readonly minimumBytesPerSecond: number;
}

/** How much of a body that nobody wants is still read, so that its sender gets to see the answer. */
const discard = { bytes: 256 * 1024 * 1024, seconds: 10 };

/** Requests whose senders wait for a 100 (Continue) before they send the body, with the response that can say it. */
const awaitingContinue = new WeakMap<IncomingMessage, ServerResponse>();

/**
 * Leaves it to `readBody` to say 100 (Continue), so that a request can be refused before its body is sent
 * (RFC 9110, 10.1.1). Also ends connections whose client goes on sending a body that nobody read.
 */
export function holdBackBodies(server: Server): void {
  server.on('checkContinue', (request, response) => {
    awaitingContinue.set(request, response);
    server.emit('request', request, response);
  });
  server.on('request', (request, response) => {
    response.once('finish', () => {
      if (!isBodyPending(request)) return;
      // What is left is in the way of the next request on the connection.
      request.resume();
      setTimeout(() => request.complete || request.socket.destroy(), discard.seconds * 1000).unref();
    });
  });
}

/**
 * Whether the request has content (RFC 9112, 6.3). `Content-Length: 0` is content, namely an empty document, when a
 * Content-Type says of what kind.
 */
export function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'content-type': type } = request.headers;
  return bytesFollow(request) || (length !== undefined && type !== undefined);
}

function bytesFollow({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * The bytes of the request, as they come; to be read once. The sender is told to continue when reading begins.
 *
 * Problems thrown at once: `too-large` if Content-Length tells; `unsupported` for a body under a content coding, since
 * bytes are kept as they came and would be sent to people who cannot decode them. While reading: `too-large`;
 * `slow` if the client (not the reader) lets time pass; `invalid` if it breaks off.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits): AsyncIterable<Uint8Array> {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity') {
    throw new Problem('unsupported', `A body with Content-Encoding '${coding}' is not taken here; send it as it is.`, {
      'accept-encoding': 'identity',
    });
  }
  const transfer = request.headers['transfer-encoding']?.trim().toLowerCase() ?? 'chunked';
  if (transfer !== 'chunked') {
    throw new Problem('unsupported', `The only Transfer-Encoding that is taken here is chunked, not '${transfer}'.`);
  }
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) throw tooLarge(limits.maxBytes);
  return chunks(request, limits);
}

/** All bytes in one piece. More than `maxBytes` is a Problem of kind `too-large`. */
export async function collect(bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bytes) {
    size += part.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

/** Whether the client has not yet sent the whole body that it announced. */
export function isBodyPending(request: IncomingMessage): boolean {
  return bytesFollow(request) && !request.complete;
}

/**
 * Reads what is left of the body and throws it away, up to 256 MiB and 10 seconds. A connection that is closed over
 * unread bytes is reset, and the reset can destroy the answer on its way (RFC 9112, 9.6).
 */
export async function discardBody(request: IncomingMessage): Promise<void> {
  if (request.destroyed || !isBodyPending(request)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => { clearTimeout(timer); resolve(); };
    const timer = setTimeout(done, discard.seconds * 1000);
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size > discard.bytes) done();
    });
    for (const event of ['end', 'close', 'error']) request.once(event, done);
    request.resume();
  });
}

/**
 * Node's own iterator is not used: it destroys the connection when one stops reading, with it the chance to say why.
 * Time counts only while we wait for the client, so that a slow disk of ours is not held against it.
 */
async function* chunks(request: IncomingMessage, limits: BodyLimits): AsyncGenerator<Uint8Array, void> {
  awaitingContinue.get(request)?.writeContinue();
  awaitingContinue.delete(request);
  if (request.complete) {
    const whole = request.read() as Buffer | null;
    if (whole !== null && whole.byteLength > limits.maxBytes) throw tooLarge(limits.maxBytes);
    if (whole !== null) yield whole;
    return;
  }

  let wake = (_stirred: boolean): void => undefined;
  const stirred = (): void => wake(true);
  const events = ['readable', 'end', 'error', 'close'];
  for (const event of events) request.on(event, stirred);
  let size = 0;
  let secondsWaited = 0;
  try {
    for (;;) {
      const chunk = request.read() as Buffer | null;
      if (chunk !== null) {
        size += chunk.byteLength;
        if (size > limits.maxBytes) throw tooLarge(limits.maxBytes);
        if (secondsWaited > limits.idleSeconds && size < secondsWaited * limits.minimumBytesPerSecond) {
          throw new Problem('slow', `The body came at less than ${limits.minimumBytesPerSecond} bytes per second.`);
        }
        yield chunk;
      } else if (request.readableEnded) {
        return;
      } else if (request.destroyed) {
        throw new Problem('invalid', `The body ended early, after ${size} bytes: the connection was closed.`);
      } else {
        const since = performance.now();
        const inTime = await new Promise<boolean>((resolve) => {
          const timer = setTimeout(resolve, limits.idleSeconds * 1000, false);
          wake = (value) => { clearTimeout(timer); resolve(value); };
        });
        if (!inTime) throw new Problem('slow', `No byte of the body came for ${limits.idleSeconds} seconds.`);
        secondsWaited += (performance.now() - since) / 1000;
      }
    }
  } finally {
    for (const event of events) request.off(event, stirred);
  }
}

function tooLarge(maxBytes: number): Problem {
  return new Problem('too-large', `The body is larger than the ${maxBytes} bytes that are taken here.`);
}
