import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Problem } from '../problem.ts';
import { performAdmin } from './admin-perform.ts';
import type { AdminParts, Who } from './admin-row.ts';
import { FieldProblem } from './body-fields.ts';

/** Whoever has the machine: what they could do with the stored data, the server may as well do for them. */
export const operator: Who = { role: 'owner', operator: true, from: { address: 'this machine', agent: '' } };

/**
 * Answers the rows of the administration to whoever may open the socket that this is to listen on: the commands of the
 * machine, while the server has the database open. Requests and answers are JSON; a problem has its kind and its
 * detail.
 */
export function controlServer(parts: AdminParts): Server {
  return createServer((request, response) => {
    answer(parts, request).then(
      (body) => end(response, 200, body),
      (error: unknown) => {
        if (!(error instanceof Problem)) parts.log.error({ err: error }, 'a command failed through a defect');
        end(response, error instanceof Problem ? 400 : 500, error instanceof Problem
          ? { kind: error.kind, detail: error.message, ...(error instanceof FieldProblem && { fields: error.fields }) }
          : { kind: 'busy', detail: 'The server failed through a fault of its own; its log says more.' });
      });
  });
}

async function answer(parts: AdminParts, request: IncomingMessage): Promise<object> {
  const url = new URL(request.url ?? '/', 'http://control/');
  return performAdmin(parts, operator, {
    method: request.method ?? 'GET', path: url.pathname.slice(1), query: url.searchParams,
    read: async () => JSON.parse(await text(request) || '{}') as object,
  });
}

function end(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
