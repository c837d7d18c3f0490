import type { Outcome } from '../admin/audit.ts';
import { Problem } from '../problem.ts';
import { may } from './admin-acts.ts';
import type { Act } from './admin-acts.ts';
import type { AdminParts, AdminRequest, AdminRow, Who } from './admin-row.ts';
import { actionOf, adminRows } from './admin-rows.ts';
import { check } from './body-fields.ts';
import { findRow } from './route.ts';

/** What somebody asks of the administration, whichever way it came. */
export interface Asked {
  readonly method: string;
  /** Below `.admin/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Reads the body, which happens only once it is clear that it is wanted. */
  readonly read: () => Promise<object>;
}

/** Fields that no log keeps; and those of which it keeps only that they were set. */
const secrets = new Set(['password', 'token']);
const sealed = new Set(['mailUrl']);

/**
 * Does what somebody asks of the administration, if their role is for that, and gives the answer. Whatever changes
 * something leaves a trace in the audit log, and so does whatever is refused. Throws `missing`, `method`,
 * `unauthenticated`, `forbidden`, and what the row throws.
 */
export async function performAdmin(parts: AdminParts, who: Who, { method, path, query, read }: Asked): Promise<object> {
  const found = findRow(adminRows, method, path);
  if (found === undefined) throw new Problem('missing', 'The administration has nothing at this address.');
  if ('allow' in found) throw new Problem('method', `This address takes ${found.allow}.`, { allow: found.allow });
  const { row, ids } = found;
  const request: AdminRequest = { parts, who, ids, query };
  if (!may(who.role, row.act)) return refuse(request, actionOf(row), whomOf(row, ids, {}), row.act);
  if (!row.traced) return row.run(request, {});
  const given = row.takes === undefined ? {} : await read();
  const named = Object.keys(row.takes?.shape ?? {}).filter((name) => Object.hasOwn(given, name));
  const known = Object.fromEntries(named.map((name) => [name, (given as Record<string, unknown>)[name]]));
  return traced(request, actionOf(row), whomOf(row, ids, given), known,
    () => row.run(request, row.takes === undefined ? {} : check(row.takes, given)));
}

/** Does something that leaves a trace. */
export function traced<T>(
  { parts, who }: Pick<AdminRequest, 'parts' | 'who'>, action: string, whom: string | undefined, given: object,
  work: () => Promise<T>,
): Promise<T> {
  const { account, email, role, from } = who;
  const details = Object.fromEntries(Object.entries(given)
    .filter(([name]) => !secrets.has(name))
    .map(([name, value]) => [name, sealed.has(name) && value !== null ? 'set' : value as unknown]));
  return parts.admin.audit.trace({
    who: {
      ...(account !== undefined && { account }), ...(email !== undefined && { email }),
      ...(who.operator ? { role: 'operator' } : role !== undefined && { role }), address: from.address,
    },
    action, ...(whom !== undefined && { whom }), ...(Object.keys(details).length > 0 && { details }),
  }, outcomeOf, work);
}

/** Refuses, with a trace. */
export function refuse(
  request: Pick<AdminRequest, 'parts' | 'who'>, action: string, whom: string | undefined, act: Act | 'setup',
): Promise<never> {
  const { account, role, operator } = request.who;
  if (account === undefined && operator === undefined) {
    throw new Problem('unauthenticated', 'Log in first.', { 'www-authenticate': 'CSS-Account-Token realm="account"' });
  }
  const refusal = new Problem('forbidden', role === undefined
    ? 'This is for those who run this server.'
    : `As ${words[role]}, you may not do this (${act}).`);
  if (!request.parts.admin.audit.hasRoom(account ?? '')) throw refusal;
  return traced(request, action, whom, {}, async () => { throw refusal; });
}

const words = { owner: 'an owner', admin: 'an administrator', support: 'support', auditor: 'an auditor' } as const;

function outcomeOf(error: unknown): { outcome: Outcome; why: string } {
  if (!(error instanceof Problem)) {
    return { outcome: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
  return { outcome: ['busy', 'full'].includes(error.kind) ? 'failed' : 'refused', why: error.message };
}

/** Of whom, or what, a row is about: what its path leaves open, or else what the body names. */
function whomOf({ path }: AdminRow, ids: Readonly<Record<string, string>>, given: object): string | undefined {
  const [open] = Object.entries(ids);
  if (open === undefined) {
    const { client, issuer } = given as { client?: unknown; issuer?: unknown };
    const named = client ?? issuer;
    return typeof named === 'string' ? named : undefined;
  }
  const [name, id] = open;
  return name === 'app' || name === 'issuer' ? Buffer.from(id, 'base64url').toString() : path === '' ? undefined : id;
}
