import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';

/** Somebody at a browser. */
export interface Newcomer {
  readonly email: string;
  readonly password: string;
  readonly pod: string;
}

let count = 0;

/** Somebody who has not been here before. */
export function newcomer(name: string): Newcomer {
  count += 1;
  return { email: `${name}${count}@example.org`, password: `${name} has many words to say`, pod: `${name}${count}` };
}

/** From the login page to a new account with a pod, and on to what the app asked for. */
export async function register(page: Page, person: Newcomer): Promise<void> {
  await page.getByRole('link', { name: 'Create an account' }).click();
  await fillRegistration(page, person);
  await page.getByRole('button', { name: 'Create account' }).click();
}

async function fillRegistration(page: Page, { email, password, pod }: Newcomer): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Name of your pod').fill(pod);
}

/** A new account with a pod. Gives the address of its page. */
export async function signUp(page: Page, node: string, person: Newcomer): Promise<string> {
  await page.goto(`${node}.account/login/`);
  await register(page, person);
  return atHome(page);
}

/** Waits for the page of the account. Gives its address. */
export async function atHome(page: Page): Promise<string> {
  await page.waitForURL(({ pathname }) => /\/\.account\/account\/[^/]+\/$/.test(pathname));
  return page.url().replace(/\?.*/, '');
}

export async function logIn(page: Page, { email, password }: Pick<Newcomer, 'email' | 'password'>): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

/** Lets the app do all that it needs to keep notes: everything but sharing. */
export async function allow(page: Page): Promise<void> {
  await page.getByRole('radio', { name: /^Everything/ }).check();
  await page.getByRole('button', { name: 'Allow' }).click();
}

/** Lets the app know who the person is, and no more. */
export async function introduce(page: Page): Promise<void> {
  await page.getByRole('radio', { name: /^Only who I am/ }).check();
  await page.getByRole('button', { name: 'Allow' }).click();
}

export async function refuse(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Cancel' }).click();
}

/** On a page of ours, or on that to which an app leads whoever wants to log out of the node too. */
export async function logOut(page: Page): Promise<void> {
  await press(page, page.getByRole('button', { name: 'Log out', exact: true }));
}

/** Presses a button and waits for the page that this leads to: going elsewhere before would take back what it sent. */
export async function press(page: Page, button: Locator): Promise<void> {
  await Promise.all([page.waitForEvent('framenavigated'), button.click()]);
}

/** Presses the tabulator until something is focused, which has to be seen (WCAG 2.2, 2.4.7). */
export async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if (await wanted.and(page.locator(':focus')).count() === 0) continue;
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    assert.notEqual(outline, 'none', 'the focus cannot be seen');
    return;
  }
  assert.fail('it cannot be reached with the keyboard');
}
