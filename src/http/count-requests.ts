import type { ServerResponse } from 'node:http';

/** Where requests are counted. */
export interface RequestCounts {
  /** `failed`: it was answered with a status from 500 on. */
  request(milliseconds: number, failed: boolean): void;
}

/** Counts a request when its answer has gone out, with the time that took from now on. */
export function countRequest(counts: RequestCounts, response: ServerResponse): void {
  const begun = performance.now();
  response.once('finish', () => counts.request(performance.now() - begun, response.statusCode >= 500));
}
