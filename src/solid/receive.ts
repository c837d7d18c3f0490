import type { Quad } from '@rdfjs/types';
import { isForSomebody, parseAcl } from '../access/acl.ts';
import type { Authorization } from '../access/acl.ts';
import { identityStatements } from '../access/identity-statements.ts';
import type { IdentityStatements } from '../access/identity-statements.ts';
import { normalIri } from '../access/iri.ts';
import { control, includes } from '../access/modes.ts';
import { collect, hasBody, readBody } from '../http/body.ts';
import { parseLinks } from '../http/link.ts';
import type { MediaType } from '../http/media-type.ts';
import { parseMediaType } from '../http/media-type.ts';
import { Problem } from '../problem.ts';
import { formatOf } from '../rdf/formats.ts';
import { readRdf } from '../rdf/read.ts';
import { inTurn } from '../rdf/turn.ts';
import { ldp } from '../rdf/vocabulary.ts';
import { writeRdf } from '../rdf/write.ts';
import { auxiliaryKind, auxiliaryPath, isContainerPath, rootPath, subjectOf } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';
import type { Text } from '../pods/pods.ts';
import type { Representation } from '../pods/resource.ts';
import { urlOf } from '../pods/sight.ts';
import type { Sight } from '../pods/sight.ts';
import { refuseManaged } from './container.ts';
import { bodyLimits } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { identifiedAt } from './protected-identity.ts';

/** What came in. `identity`: what it says of who an owner is, when it is RDF and for the document of a WebID. */
export interface Received extends Representation {
  readonly identity: IdentityStatements | undefined;
}

/** What the body of the request is. Throws `invalid` when it does not say (server-content-type-missing). */
export function contentType({ ctx }: Exchange): MediaType {
  const header = ctx.get('Content-Type');
  if (header === '') {
    throw new Problem('invalid', 'The request has no Content-Type header that says what its content is.');
  }
  return parseMediaType(header);
}

/** Whether the request asks for a container to be made (LDP section 5.2.3.4). */
export function asksForContainer({ ctx }: Exchange): boolean {
  const containers: readonly string[] = [ldp.BasicContainer, ldp.Container];
  return parseLinks(ctx.get('Link')).some(({ target, rels, anchor }) =>
    anchor === undefined && rels.includes('type') && containers.includes(target));
}

/** The body, whole. Throws `too-large` past `maxBytes`, and `full` past what is left in the storage. */
function receiveBytes(exchange: Exchange, sight: Sight, maxBytes: number): Promise<Uint8Array> {
  return collect(bodyOf(exchange, sight, maxBytes), maxBytes);
}

/**
 * Takes in a document that shall be at `path`: RDF is checked whole (a syntax error says where), other bytes are
 * streamed into the blob store, unless they are few. `sight` tells how much room there is.
 */
export async function receiveDocument(exchange: Exchange, sight: Sight, path: ResourcePath): Promise<Received> {
  const { pods, limits } = exchange;
  const { essence, text: mediaType } = contentType(exchange);
  if (auxiliaryKind(path) !== undefined) {
    const bytes = await receiveBytes(exchange, sight, limits.maxAuxiliaryBytes);
    const quads = await checkAuxiliary(exchange, sight, path, { mediaType, bytes });
    return { mediaType, content: { bytes }, identity: identityIn(sight, path, quads) };
  }
  const format = formatOf(essence);
  if (format === undefined) {
    const content = await pods.contents.receive(bodyOf(exchange, sight, limits.maxBodyBytes));
    return { mediaType, content, identity: undefined };
  }
  const bytes = await receiveBytes(exchange, sight, limits.maxRdfBytes);
  const options = { format, base: urlOf(sight, path), maxQuads: limits.maxQuads };
  const identity = await inTurn(bytes.byteLength, async () =>
    identityIn(sight, path, (await readRdf(bytes, options)).quads));
  return { mediaType, content: await pods.contents.keep(bytes), identity };
}

