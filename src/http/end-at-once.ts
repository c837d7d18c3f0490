import type { ServerResponse } from 'node:http';

/** In bytes. Larger ones are not worth the copy. */
const small = 16 * 1024;

/**
 * Ends an answer, of which nothing has been sent, with a body that is at hand.
 *
 * A small one goes out as one string with the head, for `node:http` puts together nothing else; and is ended
 * when it is out, for what ends an answer at once would be a second piece, and those are gathered at some cost. It goes
 * out when all has been read that came in meanwhile. All that together makes twice as many answers.
 */
export function endAtOnce(response: ServerResponse, body: Buffer): void {
  if (body.byteLength > small) return void response.end(body);
  setImmediate(() => {
    response.write(body.toString('latin1'), 'latin1');
    process.nextTick(() => response.end());
  });
}
