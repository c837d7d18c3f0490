import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { serveApp } from './app-server.ts';
import type { AppServer } from './app-server.ts';
import { barriers } from './axe.ts';
import { visitor } from './browser.ts';
import { startNode } from './node.ts';
import type { Node } from './node.ts';
import { sharedBrowser } from './this-run.ts';
import { parts } from './tour.ts';

describe('pages, on a phone and a desktop, light and dark', function () {
  // The next part goes on with the people of the one before.
  this.timeout(120_000);
  let browser: Browser;
  let node: Node;
  let app: AppServer;
  before(async () => {
    [browser, node, app] = await Promise.all([sharedBrowser(), startNode(), serveApp('Pantry')]);
  });
  after(async () => { await Promise.all([node?.[Symbol.asyncDispose](), app?.[Symbol.asyncDispose]()]); });

  for (const [about, walk] of parts) {
    it(`have nothing that keeps people from using them (WCAG 2.2, A and AA): ${about}`, async () => {
      const found: string[] = [];
      await walk({
        browser, node, app,
        look: async (page, name) => { found.push(...(await barriers(page)).map((line) => `${name}: ${line}`)); },
      });
      assert.deepEqual(found, []);
    });
  }

  it('would be found out if they had', async () => {
    await using visit = await visitor(browser);
    await visit.page.setContent(`<html><title>Bad</title><p style="color: #999; background: #fff">Grey</p>
      <img src="x.png"><input><p style="width: 500px">Wide</p></html>`);
    const found = new Set((await barriers(visit.page)).map((line) => /^[\w-]+/.exec(line)?.[0]));
    for (const rule of ['color-contrast', 'html-has-lang', 'image-alt', 'label', 'reflow']) {
      assert.ok(found.has(rule), rule);
    }
  });
});
