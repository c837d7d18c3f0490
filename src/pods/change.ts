import { decodeJson, encodeJson } from './resource.ts';
import type { ResourcePath } from './path.ts';

/**
 * One entry of a pod's change log, written in the commit of the change itself. Sequence numbers have no gaps.
 * That a member came to or went from a container follows from `Create` and `Delete`; it has no entry of its own.
 */
export interface Change {
  readonly sequence: number;
  /** As in Activity Streams 2.0. */
  readonly type: 'Create' | 'Update' | 'Delete';
  readonly path: ResourcePath;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of a `Delete`: the resource had access rules of its own, which went with it. */
  readonly ruled?: true;
}

export function encodeChange(change: Change): Uint8Array {
  const { type, path, at, ruled } = change;
  return encodeJson({ type, path, at, ruled });
}

export function decodeChange(sequence: number, value: Uint8Array): Change {
  return { sequence, ...decodeJson<Omit<Change, 'sequence'>>(value) };
}
