import { parseHttpDate } from '../http/http-date.ts';

/** In milliseconds. */
export const longestPause = 3_600_000;
/** The longest that a receiver may ask for, in milliseconds. */
export const longestRetryAfter = 6 * 3_600_000;
/** More doublings than these are no number any more. */
const mostDoublings = 1_000;

/**
 * How long to rest after so many failures in a row, in milliseconds: `first` after one, twice as long each time. Half
 * of it is up to chance, so that not all who failed at the same time come back at the same time. `retryAfter`: what the
 * receiver asked for (`readRetryAfter`).
 */
export function pauseAfter(failures: number, first: number, retryAfter = 0): number {
  const pause = Math.min(first * 2 ** Math.min(failures - 1, mostDoublings), longestPause);
  return Math.max(pause * (0.5 + Math.random() / 2), Math.min(retryAfter, longestRetryAfter));
}

/** Reads a Retry-After header (RFC 9110, 10.2.3), in milliseconds from `now`; `undefined` for what is none. */
export function readRetryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = parseHttpDate(text, new Date(now));
  return date === undefined ? undefined : Math.max(0, date.getTime() - now);
}
