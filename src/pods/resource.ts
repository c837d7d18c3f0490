import type { BlobId } from '../storage/blobs.ts';
import type { Entry, Key } from '../storage/database.ts';
import type { ResourcePath } from './path.ts';

/** What is true of every resource. Times are milliseconds since 1970, for people; validators are revisions. */
interface Common {
  readonly path: ResourcePath;
  readonly created: number;
  readonly modified: number;
  /**
   * The sequence number, in the pod's change log, of the change that last changed a representation of this resource.
   * No two states of a resource share one, nor do two resources that follow each other at one address.
   */
  readonly revision: number;
}

/** A resource with bytes of its own; auxiliary resources too. */
export interface Document extends Common {
  readonly kind: 'document';
  /** As the client sent it, parameters included. */
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
  /** Where the bytes are when they are not in the database. */
  readonly blob?: BlobId;
}

/** A container: its `modified` is when members last came or went, or its description changed. */
export interface Container extends Common {
  readonly kind: 'container';
  /** How many members it has. */
  readonly members: number;
  /** When its listing last changed, which also shows the sizes and times of the members. */
  readonly listed: number;
}

export type Resource = Document | Container;

/** A record of the database; the path is in the key. */
export function encodeResource(resource: Resource): Uint8Array {
  const { path, ...record } = resource;
  return encodeOnce(record, path, resource);
}

export function decodeResource(path: ResourcePath, entry: Entry): Resource {
  return decodeOnce(entry, path, () => decodeMember(path, entry.value));
}

/** The same of a record that is looked at once, as one of many in a container: nothing is kept of it. */
export function decodeMember(path: ResourcePath, value: Uint8Array): Resource {
  return { path, ...decodeJson<Omit<Resource, 'path'>>(value) } as Resource;
}

/**
 * An entry that a commit is going to write. Most of them are written by one job of the commit after the other, so it is
 * encoded when it is needed, and tells until then what it says.
 */
export class Unwritten<T> implements Entry {
  readonly key: Key;
  readonly version = '';
  readonly what: T;
  readonly #encode: (what: T) => Uint8Array;
  #value: Uint8Array | undefined;

  constructor(key: Key, what: T, encode: (what: T) => Uint8Array) {
    this.key = key;
    this.what = what;
    this.#encode = encode;
  }

  get value(): Uint8Array {
    return this.#value ??= this.#encode(this.what);
  }
}

const decoded = new WeakMap<Uint8Array, { readonly of: string; readonly what: unknown }>();

/** What was made of these very bytes before, for the same thing: the database gives bytes again that it has at hand. */
export function decodeOnce<T>(entry: Entry, of: string, decode: () => T): T {
  if (entry instanceof Unwritten) return entry.what as T;
  const before = decoded.get(entry.value);
  if (before?.of === of) return before.what as T;
  const what = decode();
  decoded.set(entry.value, { of, what });
  return what;
}

/** The bytes of `value`, of which `what` is going to be made for `of`: it is at hand already. */
export function encodeOnce(value: unknown, of: string, what: unknown): Uint8Array {
  const bytes = encodeJson(value);
  decoded.set(bytes, { of, what });
  return bytes;
}

export function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

export function decodeJson<T>(value: Uint8Array): T {
  return JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()) as T;
}

/** What a client gives to be kept: received before the write begins, so that no write waits for a client. */
export interface Representation {
  readonly mediaType: string;
  readonly content: Content;
}

/** Bytes at hand, or in the blob store already. `size` in bytes. */
export type Content = { readonly bytes: Uint8Array } | { readonly blob: BlobId; readonly size: number };

/** In bytes. */
export function sizeOf(content: Content): number {
  return 'bytes' in content ? content.bytes.byteLength : content.size;
}

/** A document with its bytes, where they are in the database. */
export interface Held {
  readonly document: Document;
  readonly bytes: Uint8Array | undefined;
}
