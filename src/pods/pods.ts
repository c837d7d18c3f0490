import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { BlobStore } from '../storage/blobs.ts';
import type { Database } from '../storage/database.ts';
import { keys } from '../storage/keyspace.ts';
import { Problem } from '../problem.ts';
import { Contents } from './contents.ts';
import { destroy } from './destroy.ts';
import type { Pod } from './pod.ts';
import { encodePod, newPodId } from './pod.ts';
import type { PathLimits, ResourcePath } from './path.ts';
import {
  ancestorsOf, auxiliaryKind, auxiliaryPath, childPath, isContainerPath, isReserved, parsePath, placeOf,
  rootPath, subjectOf, twinOf,
} from './path.ts';
import type { Content, Document, Representation, Resource } from './resource.ts';
import { decodeMember, decodeResource, sizeOf } from './resource.ts';
import type { Sight, Source, StoredAcl } from './sight.ts';
import { heldAt, keysOfSight, keysOfState, look, refuseTwin, stateOf } from './sight.ts';
import { nameFromSlug, withSuffix } from './slug.ts';
import type { PodFile } from './template.ts';
import type { Beside, Transaction } from './transaction.ts';
import { WriteQueue } from './write-queue.ts';

/** `inlineBytes` for what an edit makes, so that documents that are edited all the time need no new blob each time. */
const maxEditedInlineBytes = 1024 * 1024;
/** How often an edit of a large document is tried again when somebody else was faster. */
const maxEdits = 5;

export interface PodsOptions extends PathLimits {
  /** Bytes a pod may hold unless its own record says otherwise; 0 for no limit. */
  readonly quotaBytes: number;
  /** How many writes may wait for one pod. */
  readonly maxWaitingWrites: number;
  /** How many bytes of content the database keeps by itself; what is larger goes to the blob store. */
  readonly inlineBytes: number;
}

/**
 * Judges a write on what the commit will check: throws a `Problem` to refuse it. As it may run again when another
 * process was faster, it only looks.
 */
export type Guard = (sight: Sight) => void | Promise<void>;

export interface Written {
  readonly created: boolean;
  readonly resource: Resource;
}

/** What a new resource is made of. A container may come with a description, kept as its `.meta`. */
export type Making =
  | { readonly kind: 'document'; readonly representation: Representation }
  | { readonly kind: 'container'; readonly description: Representation | undefined };

/** A document as an edit finds and leaves it. */
export interface Text {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** The pods of this node and the resources in them: the only room that writes resources. */
export class Pods {
  readonly #database: Database;
  readonly #source: Source;
  readonly contents: Contents;
  readonly #options: PodsOptions;
  readonly #queue: WriteQueue;
  /** Base URL to pod id. What it says is checked against the pod's record in the read that uses it. */
  readonly #ids = new LRUCache<string, string>({ max: 10_000 });

  /** `changed` is called with the id of a pod after each commit to it, by this process. */
  constructor(database: Database, blobs: BlobStore, options: PodsOptions, changed?: (pod: string) => void) {
    this.#database = database;
    this.#source = { read: (wanted) => database.get(wanted), checked: false };
    this.contents = new Contents(blobs, options.inlineBytes);
    this.#options = options;
    this.#queue = new WriteQueue(database, options.maxWaitingWrites, changed);
  }

