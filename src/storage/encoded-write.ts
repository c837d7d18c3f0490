import type { Check, Key, Write } from './database.ts';
import { nameOf } from './entry-cache.ts';
import { keyBytes } from './key-bytes.ts';

/** A write as every engine takes it: what it puts and deletes with keys as bytes, and known to name no key twice. */
export interface EncodedWrite {
  readonly checks: readonly Check[];
  readonly puts: readonly (NamedKey & { readonly value: Uint8Array })[];
  readonly deletes: readonly NamedKey[];
}

export interface NamedKey {
  readonly key: Key;
  readonly bytes: Buffer;
  /** `nameOf` the key. */
  readonly name: string;
}

/** Throws a `TypeError` when a key that is put or deleted is none, or is put or deleted twice. */
export function encodeWrite({ checks = [], puts = [], deletes = [] }: Write): EncodedWrite {
  const named = (key: Key): NamedKey => ({ key, bytes: keyBytes(key), name: nameOf(key) });
  const encoded = {
    checks,
    puts: puts.map(({ key, value }) => ({ ...named(key), value })),
    deletes: deletes.map(named),
  };
  const written = new Set<string>();
  for (const { name } of encoded.puts) written.add(name);
  for (const { name } of encoded.deletes) written.add(name);
  if (written.size < puts.length + deletes.length) throw new TypeError('A write puts or deletes one key twice.');
  return encoded;
}

/** The bytes as a string of as many characters: equal and ordered as the bytes are, and fit for a `Map`. */
export function byteText(bytes: Buffer): string {
  return bytes.toString('latin1');
}
