import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Suite } from 'mocha';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Where the document is, from the root. */
export const conformancePath = 'docs/conformance.md';

/** The specifications whose requirements are accounted for. `file`: where they are, from the root. */
const specifications = [
  { title: 'Solid Protocol', url: 'https://solidproject.org/ED/protocol', file: 'test/solid/requirements.tsv' },
  { title: 'Web Access Control', url: 'https://solid.github.io/web-access-control-spec/', file: 'test/access/requirements.tsv' },
  { title: 'Solid-OIDC and what it builds on', url: 'https://solidproject.org/TR/oidc', file: 'test/identity/requirements.tsv' },
  { title: 'Solid Notifications Protocol', url: 'https://solidproject.org/TR/notifications-protocol', file: 'test/notifications/requirements.tsv' },
] as const;

/** A requirement of a specification on servers, and why no test shows that it is met, where that is so. */
interface Requirement {
  readonly id: string;
  readonly level: string;
  readonly text: string;
  readonly excuse: string | undefined;
}

/** A test by its file, from the root, and its titles: those of the suites that it is in, then its own. */
export interface TestTitles {
  readonly file: string;
  readonly titles: readonly string[];
}

/** Every requirement there is, in the order of the specifications. */
export function requirements(files: readonly string[] = specifications.map(({ file }) => file)): Requirement[] {
  const lines = files.flatMap((file) => readFileSync(root + file, 'utf8').trimEnd().split('\n').slice(1));
  return lines.map((line) => {
    const [id = '', level = '', text = '', excuse] = line.split('\t');
    return { id, level, text, excuse };
  });
}

/** All tests there are, in whatever files. */
export async function allTests(): Promise<TestTitles[]> {
  const print = fileURLToPath(new URL('test-titles.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', print], {
    cwd: root, maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as TestTitles[];
}

/** The files with tests, from the root. */
export function testFiles(): string[] {
  const names = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules')).map((name) => `test/${name.replaceAll(sep, '/')}`).sort();
}

/** All tests of a suite and of those in it. */
export function titlesIn(suite: Suite): TestTitles[] {
  const own = suite.tests.map((test) =>
    ({ file: relative(root, test.file ?? '').replaceAll(sep, '/'), titles: test.titlePath() }));
  return [...own, ...suite.suites.flatMap(titlesIn)];
}

/**
 * The tests that name a requirement, and the suites that do so for all their tests, in the order of their files: each
 * by its file and the titles down to the one that names it.
 */
export function showing({ id }: Requirement, tests: readonly TestTitles[]): string[] {
  const named = new RegExp(`(?<![\\w-])${id}(?![\\w-])`);
  const found = tests.flatMap(({ file, titles }) => {
    const depth = titles.findIndex((title) => named.test(title));
    return depth < 0 ? [] : [`\`${file}\`: ${titles.slice(0, depth + 1).map(plain).join(' › ')}`];
  });
  return [...new Set(found)].sort();
}

/** The document that tells of each requirement which tests show it, or why none does. */
export function conformance(tests: readonly TestTitles[]): string {
  const chapters = specifications.map(({ title, url, file }) => {
    const all = requirements([file]);
    const shown = all.filter((requirement) => showing(requirement, tests).length > 0);
    return `## [${title}](${url})

Of ${all.length} requirements, tests show ${shown.length}.${
  shown.length < all.length ? ` For each of the other ${all.length - shown.length} it says below why not.` : ''}

${all.map((requirement) => section(requirement, tests)).join('\n')}`;
  });
  return `# Conformance

What the specifications require of servers, by the identifiers that they give their requirements (Solid-OIDC gives none:
those are ours), and which tests show it here: those whose title, or the title of whose suite, names it. Written by \`npm run docs\` from the titles of the
tests and from ${specifications.map(({ file }) => `\`${file}\``).join(', ')}.

${chapters.join('\n')}`;
}

function section(requirement: Requirement, tests: readonly TestTitles[]): string {
  const { id, level, text, excuse } = requirement;
  const shownBy = showing(requirement, tests).map((where) => `- ${where}`).join('\n');
  return `### ${id} (${level})\n\n> ${text}\n\n${shownBy || `No test. ${excuse ?? ''}`}\n`;
}

/** A title without the identifiers in it. */
function plain(title: string): string {
  return title.replace(/ *\[(?:(?:resource-|subscription-)?server|notification)-[\w-]+\]/g, '').replace(/^server-[\w-]+: /, '').replace(/[<>|]/g, '\\$&');
}
