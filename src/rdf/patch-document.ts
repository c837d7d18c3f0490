import type { Quad, Term } from '@rdfjs/types';
import { LRUCache } from 'lru-cache';
import { Problem } from '../problem.ts';
import type { RdfFormat } from './formats.ts';
import { applyPatch, changedTriples, type GraphChange, type Patch } from './patch.ts';
import { readRdf, type RdfDocument } from './read.ts';
import { each, inSlices, type Sliced } from './slices.ts';
import { termKey } from './terms.ts';
import { editTurtle } from './turtle-text.ts';
import { writeRdf } from './write.ts';

export interface PatchDocumentOptions {
  readonly format: RdfFormat;
  /** The IRI of the document, against which its relative IRIs resolve. */
  readonly base: string;
  /** The most triples that the document may have, before and after. */
  readonly maxQuads: number;
}

/** A document after a patch, and what was changed. `changed` is false when the patch makes no difference. */
export interface PatchedDocument extends GraphChange {
  readonly bytes: Uint8Array;
  readonly changed: boolean;
}

/** So many changes can be made in the text of a document, which is done in one go. */
const maxTextChanges = 2000;

const emptyDocument: RdfDocument = { quads: [], prefixes: new Map() };

// Keeps a byte order mark, which is to stay where it is.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Applies a patch to a document; undefined stands for one that does not exist yet, which starts empty. A patch that
 * makes no difference gives the bytes as they were. A patch is about the default graph; named graphs stay as they are.
 *
 * Turtle is changed as text where that is possible (see `editTurtle`) and the changes are not thousands; else the
 * document is written anew, with the prefixes it declared. Other work runs in between when this takes long.
 *
 * Throws what reading throws (`invalid`, `too-large`) and what `applyPatch` throws.
 */
export async function patchDocument(
  bytes: Uint8Array | undefined, patch: Patch, options: PatchDocumentOptions,
): Promise<PatchedDocument> {
  const { format, base, maxQuads } = options;
  const { quads, prefixes } = bytes ? await readEdited(bytes, options) : emptyDocument;
  const triples = quads.filter(({ graph }) => graph.termType === 'DefaultGraph');
  const change = await inSlices(applyPatch(triples, patch));
  const changed = change.deletes.length > 0 || change.inserts.length > 0;
  if (bytes && !changed) return { bytes, changed, ...change };
  if (quads.length - change.deletes.length + change.inserts.length > maxQuads) {
    throw new Problem('too-large', `With this patch, the document would have more than ${maxQuads} triples.`);
  }
  const few = change.deletes.length + change.inserts.length <= maxTextChanges;
  const edited = format === 'turtle' && few ? await editedTurtle(bytes, quads, change, options) : undefined;
  if (edited) return { bytes: edited, changed, ...change };
  const named = quads.filter(({ graph }) => graph.termType !== 'DefaultGraph');
  const after = (await inSlices(changedTriples(triples, change))).concat(named);
  const text = await writeRdf({ quads: after, prefixes }, { format, base });
  return { bytes: new TextEncoder().encode(text), changed, ...change };
}

/** How many bytes of edited documents are at hand as they were read again; those take a dozen times as much. */
const maxEditedBytes = 2 * 1024 * 1024;

/** By the very bytes: what was edited is often edited again, and may still be in memory. */
const edits = new LRUCache<
  Uint8Array, Pick<PatchDocumentOptions, 'format' | 'base'> & { readonly document: RdfDocument }
>({
  maxSize: maxEditedBytes, sizeCalculation: (_, bytes) => Math.max(1, bytes.byteLength),
});

async function readEdited(bytes: Uint8Array, options: PatchDocumentOptions): Promise<RdfDocument> {
  const edited = edits.get(bytes);
  if (edited?.base === options.base && edited.format === options.format) return edited.document;
  return readRdf(bytes, options);
}

/** The document changed as text, if that can be done and the result was read again and says what it must. */
async function editedTurtle(
  bytes: Uint8Array | undefined, quads: readonly Quad[], change: GraphChange, options: PatchDocumentOptions,
): Promise<Uint8Array | undefined> {
  const edited = await inSlices(editTurtle(bytes ? utf8.decode(bytes) : '', change, options));
  if (edited === undefined) return undefined;
  const editedBytes = new TextEncoder().encode(edited);
  try {
    // Triples that are stated twice count twice here, so the limit was checked before.
    const document = await readRdf(editedBytes, { ...options, maxQuads: Infinity });
    if (!await inSlices(isChanged(quads, document.quads, change))) return undefined;
    edits.set(editedBytes, { ...options, document });
    return editedBytes;
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/**
 * Whether one graph is another after a change. Says yes only if so, and may say no when it is: blank nodes have other
 * labels at every reading, and are recognised by the order of the triples they are in, which editing text keeps.
 */
function* isChanged(before: readonly Quad[], after: readonly Quad[], change: GraphChange): Sliced<boolean> {
  const same = nodeMatcher();
  const inserts = new Map<string, Quad[]>();
  for (const insert of change.inserts.toReversed()) {
    const shape = shapeOf(insert);
    const others = inserts.get(shape);
    if (others) others.push(insert);
    else inserts.set(shape, [insert]);
  }
  const kept = yield* changedTriples(before, { deletes: change.deletes, inserts: [] });
  let next = 0;
  let all = true;
  yield* each(after, (quad) => {
    const expected = kept[next];
    const isKept = expected !== undefined && alike(expected, quad);
    if (isKept) next += 1;
    const origin = isKept ? expected : inserts.get(shapeOf(quad))?.pop();
    all &&= origin !== undefined && same(origin, quad);
  });
  return all && next === kept.length && [...inserts.values()].every((left) => left.length === 0);
}

/** A string that triples share which are the same but for the labels of their blank nodes. */
function shapeOf({ subject, predicate, object }: Quad): string {
  return [subject, predicate, object].map((term) => term.termType === 'BlankNode' ? '_:' : termKey(term)).join(' ');
}

/** Whether two triples are the same but for the labels of their blank nodes. */
function alike(a: Quad, b: Quad): boolean {
  return alikeTerms(a.subject, b.subject) && a.predicate.value === b.predicate.value && alikeTerms(a.object, b.object);
}

function alikeTerms(a: Term, b: Term): boolean {
  return a.termType === 'BlankNode' ? b.termType === 'BlankNode' : a.equals(b);
}

/** Tells whether two triples that are alike are the same, given which blank nodes were the same before: one to one. */
function nodeMatcher(): (a: Quad, b: Quad) => boolean {
  const forward = new Map<string, string>();
  const backward = new Map<string, string>();
  const sameNode = (a: Term, b: Term): boolean => {
    if (a.termType !== 'BlankNode' || b.termType !== 'BlankNode') return true;
    const known = forward.get(a.value) ?? b.value;
    const origin = backward.get(b.value) ?? a.value;
    forward.set(a.value, known);
    backward.set(b.value, origin);
    return known === b.value && origin === a.value;
  };
  return (a, b) => sameNode(a.subject, b.subject) && sameNode(a.object, b.object);
}
