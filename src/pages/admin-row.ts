import type { z } from 'zod';
import type { OpenAdmin } from '../admin/open-admin.ts';
import type { OpenAccounts } from '../accounts/open-accounts.ts';
import type { From } from '../accounts/security-log.ts';
import type { Role } from '../accounts/roles.ts';
import type { Act } from './admin-acts.ts';
import type { Parts } from './parts.ts';
import type { Method } from './route.ts';

/** What the administration is made with. */
export interface AdminParts extends Parts {
  readonly people: Parts['people'] & Pick<OpenAccounts, 'invites'>;
  readonly admin: OpenAdmin;
  /** Of this server. */
  readonly version: string;
  /** How values are read that people write. */
  readonly values: {
    /** `10 GB` or `4096` as a number; anything else as it is. */
    parseBytes(value: unknown): unknown;
    isMailUrl(text: string): boolean;
    isSender(text: string): boolean;
  };
  /** How much room there is where the data is, in bytes; `undefined` where nobody knows. */
  readonly disk: () => Promise<{ readonly free: number; readonly total: number } | undefined>;
}

/** Who asks for something of the administration. `operator`: whoever has the machine, on its command line. */
export interface Who {
  readonly account?: string | undefined;
  readonly email?: string | undefined;
  readonly role: Role | undefined;
  readonly operator?: true;
  readonly from: From;
}

/** A request to the administration that found its row and may be answered. */
export interface AdminRequest {
  readonly parts: AdminParts;
  readonly who: Who;
  readonly ids: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** What can be asked of the administration. */
export interface AdminRow {
  readonly method: Method;
  /** Below `.admin/`; a segment with a colon in front stands for any. */
  readonly path: string;
  readonly act: Act;
  readonly takes?: z.ZodObject | undefined;
  /** Whether it leaves a trace: everything that changes something does, and what takes data out of the house. */
  readonly traced: boolean;
  /** For the documentation, and as the words for it in the audit log. */
  readonly does: string;
  run(request: AdminRequest, fields: unknown): Promise<object>;
}

type FieldsOf<T> = T extends z.ZodObject ? z.output<T> : unknown;

/** A row that shows something. */
export function look(
  path: string, act: Act, run: (request: AdminRequest) => Promise<object>, does: string,
): AdminRow {
  return { method: 'GET', path, act, run, does, traced: false };
}

/** A row that changes something. */
export function deed<T extends z.ZodObject | undefined>(
  method: Exclude<Method, 'GET'>, path: string, act: Act, takes: T,
  run: (request: AdminRequest, fields: FieldsOf<T>) => Promise<object>, does: string,
): AdminRow {
  return { method, path, act, takes, run, does, traced: true };
}
