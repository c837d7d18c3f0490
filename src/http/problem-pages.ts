import { readFileSync } from 'node:fs';
import type { Context, Middleware } from 'koa';
import { packagePath } from '../package.ts';
import { Problem, problemKinds } from '../problem.ts';
import type { ProblemKind } from '../problem.ts';
import { negotiate } from './accept.ts';
import { setPage } from './page.ts';

/** Where the explanations of problems are served, below the base URL: the `type` of a problem leads there. */
export const problemPath = '.problems/';

/** What explains a kind of problem: a file of Markdown, its heading (without the `#`), and what follows that. */
interface Explanation { readonly text: string; readonly heading: string; readonly rest: string }

/** By kind: `docs/problems/<kind>.md`. Read at the start, so that a missing one shows then. */
const explanations = new Map<string, Explanation>(problemKinds.map((kind) => {
  const text = readFileSync(packagePath(`docs/problems/${kind}.md`), 'utf8');
  const end = text.indexOf('\n');
  return [kind, { text, heading: text.slice(0, end).replace(/^# /, ''), rest: text.slice(end).trim() }];
}));

/** One occurrence of a problem: what a page shows above the explanation of its kind. A defect has no kind. */
export interface Occurrence {
  readonly kind?: ProblemKind;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
}

/** Makes a page about what happened the body of the answer. */
export function setProblemPage(ctx: Context, occurrence: Occurrence): void {
  const explanation = explanations.get(occurrence.kind ?? '')?.rest ?? '';
  setPage(ctx, 'problem', { ...occurrence, explanation: renderMarkdown(explanation) });
}

/** Serves the explanation of each kind of problem, as a page or in its Markdown. `baseUrl` ends in a slash. */
export function problemPages(baseUrl: string): Middleware {
  const prefix = new URL(baseUrl).pathname + problemPath;
  return async (ctx, next) => {
    if (!ctx.path.startsWith(prefix) || !['GET', 'HEAD'].includes(ctx.method)) return next();
    const explanation = explanations.get(ctx.path.slice(prefix.length));
    if (!explanation) throw new Problem('missing', 'There is no problem of that kind.');
    ctx.vary('Accept');
    if (negotiate(ctx.get('Accept'), ['text/html', 'text/markdown']) === 'text/markdown') {
      ctx.set('Content-Type', 'text/markdown; charset=utf-8');
      ctx.body = explanation.text;
    } else {
      setPage(ctx, 'problem', { title: explanation.heading, explanation: renderMarkdown(explanation.rest) });
    }
  };
}

/**
 * HTML for the few forms of Markdown in which the explanations are written: `##` headings, paragraphs, lists of `-`
 * items, `code`, **strong** and [links](https://example.org/). Everything else is text.
 */
function renderMarkdown(markdown: string): string {
  return markdown.split(/\n{2,}/).map((block) => {
    if (block === '') return '';
    if (block.startsWith('## ')) return `<h2>${renderInline(block.slice(3))}</h2>`;
    if (!block.startsWith('- ')) return `<p>${renderInline(block)}</p>`;
    const items = block.slice(2).split('\n- ').map((item) => `<li>${renderInline(item)}</li>`);
    return `<ul>${items.join('')}</ul>`;
  }).join('\n');
}

function renderInline(text: string): string {
  return text
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\[([^\]]+)\]\((https:[^)\s]+)\)/g, '<a href="$2">$1</a>');
}
