/** Seconds for which an answer is fresh at least, whatever its server says, and at most. */
const least = 30;
const most = 24 * 60 * 60;

/**
 * For how many seconds after its arrival an answer is fresh: its max-age (RFC 9111, 5.2.2.1) less its Age (5.1), within
 * our bounds. What its server would rather not have kept (`no-store`, `no-cache`, no max-age) is kept for the least
 * time, since a server that is asked once for each request to this one could be put out of service through this one.
 * A max-age that is malformed is none, and the first of several counts (4.2.1). `s-maxage` is for caches that many
 * share, which see what each may see; this one sees what anyone may.
 */
export function freshSeconds(headers: Headers): number {
  const directives = (headers.get('cache-control') ?? '').toLowerCase().split(',').map((directive) => directive.trim());
  if (directives.some((directive) => /^no-(store|cache)\b/.test(directive))) return least;
  const [, seconds] = /^max-age="?(\d+)"?$/.exec(directives.find((text) => text.startsWith('max-age=')) ?? '') ?? [];
  if (seconds === undefined) return least;
  const age = /^\d+$/.exec(headers.get('age') ?? '')?.[0] ?? '0';
  return Math.min(Math.max(Number(seconds) - Number(age), least), most);
}
