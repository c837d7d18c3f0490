import { randomBytes } from 'node:crypto';
import { sequenceText } from './keyspace.ts';

/** In the year 2286; less than what a number can count to one by one. */
const endOfTime = 9_999_999_999_999;
const form = /^\d{16}-[0-9a-f]{8,12}$/;

/** What the ids of a time, in milliseconds since 1970, begin with. It sorts before those of earlier times. */
export function latestFirst(at: number): string {
  return sequenceText(endOfTime - Math.floor(at));
}

/**
 * Ids of a log, for keys that sort with the latest first: the time, counted down; then how many came before it in
 * that millisecond and in this process, counted down too; then what no other process has.
 */
export class LatestFirstIds {
  #time = '';
  #left = 0xffff;

  /** The id of what happens now, at a time in milliseconds since 1970. */
  next(at: number): string {
    const time = latestFirst(at);
    this.#left = time === this.#time ? Math.max(this.#left - 1, 0) : 0xffff;
    this.#time = time;
    return `${time}-${this.#left.toString(16).padStart(4, '0')}${randomBytes(4).toString('hex')}`;
  }

  /** Whether a text has the form of such an id. */
  static is(text: string): boolean {
    return form.test(text);
  }
}
