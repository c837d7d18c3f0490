import type { Page } from 'playwright-core';

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

  /** Opens the app in a page. */
  static async open(page: Page, app: string, issuer: string): Promise<Notes> {
    const notes = new Notes(page, app, issuer);
    await notes.visit();
    return notes;
  }

  /** Goes to the app. `clientId`: a document in which it says who it is; without, it registers. */
  async visit(clientId?: string): Promise<void> {
    await this.page.goto(clientId === undefined ? this.#app : `${this.#app}?client=${encodeURIComponent(clientId)}`);
  }

  /** What it says of who is logged in, once it knows. */
  async who(): Promise<string> {
    await this.page.waitForURL((url) => url.origin === new URL(this.#app).origin && !url.searchParams.has('code'));
    return this.page.getByRole('status').filter({ hasText: /ogged in/ }).innerText();
  }

  /** Goes to the node. `folder` and `actions`: what it asks for there. */
  async logIn(folder = '', actions = 'read'): Promise<void> {
    await this.page.getByLabel('Identity provider').fill(this.#issuer);
    await this.page.getByLabel('Asks for folder').fill(folder);
    await this.page.getByLabel('Actions').fill(actions);
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

  /** Has itself told of changes; gives the status that was answered. */
  async listen(url: string): Promise<string> {
    return this.#act('Listen', url);
  }

  /** Waits for a message of that kind about a document. */
  async told(kind: string, url: string): Promise<void> {
    await this.page.getByRole('list', { name: 'Messages' }).getByText(`${kind} ${url}`).first().waitFor();
  }

  /** Waits until the line on which it listened is `open` or `closed`. */
  async line(state: 'open' | 'closed'): Promise<void> {
    await this.page.locator('#line').getByText(state).waitFor();
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
