import { randomBytes } from 'node:crypto';
import type { Entry } from '../storage/database.ts';
import { decodeJson, decodeOnce, encodeJson, encodeOnce } from './resource.ts';

/** A storage (`pim:Storage`): the root container of all that is in it, under one base URL, with its owners. */
export interface Pod {
  readonly id: string;
  /** Absolute, with a trailing slash. */
  readonly base: string;
  /** WebIDs. At least one (Solid Protocol, Storage: servers keep track of at least one owner). */
  readonly owners: readonly string[];
  readonly created: number;
  /** Bytes it may hold; 0 for no limit. Absent: what the node allows by default. */
  readonly quota?: number;
  /** Which apps its users may use here: those that an owner granted something. Absent: everyone's choice. */
  readonly apps?: 'granted';
  /** WebIDs in this pod, beside its owners, as which somebody can log in, or could. */
  readonly webIds?: readonly string[];
  /** What its owner calls it. */
  readonly label?: string;
  /** Whether it is shut, as the account that it belongs to is. */
  readonly suspended?: true;
  /** The database's version of this record; a pod that changed has another. */
  readonly version: string;
}

/** The counters of a pod, changed in the same commit as what they count. */
export interface Tally {
  /** The last sequence number of the change log; the first change has 1. */
  readonly sequence: number;
  /** Documents, containers and auxiliary resources. */
  readonly resources: number;
  /** The sum of their sizes. */
  readonly bytes: number;
}

export function encodePod(pod: Omit<Pod, 'id' | 'version'>): Uint8Array {
  const { base, owners, created, quota, apps, webIds, label, suspended } = pod;
  return encodeJson({ base, owners, created, quota, apps, webIds, label, suspended });
}

export function decodePod(id: string, entry: Entry): Pod {
  const { value, version } = entry;
  return decodeOnce(entry, version, () => ({ id, ...decodeJson<Omit<Pod, 'id' | 'version'>>(value), version }));
}

export function encodeTally(tally: Tally): Uint8Array {
  return encodeOnce(tally, '', tally);
}

export function decodeTally(entry: Entry): Tally {
  return decodeOnce(entry, '', () => decodeJson<Tally>(entry.value));
}

/** Random, so that no pod ever has the id, or an entity tag, of one that was there before. */
export function newPodId(): string {
  return randomBytes(10).toString('hex');
}
