/**
 * Every key of the database. Nobody else builds one. `docs/storage.md` tells what the values are.
 */
import type { BlobId } from './blobs.ts';
import type { Key } from './database.ts';

/** Where an entry of a pod lives: the key parts behind the family and the pod. */
export interface Place {
  /** `resource` for documents and containers (members of their parent), `auxiliary` for what belongs to a subject. */
  readonly family: 'resource' | 'auxiliary';
  /** The path of the parent container, or of the subject. `''` for the parent of the root. */
  readonly parent: string;
  /** The last segment, with its slash for a container; `.acl` or `.meta` for an auxiliary resource. */
  readonly name: string;
}

/** The families whose keys have a pod as their second part, and of which a pod has many entries. */
export const podFamilies = ['resource', 'auxiliary', 'content', 'change'] as const;
export type PodFamily = (typeof podFamilies)[number];

export const keys = {
  /**
   * `resource/<pod>/<parent>/<name>` and `auxiliary/<pod>/<subject>/<name>`: what is known of a resource.
   * The members of a container are one range.
   */
  record: (pod: string, place: Place): Key => [place.family, pod, place.parent, place.name],
  /** `content/<pod>/<parent or subject>/<name>`: the bytes of a resource when small. */
  content: (pod: string, place: Place): Key => ['content', pod, place.parent, place.name],
  /** The prefix of the records of a container's members. */
  members: (pod: string, container: string): Key => ['resource', pod, container],
  /** The prefix of the records of a pod's auxiliary resources, or the key just before those of `subject`. */
  auxiliaries: (pod: string, ...subject: readonly string[]): Key => ['auxiliary', pod, ...subject],
  /** `change/<pod>/<sequence>`: the change log. */
  change: (pod: string, sequence: number): Key => ['change', pod, sequenceText(sequence)],
  /** `tally/<pod>`: last sequence, resources and bytes of a pod. */
  tally: (pod: string): Key => ['tally', pod],
  /** `pod/<id>`: what is known of a pod. */
  pod: (pod: string): Key => ['pod', pod],
  /** `host/<base URL>`: which pod answers there. */
  host: (base: string): Key => ['host', base],
  /** `blob/<blob id>`: which resource holds this blob. */
  blob: (id: BlobId): Key => ['blob', id],
  /** `garbage/<blob id>`: a blob that no resource holds any more, and since when. */
  garbage: (id: BlobId): Key => ['garbage', id],
  /** `health`: when a process last tried whether the database takes writes. */
  health: ['health'] satisfies Key,
  /** The prefix of all garbage. */
  garbages: ['garbage'] satisfies Key,
  /** The prefixes of the other families that have one entry for each pod, address or blob. */
  pods: ['pod'] satisfies Key,
  tallies: ['tally'] satisfies Key,
  hosts: ['host'] satisfies Key,
  blobs: ['blob'] satisfies Key,
  /** The prefix of a family, or of what one pod has of it. */
  family: (family: PodFamily, ...pod: readonly string[]): Key => [family, ...pod],
  /** Sorts behind all that `pod` has of a family and before what other pods have, as ids are letters and digits. */
  behind: (family: PodFamily, pod: string): Key => [family, `${pod}\u0001`],
} as const;

/** Sequence numbers as key parts: sixteen digits, so that they sort as numbers do. */
export function sequenceText(sequence: number): string {
  return String(sequence).padStart(16, '0');
}
