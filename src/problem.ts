/**
 * The ways in which a request can fail through no defect of ours: a closed list.
 * Which HTTP status each one has is known to `http/problem-response.ts` alone;
 * `docs/problems/<kind>.md` explains each to the reader who met it.
 */
export const problemKinds = [
  'invalid', 'unauthenticated', 'forbidden', 'missing', 'method', 'unacceptable', 'slow', 'conflict', 'stale',
  'too-large', 'unsupported', 'range', 'unprocessable', 'too-many', 'busy', 'full',
] as const;

export type ProblemKind = (typeof problemKinds)[number];

/**
 * What is thrown when a request cannot be done. Anything else thrown is a defect.
 *
 * `detail` is a sentence for the person who sent the request: what is wrong, and where. It is sent to them, so it
 * holds nothing they may not know. `headers` are response headers that belong to this problem (`Allow`, `Retry-After`).
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProblemKind, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.kind = kind;
    this.headers = headers;
  }
}
