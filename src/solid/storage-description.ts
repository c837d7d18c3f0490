import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { read, wacAllow } from '../access/modes.ts';
import { evaluatePreconditions } from '../http/conditional.ts';
import { formatHttpDate } from '../http/http-date.ts';
import { link } from '../http/link.ts';
import { Problem } from '../problem.ts';
import { notify, pim, rdf, solid } from '../rdf/vocabulary.ts';
import { dataFactory } from '../rdf/terms.ts';
import { writeRdf } from '../rdf/write.ts';
import { descriptionPath } from '../pods/path.ts';
import { urlOf } from '../pods/sight.ts';
import type { Sight } from '../pods/sight.ts';
import { listingFormats } from './container.ts';
import { choose } from './representations.ts';

/** How clients can be told of changes (Solid Notifications Protocol, Discovery). */
export interface Discovery {
  /** The address of a WebSocket for `solid-0.1`. */
  readonly updatesVia: string;
  /** The subscription services, with IRIs for what they are. */
  readonly services: readonly {
    readonly id: string;
    readonly channelType: string;
    readonly features: readonly string[];
  }[];
}

/**
 * The storage description resource (Solid Protocol, server-storage-description-resource): what a client must know of
 * a storage before it may read anything in it, so everybody may read it. It changes only with the pod's own record,
 * and with the server.
 */
export async function describeStorage(ctx: Context, sight: Sight, { services }: Discovery): Promise<void> {
  const { pod } = sight;
  if (!['GET', 'HEAD', 'OPTIONS'].includes(ctx.method)) {
    throw new Problem('method', 'The server itself writes the description of a storage.', {
      allow: 'GET, HEAD, OPTIONS',
    });
  }
  const url = urlOf(sight, descriptionPath);
  ctx.set('Allow', 'GET, HEAD, OPTIONS');
  ctx.set('Link', link(url, solid.storageDescription));
  ctx.set('Cache-Control', 'no-cache');
  ctx.vary('Accept');
  if (ctx.method === 'OPTIONS') {
    ctx.status = 204;
    return;
  }
  ctx.set('WAC-Allow', wacAllow({ user: read, public: read }));
  const { format, mediaType } = choose(ctx.get('Accept'), listingFormats);
  const tag = `${pod.id.slice(0, 6)}-${pod.version}-${hashOf(services)}-${format}`;
  const lastModified = new Date(pod.created);
  ctx.set('ETag', `"${tag}"`);
  ctx.set('Last-Modified', formatHttpDate(lastModified));
  if (evaluatePreconditions(ctx.method, ctx.req.headers, { tag, isCurrent: (value) => value === tag, lastModified })
    === 'not-modified') {
    ctx.status = 304;
    return;
  }
  const { namedNode, quad } = dataFactory;
  const storage = namedNode(pod.base);
  ctx.body = await writeRdf({
    quads: [
      quad(storage, namedNode(rdf.type), namedNode(pim.Storage)),
      quad(storage, namedNode(solid.storageDescription), namedNode(url)),
      // Solid Notifications Protocol, Description Resource Data Model
      ...services.flatMap(({ id, channelType, features }) => [
        quad(storage, namedNode(notify.subscription), namedNode(id)),
        quad(namedNode(id), namedNode(notify.channelType), namedNode(channelType)),
        ...features.map((feature) => quad(namedNode(id), namedNode(notify.feature), namedNode(feature))),
      ]),
    ],
    prefixes: new Map([['pim', pim.namespace], ['solid', solid.namespace], ['notify', notify.namespace]]),
  }, { format, base: url });
  ctx.set('Content-Type', mediaType);
}

/** Tells one set of services from another. */
function hashOf(services: Discovery['services']): string {
  return createHash('sha256').update(JSON.stringify(services)).digest('hex').slice(0, 8);
}
