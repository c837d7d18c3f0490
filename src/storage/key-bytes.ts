/**
 * Keys as bytes whose order is the order of the contract: each part in UTF-8, followed by a zero byte.
 *
 * No part holds a zero byte, so a part that is the beginning of another sorts first, and the parts can be told apart
 * again. No byte of UTF-8 is greater than 0xF4, so what begins with 0xFF lies outside of all keys.
 */
import { keyLimit, type Key } from './database.ts';

/** Greater than every key. */
export const afterAllKeys: Uint8Array = Uint8Array.of(0xff);

/** The key as bytes. Throws a `TypeError` when it is not a key (see `Key`). */
export function keyBytes(key: Key): Buffer {
  if (key.length === 0) throw new TypeError('A key has at least one part.');
  return joined(key);
}

/** The key that `keyBytes` made these bytes of. */
export function keyOf(bytes: Uint8Array): Key {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength - 1).toString().split('\0');
}

/**
 * Between which bytes, both excluded, the keys lie that begin with the parts of `prefix`, have at least one part more
 * and come after `after`. The range is empty when `gt` is not less than `lt`.
 */
export function rangeBounds(prefix: Key, after?: Key): { gt: Buffer; lt: Buffer } {
  const start = joined(prefix);
  const gt = after === undefined ? start : later(start, keyBytes(after));
  if (start.length === 0) return { gt, lt: Buffer.from(afterAllKeys) };
  const lt = Buffer.from(start);
  lt[lt.length - 1] = 1;
  return { gt, lt };
}

function joined(parts: Key): Buffer {
  let text = '';
  for (const part of parts) {
    // U+0000 ends a part, and surrogates without their partner have no UTF-8.
    if (!part.isWellFormed() || part.includes('\0')) {
      throw new TypeError(`A part of a key is not fit to be one: ${JSON.stringify(part)}.`);
    }
    text += `${part}\0`;
  }
  const bytes = Buffer.from(text);
  if (bytes.length > keyLimit) throw new TypeError(`A key has ${bytes.length} bytes; the most is ${keyLimit}.`);
  return bytes;
}

function later(one: Buffer, other: Buffer): Buffer {
  return Buffer.compare(one, other) < 0 ? other : one;
}
