import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Context } from 'koa';
import { packagePath } from '../package.ts';
import { Problem } from '../problem.ts';
import { accountPath } from './account-links.ts';

const folder = packagePath('templates/pages/scripts');
/** What is not written by us: by name, the file in its package. It sets `globalThis.SimpleWebAuthnBrowser`. */
const bundles = { simplewebauthn: ['@simplewebauthn/browser', '../dist/bundle/index.umd.min.js'] } as const;
/** Addresses have the version in them, so what is behind one never changes. */
const cacheSeconds = 365 * 86_400;

interface Scripts {
  /** A hash of all of them: modules name each other by relative addresses, which the version is a part of. */
  readonly version: string;
  readonly contents: ReadonlyMap<string, Buffer>;
}

let read: Scripts | undefined;

/** The scripts of the pages by name, as they were when the first page asked for one. */
function scripts(): Scripts {
  if (read !== undefined) return read;
  const { resolve } = createRequire(import.meta.url);
  const contents = new Map<string, Buffer>(Object.entries(bundles).map(([name, [of, file]]) =>
    [name, readFileSync(join(resolve(of), '..', file))]));
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js')).toSorted()) {
    contents.set(file.slice(0, -'.js'.length), readFileSync(join(folder, file)));
  }
  const hash = createHash('sha256');
  for (const [name, content] of contents) hash.update(`${name} ${content.byteLength} `).update(content);
  read = { version: hash.digest('hex').slice(0, 16), contents };
  return read;
}

/** Below where all scripts lie, for `script-src`. Nothing of people's is ever there. */
export function scriptsAt(baseUrl: string): string {
  return `${baseUrl}${accountPath}scripts/`;
}

/** The address of a script, which is a module. A name that is none is a mistake of the page. */
export function scriptUrl(baseUrl: string, name: string): string {
  const { version, contents } = scripts();
  if (!contents.has(name)) throw new Error(`There is no script "${name}".`);
  return `${scriptsAt(baseUrl)}${version}/${name}.js`;
}

/**
 * Answers a request for a script. `path`: below `.account/`. Of another version than this one's, as a page of a process
 * before this may ask for, it is not to be kept.
 */
export function answerScript(ctx: Context, path: string): void {
  const [, version, name = ''] = /^scripts\/([0-9a-f]{16})\/([\w-]{1,64})\.js$/.exec(path) ?? [];
  const content = scripts().contents.get(name);
  if (version === undefined || content === undefined) {
    throw new Problem('missing', 'There is no script at this address.');
  }
  if (!['GET', 'HEAD'].includes(ctx.method)) {
    throw new Problem('method', 'A script can only be read.', { allow: 'GET, HEAD' });
  }
  ctx.set('Cache-Control', version === scripts().version ? `public, max-age=${cacheSeconds}, immutable` : 'no-cache');
  ctx.set('Content-Type', 'text/javascript; charset=utf-8');
  ctx.body = content;
}
