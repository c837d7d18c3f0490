import type { Quad } from '@rdfjs/types';
import { LRUCache } from 'lru-cache';
import type { Address } from '../pods/addresses.ts';
import { subjectOf } from '../pods/path.ts';
import type { Pods } from '../pods/pods.ts';
import { urlOf } from '../pods/sight.ts';
import type { Sight } from '../pods/sight.ts';
import { Problem } from '../problem.ts';
import { RemoteError } from '../remote/remote-error.ts';
import { formatOf } from '../rdf/formats.ts';
import { readRdf } from '../rdf/read.ts';
import { vcard } from '../rdf/vocabulary.ts';
import { normalIri } from './iri.ts';

/** How much text of group documents may be kept in parsed form, in bytes of the text. */
const cacheBytes = 16 * 1024 * 1024;
/** More statements than this are no list of people. */
const maxGroupQuads = 100_000;

/** The members of every group in a document, by the group's IRI. All IRIs in the form of `normalIri`. */
export type GroupDocument = ReadonlyMap<string, ReadonlySet<string>>;

/** Who is in a group; when that could not be found out, nobody, and a sentence that says why. */
export interface Members {
  readonly iris: ReadonlySet<string>;
  readonly trouble?: string;
}

/** Group documents of other servers, as `remote/` has them. */
export interface RemoteGroups {
  /** The document at a URL, from the cache or from the server it is on. Rejects when it cannot be had. */
  read(url: string): Promise<GroupDocument>;
  /** The same as far as it is known, without waiting. */
  known(url: string): GroupDocument | undefined;
}

export interface GroupsOptions {
  readonly pods: Pods;
  /** Finds the pod of this node that a URL lies in. */
  readonly locate: (url: string) => Address | undefined;
  readonly remote: RemoteGroups;
  /** Whether anybody may read what is there. */
  readonly isPublic: (sight: Sight) => Promise<boolean>;
  /** The largest group document. */
  readonly maxGroupBytes: number;
}

/**
 * The members of groups (WAC, Access Subjects: `acl:agentGroup`). Whatever goes wrong, the group has no members.
 *
 * A group document of this node is read without HTTP, and without asking whether the agent may read it: its owner named
 * it in a rule of theirs. Where it belongs to somebody else, it has to be public, as it would if it were on another
 * server: so nobody finds out who is in a group that is private to others.
 */
export class Groups {
  readonly #options: GroupsOptions;
  /** By pod, path and version of the document. */
  readonly #parsed = new LRUCache<string, GroupDocument>({ maxSize: cacheBytes });

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  /** The members of a group that a rule at `from` names. */
  async members(group: string, from: Sight): Promise<Members> {
    const [url = ''] = group.split('#', 1);
    try {
      const document = await this.#document(url, from);
      const iris = document.get(group);
      return iris === undefined ? nobody(`<${url}> says nothing of a group <${group}>.`) : { iris };
    } catch (error) {
      if (!(error instanceof Problem || error instanceof RemoteError)) throw error;
      return nobody(`<${url}> cannot be read: ${error.message}`);
    }
  }

  async #document(url: string, from: Sight): Promise<GroupDocument> {
    const { pods, locate, remote } = this.#options;
    const address = locate(url);
    if (address !== undefined) {
      const sight = await pods.look(address.base, pods.parsePath(address.path || '/'), from.source);
      if (sight === undefined) throw new Problem('missing', 'There is no such storage.');
      return this.#own(sight, from);
    }
    if (!from.source.checked) return remote.read(url);
    const known = remote.known(url);
    if (known === undefined) throw new Problem('missing', 'It was not read before this write.');
    return known;
  }

  async #own(sight: Sight, from: Sight): Promise<GroupDocument> {
    const { pods, isPublic, maxGroupBytes } = this.#options;
    const sameOwners = from.pod.owners.every((owner) => sight.pod.owners.includes(owner));
    if (sight.pod.suspended === true || (!sameOwners && !await isPublic(sight))) {
      throw new Problem('forbidden', 'It belongs to somebody else and is not public.');
    }

    const { resource, pod, path } = sight;
    if (resource?.kind !== 'document' || subjectOf(path) !== undefined) {
      throw new Problem('missing', 'There is no such document.');
    }
    if (resource.size > maxGroupBytes) throw new Problem('too-large', `It has more than ${maxGroupBytes} bytes.`);
    const key = `${pod.id} ${path} ${resource.revision}`;
    const known = this.#parsed.get(key);
    if (known !== undefined) return known;
    const bytes = await pods.contents.read({ document: resource, bytes: sight.bytes });
    // Whatever the address by which it was named, relative IRIs in it are relative to its own.
    const groups = await readGroups(urlOf(sight, path), resource.mediaType, bytes);
    // What a write is about to make may never come to be, and something else have its revision.
    if (!from.source.checked) this.#parsed.set(key, groups, { size: key.length + resource.size });
    return groups;
  }
}

/** The groups in a document. Throws Problem `unsupported` if it is no RDF, `invalid` if it cannot be parsed. */
export async function readGroups(url: string, mediaType: string, bytes: Uint8Array): Promise<GroupDocument> {
  const format = formatOf(mediaType);
  if (format === undefined) throw new Problem('unsupported', `It is ${mediaType}, which is no RDF.`);
  const { quads } = await readRdf(bytes, { format, base: url, maxQuads: maxGroupQuads });
  const groups = new Map<string, Set<string>>();
  for (const quad of quads) {
    if (isMembership(quad)) add(groups, normalIri(quad.subject.value), normalIri(quad.object.value));
  }
  return groups;
}

function isMembership({ subject, predicate, object, graph }: Quad): boolean {
  return predicate.value === vcard.hasMember && graph.termType === 'DefaultGraph'
    && subject.termType === 'NamedNode' && object.termType === 'NamedNode';
}

function add(groups: Map<string, Set<string>>, group: string, member: string): void {
  const members = groups.get(group);
  if (members) members.add(member);
  else groups.set(group, new Set([member]));
}

function nobody(trouble: string): Members {
  return { iris: new Set(), trouble };
}
