import type { ServerResponse } from 'node:http';

/** In bytes. Larger ones are not worth the copy. */
const small = 16 * 1024;

/**
 * Ends an answer with a body that is at hand. A small one goes out in one piece with the head, for which `node:http`
 * wants a string: in two pieces it would take a third more of the time that the whole answer takes.
 */
export function endAtOnce(response: ServerResponse, body: Buffer): void {
  if (body.byteLength > small) response.end(body);
  else response.end(body.toString('latin1'), 'latin1');
}
