import { append, none, read, write } from '../access/modes.ts';
import type { Modes } from '../access/modes.ts';
import type { Attempt } from '../access/required-modes.ts';
import { collect, readBody } from '../http/body.ts';
import { evaluatePreconditions } from '../http/conditional.ts';
import { Problem } from '../problem.ts';
import { formatOf, mediaTypeOf } from '../rdf/formats.ts';
import type { RdfFormat } from '../rdf/formats.ts';
import { parseN3Patch } from '../rdf/n3-patch.ts';
import { patchNeeds } from '../rdf/patch.ts';
import type { Patch } from '../rdf/patch.ts';
import { patchDocument } from '../rdf/patch-document.ts';
import { parseSparqlUpdate } from '../rdf/sparql-update.ts';
import { inTurn } from '../rdf/turn.ts';
import { auxiliaryKind, auxiliaryPath, isContainerPath, subjectOf } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';
import type { Guard, Text, Written } from '../pods/pods.ts';
import { refuseTwin, urlOf } from '../pods/sight.ts';
import { stateOf } from './entity-tag.ts';
import type { Exchange } from './exchange.ts';
import { aspectOf, authorize, bodyLimits, nothingThere, privileges } from './exchange.ts';
import { patchTypes, setMethods } from './headers.ts';
import { keepIdentity } from './protected-identity.ts';
import { checkAuxiliary, contentType } from './receive.ts';
import { answerWritten } from './written.ts';

const parsers: Readonly<Record<string, (text: string, base: string) => Patch>> = {
  'text/n3': parseN3Patch,
  'application/sparql-update': parseSparqlUpdate,
};

/**
 * PATCH (Solid Protocol, Modifying Resources Using N3 Patches; SPARQL 1.1 Update): changes statements of an RDF
 * document, or makes it. A container is changed through its description.
 */
export async function patch(exchange: Exchange): Promise<void> {
  const { ctx, pods, sight } = exchange;
  await refuseHopeless(exchange);
  const change = await receivePatch(exchange);
  const needs = modesOf(change);

  const guard: Guard = async (now) => {
    await authorize(exchange, now, {
      operation: now.resource === undefined ? 'patch new' : 'patch', patch: needs, on: aspectOf(now.path),
    });
    const target = isContainerPath(sight.path) ? now.subject : now.resource;
    if (target === undefined && isContainerPath(sight.path)) {
      throw new Problem('missing', 'There is no such container. PUT makes one.');
    }
    evaluatePreconditions(ctx.method, ctx.req.headers, target && stateOf(now.pod, target));
    refuseTwin(now);
    if (now.resource?.kind === 'document') patchableFormat(exchange, now.resource.mediaType);
  };
  const path = isContainerPath(sight.path) ? auxiliaryPath(sight.path, 'meta') : sight.path;
  // An edit loads the document, however large, so nobody gets that far who is refused. A container has a small one,
  // and another sight.
  if (path === sight.path) await guard(sight);
  const size = sight.resource?.kind === 'document' ? sight.resource.size : 0;
  const edit = (): Promise<Written> =>
    pods.edit(sight.pod, path, guard, (current) => changeText(exchange, path, change, current));
  const written = await inTurn(size, edit);
  if (path === sight.path) return answerWritten(exchange, written);

  // What the client changed is the container, whose representation shows the description.
  const container = (await pods.look(sight.pod.base, sight.path))?.resource;
  ctx.status = 204;
  if (container !== undefined) answerWritten(exchange, { created: false, resource: container });
}

/** Whoever could not even make the smallest change is refused before the patch is read. */
async function refuseHopeless(exchange: Exchange): Promise<void> {
  const { sight } = exchange;
  const smallest: Attempt = { operation: 'patch', patch: append, on: aspectOf(sight.path) };
  if (isContainerPath(sight.path) && sight.resource === undefined) throw await nothingThere(exchange, sight, smallest);
  const { user } = await privileges(exchange, sight);
  if (user === none) await authorize(exchange, sight, smallest);
}

async function receivePatch(exchange: Exchange): Promise<Patch> {
  const { ctx, sight, limits } = exchange;
  const { essence } = contentType(exchange);
  const parse = parsers[essence];
  if (parse === undefined) {
    // RFC 5789 section 2.2
    throw new Problem('unsupported', `A patch is one of ${patchTypes.join(', ')}, and this is ${essence}.`,
      { 'accept-patch': patchTypes.join(', ') });
  }
  // A patch is not kept, so a full storage takes it too: it may make room.
  const bytes = await collect(readBody(ctx.req, bodyLimits(limits, limits.maxPatchBytes)), limits.maxPatchBytes);
  return parse(new TextDecoder().decode(bytes), urlOf(sight, baseOf(sight.path)));
}

/**
 * Relative IRIs in a patch are relative to its target. Clients that describe a container send the patch to the
 * description they are told of, and mean the container.
 */
function baseOf(path: ResourcePath): ResourcePath {
  const subject = auxiliaryKind(path) === 'meta' ? subjectOf(path)! : path;
  return isContainerPath(subject) ? subject : path;
}

async function changeText(
  exchange: Exchange, path: ResourcePath, change: Patch, current: Text | undefined,
): Promise<Text> {
  const { sight, limits } = exchange;
  const mediaType = current?.mediaType ?? mediaTypeOf('turtle');
  const format = patchableFormat(exchange, mediaType);
  const { bytes, changed } = await patchDocument(current?.bytes, change, {
    format, base: urlOf(sight, path), maxQuads: limits.maxQuads,
  });
  if (current !== undefined && !changed) return current;

  const maxBytes = auxiliaryKind(path) === undefined ? limits.maxRdfBytes : limits.maxAuxiliaryBytes;
  if (bytes.byteLength > maxBytes) {
    throw new Problem('too-large',
      `The document would have ${bytes.byteLength} bytes, and ${maxBytes} is the most it may have.`);
  }
  const next = { mediaType, bytes };
  if (auxiliaryKind(path) !== undefined) await checkAuxiliary(exchange, sight, path, next);
  await keepIdentity(exchange, path, current, next);
  return next;
}

/** The format that a document of this media type is patched in. Throws `unsupported` when it is no RDF. */
function patchableFormat({ ctx, sight }: Exchange, mediaType: string): RdfFormat {
  const format = formatOf(mediaType);
  if (format !== undefined) return format;
  setMethods(ctx, sight, sight.resource);
  throw new Problem('unsupported', `A patch changes RDF documents, and this one is ${mediaType}.`);
}

function modesOf(change: Patch): Modes {
  const needs = patchNeeds(change);
  return (needs.read ? read : none) | (needs.append ? append : none) | (needs.write ? write : none);
}
