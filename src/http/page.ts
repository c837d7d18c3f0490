import { Eta } from 'eta';
import type { Context } from 'koa';
import { packagePath } from '../package.ts';

const pages = new Eta({ views: packagePath('templates/pages'), cache: true });

/** Our own pages load nothing and run nothing. */
const pagePolicy = [
  "default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ');

/** Makes the page of a template in `templates/pages/` the body of the answer. What it shows of `values` is escaped. */
export function setPage(ctx: Context, template: string, values: object): void {
  ctx.set('Content-Type', 'text/html; charset=utf-8');
  ctx.set('Content-Security-Policy', pagePolicy);
  ctx.set('X-Content-Type-Options', 'nosniff');
  ctx.body = pages.render(template, values);
}
