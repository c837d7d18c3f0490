import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The floors of the house, the ground floor first (docs/architecture.md). Rooms of one line do not know each other.
 * The topmost floor is the last four lines, which read downwards from the options to the entry.
 */
const floors: readonly (readonly string[])[] = [
  ['storage', 'rdf', 'http', 'remote'],
  ['pods'],
  ['access', 'accounts', 'admin'],
  ['solid', 'identity', 'notifications', 'pages'],
  ['config'],
  ['house.ts'],
  ['people.ts'],
  ['jobs.ts', 'webhooks.ts'],
  ['app.ts'],
  ['cli'],
  ['main.ts'],
];

/** Files that every room may import, and that import none. */
const hall: readonly string[] = ['problem.ts', 'log.ts', 'package.ts', 'recent.ts'];

/** Modules, and what may be imported from them outside of `remote/`, where nothing goes out. `[]`: nothing. */
const waysOut: Readonly<Record<string, readonly string[]>> = {
  'undici': [],
  'node:http': ['createServer', 'Server', 'IncomingMessage', 'ServerResponse', 'STATUS_CODES', 'METHODS'],
  'node:https': ['createServer', 'Server'],
  'node:http2': ['createServer', 'createSecureServer', 'constants'],
  'node:net': ['createServer', 'isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress'],
  'node:tls': ['createServer'],
  'node:dgram': [],
  'node:dns': [],
  'node:dns/promises': [],
};

/** Speaks over a socket of the file system, with the server on this machine. */
const localFile = 'cli/administration.ts';

interface Import {
  readonly file: string;
  readonly from: string;
  /** The names of a value import; none for a type import, `*` for all, as of `import()` and `import * as`. */
  readonly names: readonly string[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(join(root, 'src'), join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(root, 'src', file), 'utf8')));

function importsOf(file: string, text: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?([^;'"]*?)\s*from\s*['"]([^'"]+)['"]/gm);
  const bare = text.matchAll(/^import\s*['"]([^'"]+)['"]/gm);
  const dynamic = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g);
  return [
    ...[...statements].map(([, type, clause, from]) => ({ file, from: from!, names: type ? [] : namesOf(clause!) })),
    ...[...bare].map(([, from]) => ({ file, from: from!, names: [] })),
    ...[...dynamic].map(([, from]) => ({ file, from: from!, names: ['*'] })),
  ];
}

/** `http, { request as ask, type Server }`: `*` (the default is the whole module of Node) and `request`. */
function namesOf(clause: string): string[] {
  const braces = /\{([^}]*)\}/.exec(clause)?.[1] ?? '';
  const named = braces.split(',').map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type '));
  const rest = clause.replace(/\{[^}]*\}/, '').replace(',', '').trim();
  return [...named.map((name) => name.split(/\s+as\s+/)[0]!), ...(rest === '' ? [] : ['*'])];
}

/** The room that a file of src is in: its folder, or itself. */
function roomOf(file: string): string {
  return file.split('/')[0]!;
}

function floorOf(room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room));
}

/** The file of src that a relative import names. */
function target({ file, from }: Import): string {
  return join(file, '..', from).replaceAll('\\', '/');
}

function shown({ file, from }: Import): string {
  return `${file} imports ${from}`;
}

describe('The house', () => {
  it('has a place for every file', () => {
    assert.deepEqual(files.filter((file) => !hall.includes(file) && floorOf(roomOf(file)) < 0), []);
  });

  it('has rooms that import only from floors below them, and from the hall', () => {
    const upward = imports.filter((found) => {
      if (!found.from.startsWith('.')) return false;
      const [here, there] = [roomOf(found.file), roomOf(target(found))];
      if (hall.includes(there)) return false;
      return hall.includes(found.file) || (here !== there && floorOf(there) >= floorOf(here));
    });
    assert.deepEqual(upward.map(shown), []);
  });

  it('imports no file that is not there', () => {
    const lost = imports.filter((found) => found.from.startsWith('.') && !files.includes(target(found)));
    assert.deepEqual(lost.map(shown), []);
  });

  it('lets nothing out but through remote/', () => {
    const out = imports.filter(({ file, from, names }) => {
      const allowed = Object.hasOwn(waysOut, from) ? waysOut[from]! : undefined;
      const speaks = roomOf(file) === 'remote' || file === localFile;
      return allowed !== undefined && !speaks && names.some((name) => !allowed.includes(name));
    });
    assert.deepEqual(out.map(shown), []);
  });

  it('stands on packages that are installed with it', () => {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as
      { dependencies: object; optionalDependencies: object };
    const missing = imports.filter(({ from, names }) => {
      if (from.startsWith('.') || from.startsWith('node:') || names.length === 0) return false;
      const name = from.split('/').slice(0, from.startsWith('@') ? 2 : 1).join('/');
      return !Object.hasOwn({ ...dependencies, ...optionalDependencies }, name);
    });
    assert.deepEqual(missing.map(shown), []);
  });

  it('has no file that is named for nothing', () => {
    const vague = /(^|[-/])(utils?|helpers?|common|index|managers?|handlers?|impl)([-./]|$)/;
    assert.deepEqual(files.filter((file) => vague.test(file)), []);
  });
});

describe('The reader of imports', () => {
  const cases: [text: string, from: string, names: readonly string[]][] = [
    ["import http from 'node:http';", 'node:http', ['*']],
    ["import * as http from 'node:http';", 'node:http', ['*']],
    ["import {\n  request as ask,\n  type Server,\n} from 'node:http';", 'node:http', ['request']],
    ["import type { Server } from 'node:http';", 'node:http', []],
    ["export { request } from 'node:http';", 'node:http', ['request']],
    ["import './a.ts';", './a.ts', []],
    ["const a = await import('undici');", 'undici', ['*']],
  ];
  for (const [text, from, names] of cases) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.deepEqual(importsOf('a.ts', text), [{ file: 'a.ts', from, names }]);
    });
  }
});
