/**
 * Why another server did not give what was asked of it:
 * - `refused`: by our own rules, whatever the other server would say: scheme, port, private address, redirects;
 * - `unreachable`: it may well do so later: DNS, TCP, TLS, a time-out, 5xx, 429;
 * - `unusable`: it has answered, and that is what it has to say: 4xx, too large, of the wrong media type, malformed.
 */
export type RemoteFailure = 'refused' | 'unreachable' | 'unusable';

interface Circumstances {
  readonly status?: number;
  readonly asked?: boolean;
  readonly cause?: unknown;
}

/**
 * What is thrown when another server cannot be asked, or its answer cannot be used. The message is one sentence that
 * says what and where. It is the same for all that can go wrong on the way to an address, so that nobody can have this
 * server explore a network for them; `cause` knows more, and is for the log.
 */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly reason: RemoteFailure;
  /** The status of the answer, when the status is what is wrong. */
  readonly status: number | undefined;
  /** False when nobody was asked, so that this says nothing about any other server. */
  readonly asked: boolean;

  constructor(reason: RemoteFailure, message: string, { status, asked = true, cause }: Circumstances = {}) {
    super(message, { cause });
    this.reason = reason;
    this.status = status;
    this.asked = asked;
  }
}
