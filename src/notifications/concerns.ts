import type { Change } from '../pods/change.ts';
import { ancestorsOf, auxiliaryKind, isContainerPath, parentOf, subjectOf } from '../pods/path.ts';
import type { ResourcePath } from '../pods/path.ts';

/** What somebody wants to be told of: a resource, or with `deep` a container and all that is below it. */
export interface Topic {
  readonly path: ResourcePath;
  readonly deep: boolean;
}

/**
 * The resources that a change is about: what was changed; the container that a member came to or went from; the
 * container that a description belongs to, whose representation holds it.
 */
export function aboutOf({ type, path }: Pick<Change, 'type' | 'path'>): ResourcePath[] {
  const subject = subjectOf(path);
  if (subject !== undefined) {
    return auxiliaryKind(path) === 'meta' && isContainerPath(subject) ? [path, subject] : [path];
  }
  const parent = parentOf(path);
  return type === 'Update' || parent === undefined ? [path] : [path, parent];
}

/** Whether a change is about the topic, or can change who may read it. */
export function concerns(change: Change, topic: Topic): boolean {
  return aboutOf(change).some((about) => isWithin(about, topic)) || rules(change.path, topic.path);
}

/** Whether a resource is the topic, or below it when that counts. */
export function isWithin(path: ResourcePath, { path: topic, deep }: Topic): boolean {
  return path === topic || (deep && path.startsWith(topic));
}

/** Whether `path` is the access control list of the topic, or one that it may inherit. */
export function rules(path: ResourcePath, topic: ResourcePath): boolean {
  if (auxiliaryKind(path) !== 'acl') return false;
  const subject = subjectOf(path)!;
  return subject === (subjectOf(topic) ?? topic) || (isContainerPath(subject) && topic.startsWith(subject));
}

/** Things by their topics, found by the changes that concern them in a time that does not depend on all the others. */
export class ByTopic<T> {
  readonly #one = new Map<ResourcePath, Set<T>>();
  readonly #deep = new Map<ResourcePath, Set<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add({ path, deep }: Topic, thing: T): void {
    const index = deep ? this.#deep : this.#one;
    const things = index.get(path);
    if (things === undefined) index.set(path, new Set([thing]));
    else things.add(thing);
    this.#size += 1;
  }

  delete({ path, deep }: Topic, thing: T): void {
    const index = deep ? this.#deep : this.#one;
    const things = index.get(path);
    if (things?.delete(thing) !== true) return;
    this.#size -= 1;
    if (things.size === 0) index.delete(path);
  }

  /** Those whose topics a change concerns, each once for each of its topics. */
  * of(change: Change): Iterable<T> {
    for (const about of aboutOf(change)) {
      yield* this.#one.get(about) ?? [];
      for (const above of [about, ...ancestorsOf(about)]) yield* this.#deep.get(above) ?? [];
    }
    if (auxiliaryKind(change.path) !== 'acl') return;
    // Rare, so that all topics may be looked at.
    for (const index of [this.#one, this.#deep]) {
      for (const [path, things] of index) if (rules(change.path, path)) yield* things;
    }
  }

  * all(): Iterable<T> {
    for (const index of [this.#one, this.#deep]) for (const things of index.values()) yield* things;
  }
}
