/**
 * `npm test`: all tests, a folder of `test/` at a time, two at once. The output of a folder is shown when it has ended,
 * and the counts of all in the end; `--report=FILE` writes them as JSON. All else that follows `--` is for mocha. The tests
 * in a browser need Chromium: without one they are left out, and that is said; with CI=true, that has failed.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders that take long, which are begun first; and those that have commands of their own. */
const longest = ['peers/browser', 'solid', 'clients', 'identity', '.', 'remote', 'access', 'accounts', 'storage'];
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browserless = !existsSync(chromium);
const apart = ['peers/federation', ...browserless ? ['peers/browser'] : []];

const given = process.argv.slice(2);
const output = /^--report=(.+)$/.exec(given.find((argument) => argument.startsWith('--report=')) ?? '')?.[1];
const options = given.filter((argument) => !argument.startsWith('--report='));

const files = readdirSync('test', { recursive: true, withFileTypes: true })
  .map((entry) => ({ folder: entry.parentPath.replaceAll('\\', '/').replace(/^test\/?/, ''), name: entry.name }))
  .filter(({ folder, name }) => name.endsWith('.test.ts') && !folder.includes('node_modules') && !apart.includes(folder));
const folders = [...new Set(files.map(({ folder }) => folder || '.'))]
  .sort((one, other) => place(one) - place(other));
const work = folders.map((folder) => join('test', folder, '*.test.ts').replaceAll('\\', '/'));
const reports = mkdtempSync(join(tmpdir(), 'freehold-tests-'));
const totals = { passes: 0, failures: 0, pending: 0 };
const failed = [];
/** What failed, and why: said again in the end, where those who see only the end of a long output find it. */
const failures = [];

await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, async () => {
  for (let next = work.shift(); next !== undefined; next = work.shift()) await run(next);
}));
rmSync(reports, { recursive: true });
if (output !== undefined) writeFileSync(output, JSON.stringify({ stats: totals }));
console.log(`\n${totals.passes} passing, ${totals.failures} failing, ${totals.pending} pending`);
if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}\n\n${failures.join('\n\n')}`);
if (browserless) {
  console.log(`
  *******************************************************************************************************
  THE BROWSER TESTS WERE NOT RUN: there is no Chromium at ${chromium}.
  Install it (Debian: apt-get install chromium), or say where it is: CHROMIUM=/path/to/chromium npm test
  *******************************************************************************************************`);
}
// Where changes are judged, what was not tested does not pass.
process.exitCode = failed.length > 0 || (browserless && process.env.CI === 'true') ? 1 : 0;

function place(folder) {
  const at = longest.indexOf(folder);
  return at < 0 ? longest.length : at;
}

async function run(spec) {
  const report = join(reports, `${spec.replace(/\W+/g, '-')}.json`);
  const mocha = spawn(process.execPath, [
    'node_modules/mocha/bin/mocha.js', spec,
    '--reporter', 'scripts/spec-and-json.js', '--reporter-option', `output=${report}`, ...options,
  ], { stdio: ['ignore', 'pipe', 'pipe'], env: { FORCE_COLOR: process.stdout.isTTY ? '1' : '0', ...process.env } });
  // A browser takes what it gets; beside it, others measure how long something takes.
  if (spec.includes('browser')) setPriority(mocha.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  let text = '';
  for (const stream of [mocha.stdout, mocha.stderr]) stream.setEncoding('utf8').on('data', (chunk) => { text += chunk; });
  const status = await new Promise((resolve) => mocha.once('close', resolve));
  process.stdout.write(text);
  // Whatever was logged in the course of the tests: a signed token, proof or code has no business there.
  const leaked = /\beyJ[\w-]{16,}\.[\w-]{16,}\.[\w-]{16,}/.exec(text);
  if (leaked !== null) console.log(`${spec}: a token was printed: ${leaked[0].slice(0, 24)}…`);
  let stats = { passes: 0, failures: 0, pending: 0 };
  try {
    const said = JSON.parse(readFileSync(report, 'utf8'));
    stats = said.stats;
    failures.push(...said.failures.map(({ fullTitle, err }) => `${spec}: ${fullTitle}\n${err.stack ?? err.message}`));
  } catch {
    console.log(`${spec}: ended without a report`);
  }
  for (const what of Object.keys(totals)) totals[what] += stats[what];
  if (status !== 0 || stats.failures > 0 || leaked !== null) failed.push(spec);
}
