import type { Quad } from '@rdfjs/types';
import { normalIri } from '../access/iri.ts';
import type { Address } from '../pods/addresses.ts';
import type { ResourcePath } from '../pods/path.ts';
import type { Pods } from '../pods/pods.ts';
import type { Sight } from '../pods/sight.ts';
import { urlOf } from '../pods/sight.ts';
import { Problem } from '../problem.ts';
import { formatOf } from '../rdf/formats.ts';
import { readRdf } from '../rdf/read.ts';
import { solid } from '../rdf/vocabulary.ts';

/** Larger documents than this say who somebody is to no one, in bytes. */
const maxBytes = 1024 * 1024;
/** More statements than this are no profile. */
const maxQuads = 100_000;

export interface OwnDocumentsOptions {
  readonly pods: Pods;
  /** Finds the pod of this node that a URL lies in. */
  readonly locate: (url: string) => Address | undefined;
  /** Whether anybody may read what is there. */
  readonly isPublic: (sight: Sight) => Promise<boolean>;
}

/** Documents in the pods of this node, read without the network by what is on the node too. */
export class OwnDocuments {
  readonly #options: OwnDocumentsOptions;

  constructor(options: OwnDocumentsOptions) {
    this.#options = options;
  }

  /** The issuers that a WebID names in its document; `undefined` for a WebID that is not in a pod of this node. */
  async issuers(webId: string): Promise<string[] | undefined> {
    const quads = await this.statements(webId);
    const subject = normalIri(webId);
    return quads?.filter(({ subject: about, predicate, object, graph }) => predicate.value === solid.oidcIssuer
      && graph.termType === 'DefaultGraph' && about.termType === 'NamedNode' && normalIri(about.value) === subject
      && object.termType === 'NamedNode').map(({ object }) => object.value);
  }

  /**
   * The statements of the document at an IRI, whoever may read it; none when there is no such document, or it cannot be
   * read as RDF. `undefined` when the IRI is not in a pod of this node.
   */
  async statements(iri: string): Promise<readonly Quad[] | undefined> {
    const found = await this.#look(iri);
    if (found === undefined || found === 'nothing') return found && [];
    const { document, bytes, url } = found;
    const format = formatOf(document.mediaType);
    if (format === undefined) return [];
    try {
      return (await readRdf(bytes, { format, base: url, maxQuads })).quads;
    } catch (error) {
      if (error instanceof Problem) return [];
      throw error;
    }
  }

  /** The document at a URL if anybody may read it; `undefined` when the URL is not in a pod of this node. */
  async document(url: string): Promise<{ mediaType: string; bytes: Uint8Array } | undefined> {
    const found = await this.#look(url);
    if (found === undefined) return undefined;
    if (found === 'nothing' || found.sight.pod.suspended === true || !await this.#options.isPublic(found.sight)) {
      throw new Problem('missing', `There is no public document at ${url}.`);
    }
    return { mediaType: found.document.mediaType, bytes: found.bytes };
  }

  async #look(iri: string) {
    const { pods, locate } = this.#options;
    const address = locate(iri);
    if (address === undefined) return undefined;
    const path = pathOf(pods, address.path);
    const sight = path && await pods.look(address.base, path);
    // What is said of a container is in its description.
    const held = sight?.resource?.kind === 'document'
      ? { document: sight.resource, bytes: sight.bytes } : sight?.description;
    if (sight === undefined || held === undefined || held.document.size > maxBytes) return 'nothing';
    return { sight, document: held.document, bytes: await pods.contents.read(held), url: urlOf(sight, sight.path) };
  }
}

/** `undefined` for a path at which nothing can be. */
function pathOf(pods: Pods, path: string): ResourcePath | undefined {
  try {
    return pods.parsePath(path || '/');
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
