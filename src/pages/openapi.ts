import { z } from 'zod';
import { accountPath } from './account-links.ts';
import { apiVersion } from './route.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';
import { common } from './schemas.ts';

const problem = z.looseObject({
  type: z.string(), title: z.string(), status: z.int(), detail: z.string(), instance: z.string(),
  message: z.string(), statusCode: z.int(), errorCode: z.string(),
  fields: z.record(z.string(), z.string()).optional(), step: z.string().optional(),
}).describe('RFC 9457, with what clients of Community Solid Server read. `fields`: by name, what is wrong. `step`: '
  + 'with what a code is to be sent to `login/code/`, when that is all that is missing.');

/** The account API as an OpenAPI document, made of the very table and schemas that it is answered by. */
export function openApi(baseUrl: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = `/${accountPath}${route.path.replaceAll(/:([^/]+)/g, '{$1}')}`;
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Freehold account API', version: apiVersion,
      description: 'Accounts, logins, WebIDs, pods and client credentials. Compatible with version 0.5 of the account '
        + 'API of Community Solid Server: begin at `/.account/`, and follow the controls of each answer.',
    },
    servers: [{ url: baseUrl.replace(/\/$/, '') }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problem, 'output') },
      securitySchemes: {
        token: {
          type: 'apiKey', in: 'header', name: 'Authorization',
          description: '`CSS-Account-Token` and the `authorization` that logging in gave.',
        },
        cookie: { type: 'apiKey', in: 'cookie', name: `${baseUrl.startsWith('https:') ? '__Host-' : ''}css-account` },
      },
    },
  };
}

/** What is asked, of a row of a table. */
export function asking({ path, takes, does }: Pick<Route, 'path' | 'takes' | 'does'>): object {
  const names = [...path.matchAll(/:([^/]+)/g)].map(([, name]) => name);
  return {
    summary: does,
    ...(names.length > 0 && {
      parameters: names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    }),
    ...(takes && {
      requestBody: {
        required: schemaOf(takes, 'input').required !== undefined,
        content: { 'application/json': { schema: schemaOf(takes, 'input') } },
      },
    }),
  };
}

function operation({ who, gives, ...route }: Route): object {
  return {
    ...asking(route),
    responses: {
      200: {
        description: 'Done.',
        content: { 'application/json': { schema: schemaOf(gives.extend(common.shape), 'output') } },
      },
      default: {
        description: 'It cannot be done.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
    security: who === 'owner' ? [{ token: [] }, { cookie: [] }] : [{}, { token: [] }, { cookie: [] }],
  };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): z.core.JSONSchema.BaseSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
