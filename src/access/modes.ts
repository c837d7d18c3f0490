/**
 * A set of access modes (WAC, Access Modes), as bits. Write holds the bit of Append, because who may write may append;
 * so `|` unites sets, `&` intersects them, and `includes` is all that a decision needs.
 */
export type Modes = number;

export const none: Modes = 0;
export const read: Modes = 1;
export const append: Modes = 2;
export const write: Modes = 4 | append;
export const control: Modes = 8;
export const all: Modes = read | write | control;

/** Whether all modes of `wanted` are among `modes`. */
export function includes(modes: Modes, wanted: Modes): boolean {
  return (modes & wanted) === wanted;
}

const names = [['read', read], ['write', write], ['append', append], ['control', control]] as const;

/** The modes by name, in the order that clients know from other servers: `read write append control`. */
export function modeNames(modes: Modes): string[] {
  return names.filter(([, mode]) => includes(modes, mode)).map(([name]) => name);
}

/** What somebody may do with one resource: the agent who asks, and anybody. */
export interface Privileges {
  readonly user: Modes;
  readonly public: Modes;
}

/**
 * The value of the `WAC-Allow` header (WAC, wac-allow HTTP Header). Both groups are always there, even when empty:
 * clients take an absent group for a server that does not say.
 */
export function wacAllow(privileges: Privileges): string {
  return `user="${modeNames(privileges.user).join(' ')}",public="${modeNames(privileges.public).join(' ')}"`;
}
