import type { Check, Database, Entry, Key, Write } from '../storage/database.ts';
import { nameOf } from '../storage/entry-cache.ts';
import { keys } from '../storage/keyspace.ts';
import { Problem } from '../problem.ts';
import type { Change } from './change.ts';
import { encodeChange } from './change.ts';
import { decodeTally, encodeTally } from './pod.ts';
import type { Pod, Tally } from './pod.ts';
import type { ResourcePath } from './path.ts';
import {
  auxiliaryKind, auxiliaryKinds, auxiliaryPath, parentOf, placeOf, rootPath, subjectOf, twinOf,
} from './path.ts';
import type { Container, Document, Representation, Resource } from './resource.ts';
import { decodeResource, encodeJson, encodeResource, sizeOf, Unwritten } from './resource.ts';
import type { Sight } from './sight.ts';
import { look, slashConflict } from './sight.ts';

/**
 * Writes entries that are none of a pod in the commit of a change to one: both come true, or neither. What is read
 * is what the commit checks.
 */
export interface Beside {
  read(keys: readonly Key[]): Promise<readonly (Entry | undefined)[]>;
  put(key: Key, value: Uint8Array): void;
  delete(key: Key): void;
}

/** What is, or is going to be, under a key: `undefined` for nothing. */
interface Known {
  readonly key: Key;
  readonly entry: Entry | undefined;
}

/**
 * The changes to one pod that one commit will make. What it read, it checks: the commit writes nothing when any of it
 * has changed meanwhile. What it wrote, it reads back, so that several jobs can follow each other in one transaction.
 *
 * The verbs keep containment, counters, change log and the bookkeeping of blobs true together; whether a change is
 * allowed is for the caller to know.
 */
export class Transaction {
  readonly #database: Database;
  readonly podId: string;
  readonly #now: number;
  /** By `nameOf` the key. */
  readonly #read = new Map<string, Known>();
  readonly #staged = new Map<string, Known>();
  /** What the work under way has written: part of `#staged` once the work is done. */
  readonly #draft = new Map<string, Known>();

  constructor(database: Database, podId: string, now = Date.now()) {
    this.#database = database;
    this.podId = podId;
    this.#now = now;
  }

  /** Reads what is going to be needed, in one round trip. */
  async prepare(lists: readonly (readonly Key[])[]): Promise<void> {
    const unknown = new Map<string, Key>();
    for (const wanted of lists) {
      for (const key of wanted) {
        const name = nameOf(key);
        if (!this.#read.has(name) && this.#written(name) === undefined) unknown.set(name, key);
      }
    }
    if (unknown.size === 0) return;
    const entries = await this.#database.get([...unknown.values()]);
    [...unknown].forEach(([name, key], i) => this.#read.set(name, { key, entry: entries[i] }));
  }

  /** The entries as they are in this transaction: its own writes first, then what the database holds. */
  readonly read = async (wanted: readonly Key[]): Promise<(Entry | undefined)[]> =>
    this.#atHand(wanted) ?? this.prepare([wanted]).then(() => this.#atHand(wanted)!);

  /** The same, of what was read or written; `undefined` when some of it was not. */
  #atHand(wanted: readonly Key[]): (Entry | undefined)[] | undefined {
    const entries: (Entry | undefined)[] = [];
    for (const key of wanted) {
      const name = nameOf(key);
      const known = this.#written(name) ?? this.#read.get(name);
      if (known === undefined) return undefined;
      entries.push(known.entry);
    }
    return entries;
  }

  /** What this transaction sees of `path`. Throws `missing` when the pod is gone. */
  async look(path: ResourcePath): Promise<Sight> {
    const sight = await look({ read: this.read, checked: true }, this.podId, path);
    if (sight === undefined) throw new Problem('missing', 'There is no such storage any more.');
    return sight;
  }

  /** For what belongs to the change and is kept elsewhere. */
  readonly beside: Beside = {
    read: (wanted) => this.read(wanted),
    put: (key, value) => this.#put(key, value),
    delete: (key) => this.#delete(key),
  };

  /** Runs `work`; when it throws, nothing that it wrote remains. */
  async attempt<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    try {
      const result = await work(this);
      for (const [name, written] of this.#draft) this.#staged.set(name, written);
      return result;
    } finally {
      this.#draft.clear();
    }
  }

  /** The whole of it for `Database.commit`; `undefined` when there is nothing to write. */
  toWrite(): Write | undefined {
    if (this.#staged.size === 0) return undefined;
    const staged = [...this.#staged.values()];
    return {
      checks: [...this.#read.values()].map(({ key, entry }): Check =>
        entry === undefined ? { key, exists: false } : { key, version: entry.version }),
      puts: staged.flatMap(({ entry }) => entry ?? []),
      deletes: staged.flatMap(({ key, entry }) => (entry === undefined ? [key] : [])),
    };
  }

  /** Makes the pod with its root container. Throws `conflict` when its base URL is taken. */
  async createPod(pod: Pod, record: Uint8Array): Promise<void> {
    const [taken] = await this.read([keys.host(pod.base), keys.pod(pod.id), keys.tally(pod.id)]);
    if (taken !== undefined) throw new Problem('conflict', `There is a storage at ${pod.base} already.`);
    this.#put(keys.host(pod.base), Buffer.from(pod.id));
    this.#put(keys.pod(pod.id), record);
    await this.#log('Create', rootPath, (revision) => this.#putResource(this.#newContainer(rootPath, revision)),
      { resources: 1, bytes: 0 });
  }

  /** Replaces what is known of the pod. */
  putPod(record: Uint8Array): void {
    this.#put(keys.pod(this.podId), record);
  }

  /**
   * Makes those of the containers that are missing; `containers`: each is followed by the one that holds it. Throws
   * `conflict` where a document has the name of one.
   */
  async makeContainers(containers: readonly ResourcePath[]): Promise<void> {
    for (const path of containers.toReversed()) {
      const paths = [path, twinOf(path) ?? path];
      const [own, twin] = await this.read(paths.map((at) => keys.record(this.podId, placeOf(at))));
      if (own !== undefined) continue;
      if (twin !== undefined) throw slashConflict(path);
      await this.createContainer(path);
    }
  }

  /** Makes a container; its parent must exist. */
  async createContainer(path: ResourcePath): Promise<Container> {
    return this.#log('Create', path, async (revision) => {
      const container = this.#newContainer(path, revision);
      this.#putResource(container);
      await this.#memberChanged(path, revision, 1);
      return container;
    }, { resources: 1, bytes: 0 });
  }

