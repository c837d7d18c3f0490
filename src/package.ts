import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where something is that comes with the server beside its code, by its path in the package. */
export function packagePath(path: string): string {
  // The sources are in a folder of the package, and so are the files that they are built into.
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/** The version of this server, as its package says. */
export const { version } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string };
