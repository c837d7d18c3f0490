/** Installs what is missing, then builds dist/ when a source is newer than it. Says nothing when it is up to date. */
import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, step, written } from './install.js';

const stamp = join('dist', '.built');

// Folders count too: their time changes when a file in them is added or deleted.
const sources = [
  'src', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json',
  ...readdirSync(join(root, 'src'), { recursive: true }).map((path) => join('src', path)),
];

if (sources.some((path) => written(path) > written(stamp))) {
  const started = new Date();
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  step('Building', process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
  writeFileSync(join(root, stamp), '');
  // What is edited while the compiler runs is newer than the build.
  utimesSync(join(root, stamp), started, started);
}