  /** Makes a document or auxiliary resource, or replaces `old`; the parent container or subject must exist. */
  async putDocument(path: ResourcePath, representation: Representation, old: Document | undefined): Promise<Document> {
    const { mediaType, content } = representation;
    const size = sizeOf(content);
    const growth = { resources: old === undefined ? 1 : 0, bytes: size - (old?.size ?? 0) };
    return this.#log(old === undefined ? 'Create' : 'Update', path, async (revision) => {
      if (old?.blob !== undefined) this.#releaseBlob(old);
      const document: Document = {
        kind: 'document', path, mediaType, size, created: old?.created ?? this.#now, modified: this.#now, revision,
        ...('blob' in content ? { blob: content.blob } : {}),
      };
      const place = placeOf(path);
      if ('bytes' in content) {
        this.#put(keys.content(this.podId, place), content.bytes);
      } else {
        this.#put(keys.blob(content.blob), encodeJson([this.podId, path]));
        if (old !== undefined && old.blob === undefined) this.#delete(keys.content(this.podId, place));
      }
      this.#putResource(document);
      await this.#memberChanged(path, revision, old === undefined ? 1 : 0);
      return document;
    }, growth);
  }

  /** Takes a resource away with its auxiliary resources. A container must be empty. */
  async remove(resource: Resource): Promise<void> {
    const { path } = resource;
    let ruled = false;
    if (auxiliaryKind(path) === undefined) {
      for (const auxiliary of await this.#auxiliariesOf(path)) {
        ruled ||= auxiliary.path === auxiliaryPath(path, 'acl');
        await this.#removeOne(auxiliary);
      }
    }
    await this.#removeOne(resource, ruled);
  }

  /**
   * The auxiliary resources of `path`; for a container also those below it. As it is empty, those are the ACLs that
   * were written for resources that were never made: they must not wait for whoever makes one there later.
   */
  async #auxiliariesOf(path: ResourcePath): Promise<Resource[]> {
    const own = auxiliaryKinds.map((kind) => auxiliaryPath(path, kind));
    const below: ResourcePath[] = [];
    if (path.endsWith('/')) {
      const stored = this.#database.range(keys.auxiliaries(this.podId), { after: keys.auxiliaries(this.podId, path) });
      for await (const { key: [, , subject = '', name = ''] } of stored) {
        if (!subject.startsWith(path)) break;
        if (subject !== path) below.push(`${subject}${name}` as ResourcePath);
      }
      for (const { key: [family, , subject = '', name = ''] } of this.#staged.values()) {
        if (family === 'auxiliary' && subject.startsWith(path)) below.push(`${subject}${name}` as ResourcePath);
      }
    }
    const paths = [...new Set([...own, ...below])];
    const found = await this.read(paths.map((at) => keys.record(this.podId, placeOf(at))));
    return found.flatMap((entry, i) => (entry === undefined ? [] : [decodeResource(paths[i]!, entry)]));
  }

  async #removeOne(resource: Resource, ruled = false): Promise<void> {
    const { path } = resource;
    const size = resource.kind === 'document' ? resource.size : 0;
    await this.#log('Delete', path, async (revision) => {
      this.#delete(keys.record(this.podId, placeOf(path)));
      if (resource.kind === 'document') {
        if (resource.blob === undefined) this.#delete(keys.content(this.podId, placeOf(path)));
        else this.#releaseBlob(resource);
      }
      await this.#memberChanged(path, revision, -1);
    }, { resources: -1, bytes: -size }, ruled);
  }

  /** Gives the change its place in the log, and counts. */
  async #log<T>(
    type: Change['type'], path: ResourcePath, work: (sequence: number) => T | Promise<T>,
    growth: Omit<Tally, 'sequence'>, ruled = false,
  ): Promise<T> {
    const [entry] = await this.read([keys.tally(this.podId)]);
    const before = entry === undefined ? { sequence: 0, resources: 0, bytes: 0 } : decodeTally(entry);
    const sequence = before.sequence + 1;
    const tally = { sequence, resources: before.resources + growth.resources, bytes: before.bytes + growth.bytes };
    this.#stage(new Unwritten(keys.tally(this.podId), tally, encodeTally));
    this.#put(keys.change(this.podId, sequence), encodeChange({
      sequence, type, path, at: this.#now, ...(ruled ? { ruled } : {}),
    }));
    return work(sequence);
  }

  /**
   * Tells the container whose listing shows `path` that it changed: its listing, and, when a member came or went
   * (`difference` is 1 or -1), its own time, which the listing of the next container above shows.
   * A description (`.meta`) shows in the listing of its container; an ACL shows in none.
   */
  async #memberChanged(path: ResourcePath, revision: number, difference: number): Promise<void> {
    if (auxiliaryKind(path) === 'acl') return;
    const subject = subjectOf(path);
    if (subject === undefined) {
      const parent = parentOf(path);
      if (parent === undefined) return;
      const came = difference !== 0;
      await this.#touch(parent, { revision, listed: this.#now, ...(came ? { modified: this.#now } : {}) }, difference);
      if (came && parent !== rootPath) await this.#touch(parentOf(parent)!, { revision, listed: this.#now });
    } else if (subject.endsWith('/')) {
      await this.#touch(subject, { revision, listed: this.#now, modified: this.#now });
      if (subject !== rootPath) await this.#touch(parentOf(subject)!, { revision, listed: this.#now });
    }
  }

  async #touch(path: ResourcePath, now: Partial<Container>, difference = 0): Promise<void> {
    const [entry] = await this.read([keys.record(this.podId, placeOf(path))]);
    if (entry === undefined) throw new Error(`the container ${path} is missing`);
    const container = decodeResource(path, entry) as Container;
    this.#putResource({ ...container, ...now, members: container.members + difference });
  }

  #newContainer(path: ResourcePath, revision: number): Container {
    const now = this.#now;
    return { kind: 'container', path, members: 0, created: now, modified: now, listed: now, revision };
  }

  #releaseBlob(document: Document): void {
    this.#delete(keys.blob(document.blob!));
    this.#put(keys.garbage(document.blob!), encodeJson(this.#now));
  }

  #putResource(resource: Resource): void {
    this.#stage(new Unwritten(keys.record(this.podId, placeOf(resource.path)), resource, encodeResource));
  }

  #put(key: Key, value: Uint8Array): void {
    this.#stage({ key, value, version: '' });
  }

  #delete(key: Key): void {
    this.#draft.set(nameOf(key), { key, entry: undefined });
  }

  #stage(entry: Entry): void {
    this.#draft.set(nameOf(entry.key), { key: entry.key, entry });
  }

  #written(name: string): Known | undefined {
    return this.#draft.get(name) ?? this.#staged.get(name);
  }
}
