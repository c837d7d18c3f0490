import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

/** How long anything in the browser may take, in milliseconds. */
const patience = 10_000;

/** Starts the Chromium of this machine (`CHROMIUM`, or Debian's package `chromium`), without a window. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // Its sandbox does not work for root, which the tests of a container run as.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    timeout: 30_000,
  });
}

/** What a browser complained of: scripts that failed, and what the policy of a page forbade. */
export type Complaints = string[];

/** A browser that has no cookies and nothing stored, with one page open. */
export interface Visitor extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: Complaints;
}

/** `scripts`: whether pages may run theirs. */
export async function visitor(browser: Browser, { scripts = true, wide = true } = {}): Promise<Visitor> {
  const context = await browser.newContext({
    javaScriptEnabled: scripts, viewport: wide ? { width: 1280, height: 800 } : { width: 360, height: 740 },
    reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'UTC',
  });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const complaints: Complaints = [];
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) complaints.push(`${page.url()}: ${message.text()}`);
  });
  return { context, page, complaints, [Symbol.asyncDispose]: () => context.close() };
}
