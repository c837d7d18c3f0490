import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

/** How long anything in the browser may take, in milliseconds. */
const patience = 10_000;

/** Starts the Chromium of this machine (Debian's package `chromium`), without a window. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // Its sandbox does not work for root, which the tests of a container run as.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    timeout: 30_000,
  });
}

/** The app of this folder, open in a browser, with what its person sees and does. */
export class Notes {
  readonly page: Page;
  readonly #app: string;
  readonly #issuer: string;

  private constructor(page: Page, app: string, issuer: string) {
    this.page = page;
    this.#app = app;
    this.#issuer = issuer;
  }

  /** Opens the app in a browser that has no cookies and nothing stored. */
  static async open(browser: Browser, app: string, issuer: string): Promise<Notes> {
    const context = await browser.newContext();
    context.setDefaultTimeout(patience);
    const notes = new Notes(await context.newPage(), app, issuer);
    await notes.visit();
    return notes;
  }

  /** Goes to the app. `clientId`: a document in which it says who it is; without, it registers. */
  async visit(clientId?: string): Promise<void> {
    await this.page.goto(clientId === undefined ? this.#app : `${this.#app}?client=${encodeURIComponent(clientId)}`);
  }

  /** What it says of who is logged in, once it knows. */
  async who(): Promise<string> {
    const status = this.page.getByRole('status').filter({ hasText: /ogged in/ });
    await this.page.waitForURL((url) => url.origin === new URL(this.#app).origin && !url.searchParams.has('code'));
    return status.innerText();
  }

  async logIn(): Promise<void> {
    await this.page.getByLabel('Identity provider').fill(this.#issuer);
    await this.page.getByRole('button', { name: 'Log in' }).click();
    await this.page.waitForURL((url) => url.origin === new URL(this.#issuer).origin);
  }

  /** Gives the status that was answered. */
  async write(url: string, text: string): Promise<string> {
    await this.page.getByLabel('Text').fill(text);
    return this.#act('Write', url);
  }

  /** Gives the status that was answered, and the text. */
  async read(url: string): Promise<string> {
    return this.#act('Read', url);
  }

  async logOut(): Promise<void> {
    await this.page.getByRole('button', { name: 'Log out', exact: true }).click();
    await this.page.getByText('logged out', { exact: true }).waitFor();
  }

  async logOutEverywhere(): Promise<void> {
    await this.page.getByRole('button', { name: 'Log out everywhere' }).click();
    await this.page.waitForURL((url) => url.origin === new URL(this.#issuer).origin);
  }

  async #act(button: string, url: string): Promise<string> {
    await this.page.getByLabel('Address').fill(url);
    await this.page.getByRole('button', { name: button }).click();
    return this.page.locator('#answer:not(:empty)').innerText();
  }
}
