import { Problem } from '../problem.ts';

/** Bytes `start` to `end`, both included, counted from 0. */
export interface Range { readonly start: number; readonly end: number }

/**
 * The one part that a Range header asks for, of a representation of `size` bytes (RFC 9110, 14.1.2 and 14.2).
 *
 * Undefined means: answer in full. That is so without a header, and for other units, several ranges and malformed ones,
 * which RFC 9110 lets a server ignore; also for an empty representation, of which there is no part to send. A range
 * that lies beyond the end is a Problem of kind `range`, whose Content-Range tells the size.
 */
export function parseRange(header: string | undefined, size: number): Range | undefined {
  const match = /^[ \t]*bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '');
  if (!match || size === 0) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  // So many digits that they read as Infinity do no harm: every bound is compared with the size.
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size) {
    throw new Problem('range', `The range asked for lies beyond the end: there are ${size} bytes.`, {
      'content-range': `bytes */${size}`,
    });
  }
  return { start, end };
}
