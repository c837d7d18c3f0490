/**
 * Installs the packages that are missing, and says so; says nothing when there is nothing to do.
 * Plain JavaScript without dependencies: it runs on a fresh clone.
 */
import { spawnSync } from 'node:child_process';
import { lstatSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** When the file was last written, in milliseconds since 1970; 0 when it is not there. */
export function written(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Runs a step whose output goes to standard error, and ends this process when it fails. */
export function step(what, command, args) {
  console.error(`${what} …`);
  // npm is a shell script on Windows, which only a shell can start.
  const shell = command === 'npm' && process.platform === 'win32';
  const { status, error } = spawnSync(command, args, { cwd: root, shell, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  console.error(error ? `Could not run ${command}: ${error.message}` : `${what} failed; see above.`);
  process.exit(1);
}

const needed = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.match(/\d+/g).map(Number);
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  console.error(`Freehold needs Node ${needed.join('.')} or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}

/** Installs the packages of a folder, unless they are there. */
export function install(folder) {
  // npm writes its own list last of all, so that is missing after an installation that was cut short.
  if (written(join(folder, 'node_modules/.package-lock.json')) >= written(join(folder, 'package-lock.json'))) return;
  // npm would empty the folder that the link leads to, which may be another project's.
  if (lstatSync(join(root, folder, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    console.error(`${join(folder, 'node_modules')} is a link, so nothing is installed there: make it a folder.`);
    process.exit(1);
  }
  const where = folder === '.' ? '' : ` of ${folder}`;
  step(`Installing the packages${where}`, 'npm', ['ci', '--prefix', folder, '--include=dev', '--no-audit', '--no-fund']);
}

install('.');
