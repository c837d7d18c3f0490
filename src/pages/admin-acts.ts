import type { Role } from '../accounts/roles.ts';

/** Who may do what who runs this node: the only place that says so, for the API, the pages and the command line. */
const acts = {
  'overview':      ['owner', 'admin', 'support', 'auditor'],
  'figures':       ['owner', 'admin', 'support', 'auditor'],
  'people':        ['owner', 'admin', 'support', 'auditor'],
  'invites':       ['owner', 'admin', 'support', 'auditor'],
  'pods':          ['owner', 'admin', 'support', 'auditor'],
  'apps':          ['owner', 'admin', 'support', 'auditor'],
  'issuers':       ['owner', 'admin', 'support', 'auditor'],
  'see-settings':  ['owner', 'admin', 'support', 'auditor'],
  'jobs':          ['owner', 'admin', 'support', 'auditor'],
  'audit':         ['owner', 'admin', 'auditor'],
  'export':        ['owner', 'admin', 'auditor'],
  'suspend':       ['owner', 'admin', 'support'],
  'restore':       ['owner', 'admin', 'support'],
  'second-factor': ['owner', 'admin', 'support'],
  'mail':          ['owner', 'admin', 'support'],
  'sessions':      ['owner', 'admin', 'support'],
  'invite':        ['owner', 'admin', 'support'],
  'delete':        ['owner', 'admin'],
  'role':          ['owner', 'admin'],
  'quota':         ['owner', 'admin'],
  'block':         ['owner', 'admin'],
  'settings':      ['owner', 'admin'],
  'job':           ['owner', 'admin'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

export type Act = keyof typeof acts;

const actNames = Object.keys(acts) as readonly Act[];

/** Whether a role may do something. */
export function may(role: Role | undefined, act: Act): boolean {
  const roles: readonly Role[] = acts[act];
  return role !== undefined && roles.includes(role);
}

/** All that a role may do. */
export function actsOf(role: Role | undefined): ReadonlySet<string> {
  return new Set(actNames.filter((act) => may(role, act)));
}

/** Whether somebody of a role may do something to whom has another one, or none. */
export function mayTouch(by: Role | undefined, role: Role | undefined): boolean {
  if (role === 'owner') return by === 'owner';
  return role === undefined || by === 'owner' || by === 'admin';
}
