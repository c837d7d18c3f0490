import type { ServerResponse } from 'node:http';

/** In bytes. Larger ones are not worth the copy. */
const small = 16 * 1024;

/**
 * Ends an answer, of which nothing has been sent, with a body that is at hand.
 *
 * A small one goes out in one piece. `node:http` joins only a string with the head, and what ends an answer is a piece
 * of its own, even when it is empty, as long as the answer is not out: to gather pieces takes a third of the time of
 * the whole. It goes out when all that came in has been read, so that those who wait are woken together.
 */
export function endAtOnce(response: ServerResponse, body: Buffer): void {
  if (body.byteLength > small) return void response.end(body);
  setImmediate(() => {
    response.write(body.toString('latin1'), 'latin1');
    process.nextTick(() => response.end());
  });
}
