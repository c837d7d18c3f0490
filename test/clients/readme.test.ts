import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../storage/temporary-directory.ts';
import { root, startChild } from './child-server.ts';
import type { ChildServer } from './child-server.ts';

const run = promisify(execFile);

/** The address that the README takes for granted. */
const address = 'http://localhost:3000/';

interface Block {
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a Markdown text, in order. */
function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }));
}

describe('README.md', function () {
  this.timeout(30_000);
  let server: ChildServer;
  let readme: string;
  before(async function () {
    this.timeout(60_000);
    readme = await readFile(join(root, 'README.md'), 'utf8');
    await run('curl', ['--version']).catch(() => {
      throw new Error('These tests run the commands of the README, for which they need the program curl: install it.');
    });
    server = await startChild({ data: await temporaryDirectory() });
  });
  after(() => server?.stop());

  it('names only scripts that there are, and starts with the seed that these tests start with', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...readme.matchAll(/\bnpm (?:run )?([\w:]+)/g)].map(([, name = '']) => name);
    assert(named.length >= 3);
    for (const name of named) assert(name in scripts, name);
    assert.match(readme, /^npm start -- --seed config\/example-seed\.json$/m);
  });

  it('has commands that do what it says, one after the other', async () => {
    const blocks = blocksOf(readme);
    let commands = 0;
    for (const [index, { language, text }] of blocks.entries()) {
      if (language !== 'sh' || /^npm /m.test(text)) continue;
      const { stdout } = await run('sh', ['-e', '-c', text.replaceAll(address, server.url)], {
        cwd: root, env: { ...process.env, FOLDER: server.open },
      });
      const expected = blocks[index + 1];
      assert.equal(expected?.language, 'text', `no output is shown for: ${text}`);
      let rest = stdout.replaceAll(server.url, address);
      for (const line of expected.text.trimEnd().split('\n')) {
        assert(rest.includes(line), `"${line}" is not in the output of: ${text}\n${stdout}`);
        rest = rest.slice(rest.indexOf(line) + line.length);
      }
      commands += 1;
    }
    assert.equal(commands, 6);
  });

  it('shows examples as they are', async () => {
    const shown = blocksOf(readme).filter(({ language }) => language === 'js');
    const example = await readFile(join(root, 'examples/shopping-list.js'), 'utf8');
    assert.equal(shown.length, 1);
    assert(example.endsWith(shown[0]!.text));
  });

  it('links to files that there are, and has a line for each folder', async () => {
    for (const [, path = ''] of readme.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      await assert.doesNotReject(readFile(join(root, path)), path);
    }
    for (const entry of await readdir(root, { withFileTypes: true })) {
      if (!entry.isDirectory() || /^(?:\..*|node_modules|dist)$/.test(entry.name)) continue;
      assert(readme.includes(`| \`${entry.name}/\` |`), `${entry.name}/ is not in the table`);
    }
  });
});