  /** Reads a path within a pod; see `parsePath`. */
  parsePath(raw: string): ResourcePath {
    return parsePath(raw, this.#options);
  }

  /**
   * What is at `path` of the pod at `base`, in one read; `undefined` when there is no pod. `source`: that of another
   * sight, when a decision about that one depends on what is here.
   */
  async look(base: string, path: ResourcePath, source = this.#source): Promise<Sight | undefined> {
    const known = this.#ids.get(base);
    if (known !== undefined) {
      const sight = await look(source, known, path);
      if (sight?.pod.base === base) return sight;
      this.#ids.delete(base);
    }
    const [host] = await source.read([keys.host(base)]);
    if (host === undefined) return undefined;
    const id = Buffer.from(host.value).toString();
    const sight = await look(source, id, path);
    if (sight?.pod.base === base) this.#ids.set(base, id);
    return sight;
  }

  /** See `Sight.state`; `undefined` when the pod is gone. */
  async state(id: string): Promise<string | undefined> {
    return stateOf(await this.#database.get(keysOfState(id)));
  }

  /**
   * Makes a pod with its first contents, all in one commit. `conflict` when the base URL is taken.
   * The containers of the paths are made too, also where only their auxiliary resources are among the contents.
   * `beside` writes what others keep about the new pod; what it throws prevents it all. It may run several times.
   */
  async create(
    pod: { readonly base: string; readonly owners: readonly string[]; readonly quota?: number },
    contents: readonly PodFile[],
    beside?: (writes: Beside, made: Pod) => Promise<void>,
  ): Promise<Pod> {
    const made: Pod = { ...pod, id: newPodId(), created: Date.now(), version: '' };
    await this.#queue.run(made.id, [keys.host(made.base)], async (transaction) => {
      await transaction.createPod(made, encodePod(made));
      for (const { path, mediaType, bytes } of contents) {
        const at = this.parsePath(`/${path}`);
        const subject = subjectOf(at);
        const container = subject !== undefined && isContainerPath(subject) ? [subject] : [];
        await transaction.makeContainers([...container, ...ancestorsOf(at)]);
        await this.#putDocument(transaction, await transaction.look(at), { mediaType, content: { bytes } });
      }
      await beside?.(transaction.beside, made);
    });
    return made;
  }

