import { adminRows } from './admin-rows.ts';
import { asking } from './openapi.ts';

/** The API of the administration as an OpenAPI document, made of the very table that it is answered by. */
export function adminOpenApi(baseUrl: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const row of adminRows) {
    const path = `/.admin/${row.path.replaceAll(/:([^/]+)/g, '{$1}')}`;
    (paths[path] ??= {})[row.method.toLowerCase()] = {
      ...asking(row), tags: [row.act],
      responses: {
        200: { description: 'Done.', content: { 'application/json': { schema: { type: 'object' } } } },
        default: {
          description: 'It cannot be done (RFC 9457).',
          content: { 'application/problem+json': { schema: { type: 'object' } } },
        },
      },
      security: [{ token: [] }, { cookie: [] }],
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Freehold administration API', version: '1.0',
      description: 'For those who run this node. Log in as for the account API; the tag of each row is what a role is '
        + 'for.',
    },
    servers: [{ url: baseUrl.replace(/\/$/, '') }],
    paths,
    components: {
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
