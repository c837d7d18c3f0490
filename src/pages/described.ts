import { z } from 'zod';
import type { fields } from './schemas.ts';

type Fields = z.infer<typeof fields>;

/** What a body may have, in the words of Community Solid Server: by name, whether it is needed and of which type. */
export function describe(schema: z.ZodObject): { readonly fields: Fields } {
  return { fields: fieldsOf(z.toJSONSchema(schema, { io: 'input' })) };
}

function fieldsOf({ properties = {}, required = [] }: z.core.JSONSchema.BaseSchema): Fields {
  return Object.fromEntries(Object.entries(properties).map(([name, property]) => {
    const { type, anyOf: [first] = [], ...rest } = property as z.core.JSONSchema.BaseSchema;
    const kind = String(type ?? (typeof first === 'object' ? first.type : undefined) ?? 'string');
    const inner = kind === 'object' ? { fields: fieldsOf(rest) } : {};
    return [name, { required: required.includes(name), type: kind, ...inner }];
  }));
}