/**
 * Takes in what a client says of a container that it makes or replaces, for the container's `.meta`; `undefined` when
 * it says nothing. As the text moves to another address, it is written anew. `container` is where it will be.
 */
export async function receiveDescription(
  exchange: Exchange, sight: Sight, container: ResourcePath,
): Promise<Received | undefined> {
  const { ctx, limits } = exchange;
  if (!hasBody(ctx.req)) return undefined;
  const { essence } = contentType(exchange);
  const bytes = await receiveBytes(exchange, sight, limits.maxAuxiliaryBytes);
  if (bytes.byteLength === 0) return undefined;
  const format = formatOf(essence);
  if (format === undefined) throw new Problem('unsupported', `A container is described in RDF, not in ${essence}.`);
  const base = urlOf(sight, container);
  const document = await readRdf(bytes, { format, base, maxQuads: limits.maxQuads });
  refuseManaged(document.quads, base);
  const text = await writeRdf(document, { format: 'turtle', base: `${base}.meta` });
  const identity = identityIn(sight, container, document.quads);
  return { mediaType: 'text/turtle', content: { bytes: Buffer.from(text) }, identity };
}

function identityIn(sight: Sight, path: ResourcePath, quads: readonly Quad[]): IdentityStatements | undefined {
  return identifiedAt(sight, path).length === 0 ? undefined : identityStatements(quads);
}

/** The statements of what may be written to an ACL or a description: throws `unsupported`, `invalid` or `conflict`. */
export async function checkAuxiliary(
  { limits }: Exchange, sight: Sight, path: ResourcePath, { mediaType, bytes }: Text,
): Promise<Quad[]> {
  const url = urlOf(sight, path);
  const subject = subjectOf(path)!;
  const format = formatOf(mediaType);
  if (format === undefined) throw new Problem('unsupported', `This is an RDF document; it cannot be ${mediaType}.`);
  const { quads } = await readRdf(bytes, { format, base: url, maxQuads: limits.maxQuads });
  if (auxiliaryKind(path) === 'meta' && isContainerPath(subject)) refuseManaged(quads, urlOf(sight, subject));

  if (auxiliaryKind(path) !== 'acl') return quads;
  // What cannot be read when it is to decide would lock everybody out.
  const authorizations = await parseAcl({ url, mediaType, bytes, version: '', subject: urlOf(sight, subject) });
  // WAC section 5.2 (server-root-container-acl-authorization-control)
  if (path === auxiliaryPath(rootPath, 'acl')) {
    const root = normalIri(urlOf(sight, rootPath));
    const gives = (rule: Authorization): boolean =>
      includes(rule.modes, control) && rule.accessTo.includes(root) && isForSomebody(rule);
    if (!authorizations.some(gives)) {
      throw new Problem('conflict', `This access control list gives nobody Control of <${root}>: ` +
        'the storage would be left without anyone who can change who may use it.');
    }
  }
  return quads;
}

/** The body as it comes, as long as the storage has room for it beside all other bodies that are on their way there. */
async function* bodyOf(exchange: Exchange, sight: Sight, maxBytes: number): AsyncIterable<Uint8Array> {
  const { ctx, limits, pods, arriving } = exchange;
  const { id } = sight.pod;
  const room = pods.room(sight);
  const refuseBeyond = (bytes: number): void => {
    if (bytes > room) throw new Problem('full', `The storage has room for ${room} bytes more, and this is larger.`);
  };
  const body = readBody(ctx.req, bodyLimits(limits, maxBytes));
  refuseBeyond((arriving.get(id) ?? 0) + Number(ctx.get('Content-Length')));
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.byteLength;
      arriving.set(id, (arriving.get(id) ?? 0) + chunk.byteLength);
      refuseBeyond(arriving.get(id)!);
      yield chunk;
    }
  } finally {
    const others = (arriving.get(id) ?? 0) - size;
    if (others > 0) arriving.set(id, others);
    else arriving.delete(id);
  }
}