  /** Deletes a pod with all that is in it; see `destroy.ts`. */
  destroy(id: string, signal?: AbortSignal): Promise<void> {
    return destroy(this.#database, id, signal);
  }

  /** Sets which apps may be used in a pod; see `Pod.apps`. Throws `missing` when the pod is gone. */
  restrictApps({ id }: Pod, policy: 'everyone' | 'granted'): Promise<void> {
    return this.#change(id, ({ apps: _, ...pod }) => policy === 'granted' ? { ...pod, apps: policy } : pod);
  }

  /** Sets how many bytes a pod may hold, 0 for no limit; `undefined`: what others may. Throws `missing` when gone. */
  limit(id: string, bytes: number | undefined): Promise<void> {
    return this.#change(id, ({ quota: _, ...pod }) => bytes === undefined ? pod : { ...pod, quota: bytes });
  }

  /** Sets what the owner of a pod calls it; `undefined`: nothing. Throws `missing` when it is gone. */
  label(id: string, label: string | undefined): Promise<void> {
    return this.#change(id, ({ label: _, ...pod }) => label === undefined ? pod : { ...pod, label });
  }

  async #change(id: string, change: (pod: Pod) => Pod): Promise<void> {
    await this.#queue.run(id, [], async (transaction) => {
      const { pod } = await transaction.look(rootPath);
      transaction.putPod(encodePod(change(pod)));
    });
  }

  /** The base URLs of all pods. */
  async * bases(): AsyncIterable<string> {
    for await (const { key } of this.#database.range(keys.hosts)) yield key.at(-1)!;
  }

  /** How many bytes what is at the path may have before the quota of the pod is full; at least as many as it has. */
  room({ pod, tally, resource }: Sight): number {
    const quota = pod.quota ?? this.#options.quotaBytes;
    const size = sizeOfResource(resource);
    return quota === 0 ? Infinity : Math.max(size, quota - tally.bytes + size);
  }

  /** The members of a container, in the order of their names, as they come from the database: memory stays constant. */
  async * members(pod: Pod, container: ResourcePath): AsyncIterable<Resource> {
    for await (const { key, value } of this.#database.range(keys.members(pod.id, container))) {
      yield decodeMember(childPath(container, key.at(-1)!), value);
    }
  }

  /**
   * The ACL documents of a pod, in the order of the keys, as they come from the database, and whether there is the
   * resource that each belongs to. `after`: only those behind that of this resource.
   */
  async * acls(
    pod: Pod, after?: ResourcePath,
  ): AsyncIterable<{ readonly acl: StoredAcl; readonly exists: boolean }> {
    const page = after === undefined ? {} : { after: keys.record(pod.id, placeOf(auxiliaryPath(after, 'acl'))) };
    for await (const { key } of this.#database.range(keys.auxiliaries(pod.id), page)) {
      const path = `${key.at(-2)!}${key.at(-1)!}` as ResourcePath;
      if (auxiliaryKind(path) !== 'acl') continue;
      const places = [placeOf(path), placeOf(subjectOf(path)!)] as const;
      const [record, content, subject] = await this.#database.get(
        [keys.record(pod.id, places[0]), keys.content(pod.id, places[0]), keys.record(pod.id, places[1])]);
      const acl = heldAt(path, record, content);
      if (acl !== undefined) yield { acl, exists: subject !== undefined };
    }
  }

  /** Makes or replaces the document or auxiliary resource at `path`, with the containers that it needs. */
  put(pod: Pod, path: ResourcePath, guard: Guard, representation: Representation): Promise<Written> {
    return this.#write(pod, path, representation.content, async (transaction) => {
      const sight = await transaction.look(path);
      await guard(sight);
      await this.#makeAncestors(transaction, sight);
      const resource = await this.#putDocument(transaction, sight, representation);
      return { created: sight.resource === undefined, resource };
    });
  }

  /** Makes the container at `path`, or, with a description, replaces the one it has. */
  putContainer(pod: Pod, path: ResourcePath, guard: Guard, description?: Representation): Promise<Written> {
    return this.#write(pod, path, description?.content, async (transaction) => {
      const sight = await transaction.look(path);
      await guard(sight);
      await this.#makeAncestors(transaction, sight);
      if (sight.resource === undefined) await transaction.createContainer(path);
      if (description !== undefined) await this.#describe(transaction, path, description);
      const { resource } = await transaction.look(path);
      return { created: sight.resource === undefined, resource: resource! };
    });
  }

  /**
   * Makes a member of `container` under a name of its own (LDP section 5.2.3): the one of the slug when it is free,
   * else with something added to it. `missing` when there is no such container.
   */
  add(pod: Pod, container: ResourcePath, guard: Guard, slug: string | undefined, making: Making): Promise<Written> {
    const representation = making.kind === 'document' ? making.representation : making.description;
    return this.#write(pod, container, representation?.content, async (transaction) => {
      const sight = await transaction.look(container);
      await guard(sight);
      if (sight.resource === undefined) throw new Problem('missing', 'There is no such container.');
      const path = await this.#freePath(transaction, pod, container, slug, making.kind === 'container');
      if (making.kind === 'document') {
        const resource = await this.#putDocument(transaction, await transaction.look(path), making.representation);
        return { created: true, resource };
      }
      await transaction.createContainer(path);
      if (making.description !== undefined) await this.#describe(transaction, path, making.description);
      return { created: true, resource: (await transaction.look(path)).resource! };
    });
  }

  /**
   * Changes the document at `path`, or makes it: `change` gets what is there and gives what shall be there, or the same
   * when nothing changes. Nobody else's change comes between. As it may run again, `change` does nothing but compute.
   */
  async edit(
    pod: Pod, path: ResourcePath, guard: Guard, change: (current: Text | undefined) => Promise<Text>,
  ): Promise<Written> {
    for (let attempt = 1; attempt <= maxEdits; attempt += 1) {
      const large = await this.#loadBlob(pod, path);
      const outcome = await this.#run(pod, path, async (transaction): Promise<Written | LargeEdit | 'again'> => {
        const sight = await transaction.look(path);
        await guard(sight);
        const { resource } = sight;
        if (resource?.kind === 'container') throw new Error(`${path} is a container`);
        if (resource?.blob !== large?.document.blob) return 'again';
        const bytes = large?.bytes ?? sight.bytes;
        const current = resource && bytes && { mediaType: resource.mediaType, bytes };
        const next = await change(current);
        if (resource !== undefined && next === current) return { created: false, resource };
        if (auxiliaryKind(path) === undefined && next.bytes.byteLength > maxEditedInlineBytes) {
          return { revision: resource?.revision, next };
        }
        await this.#makeAncestors(transaction, sight);
        return { created: resource === undefined, resource: await this.#putDocument(transaction, sight, inline(next)) };
      });
      if (outcome === 'again') continue;
      if ('resource' in outcome) return outcome;

      const written = await this.#commitLargeEdit(pod, path, guard, outcome);
      if (written !== undefined) return written;
    }
    throw new Problem('busy', 'This document is being changed too often to be edited now. Try again in a moment.',
      { 'retry-after': '1' });
  }

  /** Removes the resource at `path` with its auxiliary resources. `conflict` when it is a container with members. */
  remove(pod: Pod, path: ResourcePath, guard: Guard): Promise<void> {
    return this.#run(pod, path, async (transaction) => {
      const sight = await transaction.look(path);
      await guard(sight);
      const { resource } = sight;
      if (resource === undefined) throw new Problem('missing', 'There is nothing here.');
      if (resource.kind === 'container' && resource.members > 0) {
        // Solid Protocol, Deleting Resources (server-delete-protect-nonempty-container)
        throw new Problem('conflict',
          `This container still has ${resource.members === 1 ? 'a member' : `${resource.members} members`}.`);
      }
      await transaction.remove(resource);
    });
  }

  #run<T>(pod: Pod, path: ResourcePath, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#queue.run(pod.id, keysOfSight(pod.id, path), work);
  }

  /**
   * Runs a write that comes with content. What it refuses needs no blob. What fails otherwise may have been written all
   * the same, as may what a database that is too busy to answer got: then the sweep finds out.
   */
  async #write<T>(
    pod: Pod, path: ResourcePath, content: Content | undefined, work: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#run(pod, path, work);
    } catch (error) {
      const refused = error instanceof Problem && error.kind !== 'busy';
      if (refused) await this.contents.discard(content);
      throw error;
    }
  }

  async #putDocument(transaction: Transaction, sight: Sight, representation: Representation): Promise<Document> {
    const { path, resource } = sight;
    if (resource?.kind === 'container' || isContainerPath(path)) throw new Error(`${path} is a container`);
    if (auxiliaryKind(path) === 'meta' && sight.subject === undefined) {
      throw new Problem('conflict', 'There is nothing here that could be described: make the resource first.');
    }
    const size = sizeOf(representation.content);
    if (size > this.room(sight)) throw new Problem('full', `The storage has no room for ${size} bytes more.`);
    return transaction.putDocument(path, representation, resource);
  }

  /** Solid Protocol, Writing Resources: intermediate containers are made, and never beside a document of their name. */
  async #makeAncestors(transaction: Transaction, sight: Sight): Promise<void> {
    refuseTwin(sight);
    const above = ancestorsOf(sight.path);
    if (sight.ancestors.length < above.length) await transaction.makeContainers(above);
  }

  async #describe(transaction: Transaction, container: ResourcePath, description: Representation): Promise<void> {
    await this.#putDocument(transaction, await transaction.look(auxiliaryPath(container, 'meta')), description);
  }

  async #freePath(
    transaction: Transaction, pod: Pod, container: ResourcePath, slug: string | undefined, isContainer: boolean,
  ): Promise<ResourcePath> {
    const random = randomBytes(6).toString('hex');
    const wish = slug === undefined ? undefined : nameFromSlug(slug);
    for (const name of wish === undefined ? [random] : [wish, withSuffix(wish, random)]) {
      const path = parsePath(`${container}${name}${isContainer ? '/' : ''}`, this.#options);
      const places = [path, twinOf(path)!].map(placeOf);
      const taken = await transaction.read(places.map((place) => keys.record(pod.id, place)));
      if (taken.every((entry) => entry === undefined) && !isReserved(path)) return path;
    }
    throw new Problem('conflict', `There is a "${wish ?? random}" already.`);
  }

  async #loadBlob(pod: Pod, path: ResourcePath): Promise<{ document: Document; bytes: Uint8Array } | undefined> {
    const [record] = await this.#database.get([keys.record(pod.id, placeOf(path))]);
    const document = record && decodeResource(path, record);
    if (document?.kind !== 'document' || document.blob === undefined) return undefined;
    return { document, bytes: await this.contents.read({ document, bytes: undefined }) };
  }

  async #commitLargeEdit(pod: Pod, path: ResourcePath, guard: Guard, edit: LargeEdit): Promise<Written | undefined> {
    const content = await this.contents.keepAsBlob(edit.next.bytes);
    const written = await this.#write(pod, path, content, async (transaction): Promise<Written | undefined> => {
      const sight = await transaction.look(path);
      await guard(sight);
      if (sight.resource?.revision !== edit.revision) return undefined;
      await this.#makeAncestors(transaction, sight);
      const resource = await this.#putDocument(transaction, sight, { mediaType: edit.next.mediaType, content });
      return { created: sight.resource === undefined, resource };
    });
    if (written === undefined) await this.contents.discard(content);
    return written;
  }
}

/** What an edit made when it is too large for the database, and of which revision. */
interface LargeEdit {
  readonly revision: number | undefined;
  readonly next: Text;
}

function inline({ mediaType, bytes }: Text): Representation {
  return { mediaType, content: { bytes } };
}

function sizeOfResource(resource: Resource | undefined): number {
  return resource?.kind === 'document' ? resource.size : 0;
}
