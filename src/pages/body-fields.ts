import type { Context } from 'koa';
import { z } from 'zod';
import { collect, hasBody, readBody } from '../http/body.ts';
import { Problem } from '../problem.ts';
import type { ProblemKind } from '../problem.ts';

/** Of a body, in bytes. */
const maxBodyBytes = 64 * 1024;
const pace = { maxBytes: maxBodyBytes, idleSeconds: 10, minimumBytesPerSecond: 100 };

/** What is wrong with what was sent, by the names of the fields: for whoever shows it beside them. */
export class FieldProblem extends Problem {
  readonly fields: Readonly<Record<string, string>>;

  constructor(fields: Readonly<Record<string, string>>, kind: ProblemKind = 'invalid') {
    super(kind, Object.values(fields).join(' '));
    this.fields = fields;
  }
}

/** Reads the fields of a form. Throws `unsupported` for anything else. */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  if (!hasBody(ctx.req)) return new URLSearchParams();
  if (ctx.is('application/x-www-form-urlencoded') === false) {
    throw new Problem('unsupported', 'A form is to be sent as application/x-www-form-urlencoded.');
  }
  return new URLSearchParams(await text(ctx));
}

/** Reads an object in JSON, or the fields of a form as one; nothing counts as an object without members. */
export async function readFields(ctx: Context): Promise<object> {
  if (!hasBody(ctx.req)) return {};
  switch (ctx.is('application/json', 'application/x-www-form-urlencoded')) {
    case 'application/x-www-form-urlencoded': return fieldsOf(await readForm(ctx));
    case 'application/json': return parse(await text(ctx));
    default: throw new Problem('unsupported', 'A body is to be sent as application/json.');
  }
}

/**
 * The fields of a form as an object: `settings.webId` is a member of a member. Fields that were left empty are not
 * there, as in JSON; and of several with one name, the last counts.
 */
export function fieldsOf(form: URLSearchParams): object {
  const fields: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of form) {
    if (value === '' || name.startsWith('_')) continue;
    const [first = '', second] = name.split('.', 2);
    if (second === undefined) fields[first] = value;
    else fields[first] = { ...(typeof fields[first] === 'object' ? fields[first] : {}), [second]: value };
  }
  return fields;
}

/** Checks what was sent. Throws a `FieldProblem` with a sentence for each field that will not do. */
export function check<T extends z.ZodType>(schema: T, fields: unknown): z.output<T> {
  const { success, data, error } = schema.safeParse(fields);
  if (success) return data;
  throw new FieldProblem(Object.fromEntries(error.issues.toReversed().flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [key, `There is no ${key} here.`]);
    const field = z.core.toDotPath(issue.path);
    const missing = issue.message.endsWith('received undefined');
    return [[field, missing ? `${field} is missing.` : `${field}: ${issue.message}.`]];
  })));
}

async function text(ctx: Context): Promise<string> {
  return Buffer.from(await collect(readBody(ctx.req, pace), maxBodyBytes)).toString('utf8');
}

function parse(json: string): object {
  if (json.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Problem('invalid', 'The body is not well-formed JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem('invalid', 'The body has to be an object in JSON.');
  }
  return value;
}
