import { Readable } from 'node:stream';
import type { Context, Middleware } from 'koa';
import { prefersHtml } from '../http/accept.ts';
import { answerProblemAs } from '../http/problem-response.ts';
import { Problem } from '../problem.ts';
import { pathBelow } from './account-routes.ts';
import { actsOf, may } from './admin-acts.ts';
import { auditFilter } from './admin-node.ts';
import { adminOpenApi } from './admin-openapi.ts';
import { answerAdminPage } from './admin-pages.ts';
import { performAdmin, refuse, traced } from './admin-perform.ts';
import type { Asked } from './admin-perform.ts';
import type { AdminParts, Who } from './admin-row.ts';
import { actionOf, exported } from './admin-rows.ts';
import { performSetup } from './admin-setup.ts';
import { FieldProblem, readFields } from './body-fields.ts';
import { Visit } from './visit.ts';

export const adminPath = '.admin/';

/** All that is for those who run the node, below `.admin/`: an API in JSON, and pages where a browser asks. */
export function adminRoutes(parts: AdminParts): Middleware {
  const document = JSON.stringify(adminOpenApi(parts.baseUrl));
  return async (ctx, next) => {
    const path = pathBelow(ctx, parts.baseUrl, adminPath);
    if (path === undefined) return next();
    ctx.set({
      'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Cross-Origin-Resource-Policy': 'same-origin',
      'Referrer-Policy': 'same-origin',
    });
    ctx.vary('Accept');
    if (path === 'openapi.json') {
      ctx.type = 'application/json';
      ctx.body = document;
      return;
    }
    const visit = await Visit.of(ctx, parts);
    const { account } = visit;
    const who: Who = { account: account?.id, email: account?.logins[0]?.email, role: account?.role, from: visit.from };
    if (path === exported.path && ctx.method === 'GET') return takeOut(ctx, parts, who);
    const perform = (method: string, of: string, read: () => Promise<object>): Promise<object> => {
      const asked: Asked = { method, path: of, query: queryOf(ctx), read };
      if (of === 'setup/') return performSetup(parts, visit, asked);
      if (method !== 'GET' && method !== 'HEAD') visit.refuseOtherOrigins();
      return performAdmin(parts, who, asked);
    };
    if (prefersHtml(ctx.get('Accept'))) {
      const role = account?.role;
      return answerAdminPage({ parts, ctx, visit, ids: {}, account, role, may: actsOf(role), perform }, path);
    }
    try {
      ctx.body = await perform(ctx.method, path, () => readFields(ctx));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      await answerProblemAs(ctx, error, parts, (details) => ({
        mediaType: 'application/problem+json',
        body: { ...details, ...(error instanceof FieldProblem && { fields: error.fields }) },
      }));
    }
  };
}

/** The audit log as lines of JSON, the latest first, as they come from the database. */
async function takeOut(ctx: Context, parts: AdminParts, who: Who): Promise<void> {
  if (!may(who.role, 'export')) return refuse({ parts, who }, actionOf(exported), undefined, 'export');
  const filter = auditFilter(queryOf(ctx));
  await traced({ parts, who }, actionOf(exported), undefined, {}, async () => undefined);
  async function * lines(): AsyncIterable<string> {
    for await (const entry of parts.admin.audit.list(filter)) yield `${JSON.stringify(entry)}\n`;
  }
  ctx.set('Content-Disposition', 'attachment; filename="audit.jsonl"');
  ctx.body = Readable.from(lines(), { objectMode: false });
  ctx.set('Content-Type', 'application/jsonl; charset=utf-8');
}

function queryOf(ctx: Context): URLSearchParams {
  return new URLSearchParams(ctx.querystring);
}
