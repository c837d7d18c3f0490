import type { Check, Key, Write } from './database.ts';
import { keyBytes } from './key-bytes.ts';

/** A write as every engine takes it: with keys as bytes, and known to name no key twice. */
export interface EncodedWrite {
  readonly checks: readonly { readonly key: Buffer; readonly check: Check }[];
  readonly puts: readonly { readonly key: Buffer; readonly parts: Key; readonly value: Uint8Array }[];
  readonly deletes: readonly Buffer[];
  /** The keys that are deleted. */
  readonly deleted: readonly Key[];
}

/** The write with its keys as bytes. Throws a `TypeError` when a key is none, or is put or deleted twice. */
export function encodeWrite({ checks = [], puts = [], deletes = [] }: Write): EncodedWrite {
  const encoded = {
    checks: checks.map((check) => ({ key: keyBytes(check.key), check })),
    puts: puts.map(({ key, value }) => ({ key: keyBytes(key), parts: key, value })),
    deletes: deletes.map(keyBytes),
    deleted: deletes,
  };
  const written = [...encoded.puts.map(({ key }) => key), ...encoded.deletes].map(byteText);
  if (new Set(written).size < written.length) throw new TypeError('A write puts or deletes one key twice.');
  return encoded;
}

/** The bytes as a string of as many characters: equal and ordered as the bytes are, and fit for a `Map`. */
export function byteText(bytes: Buffer): string {
  return bytes.toString('latin1');
}
