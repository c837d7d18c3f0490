import { readFileSync } from 'node:fs';
import { defaultConfig, optionsTable } from '../src/config/describe.ts';

/** Every file that is written from the code, whole or in part: its path from the root, and what it should hold. */
export function generatedDocs(): { readonly path: string; readonly content: string }[] {
  return [
    { path: 'config/default.json', content: defaultConfig() },
    { path: 'docs/operating.md', content: between(read('docs/operating.md'), 'options', optionsTable()) },
  ];
}

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

/** The document with `content` between `<!-- name ... -->` and `<!-- /name -->`, each alone on its line. */
function between(document: string, name: string, content: string): string {
  const marked = new RegExp(`(^<!-- ${name}\\b.*-->$).*(^<!-- /${name} -->$)`, 'ms');
  if (!marked.test(document)) throw new Error(`There are no marks for "${name}".`);
  return document.replace(marked, (_, start: string, end: string) => `${start}\n\n${content}\n\n${end}`);
}
