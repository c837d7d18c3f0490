import { Readable } from 'node:stream';
import { includes, none, read as readMode } from '../access/modes.ts';
import type { Privileges } from '../access/modes.ts';
import { requireModes } from '../access/required-modes.ts';
import { negotiateOrRefuse } from '../http/accept.ts';
import { evaluatePreconditions, ifRangeHolds } from '../http/conditional.ts';
import { formatHttpDate } from '../http/http-date.ts';
import { parseRange } from '../http/range.ts';
import { userContentHeaders } from '../http/user-content.ts';
import { Problem } from '../problem.ts';
import { formatOf, formats } from '../rdf/formats.ts';
import type { RdfFormat } from '../rdf/formats.ts';
import type { Container, Document, Resource } from '../pods/resource.ts';
import { urlOf } from '../pods/sight.ts';
import type { Sight } from '../pods/sight.ts';
import { listing, listingFormats } from './container.ts';
import { entityTag, stateOf } from './entity-tag.ts';
import type { Exchange } from './exchange.ts';
import { aspectOf, authorize, nothingThere, privileges } from './exchange.ts';
import { setMethods, setPrivileges } from './headers.ts';
import { choose } from './representations.ts';

/**
 * GET and HEAD (Solid Protocol, Reading Resources). A HEAD is answered as a GET would be, but for the body. Gives the
 * privileges that the answer was made for; `undefined` when it is about another address.
 */
export async function get(exchange: Exchange): Promise<Privileges | undefined> {
  const { ctx, pods, sight } = exchange;
  const { resource, twin } = sight;
  const has = await privileges(exchange, sight);
  setPrivileges(ctx, sight, has);
  if (resource === undefined) {
    // A container has an ACL of its own, which does not count for its address without the slash.
    const other = twin && await pods.look(sight.pod.base, twin.path);
    const onOther = other && await privileges(exchange, other);
    if (other && onOther && includes(onOther.user, readMode)) {
      await redirect(exchange, other);
      return undefined;
    }
    throw await nothingThere(exchange, sight, { operation: 'read', on: aspectOf(sight.path) });
  }
  requireModes({ operation: 'read', on: aspectOf(sight.path) }, { target: has.user, parent: none }, exchange.agent);
  setMethods(ctx, sight, resource);
  if (includes(has.public, readMode)) ctx.set('Cache-Control', 'no-cache');
  await (resource.kind === 'container' ? getContainer(exchange, resource) : getDocument(exchange, resource));
  return has;
}

/** To the address with or without its slash (server-uri-redirect-differing, server-authorization-redirect). */
export async function redirect(exchange: Exchange, to: Sight): Promise<void> {
  const { ctx } = exchange;
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
    throw new Problem('conflict', `The address of this container is ${urlOf(to, to.path)}, with its slash.`);
  }
  await authorize(exchange, to, { operation: 'read', on: 'resource' });
  ctx.body = '';
  ctx.remove('Content-Type');
  ctx.status = 301;
  ctx.set('Location', urlOf(to, to.path) + ctx.search);
}

async function getContainer(exchange: Exchange, container: Container): Promise<void> {
  const { ctx } = exchange;
  const chosen = choose(ctx.get('Accept'), listingFormats);
  ctx.set(userContentHeaders(chosen.mediaType));
  ctx.set('Accept-Ranges', 'none');
  if (notModified(exchange, container, chosen.format)) return;
  const listed = listing(exchange, container, chosen.format === 'jsonld' ? 'jsonld' : 'turtle');
  // To HEAD nobody tells a length that only writing it all would show.
  ctx.body = ctx.method === 'HEAD' ? '' : Readable.from(listed, { objectMode: false });
  ctx.remove('Content-Length');
  ctx.set('Content-Type', chosen.mediaType);
}

async function getDocument(exchange: Exchange, document: Document): Promise<void> {
  const { ctx, sight, pods, representations } = exchange;
  const { mediaType } = document;
  const stored = formatOf(mediaType);
  const chosen = stored === undefined
    ? { format: undefined, mediaType: negotiateOrRefuse(ctx.get('Accept'), [mediaType]) }
    : choose(ctx.get('Accept'), [stored, ...otherFormats(stored)], mediaType);
  ctx.set(userContentHeaders(essenceOf(mediaType)));
  ctx.set('Accept-Ranges', chosen.format === stored ? 'bytes' : 'none');
  if (notModified(exchange, document, chosen.format)) return;
  if (chosen.format === stored) return sendStored(exchange, document, chosen.mediaType);

  ctx.body = await representations.convert(entityTag(sight.pod, document, chosen.format), urlOf(sight, sight.path),
    stored!, chosen.format!, () => pods.contents.read({ document, bytes: sight.bytes }));
  ctx.set('Content-Type', chosen.mediaType);
}

function otherFormats(stored: RdfFormat): RdfFormat[] {
  return (Object.keys(formats) as RdfFormat[]).filter((format) => format !== stored);
}

/** The bytes exactly as they came, or a range of them (RFC 9110 section 14). */
async function sendStored({ ctx, sight, pods }: Exchange, document: Document, mediaType: string): Promise<void> {
  const inPart = ctx.method === 'GET' && ifRangeHolds(ctx.get('If-Range') || undefined, stateOf(sight.pod, document));
  const range = inPart ? parseRange(ctx.req.headers.range, document.size) : undefined;
  const bytes = await pods.contents.open({ document, bytes: sight.bytes }, range);
  ctx.body = bytes instanceof Uint8Array ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes;
  if (range !== undefined) {
    ctx.status = 206;
    ctx.set('Content-Range', `bytes ${range.start}-${range.end}/${document.size}`);
  }
  ctx.set('Content-Type', mediaType);
  ctx.set('Content-Length', String(range === undefined ? document.size : range.end - range.start + 1));
}

/** Sets the validators; when the client has this very representation, answers 304 and is true. */
function notModified({ ctx, sight }: Exchange, resource: Resource, format: RdfFormat | undefined): boolean {
  const state = stateOf(sight.pod, resource, format);
  ctx.set('ETag', `"${state.tag}"`);
  ctx.set('Last-Modified', formatHttpDate(state.lastModified));
  if (evaluatePreconditions(ctx.method, ctx.req.headers, state) === 'proceed') return false;
  ctx.status = 304;
  return true;
}

function essenceOf(mediaType: string): string {
  return mediaType.split(';', 1)[0]!.trim().toLowerCase();
}
