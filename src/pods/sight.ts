import type { Entry, Key } from '../storage/database.ts';
import { ownedBy } from '../storage/entry-cache.ts';
import { keys } from '../storage/keyspace.ts';
import type { Pod, Tally } from './pod.ts';
import { decodePod, decodeTally } from './pod.ts';
import { Problem } from '../problem.ts';
import { Recent } from '../recent.ts';
import type { ResourcePath } from './path.ts';
import { auxiliaryPath, isContainerPath, nameOf, parentOf, placeOf, subjectOf, twinOf } from './path.ts';
import type { Container, Document, Held, Resource } from './resource.ts';
import { decodeResource } from './resource.ts';

/** An ACL document, and the database's version of this state of it; `''` when it is not committed yet. */
export interface StoredAcl extends Held {
  readonly version: string;
}

/** What one batched read shows of a path and of all that decides about it, at one moment. */
export interface Sight {
  readonly pod: Pod;
  readonly tally: Tally;
  /** Another one whenever anything in the pod, or about it, has changed. */
  readonly state: string;
  readonly path: ResourcePath;
  readonly resource: Resource | undefined;
  /** Its bytes, when it is a document and they are in the database. */
  readonly bytes: Uint8Array | undefined;
  /** What is at the path with its trailing slash added or taken away. */
  readonly twin: Resource | undefined;
  /** What an auxiliary resource belongs to. */
  readonly subject: Resource | undefined;
  /** The description (`.meta`) of the resource, when it is a container. */
  readonly description: Held | undefined;
  /** The containers above that exist, the nearest first; the root is always among them. */
  readonly ancestors: readonly Container[];
  /** The ACL documents that exist, of the resource (or of the subject) and of the containers above, nearest first. */
  readonly acls: readonly StoredAcl[];
  /** Reads what else a decision depends on, in the same way as this was read. */
  readonly source: Source;
}

/** Reads entries, in the order of the keys, as they were at one moment. */
export type Read = (keys: readonly Key[]) => Promise<readonly (Entry | undefined)[]>;

/** Where a sight comes from. */
export interface Source {
  readonly read: Read;
  /** Whether a commit will check all that was read. Others wait for it then, so it must not wait for another server. */
  readonly checked: boolean;
}

/** The absolute URL of a path in the pod. */
export function urlOf({ pod }: Pick<Sight, 'pod'>, path: ResourcePath): string {
  return pod.base + path.slice(1);
}

/** What `look` reads for a path. */
interface Plan {
  readonly keys: readonly Key[];
  /** The subject of an auxiliary resource, or the path itself. */
  readonly target: ResourcePath;
  readonly twin: ResourcePath | undefined;
  readonly acl: ResourcePath;
  /** The containers above, the nearest first, each with its ACL resource. */
  readonly above: readonly { readonly path: ResourcePath; readonly acl: ResourcePath }[];
}

/** How many plans are at hand: a request needs the same one several times. */
const maxPlans = 2_000;

const plans = new Recent<Plan>(maxPlans);

function planOf(podId: string, path: ResourcePath): Plan {
  const name = `${podId}${path}`;
  let plan = plans.get(name);
  if (plan === undefined) plans.set(name, plan = newPlan(podId, path));
  return plan;
}

/** What is above a resource is what is at its container, and above that. */
function newPlan(podId: string, path: ResourcePath): Plan {
  const target = subjectOf(path) ?? path;
  const twin = twinOf(path);
  const acl = auxiliaryPath(target, 'acl');
  const container = parentOf(target);
  const parent = container && planOf(podId, container);
  const record = (at: ResourcePath): Key => keys.record(podId, placeOf(at));
  const held = (at: ResourcePath): Key[] => {
    const owner = record(at);
    return [owner, ownedBy(keys.content(podId, placeOf(at)), owner)];
  };
  const own = held(path);
  const [, , ofParent, , , ...aboveParent] = parent?.keys ?? [];
  return {
    target, twin, acl,
    above: parent === undefined ? [] : [{ path: container!, acl: parent.acl }, ...parent.above],
    keys: [
      ...keysOfState(podId), ...own, twin === undefined ? own[0]! : record(twin), ...held(acl),
      ...(parent === undefined ? [] : [ofParent!, ...aboveParent.slice(0, 2 + 3 * parent.above.length)]),
      ...(target === path ? [] : [record(target)]),
      ...(isContainerPath(path) ? held(auxiliaryPath(path, 'meta')) : []),
    ],
  };
}

/** The keys of all that `look` reads. */
export function keysOfSight(podId: string, path: ResourcePath): readonly Key[] {
  return planOf(podId, path).keys;
}

/** `undefined` when there is no such pod any more. */
export async function look(source: Source, podId: string, path: ResourcePath): Promise<Sight | undefined> {
  const plan = planOf(podId, path);
  const entries = await source.read(plan.keys);
  const [podEntry, tallyEntry, record, content, twinRecord, aclRecord, aclContent, ...rest] = entries;
  if (podEntry === undefined || tallyEntry === undefined) return undefined;

  const { target, twin } = plan;
  const resourceAt = (at: ResourcePath, entry: Entry | undefined): Resource | undefined =>
    entry && decodeResource(at, entry);
  const ancestors: Container[] = [];
  const acls = [heldAt(plan.acl, aclRecord, aclContent)];
  plan.above.forEach((above, i) => {
    const own = rest[3 * i];
    if (own !== undefined) ancestors.push(decodeResource(above.path, own) as Container);
    acls.push(heldAt(above.acl, rest[3 * i + 1], rest[3 * i + 2]));
  });
  const [first, second] = rest.slice(3 * plan.above.length);
  return {
    pod: decodePod(podId, podEntry),
    tally: decodeTally(tallyEntry),
    state: stateOf([podEntry, tallyEntry])!,
    path,
    resource: resourceAt(path, record),
    bytes: content?.value,
    twin: twin && resourceAt(twin, twinRecord),
    subject: target === path ? undefined : resourceAt(target, first),
    description: isContainerPath(path) ? heldAt(auxiliaryPath(path, 'meta'), first, second) : undefined,
    ancestors,
    acls: acls.filter((acl) => acl !== undefined),
    source,
  };
}

/** See `Sight.state`. Of the entries of `keysOfState`; `undefined` when there is no such pod any more. */
export function stateOf([pod, tally]: readonly (Entry | undefined)[]): string | undefined {
  return pod && tally && `${pod.version} ${tally.version}`;
}

/** What all changes of a pod change: those of what is in it the tally, those of the pod itself its record. */
export function keysOfState(podId: string): Key[] {
  return [keys.pod(podId), keys.tally(podId)];
}

/** An auxiliary resource from the entries of its record and its content. */
export function heldAt(
  path: ResourcePath, record: Entry | undefined, content: Entry | undefined,
): StoredAcl | undefined {
  return record && {
    document: decodeResource(path, record) as Document, bytes: content?.value, version: record.version,
  };
}

/** Throws `conflict` when the other of the two resources that must not both exist is there. */
export function refuseTwin({ path, twin }: Sight): void {
  if (twin !== undefined) throw slashConflict(path);
}

/** Solid Protocol, URI Slash Semantics (server-uri-trailing-slash-distinct). */
export function slashConflict(path: ResourcePath): Problem {
  return new Problem('conflict', isContainerPath(path)
    ? `"${nameOf(path)}" cannot be a container here: there is a document of that name.`
    : `"${nameOf(path)}" cannot be a document here: there is a container of that name.`);
}
