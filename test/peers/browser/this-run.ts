import type { Browser } from 'playwright-core';
import { startBrowser } from './browser.ts';
import { startNode } from './node.ts';
import type { Node } from './node.ts';

let browser: Promise<Browser> | undefined;
let node: Promise<Node> | undefined;

/** The browser of this run, for all files. Each test opens a visitor of its own in it. */
export async function sharedBrowser(): Promise<Browser> {
  browser ??= startBrowser();
  return browser;
}

/** The node of this run, for all files that need none of their own. Each test brings people of its own. */
export async function sharedNode(): Promise<Node> {
  node ??= startNode('--sign-up', 'open');
  return node;
}

after('ends the browser and the node', async () => {
  await (await browser)?.close();
  await (await node)?.[Symbol.asyncDispose]();
});
