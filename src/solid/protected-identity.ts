import {
  identityDocuments, identityStatements, noIdentityStatements, refuseIdentityChange, unreadableIdentity, webIdsAt,
} from '../access/identity-statements.ts';
import type { IdentityDocuments, IdentityStatements } from '../access/identity-statements.ts';
import { Problem } from '../problem.ts';
import { formatOf } from '../rdf/formats.ts';
import { readRdf } from '../rdf/read.ts';
import { inTurn } from '../rdf/turn.ts';
import type { ResourcePath } from '../pods/path.ts';
import type { Pod } from '../pods/pod.ts';
import type { Guard, Text } from '../pods/pods.ts';
import type { Held } from '../pods/resource.ts';
import { urlOf } from '../pods/sight.ts';
import type { Sight } from '../pods/sight.ts';
import type { Exchange } from './exchange.ts';

/** What a write leaves behind: `identity` is `undefined` when it is not RDF. */
export interface Outcome {
  readonly mediaType: string;
  readonly identity: IdentityStatements | undefined;
}

/** That of a DELETE. */
export const nothing: Outcome = { mediaType: '', identity: noIdentityStatements };

const documents = new WeakMap<Pod, IdentityDocuments>();

/** The WebIDs that are somebody here of which a write to `path` changes the document: most often none. */
export function identifiedAt({ pod }: Sight, path: ResourcePath): readonly string[] {
  let known = documents.get(pod);
  if (known === undefined) {
    documents.set(pod, known = identityDocuments(pod.base, [...pod.owners, ...pod.webIds ?? []]));
  }
  return webIdsAt(known, path);
}

/**
 * A guard that, beyond what `guard` judges, throws `forbidden` when the write would change what decides who an owner
 * is, whoever asks: such statements change through the account alone.
 *
 * What is there now is read before the write joins the queue, and again in it only when it has changed meanwhile and
 * is small; a large document that has changed is `busy`.
 */
export async function keepingIdentity(exchange: Exchange, guard: Guard, after: Outcome): Promise<Guard> {
  const { pods, sight: { pod, path } } = exchange;
  const webIds = identifiedAt(exchange.sight, path);
  if (webIds.length === 0) return guard;

  // Not what was there when the request came: its bytes may be gone by the time that the body has arrived.
  const seen = heldIn(await pods.look(pod.base, path));
  const known = await inTurn(seen?.document.size ?? 0, () => storedIdentity(exchange, seen));
  return async (now) => {
    await guard(now);
    const held = heldIn(now);
    const isKnown = held?.document.revision === seen?.document.revision;
    if (!isKnown && held?.document.blob !== undefined) {
      throw new Problem('busy', 'This document was changed at the same time. Try again in a moment.',
        { 'retry-after': '1' });
    }
    const before = isKnown ? known : await storedIdentity(exchange, held);
    refuseIdentityChange(webIds, before, after.identity ?? noIdentityStatements);
    if (after.identity === undefined) throw unreadableIdentity(webIds, after.mediaType);
  };
}

/** Throws `forbidden` when an edit of the document at `path` would change what decides who an owner is. */
export async function keepIdentity(
  exchange: Exchange, path: ResourcePath, before: Text | undefined, after: Text,
): Promise<void> {
  const webIds = identifiedAt(exchange.sight, path);
  if (webIds.length === 0) return;
  refuseIdentityChange(webIds, await identityOf(exchange, path, before), await identityOf(exchange, path, after));
}

/** What a write to the address of a sight changes: the document, or the description of the container. */
function heldIn(sight: Sight | undefined): Held | undefined {
  return sight?.resource?.kind === 'document' ? { document: sight.resource, bytes: sight.bytes } : sight?.description;
}

/** What is not read here as RDF has none. */
async function storedIdentity(exchange: Exchange, held: Held | undefined): Promise<IdentityStatements> {
  if (held === undefined || formatOf(held.document.mediaType) === undefined) return noIdentityStatements;
  const { path, mediaType } = held.document;
  return identityOf(exchange, path, { mediaType, bytes: await exchange.pods.contents.read(held) });
}

async function identityOf(
  { sight, limits: { maxQuads } }: Exchange, path: ResourcePath, text: Text | undefined,
): Promise<IdentityStatements> {
  const format = text && formatOf(text.mediaType);
  if (text === undefined || format === undefined) return noIdentityStatements;
  const { quads } = await readRdf(text.bytes, { format, base: urlOf(sight, path), maxQuads });
  return identityStatements(quads);
}
