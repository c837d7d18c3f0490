import type { Context, Middleware } from 'koa';
import { prefersHtml } from '../http/accept.ts';
import { answerProblemAs } from '../http/problem-response.ts';
import type { ProblemDetails } from '../http/problem-response.ts';
import { CodeWanted } from '../accounts/second-factors.ts';
import { Problem } from '../problem.ts';
import { accountPath } from './account-links.ts';
import { answerPage } from './account-pages.ts';
import { sendGrantLogo } from './apps-page.ts';
import { FieldProblem, readFields } from './body-fields.ts';
import { controlsOf } from './controls.ts';
import { openApi } from './openapi.ts';
import type { Parts } from './parts.ts';
import { ownCall, perform } from './perform.ts';
import { apiVersion, match } from './route.ts';
import { answerScript } from './scripts.ts';
import { Visit } from './visit.ts';

/**
 * All that is about accounts, below `.account/` of the node: the account API in JSON, and pages with forms where a
 * browser asks. It has to stand in front of what lets scripts of other origins in, since a cookie counts here.
 *
 * Pages of other origins get nothing: the API has no CORS. Scripts do not need it; and a page that could use it, be it
 * only with a token, could as well try passwords and make accounts from the addresses of all who look at it.
 */
export function accountRoutes(parts: Parts): Middleware {
  let document: string | undefined;
  return async (ctx, next) => {
    const path = pathBelow(ctx, parts.baseUrl);
    if (path === undefined) return next();
    ctx.set({
      'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Cross-Origin-Resource-Policy': 'same-origin',
      // Not `no-referrer`, with which browsers would not say of which origin a form is either.
      'Referrer-Policy': 'same-origin',
    });
    ctx.vary('Accept');
    if (path === 'openapi.json' && ['GET', 'HEAD'].includes(ctx.method)) {
      ctx.set({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' });
      ctx.type = 'application/json';
      ctx.body = document ??= JSON.stringify(openApi(parts.baseUrl));
      return;
    }
    if (path.startsWith('scripts/')) return answerScript(ctx, path);
    const visit = await Visit.of(ctx, parts);
    const logo = match({ path: 'account/:account/app/:grant/logo/' }, path);
    if (logo !== undefined && ctx.method === 'GET') return sendGrantLogo(ownCall({ parts, ctx, visit, ids: logo }));
    const isPage = path.startsWith('interaction/') || prefersHtml(ctx.get('Accept'));
    await (isPage ? answerPage : answerJson)({ parts, ctx, visit, ids: {} }, path);
  };
}

/** What follows `below` in the path, of a request to the node itself; under other names it has no accounts. */
export function pathBelow(ctx: Context, baseUrl: string, below = accountPath): string | undefined {
  const { protocol, host, pathname } = new URL(baseUrl);
  // RFC 9112 section 3.2.2: in absolute form, the target says which host is meant.
  const [, named = ctx.get('Host')] = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)/i.exec(ctx.req.url ?? '') ?? [];
  const asked = named.toLowerCase().replace(protocol === 'https:' ? /:443$/ : /:80$/, '');
  const prefix = `${pathname}${below}`;
  if (asked !== host) return undefined;
  if (`${ctx.path}/` === prefix) return '';
  return ctx.path.startsWith(prefix) ? ctx.path.slice(prefix.length) : undefined;
}

async function answerJson(call: Parameters<typeof perform>[0], path: string): Promise<void> {
  const { ctx, parts, visit } = call;
  try {
    const answer = await perform(call, ctx.method, path, () => readFields(ctx));
    if (answer === undefined) return;
    ctx.body = { ...answer, controls: controlsOf(parts, visit.account), version: apiVersion };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    await answerProblemAs(ctx, error, parts, (details) => ({
      mediaType: ctx.accepts('application/problem+json', 'application/json') || 'application/problem+json',
      body: { ...details, ...inOtherWords(details), ...fieldsOf(error) },
    }));
  }
}

/** What is wrong with which field; with a second step, under what the code is to come. */
function fieldsOf(error: Problem): object {
  if (error instanceof CodeWanted) return { fields: { code: error.message }, step: error.step };
  return error instanceof FieldProblem ? { fields: error.fields } : {};
}

/** As clients of Community Solid Server read problems. */
function inOtherWords({ detail, status }: ProblemDetails): object {
  return { message: detail, statusCode: status, errorCode: `H${status}` };
}
