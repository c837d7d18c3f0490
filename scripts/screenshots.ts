/**
 * `npm run screenshots`: a picture of every page, light and dark, on a phone and a desktop, into `docs/screenshots/`,
 * with an index. The pages are those of a server of its own, with people who use it: the tour of the browser tests.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { serveApp } from '../test/peers/browser/app-server.ts';
import { startBrowser } from '../test/peers/browser/browser.ts';
import { startNode } from '../test/peers/browser/node.ts';
import { parts } from '../test/peers/browser/tour.ts';
import { smallPng } from './small-png.ts';

const folder = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const screens = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const [node, browser, app] = await Promise.all([startNode(), startBrowser(), serveApp('Pantry')]);
const index = ['# Pages', '', 'Made by `npm run screenshots`: each on a desktop and on a phone, light and dark.', ''];
let bytes = 0;

async function look(page: Page, name: string, about: string): Promise<void> {
  index.push(`### ${about}`, '');
  for (const [screen, size] of Object.entries(screens)) {
    await page.setViewportSize(size);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const picture = smallPng(await page.screenshot());
      const file = `${name}-${screen}-${colorScheme}.png`;
      await writeFile(`${folder}${file}`, picture);
      index.push(`<img src="${file}" alt="${about}: ${screen}, ${colorScheme}" width="${size.width / 4}">`);
      bytes += picture.length;
    }
  }
  index.push('');
  await page.setViewportSize(screens.desktop);
  await page.emulateMedia({ colorScheme: 'light' });
}

try {
  for (const [about, walk] of parts) {
    index.push(`## ${about[0].toUpperCase()}${about.slice(1)}`, '');
    await walk({ browser, node, app, look });
  }
  await writeFile(`${folder}README.md`, `${index.join('\n').trimEnd()}\n`);
  console.log(`${(bytes / 1e6).toFixed(1)} MB in ${folder}`);
} finally {
  await browser.close();
  await Promise.all([node[Symbol.asyncDispose](), app[Symbol.asyncDispose]()]);
}
