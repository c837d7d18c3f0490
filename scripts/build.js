/**
 * Installs what is missing, then builds dist/ when a source is newer than it. Says nothing when it is up to date. All
 * that the server loads at its start becomes one file: hundreds take longer, and more memory for as long as it runs.
 */
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, written } from './install.js';

const stamp = join('dist', '.built');

// Folders count too: their time changes when a file in them is added or deleted.
const sources = [
  'src', 'scripts/build.js', 'package-lock.json', 'tsconfig.json',
  ...readdirSync(join(root, 'src'), { recursive: true }).map((path) => join('src', path)),
];

if (sources.some((path) => written(path) > written(stamp))) {
  const started = new Date();
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  console.error('Building …');
  // It may have been installed a moment ago.
  const { build, stop } = await import('esbuild');
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // Packages stay as they are, but for one that loads what it says in sixty languages, of which English is used.
  const external = Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => name !== 'zod');
  // The second one is a thread's.
  const entryPoints = { 'main': 'src/main.ts', 'proof-worker': 'src/identity/proof-worker.ts' };
  await build({
    absWorkingDir: root, outdir: 'dist', entryPoints, bundle: true, splitting: true, sourcemap: true,
    platform: 'node', target: 'node20.19', format: 'esm', external, logLevel: 'warning',
  });
  // Its process would live as long as the server.
  await stop();
  writeFileSync(join(root, stamp), '');
  // What is edited while the compiler runs is newer than the build.
  utimesSync(join(root, stamp), started, started);
}
