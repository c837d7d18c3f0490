import { normalIri } from '../access/iri.ts';
import { Problem } from '../problem.ts';
import { formatOf, formats } from '../rdf/formats.ts';
import { readRdf } from '../rdf/read.ts';
import { solid } from '../rdf/vocabulary.ts';
import { RemoteDocuments } from '../remote/documents.ts';
import type { RemoteResponse } from '../remote/exchange.ts';
import type { Remote } from '../remote/remote.ts';
import { isSameIssuer } from './token-claims.ts';

export interface WebIdIssuersOptions {
  readonly remote: Remote;
  /** How long a WebID document is of use while its server cannot be reached. */
  readonly remoteStaleSeconds: number;
  /** The issuers that a WebID of this node names, read without the network; undefined for a WebID of another server. */
  readonly ownIssuers: (webId: string) => Promise<readonly string[] | undefined>;
}

/** The issuers that a document names, by the WebID in the form of `normalIri`. */
type IssuersInDocument = ReadonlyMap<string, readonly string[]>;

/** More statements than this are no profile. */
const maxProfileQuads = 100_000;

/** Which issuers may vouch for a WebID: those that its document names (Solid-OIDC, section 5). */
export class WebIdIssuers {
  readonly #ownIssuers: WebIdIssuersOptions['ownIssuers'];
  readonly #documents: RemoteDocuments<IssuersInDocument>;

  constructor({ remote, remoteStaleSeconds, ownIssuers }: WebIdIssuersOptions) {
    this.#ownIssuers = ownIssuers;
    this.#documents = new RemoteDocuments(remote, {
      name: 'WebID document',
      accept: Object.values(formats).map(({ mediaType }) => mediaType).join(', '),
      parse: readIssuers,
      staleSeconds: remoteStaleSeconds,
    });
  }

  /**
   * Whether the document of a WebID names the issuer. When a copy of it does not, it is asked for again, as its owner
   * may have just changed that. Throws `RemoteError` when it cannot be known.
   */
  async vouches(webId: string, issuer: string): Promise<boolean> {
    const own = await this.#ownIssuers(webId);
    if (own !== undefined) return names(own, issuer);
    return names(issuersOf(await this.#documents.read(webId), webId), issuer)
      || names(issuersOf(await this.#documents.renew(webId), webId), issuer);
  }

  /**
   * The same for someone for whom the issuer vouched a moment ago, without waiting for another server: the copy
   * decides, and when it is no longer fresh, it is asked for again meanwhile. False also when there is no copy.
   */
  async stillVouches(webId: string, issuer: string): Promise<boolean> {
    const own = await this.#ownIssuers(webId);
    if (own !== undefined) return names(own, issuer);
    const known = this.#documents.known(webId);
    // What goes wrong is told to whoever next needs to know.
    this.#documents.read(webId).catch(() => undefined);
    return known !== undefined && names(issuersOf(known, webId), issuer);
  }
}

function issuersOf(document: IssuersInDocument, webId: string): readonly string[] {
  return document.get(normalIri(webId)) ?? [];
}

function names(issuers: readonly string[], issuer: string): boolean {
  return issuers.some((named) => isSameIssuer(named, issuer));
}

async function readIssuers({ url, mediaType, bytes }: RemoteResponse): Promise<IssuersInDocument> {
  const format = formatOf(mediaType);
  if (format === undefined) throw new Problem('unsupported', `It is ${mediaType}, which is no RDF.`);
  const { quads } = await readRdf(bytes, { format, base: url, maxQuads: maxProfileQuads });
  const issuers = new Map<string, string[]>();
  for (const { subject, predicate, object, graph } of quads) {
    if (predicate.value !== solid.oidcIssuer || graph.termType !== 'DefaultGraph') continue;
    if (subject.termType !== 'NamedNode' || object.termType !== 'NamedNode') continue;
    const webId = normalIri(subject.value);
    const named = issuers.get(webId);
    if (named) named.push(object.value);
    else issuers.set(webId, [object.value]);
  }
  return issuers;
}
