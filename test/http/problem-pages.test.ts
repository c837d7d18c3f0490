import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { problemPages } from '../../src/http/problem-pages.ts';
import { problemAnswers } from '../../src/http/problem-response.ts';
import { problemKinds } from '../../src/problem.ts';
import { serve } from './loopback.ts';
import type { Loopback } from './loopback.ts';

const folder = new URL('../../docs/problems/', import.meta.url);

describe('The explanations of problems', () => {
  it('are there for every kind, and for nothing else', async () => {
    assert.deepEqual((await readdir(folder)).toSorted(), problemKinds.map((kind) => `${kind}.md`).toSorted());
  });

  for (const kind of problemKinds) {
    it(`of ${kind} have the title and the status that are sent, and say what to do`, async () => {
      const text = await readFile(new URL(`${kind}.md`, folder), 'utf8');
      const { title, status } = problemAnswers[kind];
      assert.ok(text.startsWith(`# ${title} (${status})\n\n`), text.slice(0, 60));
      assert.deepEqual(text.match(/^## .*/gm), ['## What usually causes it', '## What to do']);
      const lines = text.trimEnd().split('\n');
      assert.ok(lines.length >= 10 && lines.length <= 25, `${lines.length} lines`);
    });
  }

  describe('are served where the type of a problem leads', () => {
    let server: Loopback;
    before(async () => { server = await serve(problemPages('http://localhost/')); });
    after(() => server[Symbol.asyncDispose]());

    it('as a page', async () => {
      for (const kind of problemKinds) {
        const response = await fetch(`${server.url}.problems/${kind}`);
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
        const page = await response.text();
        assert.ok(page.includes(`<h1>${problemAnswers[kind].title} (${problemAnswers[kind].status})</h1>`));
        // No Markdown is left over, which would mean a form of it that is not rendered.
        assert.doesNotMatch(page.slice(page.indexOf('<main>')), /^(#|- |\d+\. )|`|\*\*|\]\(/m);
      }
    });

    it('as Markdown to who asks for it', async () => {
      const response = await fetch(`${server.url}.problems/stale`, { headers: { accept: 'text/markdown' } });
      assert.equal(await response.text(), await readFile(new URL('stale.md', folder), 'utf8'));
    });

    for (const kind of ['', 'unknown', 'stale/', '../problems', 'constructor']) {
      it(`but not as '${kind}'`, async () => {
        assert.equal((await fetch(`${server.url}.problems/${kind}`)).status, 404);
      });
    }
  });
});
