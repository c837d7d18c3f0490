import type { Context } from 'koa';
import type { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { hashOf } from '../accounts/secret.ts';
import { accountPath } from './account-links.ts';
import type { Parts } from './parts.ts';
import type { Visit } from './visit.ts';

/** The version of the account API of Community Solid Server that this one speaks. */
export const apiVersion = '0.5';

/** A request that found its route. */
export interface Call {
  readonly parts: Parts;
  readonly ctx: Context;
  readonly visit: Visit;
  /** The segments of the path that the route leaves open, by name. */
  readonly ids: Readonly<Record<string, string>>;
}

/** A request of whoever is logged in, about their own account. */
export interface OwnCall extends Call {
  readonly account: Account;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What can be asked of the account API. */
export interface Route {
  readonly method: Method;
  /** Below `.account/`; a segment with a colon in front stands for any. */
  readonly path: string;
  readonly who: 'anybody' | 'owner';
  readonly takes?: z.ZodObject | undefined;
  readonly gives: z.ZodObject;
  /** For the documentation. */
  readonly does: string;
  /** Gives what `gives` says, without what all answers have. `fields`: what `takes` makes of the body. */
  run(call: OwnCall, fields: unknown): Promise<object>;
}

/** What a row takes that takes no body. */
export const none = undefined;
type None = typeof none;
type FieldsOf<T> = T extends z.ZodObject ? z.output<T> : unknown;

/** A row for anybody. */
export function open<T extends z.ZodObject | None, G extends z.ZodObject>(
  method: Method, path: string, takes: T, gives: G,
  run: (call: Call, fields: FieldsOf<T>) => Promise<z.input<G>>, does: string,
): Route {
  return { method, path, who: 'anybody', takes, gives, does, run };
}

/** A row for whoever is logged in to an account; the path is within that. */
export function ours<T extends z.ZodObject | None, G extends z.ZodObject>(
  method: Method, path: string, takes: T, gives: G,
  run: (call: OwnCall, fields: FieldsOf<T>) => Promise<z.input<G>>, does: string,
): Route {
  return { method, path: `account/:account/${path}`, who: 'owner', takes, gives, does, run };
}

/** The address of something below `.account/`. */
export function at({ baseUrl }: Pick<Parts, 'baseUrl'>, ...segments: readonly string[]): string {
  return `${baseUrl}${accountPath}${segments.map((segment) => `${encodeURIComponent(segment)}/`).join('')}`;
}

/** The same within an account. */
export function within({ parts, account }: Pick<OwnCall, 'parts' | 'account'>, ...segments: readonly string[]): string {
  return at(parts, 'account', account.id, ...segments);
}

/** What stands for an e-mail address, a WebID or the like in the address of its resource. */
export function idOf(text: string): string {
  return hashOf(text).slice(0, 22);
}

/**
 * The row that is for a method and a path, of those of a table; or else the methods that there are rows for at that
 * path. `undefined` when there is none at all.
 */
export function findRow<Row extends Pick<Route, 'method' | 'path'>>(
  rows: readonly Row[], method: string, path: string,
): { readonly row: Row; readonly ids: Readonly<Record<string, string>> } | { readonly allow: string } | undefined {
  const there = rows.flatMap((row) => {
    const ids = match(row, path);
    return ids === undefined ? [] : [{ row, ids }];
  });
  if (there.length === 0) return undefined;
  const wanted = method === 'HEAD' ? 'GET' : method;
  return there.find(({ row }) => row.method === wanted)
    ?? { allow: there.flatMap(({ row }) => row.method === 'GET' ? ['GET', 'HEAD'] : [row.method]).join(', ') };
}

/** What a path leaves open, when it is one of the route; the path is that of a request, below `.account/`. */
export function match({ path }: Pick<Route, 'path'>, asked: string): Record<string, string> | undefined {
  const [pattern, given] = [path.split('/'), asked.split('/')];
  if (pattern.length !== given.length) return undefined;
  const ids: Record<string, string> = {};
  for (const [i, segment] of pattern.entries()) {
    const value = given[i]!;
    if (!segment.startsWith(':')) {
      if (segment !== value) return undefined;
    } else if (value === '') {
      return undefined;
    } else {
      ids[segment.slice(1)] = value;
    }
  }
  return ids;
}
