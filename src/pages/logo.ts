import { Problem } from '../problem.ts';
import { hostOf } from './granted.ts';
import type { Call } from './route.ts';

/** For how long a browser keeps a picture, in seconds. */
const keptSeconds = 3_600;

/**
 * Sends the picture of an app, which the node has fetched: the browser asks no other server for it. Throws `missing`
 * when there is none, also for an app that is not known by a document, which could show the picture of another.
 */
export async function sendLogo(
  { ctx, parts }: Call, { id, logo }: { readonly id: string; readonly logo?: string },
): Promise<void> {
  if (logo === undefined || hostOf(id) === undefined) throw new Problem('missing', 'There is no picture.');
  const { mediaType, bytes } = await parts.logos.read(logo);
  ctx.set({
    'Content-Type': mediaType, 'Cache-Control': `private, max-age=${keptSeconds}`,
    'Content-Security-Policy': "default-src 'none'; sandbox", 'Content-Disposition': 'inline',
  });
  ctx.body = Buffer.from(bytes);
}
