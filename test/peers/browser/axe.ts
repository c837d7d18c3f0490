import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Rules of WCAG 2.2, levels A and AA, and what axe's authors hold for good practice. */
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Those that a colour scheme can make a difference to. */
const colourRules = ['color-contrast', 'link-in-text-block'];
const asked = {
  light: { resultTypes: ['violations'], runOnly: { type: 'tag', values: tags } },
  dark: { resultTypes: ['violations'], runOnly: { type: 'rule', values: colourRules } },
} as const;

/** The sizes of a small phone and of a desktop, in CSS pixels. */
const sizes = [{ width: 360, height: 740 }, { width: 1280, height: 800 }];

/**
 * What keeps people from using the page that is open, on a phone and a desktop, light and dark: what axe-core calls
 * serious or critical; and content beyond the edge of a screen of 320 pixels (WCAG 2.2, 1.4.10 Reflow). A line each.
 */
export async function barriers(page: Page): Promise<string[]> {
  // By the protocol of the debugger, so that the policy of the page can stay as it is.
  await page.evaluate(source);
  const found = new Set<string>();
  for (const size of sizes) {
    await page.setViewportSize(size);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(asked[colorScheme])})`);
      for (const { id, impact, help, nodes } of violations) {
        if (impact !== 'serious' && impact !== 'critical') continue;
        for (const { html, failureSummary } of nodes) {
          const where = `${colorScheme}, ${size.width} px`;
          found.add(`${id} (${impact}, ${where}): ${help}: ${html.slice(0, 200)}\n  ${failureSummary}`);
        }
      }
    }
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  if (width > 320) found.add(`reflow: ${width} px wide on a screen of 320: ${await page.evaluate<string>(widest)}`);
  await page.setViewportSize(sizes[1]!);
  await page.emulateMedia({ colorScheme: 'light' });
  return [...found];
}

/** The elements that stick out, which nothing around them scrolls. */
const widest = `[...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > 320
  && !one.closest('pre')).slice(-3).map((one) => one.outerHTML.slice(0, 120)).join(' | ')`;
