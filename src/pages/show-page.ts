import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { setPage } from '../http/page.ts';
import { problemAnswers } from '../http/problem-response.ts';
import type { Problem } from '../problem.ts';
import { at } from './route.ts';
import type { Parts } from './parts.ts';
import { FieldProblem } from './body-fields.ts';
import { formToken, tokenField } from './form-token.ts';
import { frameOf } from './frame.ts';
import type { FrameWishes } from './frame.ts';
import { scriptsAt, scriptUrl } from './scripts.ts';
import type { Visit } from './visit.ts';

/** A form that was sent and could not be done. */
export interface Trouble {
  /** Which form of the page. */
  readonly form: string;
  readonly problem: Problem;
  /** What was typed: it is shown again, except for passwords. */
  readonly typed: URLSearchParams;
  /** The field to which a problem belongs that names none. */
  readonly field?: string;
}

/** What every page is made with. */
export interface Shown {
  readonly parts: Parts;
  readonly ctx: Context;
  readonly visit: Visit;
}

/**
 * Shows a page with forms; with `trouble`, what was wrong with the one that was sent, under that status. `scripts`: the
 * names of those that make it more comfortable; it has to work without. `images`: whether it has pictures of ours.
 * What is around it is in `frame.ts`.
 */
export function showPage(
  { parts, ctx, visit }: Shown, template: string,
  values: Readonly<Record<string, unknown>> & FrameWishes & {
    readonly title: string; readonly scripts?: readonly string[]; readonly images?: boolean;
  },
  trouble?: Trouble,
): void {
  if (trouble !== undefined) {
    ctx.status = problemAnswers[trouble.problem.kind].status;
    ctx.set(trouble.problem.headers);
  }
  const wrong = trouble === undefined ? {} : fieldsOf(trouble);
  setPage(ctx, template, {
    ...values,
    scripts: (values.scripts ?? []).map((name) => scriptUrl(parts.baseUrl, name)),
    title: trouble === undefined ? values.title : `That did not work: ${values.title}`,
    heading: values.title,
    troubled: trouble?.form,
    frame: frameOf({ parts, ctx, visit }, values),
    baseUrl: parts.baseUrl,
    host: new URL(parts.baseUrl).host,
    minPasswordLength: parts.minPasswordLength,
    at: (...segments: string[]) => at(parts, ...segments),
    /** What each form begins with: fields that nobody sees. `method`: what it stands for, as forms can only POST. */
    guard: (method?: string) => `<input type="hidden" name="${tokenField}" value="${formToken(visit)}">`
      + (method === undefined ? '' : `<input type="hidden" name="_method" value="${method}">`),
    troubleOf: (form: string) => trouble?.form === form ? Object.entries(wrong) : [],
    wrong: (form: string, field: string) => trouble?.form === form ? wrong[field] : undefined,
    typed: (form: string, field: string) => trouble?.form === form ? trouble.typed.get(field) : null,
  });
  const scriptsOf = values.scripts === undefined ? undefined : parts.baseUrl;
  ctx.set('Content-Security-Policy', policyOf(String(ctx.body), scriptsOf)
    // Pictures of apps are fetched by this node and sent by it.
    + (values.images === true ? `; img-src ${parts.baseUrl}.account/` : ''));
}

function fieldsOf({ problem, field = '' }: Trouble): Readonly<Record<string, string>> {
  return problem instanceof FieldProblem ? problem.fields : { [field]: problem.message };
}

let styleHash: string | undefined;

/**
 * Nothing is loaded, nothing runs, and no other style counts than that of the layout. Forms go to ourselves only, so no
 * form is answered by a redirect to another server: Chromium would not follow it. With `scriptsOf`, the base URL, our
 * own scripts run, and speak with the account API alone.
 */
function policyOf(page: string, scriptsOf: string | undefined): string {
  styleHash ??= createHash('sha256').update(/<style>([^]*?)<\/style>/.exec(page)?.[1] ?? '').digest('base64');
  return [
    "default-src 'none'", `style-src 'sha256-${styleHash}'`, "base-uri 'none'", "form-action 'self'",
    "frame-ancestors 'none'",
    ...(scriptsOf === undefined
      ? [] : [`script-src ${scriptsAt(scriptsOf)}`, `connect-src ${scriptsOf}.account/ ${scriptsOf}.admin/`]),
  ].join('; ');
}
